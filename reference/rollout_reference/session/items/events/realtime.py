"""Events of a spoken conversation; not kept in a rollout.  [SESSION-EVENT-3]"""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from rollout_reference.session.items.events.base import U16, Event
from rollout_reference.session.shapes.shape import U32, Choice, Shape, Skipped

Voice = Literal[
    "alloy",
    "arbor",
    "ash",
    "ballad",
    "breeze",
    "cedar",
    "coral",
    "cove",
    "echo",
    "ember",
    "juniper",
    "maple",
    "marin",
    "sage",
    "shimmer",
    "sol",
    "spruce",
    "vale",
    "verse",
]


class RealtimeConversationStarted(Event):
    """The conversation begins."""

    realtime_session_id: str | None = None
    version: Literal["v1", "v2"]


class SessionUpdated(Shape):
    """The conversation was set up."""

    realtime_session_id: str
    instructions: str | None = None


class SpeechStarted(Shape):
    """The user began to speak."""

    item_id: str | None = None


class TranscriptDelta(Shape):
    """A piece of what was said."""

    delta: str


class TranscriptDone(Shape):
    """What was said."""

    text: str


class AudioFrame(Shape):
    """A piece of sound."""

    data: str
    sample_rate: U32
    num_channels: U16
    samples_per_channel: Skipped[U32 | None] = None
    item_id: Skipped[str | None] = None


class ResponseReference(Shape):
    """Names a response."""

    response_id: str | None = None


class ItemReference(Shape):
    """Names an item."""

    item_id: str


class TranscriptEntry(Shape):
    """What one side said."""

    role: str
    text: str


class Handoff(Shape):
    """The spoken agent hands over."""

    handoff_id: str
    item_id: str
    input_transcript: str
    active_transcript: list[TranscriptEntry]


class Noop(Shape):
    """The spoken agent does nothing."""

    call_id: str
    item_id: str


class Happening(Choice, rename="pascal"):
    """One thing that happened in the conversation."""

    session_updated: Skipped[SessionUpdated | UnsetType] = UNSET
    input_audio_speech_started: Skipped[SpeechStarted | UnsetType] = UNSET
    input_transcript_delta: Skipped[TranscriptDelta | UnsetType] = UNSET
    input_transcript_done: Skipped[TranscriptDone | UnsetType] = UNSET
    output_transcript_delta: Skipped[TranscriptDelta | UnsetType] = UNSET
    output_transcript_done: Skipped[TranscriptDone | UnsetType] = UNSET
    audio_out: Skipped[AudioFrame | UnsetType] = UNSET
    response_created: Skipped[ResponseReference | UnsetType] = UNSET
    response_cancelled: Skipped[ResponseReference | UnsetType] = UNSET
    response_done: Skipped[ResponseReference | UnsetType] = UNSET
    conversation_item_added: Skipped[Any] = UNSET
    conversation_item_done: Skipped[ItemReference | UnsetType] = UNSET
    handoff_requested: Skipped[Handoff | UnsetType] = UNSET
    noop_requested: Skipped[Noop | UnsetType] = UNSET
    error: Skipped[str | UnsetType] = UNSET


class RealtimeConversationRealtime(Event):
    """Something happened in the conversation."""

    payload: Happening


class RealtimeConversationClosed(Event):
    """The conversation ended."""

    reason: Skipped[str | None] = None


class RealtimeConversationSdp(Event):
    """How the sound is sent."""

    sdp: str


class Voices(Shape, rename="camel"):
    """The voices to choose from."""

    v1: list[Voice]
    v2: list[Voice]
    default_v1: Voice
    default_v2: Voice


class RealtimeConversationListVoicesResponse(Event):
    """The voices to choose from."""

    voices: Voices


RealtimeEvent = (
    RealtimeConversationStarted
    | RealtimeConversationRealtime
    | RealtimeConversationClosed
    | RealtimeConversationSdp
    | RealtimeConversationListVoicesResponse
)
