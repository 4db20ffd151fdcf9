"""The `response_item` line: what the model was given and what it answered.

[SESSION-ITEM-1 to SESSION-ITEM-11]
"""

from typing import Any, Literal

from rollout_reference.session.items.content import (
    AgentPart,
    ContentPart,
    MessagePhase,
    ReasoningText,
    SummaryText,
    Text,
    ToolOutput,
    snake_case,
)
from rollout_reference.session.items.inter_agent import Passthrough
from rollout_reference.session.items.web_actions import WebSearchAction
from rollout_reference.session.shapes.scalars import NonEmpty
from rollout_reference.session.shapes.shape import U64, Newer, NoOther, Shape, Skipped


class Item(Shape, tag_field="type", tag=snake_case):
    """Base of the response items."""


class Identified(Item):
    """A response item that may carry an id; the id is written first."""

    id: Skipped[str | None] = None


class Message(Identified):
    """A message of a role."""

    role: str
    content: list[ContentPart]
    phase: Skipped[MessagePhase | None] = None
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    status: Newer[str | None] = None
    encrypted_content: Newer[str | None] = None


class AgentMessage(Identified):
    """A message of one agent to another."""

    author: str
    recipient: str
    content: list[AgentPart]
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None


class Reasoning(Identified):
    """What the model thought."""

    summary: list[SummaryText | NoOther]
    content: list[ReasoningText | Text] | None = None  # SESSION-ITEM-7
    encrypted_content: str | None = None
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None


class Exec(Shape, tag_field="type", tag="exec"):
    """A command for the model's own shell tool; times are milliseconds."""

    command: list[str]
    timeout_ms: U64 | None = None
    working_directory: str | None = None
    env: dict[str, str] | None = None
    user: str | None = None


class LocalShellCall(Identified):
    """A call of the model's own shell tool."""

    call_id: str | None = None
    status: Literal["completed", "in_progress", "incomplete"]
    action: Exec | NoOther
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    encrypted_content: Newer[str | None] = None


class FunctionCall(Identified):
    """A call of a function tool; `arguments` is a text that should hold JSON."""

    name: str
    namespace: Skipped[str | None] = None
    arguments: str
    call_id: str
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    status: Newer[str | None] = None
    encrypted_content: Newer[str | None] = None
    encrypted_function_args: Newer[list[str] | None] = None


class ToolSearchCall(Identified):
    """A search for tools."""

    call_id: str | None = None
    status: Skipped[str | None] = None
    execution: str
    arguments: Any
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    encrypted_content: Newer[str | None] = None


class FunctionCallOutput(Identified):
    """What a function tool returned; only later versions write one without a call id."""

    call_id: Skipped[str | None] = None
    output: ToolOutput
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    name: Newer[str | None] = None
    namespace: Newer[str | None] = None


class CustomToolCall(Identified):
    """A call of a tool that takes free text."""

    status: Skipped[str | None] = None
    call_id: str
    name: str
    namespace: Skipped[str | None] = None
    input: str
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    encrypted_content: Newer[str | None] = None


class CustomToolCallOutput(Identified):
    """What a tool that takes free text returned."""

    call_id: str
    name: Skipped[str | None] = None
    output: ToolOutput
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None


class ToolSearchOutput(Identified):
    """The tools that a search found."""

    call_id: str | None = None
    status: str
    execution: str
    tools: list[Any]
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None


class WebSearchCall(Identified):
    """A web search that the model service ran."""

    status: Skipped[str | None] = None
    action: Skipped[WebSearchAction | None] = None
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    encrypted_content: Newer[str | None] = None


class ImageGenerationCall(Identified):
    """An image that the model service made."""

    status: str
    revised_prompt: Skipped[str | None] = None
    result: str
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    encrypted_content: Newer[str | None] = None


class Compaction(Identified):
    """A history that the model service compacted."""

    old_tags = ("compaction_summary",)  # SESSION-ITEM-9
    encrypted_content: str
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None


class ContextCompaction(Identified):
    """The place where the model service compacted the context."""

    encrypted_content: Skipped[str | None] = None
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None


class AdditionalTools(Identified):
    """Tools offered in the course of a request; not kept in a rollout."""

    role: str
    tools: list[Any]


class CompactionTrigger(Item):
    """Asks the model service to compact; not kept in a rollout."""


class Effort(Shape):
    """How much the model shall think."""

    effort: NonEmpty


class ConfigurationUpdate(Item):
    """A changed setting, only known to later versions."""

    reasoning: Effort


class Other(Item):
    """An item of a type that is not known; it means nothing."""  # SESSION-ITEM-2

    catches_all = True


ResponseItem = (
    Message
    | AgentMessage
    | Reasoning
    | LocalShellCall
    | FunctionCall
    | ToolSearchCall
    | FunctionCallOutput
    | CustomToolCall
    | CustomToolCallOutput
    | ToolSearchOutput
    | WebSearchCall
    | ImageGenerationCall
    | Compaction
    | ContextCompaction
    | AdditionalTools
    | CompactionTrigger
    | ConfigurationUpdate
    | Other
)

RESPONSE_ITEM_TYPES: tuple[type[Item], ...] = ResponseItem.__args__
"""The response items; a policy decides each by its tag."""
