"""The items of a turn, as `item_completed` holds them: whole, and with an identity that stays.

[SESSION-TURNITEM-1 to SESSION-TURNITEM-3]
"""

from typing import Any, Literal

from msgspec import field

from rollout_reference.session.items.content import MessagePhase
from rollout_reference.session.items.events.conversation import (
    MemoryCitation,
    ReviewOutput,
    ReviewTarget,
)
from rollout_reference.session.items.events.newer import AskedQuestion, Delivery, Moderation
from rollout_reference.session.items.extensions import Extension
from rollout_reference.session.items.turn_tools import (
    CollabAgentToolCallItem,
    CommandExecutionItem,
    DynamicToolCallItem,
    FileChangeItem,
    FunctionCallOutputItem,
    McpToolCallItem,
    TurnItem,
)
from rollout_reference.session.items.user_input import UserInput
from rollout_reference.session.items.web_actions import WebSearchAction
from rollout_reference.session.shapes.file_uri import PathUri
from rollout_reference.session.shapes.scalars import AbsolutePath, AgentPath, NonEmpty, Uuid
from rollout_reference.session.shapes.shape import U64, Newer, NoOther, Shape, Skipped


class UserMessageItem(TurnItem):
    """What the user sent."""

    client_id: Skipped[str | None] = None
    content: list[UserInput]


class HookFragment(Shape, rename="camel"):
    """What one hook adds to the prompt."""

    text: str
    hook_run_id: str


class HookPromptItem(TurnItem):
    """What hooks add to the prompt."""

    fragments: list[HookFragment]


class AgentText(Shape, tag_field="type", tag="Text"):
    """A text of the agent."""

    text: str


class AgentMessageItem(TurnItem):
    """What the agent said."""

    content: list[AgentText | NoOther]
    phase: Skipped[MessagePhase | None] = None
    memory_citation: Skipped[MemoryCitation | None] = None
    delivery: Newer[Delivery | None] = None
    questions: Newer[list[AskedQuestion] | None] = None
    moderation: Newer[Moderation | None] = None


class PlanItem(TurnItem):
    """The agent's plan."""

    text: str


class ReasoningItem(TurnItem):
    """What the agent thought."""

    summary_text: list[str]
    raw_content: list[str] = field(default_factory=list)


class SubAgentActivityItem(TurnItem):
    """An agent did something to another."""

    kind: Literal["started", "interacted", "interrupted", "completed"]
    agent_thread_id: Uuid
    agent_path: AgentPath
    model: Newer[str | None] = None
    reasoning_effort: Newer[NonEmpty | None] = None


class WebSearchItem(TurnItem):
    """A web search."""

    query: str
    action: WebSearchAction
    results: Newer[list[Any] | None] = None


class ImageViewItem(TurnItem):
    """An image that the agent looked at."""

    path: PathUri


class SleepItem(TurnItem):
    """The agent waited; later versions write an extension in its place."""

    duration_ms: U64


class ImageGenerationItem(TurnItem):
    """An image that the agent made."""

    status: str
    revised_prompt: Skipped[str | None] = None
    result: str
    saved_path: Skipped[AbsolutePath | None] = None


class ContextCompactionItem(TurnItem):
    """The context was compacted."""


class EnteredReviewModeItem(TurnItem):
    """A review begins, only known to later versions."""

    target: ReviewTarget
    user_facing_hint: str


class ExitedReviewModeItem(TurnItem):
    """A review ended, only known to later versions."""

    review_output: ReviewOutput | None = None


AnyTurnItem = (
    UserMessageItem
    | HookPromptItem
    | AgentMessageItem
    | PlanItem
    | ReasoningItem
    | CommandExecutionItem
    | DynamicToolCallItem
    | CollabAgentToolCallItem
    | SubAgentActivityItem
    | WebSearchItem
    | ImageViewItem
    | SleepItem
    | ImageGenerationItem
    | FileChangeItem
    | McpToolCallItem
    | ContextCompactionItem
    | FunctionCallOutputItem
    | EnteredReviewModeItem
    | ExitedReviewModeItem
    | Extension
)

TURN_ITEM_TYPES: tuple[type[Shape], ...] = AnyTurnItem.__args__
"""The turn items; a policy decides each by its tag, an extension by its kind too."""
