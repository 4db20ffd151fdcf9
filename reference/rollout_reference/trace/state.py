"""The reduced model: every object of `state.json`, fields in the order in which they are printed.

[TRACE-STATE-1, TRACE-STATE-2, TRACE-STATE-3].  All times are Unix milliseconds.  Options are printed
as `null`; only `ConversationItem.agent_message` is left out when it has no value.
"""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from rollout_reference import jsontext
from rollout_reference.trace.vocabulary import (
    Channel,
    CodeCellStatus,
    ExecutionStatus,
    ItemKind,
    PayloadRef,
    Role,
    RolloutStatus,
    Tagged,
    ToolCallKind,
    ToolCallSummary,
)


class IdList(list[str]):
    """A list of ids without repetitions, in order of first arrival.  [TRACE-REPLAY-7]"""

    __slots__ = ("_members",)

    def __init__(self, ids: Iterable[str] = ()) -> None:
        super().__init__()
        self._members: set[str] = set()
        self.add_all(ids)

    def add(self, new_id: str) -> None:
        """Append an id unless the list has it."""
        if new_id not in self._members:
            self._members.add(new_id)
            self.append(new_id)

    def add_all(self, ids: Iterable[str]) -> None:
        """Append each id that the list does not have yet."""
        for new_id in [new_id for new_id in ids if new_id not in self._members]:
            self.add(new_id)


class ExecutionWindow(Struct):
    """From when to when something ran, in time and in `seq`.  [TRACE-REPLAY-5]"""

    started_at_unix_ms: int
    started_seq: int
    ended_at_unix_ms: int | None = None
    ended_seq: int | None = None
    status: ExecutionStatus = "running"


class Root(Tagged, frozen=True):
    """The thread was started by the user."""


class Spawned(Tagged, frozen=True):
    """The thread was spawned by another thread.  [TRACE-ORIGIN-2]"""

    parent_thread_id: str
    spawn_edge_id: str
    task_name: str
    agent_role: str


class AgentThread(Struct, kw_only=True):
    """One agent of the rollout."""

    thread_id: str
    agent_path: str
    nickname: str | None
    origin: Root | Spawned
    execution: ExecutionWindow
    default_model: str | None
    conversation_item_ids: IdList = msgspec.field(default_factory=IdList)


class CodexTurn(Struct):
    """One turn of a thread; `input_item_ids` is always empty under schema 1.  [TRACE-TURN-1]"""

    codex_turn_id: str
    thread_id: str
    execution: ExecutionWindow
    input_item_ids: list[str] = msgspec.field(default_factory=list)


class Text(Tagged, frozen=True):
    """Readable text."""

    text: str


class Summary(Tagged, frozen=True):
    """A readable summary of reasoning."""

    text: str


class Encoded(Tagged, frozen=True):
    """Content that only the provider can read."""

    label: str
    value: str


class Json(Tagged, frozen=True):
    """A JSON value by its (cut) compact text; the payload holds it whole."""

    summary: str
    raw_payload_id: str


class Code(Tagged, frozen=True):
    """Source code."""

    language: str
    source: str


class PayloadReference(Tagged, frozen=True, tag="payload_ref"):
    """Content that is not repeated here; the payload holds it."""

    label: str
    raw_payload_id: str


Part = Text | Summary | Encoded | Json | Code | PayloadReference


class Body(Struct):
    """The parts of an item."""

    parts: tuple[Part, ...]


class AgentRoute(Struct, frozen=True):
    """Who sent an agent message to whom, as agent paths."""

    author: str
    recipient: str


class ByInference(Tagged, frozen=True, tag="inference"):
    """A model response produced the item."""

    inference_call_id: str


class ByTool(Tagged, frozen=True, tag="tool"):
    """A tool call produced the item."""

    tool_call_id: str


class ByCodeCell(Tagged, frozen=True, tag="code_cell"):
    """A code cell produced the item."""

    code_cell_id: str


class ByCompaction(Tagged, frozen=True, tag="compaction"):
    """A compaction produced the item."""

    compaction_id: str


Producer = ByInference | ByTool | ByCodeCell | ByCompaction


class ConversationItem(Struct, kw_only=True):
    """One thing that the model saw or said, whichever requests repeat it."""

    item_id: str
    thread_id: str
    codex_turn_id: str
    first_seen_at_unix_ms: int
    role: Role
    channel: Channel | None
    kind: ItemKind
    agent_message: AgentRoute | UnsetType = UNSET
    body: Body
    call_id: str | None
    produced_by: list[Producer]

    def add_producer(self, producer: Producer) -> None:
        """Name one more producer, once."""
        if producer not in self.produced_by:
            self.produced_by.append(producer)


class Usage(Struct):
    """Tokens of one inference call."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int


class InferenceCall(Struct, kw_only=True):
    """One attempt of a model request."""

    inference_call_id: str
    thread_id: str
    codex_turn_id: str
    execution: ExecutionWindow
    model: str
    provider_name: str
    response_id: str | None = None
    upstream_request_id: str | None = None
    request_item_ids: list[str]
    response_item_ids: list[str] = msgspec.field(default_factory=list)
    tool_call_ids_started_by_response: IdList = msgspec.field(default_factory=IdList)
    usage: Usage | None = None
    raw_request_payload_id: str
    raw_response_payload_id: str | None = None


class CodeCell(Struct, kw_only=True):
    """One run of code that the model wrote."""

    code_cell_id: str
    model_visible_call_id: str
    thread_id: str
    codex_turn_id: str
    source_item_id: str
    output_item_ids: IdList
    runtime_cell_id: str | None
    execution: ExecutionWindow
    runtime_status: CodeCellStatus
    initial_response_at_unix_ms: int | None = None
    initial_response_seq: int | None = None
    yielded_at_unix_ms: int | None = None
    yielded_seq: int | None = None
    source_js: str
    nested_tool_call_ids: IdList
    wait_tool_call_ids: IdList = msgspec.field(default_factory=IdList)


class ByModel(Tagged, frozen=True, tag="model"):
    """The model asked for the tool call."""


class ByCell(Tagged, frozen=True, tag="code_cell"):
    """A code cell asked for the tool call."""

    code_cell_id: str


class ToolCall(Struct, kw_only=True):
    """One dispatch of a tool."""

    tool_call_id: str
    mcp_call_id: str | None = None
    model_visible_call_id: str | None
    code_mode_runtime_tool_id: str | None
    thread_id: str
    started_by_codex_turn_id: str | None
    execution: ExecutionWindow
    requester: ByModel | ByCell
    kind: ToolCallKind
    model_visible_call_item_ids: IdList
    model_visible_output_item_ids: IdList
    terminal_operation_id: str | None = None
    summary: ToolCallSummary
    raw_invocation_payload_id: str | None
    raw_result_payload_id: str | None = None
    raw_runtime_payload_ids: IdList = msgspec.field(default_factory=IdList)


class TerminalSession(Struct):
    """A process that several operations talk to; its end is not recorded.  [TRACE-TERMINAL-10]"""

    terminal_id: str
    thread_id: str
    created_by_operation_id: str
    operation_ids: IdList
    execution: ExecutionWindow


class ExecRequest(Tagged, frozen=True, tag="exec_command"):
    """What a command was asked to run."""

    command: list[str]
    display_command: str
    cwd: str
    yield_time_ms: int | None = None
    max_output_tokens: int | None = None


class StdinRequest(Tagged, frozen=True, tag="write_stdin"):
    """What was typed into a running command."""

    stdin: str
    yield_time_ms: int | None = None
    max_output_tokens: int | None = None


class TerminalResult(Struct):
    """What a terminal operation gave back."""

    exit_code: int | None
    stdout: str
    stderr: str
    formatted_output: str | None
    original_token_count: int | None = None
    chunk_id: str | None = None


class ModelObservation(Struct):
    """The items in which the model saw a terminal operation."""

    call_item_ids: list[str]
    output_item_ids: list[str]
    source: Literal["direct_tool_call"] = "direct_tool_call"


class TerminalOperation(Struct, kw_only=True):
    """One command, or one write to a running one."""

    operation_id: str
    terminal_id: str | None
    tool_call_id: str
    kind: Literal["exec_command", "write_stdin"]
    execution: ExecutionWindow
    request: ExecRequest | StdinRequest
    result: TerminalResult | None = None
    model_observations: list[ModelObservation] = msgspec.field(default_factory=list)
    raw_payload_ids: IdList


class Compaction(Struct):
    """A history that replaced another."""

    compaction_id: str
    thread_id: str
    codex_turn_id: str
    installed_at_unix_ms: int
    marker_item_id: str
    request_ids: list[str]
    input_item_ids: list[str]
    replacement_item_ids: list[str]


class CompactionRequest(Struct):
    """One attempt of a remote compaction."""

    compaction_request_id: str
    compaction_id: str
    thread_id: str
    codex_turn_id: str
    execution: ExecutionWindow
    model: str
    provider_name: str
    raw_request_payload_id: str
    raw_response_payload_id: str | None = None


class AtItem(Tagged, frozen=True, tag="conversation_item"):
    """An edge ends at an item."""

    item_id: str


class AtToolCall(Tagged, frozen=True, tag="tool_call"):
    """An edge ends at a tool call."""

    tool_call_id: str


class AtThread(Tagged, frozen=True, tag="thread"):
    """An edge ends at a thread."""

    thread_id: str


Anchor = AtItem | AtToolCall | AtThread
EdgeKind = Literal["spawn_agent", "assign_agent_task", "send_message", "agent_result", "close_agent"]


class InteractionEdge(Struct):
    """One thread acted on another."""

    edge_id: str
    kind: EdgeKind
    source: Anchor
    target: Anchor
    started_at_unix_ms: int
    ended_at_unix_ms: int | None
    carried_item_ids: IdList
    carried_raw_payload_ids: IdList


class RolloutTrace(Struct, kw_only=True):
    """The whole graph: what the model saw, and the runtime objects that explain it."""

    schema_version: int = 1
    trace_id: str
    rollout_id: str
    started_at_unix_ms: int
    ended_at_unix_ms: int | None = None
    status: RolloutStatus = "running"
    root_thread_id: str
    threads: dict[str, AgentThread] = msgspec.field(default_factory=dict)
    codex_turns: dict[str, CodexTurn] = msgspec.field(default_factory=dict)
    conversation_items: dict[str, ConversationItem] = msgspec.field(default_factory=dict)
    inference_calls: dict[str, InferenceCall] = msgspec.field(default_factory=dict)
    code_cells: dict[str, CodeCell] = msgspec.field(default_factory=dict)
    tool_calls: dict[str, ToolCall] = msgspec.field(default_factory=dict)
    terminal_sessions: dict[str, TerminalSession] = msgspec.field(default_factory=dict)
    terminal_operations: dict[str, TerminalOperation] = msgspec.field(default_factory=dict)
    compactions: dict[str, Compaction] = msgspec.field(default_factory=dict)
    compaction_requests: dict[str, CompactionRequest] = msgspec.field(default_factory=dict)
    interaction_edges: dict[str, InteractionEdge] = msgspec.field(default_factory=dict)
    raw_payloads: dict[str, PayloadRef] = msgspec.field(default_factory=dict)

    def to_json(self) -> bytes:
        """Print the state: maps sorted by key in byte order, indent 2, no final newline.

        [TRACE-STATE-2, TRACE-STATE-7]
        """
        fields: dict[str, Any] = {}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            # Code-point order of str is the byte order of its UTF-8.
            fields[name] = {key: value[key] for key in sorted(value)} if isinstance(value, dict) else value
        return jsontext.pretty(fields)
