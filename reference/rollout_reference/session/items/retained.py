"""What of a thread's conversation survives its compactions, besides the summary.

Known from 0.155.0 on: as a checkpoint in `compacted`, and as lines of their own between two of them.
[SESSION-COMPACTED-1, SESSION-LINE-13]
"""

from typing import Literal

from msgspec import field

from rollout_reference.session.items.content import MessagePhase, snake_case
from rollout_reference.session.shapes.shape import U64, Shape, Skipped

InputOrigin = Literal["user", "heartbeat"]


class Answer(Shape):
    """The user's answer to one question of the agent."""

    question: str
    answer: str


class FileAudio(Shape):
    """The sound files that the model service took in a turn."""

    turn_id: str
    model: str
    provider: str
    file_ids: list[str]


class RetainedMessage(Shape):
    """A message, in the order of its arrival."""

    revision: Skipped[str | None] = None
    order: U64 = U64(0)
    inherited: Skipped[bool] = False
    turn_id: str
    message_id: Skipped[str | None] = None
    phase: Skipped[MessagePhase | None] = None
    text: str
    complete: bool
    origin: Skipped[InputOrigin] = "user"


class RetainedDelivery(Shape):
    """What the user said to the sender of a message."""

    revision: Skipped[str | None] = None
    order: U64 = U64(0)
    inherited: Skipped[bool] = False
    receiver_message_id: str
    receiver_turn_id: str
    text: str


class RetainedAnswers(Shape):
    """Answers of the user to one call."""

    revision: Skipped[str | None] = None
    order: U64 = U64(0)
    inherited: Skipped[bool] = False
    turn_id: str
    call_id: str
    questions: list[Answer]


class RetainedContext(Shape):
    """The checkpoint: everything that is retained at a compaction."""

    verified_answers: list[RetainedAnswers]
    incomplete: bool
    user_messages: list[RetainedMessage] = field(default_factory=list)
    user_messages_incomplete: bool = True
    assistant_messages: list[RetainedMessage] = field(default_factory=list)
    assistant_messages_incomplete: bool = False
    sender_deliveries: Skipped[list[RetainedDelivery]] = field(default_factory=list)
    accepted_file_audio: Skipped[FileAudio | None] = None
    next_order: U64 = U64(0)


class RetainedUpdate(Shape, tag_field="type", tag=snake_case):
    """The payload of a `retained_context` line: one more thing that is retained."""


class AcceptedFileAudio(RetainedUpdate):
    """The model service took sound files."""

    evidence: FileAudio


class VerifiedAnswer(RetainedUpdate):
    """The user answered."""

    turn_id: str
    call_id: str
    questions: list[Answer]
    acceptance_order: Skipped[U64 | None] = None


class DeliveredAssistantMessage(RetainedUpdate):
    """A message of the agent reached the user."""

    turn_id: str
    message_id: Skipped[str | None] = None
    phase: Skipped[MessagePhase | None] = None
    text: str
    complete: bool
    acceptance_order: U64
    origin: Skipped[InputOrigin] = "user"


RetainedContextUpdate = AcceptedFileAudio | VerifiedAnswer | DeliveredAssistantMessage
