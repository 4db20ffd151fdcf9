"""What tools and agents did in a turn, in the shape in which the CLI answers `thread/read`.

Times are milliseconds.  [SESSION-HISTORY-1]
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from rollout_reference.session.history.answer import ThreadItem
from rollout_reference.session.items.content import ToolOutput
from rollout_reference.session.items.events.tools import DynamicOutput
from rollout_reference.session.items.extensions import Action

ToolStatus = Literal["inProgress", "completed", "failed"]
DecidedStatus = Literal["inProgress", "completed", "failed", "declined"]


class CommandAction(Struct, tag_field="type", tag=lambda name: name[0].lower() + name[1:]):
    """What a command does."""

    command: str


class Read(CommandAction):
    """It reads a file."""

    name: str
    path: str


class ListFiles(CommandAction):
    """It lists files."""

    path: str | None


class Search(CommandAction):
    """It searches files."""

    query: str | None
    path: str | None


class Unknown(CommandAction):
    """What it does is not known."""


class CommandExecution(ThreadItem):
    """A command; `command` is its line, quoted for a shell."""

    command: str
    cwd: str
    process_id: str | None
    source: str
    status: DecidedStatus
    command_actions: list[CommandAction]
    aggregated_output: str | None = None
    exit_code: int | None = None
    duration_ms: int | None = None


class ChangeKind(Struct, tag_field="type", tag=str.lower):
    """How a file changed."""


class Add(ChangeKind):
    """It is new."""


class Delete(ChangeKind):
    """It went."""


class Update(ChangeKind):
    """It was changed, and moved if there is a path."""

    move_path: str | None


class FileUpdateChange(Struct):
    """A change of one file."""

    path: str
    kind: ChangeKind
    diff: str


class FileChange(ThreadItem):
    """A change of files, in order of their paths."""

    changes: list[FileUpdateChange]
    status: DecidedStatus


class AppContext(Struct, rename="camel"):
    """The app that an MCP tool belongs to."""

    connector_id: str
    link_id: str | None
    resource_uri: str | None
    app_name: str | None
    template_id: str | None
    action_name: str | None


class McpResult(Struct, rename={"structured_content": "structuredContent", "meta": "_meta"}):
    """What an MCP tool returned."""

    content: list[Any]
    structured_content: Any
    meta: Any


class McpError(Struct):
    """Why a call of an MCP tool failed."""

    message: str


class McpToolCall(ThreadItem):
    """A call of an MCP tool."""

    server: str
    tool: str
    status: ToolStatus
    arguments: Any
    app_context: AppContext | None
    mcp_app_resource_uri: str | UnsetType
    plugin_id: str | None
    result: McpResult | None = None
    error: McpError | None = None
    duration_ms: int | None = None


class DynamicToolCall(ThreadItem):
    """A call of a tool that a client runs."""

    namespace: str | None
    tool: str
    arguments: Any
    status: ToolStatus
    content_items: list[DynamicOutput] | None = None
    success: bool | None = None
    duration_ms: int | None = None


class AgentState(Struct):
    """How it stands with an agent, and what it said last."""

    status: str
    message: str | None


class CollabAgentToolCall(ThreadItem):
    """A call of a tool for agents; states are told by the id of the agent's thread."""

    tool: str
    status: str
    sender_thread_id: str
    receiver_thread_ids: list[str]
    prompt: str | None = None
    model: str | None = None
    reasoning_effort: str | None = None
    agents_states: dict[str, AgentState] = field(default_factory=dict)


class SubAgentActivity(ThreadItem):
    """An agent did something to another."""

    kind: str
    agent_thread_id: str
    agent_path: str


class WebSearch(ThreadItem):
    """A web search; `action` is null while it runs."""

    query: str
    action: Action | None


class FunctionCallOutput(ThreadItem):
    """What a tool returned, only known to later versions."""

    name: str
    namespace: str | None
    output: ToolOutput


class ImageView(ThreadItem):
    """An image that the agent looked at."""

    path: str


class Sleep(ThreadItem):
    """The agent waited."""

    duration_ms: int


class ImageGeneration(ThreadItem):
    """An image that the agent made."""

    status: str
    revised_prompt: str | None
    result: str | UnsetType = UNSET
    file_id: str | UnsetType = UNSET
    saved_path: str | UnsetType = UNSET
