"""Turns and what was said in them, in the shape in which the CLI answers `thread/read`.

Keys are written in the order of the fields.  None of these can be part of a cycle, so the collector of
cycles need not look at them (`gc=False`).  [SESSION-HISTORY-1]
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

TurnStatus = Literal["completed", "interrupted", "failed", "inProgress"]


class TurnError(Struct, rename="camel"):
    """Why a turn failed."""

    message: str
    codex_error_info: str | dict[str, Any] | None
    additional_details: None = None


class ThreadItem(
    Struct, gc=False, rename="camel", tag_field="type", tag=lambda name: name[0].lower() + name[1:]
):
    """Base of the items of a turn; `id` is unique within the turn, save for what a rollback re-uses."""

    id: str


ItemsView = Literal["full", "summary", "notLoaded"]
"""Which items of a turn are shown.  [SESSION-HISTORY-28]"""


class Turn(Struct, rename="camel", gc=False):
    """One turn; `started_at` and `completed_at` are Unix seconds."""

    id: str
    items: list[ThreadItem]
    items_view: ItemsView = "full"
    status: TurnStatus = "completed"
    error: TurnError | None = None
    started_at: int | None = None
    completed_at: int | None = None
    duration_ms: int | None = None


class History(Struct):
    """What happened in a thread, the oldest turn first."""

    turns: list[Turn]


class ByteRange(Struct):
    """A range of bytes of a text in UTF-8; the end is exclusive."""

    start: int
    end: int


class TextElement(Struct, rename="camel"):
    """A range of the user's text that a client shows in its own way."""

    byte_range: ByteRange
    placeholder: str | None


class UserPart(Struct, gc=False, tag_field="type", tag=lambda name: name[0].lower() + name[1:]):
    """One part of what the user sent; its keys are those of the wire, one of them in snake case."""


class Text(UserPart):
    """A text."""

    text: str
    text_elements: list[TextElement]


class Image(UserPart):
    """An image, by a URL that may hold it or as a file of the model service."""

    detail: str | None
    url: str | UnsetType = UNSET
    file_id: str | UnsetType = field(default=UNSET, name="fileId")


class LocalImage(UserPart):
    """An image, by its path."""

    detail: str | None
    path: str


class Audio(UserPart):
    """A sound, by a URL that may hold it or as a file of the model service."""

    url: str | UnsetType = UNSET
    file_id: str | UnsetType = field(default=UNSET, name="fileId")


class LocalAudio(UserPart):
    """A sound, by its path."""

    path: str


class Skill(UserPart):
    """A skill that the user chose."""

    name: str
    path: str


class Mention(UserPart):
    """Something that the user pointed to."""

    name: str
    path: str


class UserMessage(ThreadItem):
    """What the user sent."""

    client_id: str | None
    content: list[UserPart]


class HookFragment(Struct, rename="camel"):
    """What one hook added to the prompt."""

    text: str
    hook_run_id: str


class HookPrompt(ThreadItem):
    """What hooks added to the prompt."""

    fragments: list[HookFragment]


class CitedLines(Struct, rename="camel"):
    """Lines of a memory file; numbers count from 1."""

    path: str
    line_start: int
    line_end: int
    note: str


class MemoryCitation(Struct, rename="camel"):
    """The memories that a message rests on."""

    entries: list[CitedLines]
    thread_ids: list[str]


class AgentMessage(ThreadItem):
    """What the agent said."""

    text: str
    phase: str | None
    memory_citation: MemoryCitation | None


class Plan(ThreadItem):
    """The agent's plan."""

    text: str


class Reasoning(ThreadItem):
    """What the agent thought: summaries, and the texts themselves."""

    summary: list[str]
    content: list[str]


class EnteredReviewMode(ThreadItem):
    """A review began."""

    review: str


class ExitedReviewMode(ThreadItem):
    """A review ended."""

    review: str


class ContextCompaction(ThreadItem):
    """The context was compacted."""
