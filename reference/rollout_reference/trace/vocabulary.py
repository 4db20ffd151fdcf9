"""The closed vocabularies that raw events and the reduced state share.  [TRACE-EVENT-3, TRACE-STATE-8]"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

RolloutStatus = Literal["running", "completed", "failed", "aborted"]
ExecutionStatus = Literal["running", "completed", "failed", "cancelled", "aborted"]
CodeCellStatus = Literal["starting", "running", "yielded", "completed", "failed", "terminated"]
Role = Literal["system", "developer", "user", "assistant", "tool"]
Channel = Literal["analysis", "commentary", "final", "summary"]
ItemKind = Literal[
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "compaction_marker",
]
PayloadKindName = Literal[
    "inference_request",
    "inference_response",
    "compaction_request",
    "compaction_checkpoint",
    "compaction_response",
    "tool_invocation",
    "tool_result",
    "tool_runtime_event",
    "terminal_runtime_event",
    "protocol_event",
    "session_metadata",
    "agent_result",
]

I32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
U32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
I64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Unsigned = Annotated[int, Meta(ge=0)]
"""A u64; its upper bound is checked by `at_most_u64`, which msgspec cannot express."""


def at_most_u64(value: int | None) -> None:
    """Raise `ValueError` for an integer above 2^64-1.  [TRACE-LINE-9]"""
    if value is not None and value > 2**64 - 1:
        raise ValueError("Expected `int` <= 18446744073709551615")


def snake(name: str) -> str:
    """`ThreadStarted` -> `thread_started`: the tag of a variant from its class name."""
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


class Tagged(Struct, frozen=True, tag_field="type", tag=snake):
    """A variant of a union; `type` holds its name."""


# --- kinds and summaries of tool calls ----------------------------------------------------------


class ExecCommand(Tagged, frozen=True):
    """A shell command."""


class WriteStdin(Tagged, frozen=True):
    """Input for a running command."""


class ApplyPatch(Tagged, frozen=True):
    """A patch of files."""


class Mcp(Tagged, frozen=True):
    """A tool of an MCP server."""

    server: str
    tool: str


class Web(Tagged, frozen=True):
    """A web search."""


class ImageGeneration(Tagged, frozen=True):
    """An image made or looked up."""


class SpawnAgent(Tagged, frozen=True):
    """A new child thread."""


class AssignAgentTask(Tagged, frozen=True):
    """A further task for a child thread."""


class SendMessage(Tagged, frozen=True):
    """A message to another thread."""


class WaitAgent(Tagged, frozen=True):
    """A wait for other threads."""


class CloseAgent(Tagged, frozen=True):
    """The end or interruption of a child thread."""


class Other(Tagged, frozen=True):
    """Any other tool, by name."""

    name: str


ToolCallKind = (
    ExecCommand
    | WriteStdin
    | ApplyPatch
    | Mcp
    | Web
    | ImageGeneration
    | SpawnAgent
    | AssignAgentTask
    | SendMessage
    | WaitAgent
    | CloseAgent
    | Other
)


class Terminal(Tagged, frozen=True):
    """The tool call is told by its terminal operation."""

    operation_id: str


class Agent(Tagged, frozen=True, kw_only=True):
    """The tool call addresses another thread."""

    target_agent_path: str
    task_name: str | None = None
    message_preview: str


class WaitAgentSummary(Tagged, frozen=True, tag="wait_agent"):
    """The tool call waits for other threads; `timeout_ms` is a u64.  [TRACE-EVENT-7]"""

    target_agent_path: str | None = None
    timeout_ms: Unsigned | None = None

    def __post_init__(self) -> None:
        at_most_u64(self.timeout_ms)


class Generic(Tagged, frozen=True):
    """The tool call in words."""

    label: str
    input_preview: str | None = None
    output_preview: str | None = None


ToolCallSummary = Terminal | Agent | WaitAgentSummary | Generic


# --- references to payload files ------------------------------------------------------------------


class PayloadKind(Struct, frozen=True, omit_defaults=True):
    """The kind of a payload: an object with `type`, and a `value` that is null if present."""

    type: PayloadKindName
    value: None = None


class PayloadRef(Struct, frozen=True):
    """A payload file by id, kind and path below the bundle.  [TRACE-PAYLOAD-1]"""

    raw_payload_id: str
    kind: PayloadKind
    path: str
