"""The items of a turn that are calls of tools.  [SESSION-TURNITEM-2]"""

from typing import Any, Literal

from msgspec import field

from rollout_reference.session.items.content import ToolOutput
from rollout_reference.session.items.events.agents import AgentReference, AgentStatuses
from rollout_reference.session.items.events.commands import CommandSource, ParsedCommand
from rollout_reference.session.items.events.newer import AppUi
from rollout_reference.session.items.events.tools import DynamicOutput, FileChange, PatchStatus, ToolResult
from rollout_reference.session.shapes.amounts import Duration
from rollout_reference.session.shapes.file_uri import PathUri
from rollout_reference.session.shapes.scalars import NonEmpty, Uuid
from rollout_reference.session.shapes.shape import I32, Newer, Shape, Skipped


def _tag(name: str) -> str:
    return name.removesuffix("Item")


class TurnItem(Shape, tag_field="type", tag=_tag):
    """Base of the turn items; `type` is the class name without `Item`."""

    id: str


class CommandExecutionItem(TurnItem):
    """A command; later versions leave the separate outputs out."""

    process_id: Skipped[str | None] = None
    command: list[str]
    cwd: PathUri
    parsed_cmd: list[ParsedCommand]
    source: CommandSource
    interaction_input: Skipped[str | None] = None
    status: Literal["in_progress", "completed", "failed", "declined"]
    stdout: Skipped[str | None] = None
    stderr: Skipped[str | None] = None
    aggregated_output: Skipped[str | None] = None
    exit_code: Skipped[I32 | None] = None
    duration: Skipped[Duration | None] = None
    formatted_output: Skipped[str | None] = None
    plugin_id: Newer[str | None] = None
    script_path: Newer[str | None] = None


class DynamicToolCallItem(TurnItem):
    """A call of a tool that a client runs."""

    namespace: Skipped[str | None] = None
    tool: str
    arguments: Any
    status: Literal["in_progress", "completed", "failed"]
    content_items: Skipped[list[DynamicOutput] | None] = None
    success: Skipped[bool | None] = None
    error: Skipped[str | None] = None
    duration: Skipped[Duration | None] = None


class CollabAgentToolCallItem(TurnItem):
    """A call of a tool for agents; the last four tools and the last status come from later versions."""

    tool: Literal[
        "spawn_agent",
        "send_input",
        "resume_agent",
        "wait",
        "close_agent",
        "send_message",
        "followup_task",
        "interrupt_agent",
        "list_agents",
    ]
    status: Literal["in_progress", "completed", "failed", "interrupted"]
    sender_thread_id: Uuid
    receiver_thread_ids: list[Uuid] = field(default_factory=list)
    receiver_agents: list[AgentReference] = field(default_factory=list)
    prompt: Skipped[str | None] = None
    model: Skipped[str | None] = None
    reasoning_effort: Skipped[NonEmpty | None] = None
    agents_states: AgentStatuses = field(default_factory=AgentStatuses)


class FileChangeItem(TurnItem):
    """A change of files."""

    changes: dict[str, FileChange]
    status: Skipped[PatchStatus | None] = None
    auto_approved: Skipped[bool | None] = None
    stdout: Skipped[str | None] = None
    stderr: Skipped[str | None] = None


class McpError(Shape):
    """Why a call of an MCP tool failed."""

    message: str


class McpToolCallItem(TurnItem, rename="camel"):
    """A call of an MCP tool."""

    server: str
    tool: str
    arguments: Any
    connector_id: Skipped[str | None] = None
    mcp_app_resource_uri: Skipped[str | None] = None
    link_id: Skipped[str | None] = None
    app_name: Skipped[str | None] = None
    template_id: Skipped[str | None] = None
    action_name: Skipped[str | None] = None
    plugin_id: Skipped[str | None] = None
    status: Literal["inProgress", "completed", "failed"]
    result: Skipped[ToolResult | None] = None
    error: Skipped[McpError | None] = None
    duration: Skipped[Duration | None] = None
    mcp_app_ui: Newer[AppUi | None] = None
    read_only_hint: Newer[bool | None] = None


class FunctionCallOutputItem(TurnItem):
    """What a tool returned, only known to later versions."""

    name: str
    namespace: Skipped[str | None] = None
    output: ToolOutput
