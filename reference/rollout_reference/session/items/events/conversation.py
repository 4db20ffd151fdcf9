"""Events of what was said: messages, reasoning, review, plan, and the pieces that stream in.

[SESSION-EVENT-3]
"""

from typing import Literal

from msgspec import field

from rollout_reference.session.items.content import AudioReference, ImageDetail, MessagePhase
from rollout_reference.session.items.events.base import Event
from rollout_reference.session.items.events.newer import (
    AskedQuestion,
    Attachment,
    Delivery,
    TargetedModeration,
)
from rollout_reference.session.items.response_items import ResponseItem
from rollout_reference.session.items.token_usage import TokenUsage
from rollout_reference.session.shapes.amounts import Float32
from rollout_reference.session.shapes.shape import I32, I64, U32, U64, Newer, Shape, Skipped


class ByteRange(Shape):
    """A range of bytes in the UTF-8 text; the end is exclusive."""

    start: U64
    end: U64


class TextElement(Shape):
    """A range of the user's text that a client shows in its own way."""

    byte_range: ByteRange
    placeholder: str | None = None


class UserMessage(Event):
    """What the user sent."""

    client_id: Skipped[str | None] = None
    message: str
    images: Skipped[list[str] | None] = None
    image_details: Skipped[list[ImageDetail | None]] = field(default_factory=list)
    local_images: list[str] = field(default_factory=list)
    local_image_details: Skipped[list[ImageDetail | None]] = field(default_factory=list)
    text_elements: list[TextElement] = field(default_factory=list)
    file_ids: Newer[list[str] | None] = None
    file_id_details: Newer[list[ImageDetail | None]] = field(default_factory=list)
    image_order: Newer[list[Attachment]] = field(default_factory=list)
    audio: Newer[list[str] | None] = None
    audio_references: Newer[list[AudioReference] | None] = None
    audio_order: Newer[list[Attachment]] = field(default_factory=list)
    local_audio: Newer[list[str]] = field(default_factory=list)


class CitedLines(Shape, rename="camel"):
    """Lines of a memory file."""

    path: str
    line_start: U32
    line_end: U32
    note: str


class MemoryCitation(Shape, rename="camel"):
    """The memories that a message rests on."""

    entries: list[CitedLines]
    rollout_ids: list[str]


class AgentMessage(Event):
    """What the agent said."""

    message: str
    phase: MessagePhase | None = None
    memory_citation: MemoryCitation | None = None
    delivery: Newer[Delivery | None] = None
    questions: Newer[list[AskedQuestion] | None] = None
    moderation: Newer[TargetedModeration | None] = None


class AgentReasoning(Event):
    """A summary of what the agent thought."""

    text: str


class AgentReasoningRawContent(Event):
    """What the agent thought."""

    text: str


class AgentReasoningSectionBreak(Event):
    """A new part of the reasoning begins."""

    item_id: str = ""
    summary_index: I64 = 0


class UncommittedChanges(Shape, tag_field="type", tag="uncommittedChanges"):
    """The review is about what is not committed."""


class BaseBranch(Shape, tag_field="type", tag="baseBranch"):
    """The review is about the difference from a branch."""

    branch: str


class Commit(Shape, tag_field="type", tag="commit"):
    """The review is about one commit."""

    sha: str
    title: str | None = None


class CustomReview(Shape, tag_field="type", tag="custom"):
    """The review is about what the user says."""

    instructions: str


ReviewTarget = UncommittedChanges | BaseBranch | Commit | CustomReview


class EnteredReviewMode(Event):
    """A review begins."""

    target: ReviewTarget
    user_facing_hint: Skipped[str | None] = None
    turn_id: Newer[str | None] = None
    item_id: Newer[str | None] = None


class LineRange(Shape):
    """Lines of a file, both ends included."""

    start: U32
    end: U32


class CodeLocation(Shape):
    """The place of a finding."""

    absolute_file_path: str
    line_range: LineRange


class Finding(Shape):
    """One finding of a review."""

    title: str
    body: str
    confidence_score: Float32
    priority: I32
    code_location: CodeLocation


class ReviewOutput(Shape):
    """What a review found."""

    findings: list[Finding]
    overall_correctness: str
    overall_explanation: str
    overall_confidence_score: Float32


class ExitedReviewMode(Event):
    """A review ended."""

    review_output: ReviewOutput | None = None
    turn_id: Newer[str | None] = None
    item_id: Newer[str | None] = None


class PlanStep(Shape, forbid_unknown_fields=True):
    """One step of the plan."""

    step: str
    status: Literal["pending", "in_progress", "completed"]


class PlanUpdate(Event, forbid_unknown_fields=True):
    """The agent's plan; no other keys are allowed.  [SESSION-EVENT-11]"""

    explanation: str | None = None
    plan: list[PlanStep]


class RawResponseItem(Event):
    """A response item as it came."""

    item: ResponseItem


class UsageMetadata(Shape):
    """What the model service says about the usage."""

    amount: str | None = None


class RawResponseCompleted(Event):
    """A response ended, only known to later versions."""

    response_id: str
    token_usage: TokenUsage | None = None
    usage_metadata: UsageMetadata | None = None


class Delta(Event):
    """Base of the pieces that stream in."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str


class AgentMessageContentDelta(Delta):
    """A piece of a message."""


class PlanDelta(Delta):
    """A piece of a plan."""


class ReasoningContentDelta(Delta):
    """A piece of a reasoning summary."""

    summary_index: I64 = 0


class ReasoningRawContentDelta(Delta):
    """A piece of a reasoning."""

    content_index: I64 = 0


ConversationEvent = (
    UserMessage
    | AgentMessage
    | AgentReasoning
    | AgentReasoningRawContent
    | AgentReasoningSectionBreak
    | EnteredReviewMode
    | ExitedReviewMode
    | PlanUpdate
    | RawResponseItem
    | RawResponseCompleted
    | AgentMessageContentDelta
    | PlanDelta
    | ReasoningContentDelta
    | ReasoningRawContentDelta
)
