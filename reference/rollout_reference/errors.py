"""One class per reason to reject an input, each with its code and requirement id.

Nobody parses the text: an error carries the offending values, `code` is the stable name that
cases cite, `rule` the requirement that decided.  Where it happened (file, line, seq) is added
once, by the loop that reads the input.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, dataclass_transform

MAX_REASON = 400
"""Characters of a reason before it is cut; an offending value may be as long as a file."""


@dataclass(slots=True)
class Place:
    """Where an input was rejected: a file of the bundle, its 1-based line, the event's `seq`."""

    file: str
    line: int | None = None
    seq: int | None = None

    def __str__(self) -> str:
        text = self.file
        if self.line is not None:
            text += f" line {self.line}"
        if self.seq is not None:
            text += f" (seq {self.seq})"
        return text


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class _Typed(Exception):
    """An exception whose subclasses are dataclasses of the values that they hold."""

    def __new__(cls, *values: Any, **named: Any) -> Self:
        """Make the class a dataclass before its first exception: there are many, of which few are raised."""
        for each in reversed(cls.__mro__):
            if issubclass(each, _Typed) and "__dataclass_fields__" not in vars(each):
                dataclass(eq=False)(each)
        return super().__new__(cls, *values, **named)


class Rejected(_Typed):
    """An input that the specification says to reject.

    Subclasses declare the values they hold as annotated fields, `code`, the deciding
    `requirement`, a `text` that formats those values, and a `hint` what to do.
    """

    code: ClassVar[str]
    requirement: ClassVar[str]
    text: ClassVar[str]
    hint: ClassVar[str] = ""

    rule: str = field(default="", kw_only=True)
    place: Place | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.rule = self.rule or self.requirement

    def reason(self) -> str:
        """Say what is wrong, with the offending values, in one phrase on one line."""
        return _one_line(self.text.format_map(vars(self)))

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.reason()}  [{self.rule}]"


def _one_line(text: str) -> str:
    """Make a text that may hold anything fit for a terminal: printable, and not endless."""
    if len(text) > MAX_REASON:
        text = text[:MAX_REASON] + " ..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class TraceRejected(Rejected):
    """A trace bundle that a reducer rejects."""


# --- the bundle and its manifest --------------------------------------------------------------


class ManifestUnreadable(TraceRejected):
    """`manifest.json` is missing, not a regular file, or not readable.  [TRACE-BUNDLE-2]"""

    code = "trace.manifest_unreadable"
    requirement = "TRACE-BUNDLE-2"
    text = "cannot read the manifest: {detail}"
    hint = "a bundle is the directory that holds manifest.json, trace.jsonl and payloads/"
    detail: str


class LogUnreadable(TraceRejected):
    """`trace.jsonl` is missing, not a regular file, or not readable.  [TRACE-BUNDLE-3]"""

    code = "trace.log_unreadable"
    requirement = "TRACE-BUNDLE-3"
    text = "cannot read the event log: {detail}"
    hint = "a bundle is the directory that holds manifest.json, trace.jsonl and payloads/"
    detail: str


class TooLarge(TraceRejected):
    """A file or line is above the fixed limit of a reader.  [TRACE-BUNDLE-5]"""

    code = "trace.too_large"
    requirement = "TRACE-BUNDLE-5"
    text = "{what} is larger than the limit of {limit} bytes"
    hint = "no writer makes files of this size; check where the bundle comes from"
    what: str
    limit: int


class ManifestInvalid(TraceRejected):
    """The manifest is not the JSON object that the format asks for.  [TRACE-MANIFEST-1]"""

    code = "trace.manifest_invalid"
    requirement = "TRACE-MANIFEST-1"
    text = "the manifest is not valid: {detail}"
    hint = "it is written once, whole, when the bundle is created; take it from the original bundle"
    detail: str


class UnsupportedSchema(TraceRejected):
    """The manifest names a schema version that this reducer does not implement.  [TRACE-MANIFEST-4]"""

    code = "trace.unsupported_schema"
    requirement = "TRACE-MANIFEST-4"
    text = "the bundle says schema version {version}; this reducer implements {supported}"
    hint = "reduce it with a reducer of that schema version"
    version: int
    supported: str


# --- lines and events --------------------------------------------------------------------------


class LineNotUtf8(TraceRejected):
    """A line of the log is not UTF-8.  [TRACE-LINE-3]"""

    code = "trace.line_not_utf8"
    requirement = "TRACE-LINE-3"
    text = "the line is not UTF-8 ({detail})"
    hint = "the file was damaged or re-encoded after it was written"
    detail: str


class LineInvalidJson(TraceRejected):
    """A line is not exactly one JSON value.  [TRACE-LINE-4]"""

    code = "trace.line_invalid_json"
    requirement = "TRACE-LINE-4"
    text = "the line is not one JSON value: {detail}"
    hint = "if it is the last line, the writer was killed in the middle of it: remove that line"
    detail: str


class DuplicateField(TraceRejected):
    """A field that the format knows stands twice in one object.  [TRACE-LINE-8]"""

    code = "trace.duplicate_field"
    requirement = "TRACE-LINE-8"
    text = "the field {name!r} stands twice in one object"
    hint = "which of the two counts is not defined; the writer must give it once"
    name: str


class UnknownEventType(TraceRejected):
    """The event type is none of the 25 of schema 1.  [TRACE-EVENT-1]"""

    code = "trace.unknown_event_type"
    requirement = "TRACE-EVENT-1"
    text = "unknown event type {type!r}"
    hint = "it may come from a newer CLI than the bundle's schema version says"
    type: str


class EventInvalid(TraceRejected):
    """A field of an event is missing, or has another type or value.  [TRACE-EVENT-2]"""

    code = "trace.event_invalid"
    requirement = "TRACE-EVENT-2"
    text = "the event is not valid: {detail}"
    hint = "see the field table of this event type"
    detail: str


class UnsupportedEvent(TraceRejected):
    """The event type `other` has no reduction.  [TRACE-EVENT-5]"""

    code = "trace.unsupported_event"
    requirement = "TRACE-EVENT-5"
    text = "an event of type 'other' (kind {kind!r}) has no reduction"
    hint = "no writer makes it; remove the line"
    kind: str


# --- payload files -----------------------------------------------------------------------------


class PayloadEscape(TraceRejected):
    """A payload path leads out of the bundle.  [TRACE-PAYLOAD-3]"""

    code = "trace.payload_escape"
    requirement = "TRACE-PAYLOAD-3"
    text = "payload {payload_id} has a path that leaves the bundle: {path!r}"
    hint = "payload paths are relative and stay below the bundle; do not trust this bundle"
    payload_id: str
    path: str


class PayloadUnreadable(TraceRejected):
    """A payload file is missing, not a regular file, or not readable.  [TRACE-PAYLOAD-4]"""

    code = "trace.payload_unreadable"
    requirement = "TRACE-PAYLOAD-4"
    text = "cannot read payload {payload_id} ({path!r}): {detail}"
    hint = "a writer finishes a payload before the event that names it; the bundle was copied in part"
    payload_id: str
    path: str
    detail: str


class PayloadInvalidJson(TraceRejected):
    """A payload file is not one strict JSON value.  [TRACE-PAYLOAD-6]"""

    code = "trace.payload_invalid_json"
    requirement = "TRACE-PAYLOAD-6"
    text = "payload {payload_id} ({path!r}) is not one JSON value: {detail}"
    hint = "the file was damaged or edited after it was written"
    payload_id: str
    path: str
    detail: str


# --- things that are unknown, doubled, or of another thread --------------------------------------


class UnknownThread(TraceRejected):
    """An event names a thread that never started.  [TRACE-THREAD-3 and others]"""

    code = "trace.unknown_thread"
    requirement = "TRACE-THREAD-3"
    text = "unknown thread {thread_id}"
    hint = "its thread_started must come earlier in the log"
    thread_id: str


class UnknownTurn(TraceRejected):
    """An event names a turn that never started.  [TRACE-TURN-4 and others]"""

    code = "trace.unknown_turn"
    requirement = "TRACE-TURN-4"
    text = "unknown turn {turn_id}"
    hint = "its codex_turn_started must come earlier in the log"
    turn_id: str


class TurnOnOtherThread(TraceRejected):
    """An event pairs a turn with a thread that does not own it.  [TRACE-TURN-5 and others]"""

    code = "trace.turn_on_other_thread"
    requirement = "TRACE-TURN-5"
    text = "turn {turn_id} belongs to thread {owner}, not to {thread_id}"
    hint = "the event's thread and turn must agree"
    turn_id: str
    owner: str
    thread_id: str


class MissingContext(TraceRejected):
    """An event lacks the envelope thread or turn that its type needs.  [TRACE-TOOL-4 and others]"""

    code = "trace.missing_context"
    requirement = "TRACE-TOOL-4"
    text = "the event needs a {what} in its envelope"
    hint = "set thread_id and codex_turn_id in the envelope"
    what: str


class DuplicateThreadStart(TraceRejected):
    """A thread started twice.  [TRACE-THREAD-2]"""

    code = "trace.duplicate_thread_start"
    requirement = "TRACE-THREAD-2"
    text = "thread {thread_id} already started"
    hint = "a thread that is closed, resumed or reattached keeps its one start"
    thread_id: str


class DuplicateTurn(TraceRejected):
    """A turn id is used twice in the bundle.  [TRACE-TURN-2]"""

    code = "trace.duplicate_turn"
    requirement = "TRACE-TURN-2"
    text = "turn {turn_id} already started"
    hint = "turn ids are one namespace over all threads of a bundle"
    turn_id: str


class DuplicateInference(TraceRejected):
    """An inference call id is used twice.  [TRACE-INFERENCE-2]"""

    code = "trace.duplicate_inference"
    requirement = "TRACE-INFERENCE-2"
    text = "inference call {inference_call_id} already started"
    hint = "each attempt, also a retry, has an id of its own"
    inference_call_id: str


class UnknownInference(TraceRejected):
    """A terminal event names an inference call that never started.  [TRACE-INFERENCE-5]"""

    code = "trace.unknown_inference"
    requirement = "TRACE-INFERENCE-5"
    text = "unknown inference call {inference_call_id}"
    hint = "its inference_started must come earlier in the log"
    inference_call_id: str


class DuplicateToolCall(TraceRejected):
    """A tool call id is used twice.  [TRACE-TOOL-2]"""

    code = "trace.duplicate_tool_call"
    requirement = "TRACE-TOOL-2"
    text = "tool call {tool_call_id} already started"
    hint = "each dispatch has an id of its own"
    tool_call_id: str


class DuplicateModelVisibleCall(TraceRejected):
    """Two tool calls claim the same model-visible call.  [TRACE-TOOL-3]"""

    code = "trace.duplicate_model_visible_call"
    requirement = "TRACE-TOOL-3"
    text = "model-visible call {call_id} already belongs to tool call {tool_call_id}"
    hint = "model-visible call ids are one namespace over all threads of a bundle"
    call_id: str
    tool_call_id: str


class UnknownToolCall(TraceRejected):
    """An event names a tool call that never started.  [TRACE-TOOL-13, TRACE-TOOL-11]"""

    code = "trace.unknown_tool_call"
    requirement = "TRACE-TOOL-13"
    text = "unknown tool call {tool_call_id}"
    hint = "its tool_call_started must come earlier in the log"
    tool_call_id: str


class DuplicateMcpCorrelation(TraceRejected):
    """A tool call is given a second MCP call id.  [TRACE-TOOL-12]"""

    code = "trace.duplicate_mcp_correlation"
    requirement = "TRACE-TOOL-12"
    text = "tool call {tool_call_id} already has the MCP call id {mcp_call_id}"
    hint = "the correlation is assigned once"
    tool_call_id: str
    mcp_call_id: str


# --- conversation --------------------------------------------------------------------------------


class RequestWithoutInput(TraceRejected):
    """A request payload has no `input` array.  [TRACE-INFERENCE-11]"""

    code = "trace.request_without_input"
    requirement = "TRACE-INFERENCE-11"
    text = "request payload {payload_id} has no array 'input'"
    hint = "the payload must be the request as sent to the model"
    payload_id: str


class ResponseWithoutItems(TraceRejected):
    """A response payload has no `output_items` array.  [TRACE-INFERENCE-12]"""

    code = "trace.response_without_items"
    requirement = "TRACE-INFERENCE-12"
    text = "response payload {payload_id} has no array 'output_items'"
    hint = "the payload must be the response as recorded, items included"
    payload_id: str


class UnknownPreviousResponse(TraceRejected):
    """A request builds on a response that no call of its thread has.  [TRACE-CONVERSATION-8]"""

    code = "trace.unknown_previous_response"
    requirement = "TRACE-CONVERSATION-8"
    text = "no call of thread {thread_id} has the response id {response_id!r}"
    hint = "previous_response_id must name a completed response of the same thread"
    thread_id: str
    response_id: str


class ConversationMismatch(TraceRejected):
    """An incremental request contradicts what the model already saw.  [TRACE-CONVERSATION-5]"""

    code = "trace.conversation_mismatch"
    requirement = "TRACE-CONVERSATION-5"
    text = "item {position} of the request differs from {item_id}, which stands there already"
    hint = "an incremental request may only append to the latest view of its thread"
    position: int
    item_id: str


class CallIdConflict(TraceRejected):
    """One call id stands for two different items of the same kind.  [TRACE-CONVERSATION-6]"""

    code = "trace.call_id_conflict"
    requirement = "TRACE-CONVERSATION-6"
    text = "call id {call_id!r} was already used for another {kind} in thread {thread_id}"
    hint = "under schema 1 a call or its output cannot change between requests"
    call_id: str
    kind: str
    thread_id: str


class UnsupportedItem(TraceRejected):
    """A response item has no string type, or one that schema 1 does not know.  [TRACE-ITEM-1]"""

    code = "trace.unsupported_item"
    requirement = "TRACE-ITEM-1"
    text = "response item of type {type} is not supported"
    hint = "see the table of item types"
    type: str


class InvalidMessageRole(TraceRejected):
    """A message has no role, or one outside the five.  [TRACE-ITEM-3]"""

    code = "trace.invalid_message_role"
    requirement = "TRACE-ITEM-3"
    text = "message role {role} is not one of system, developer, user, assistant, tool"
    hint = "a message item needs one of these roles"
    role: str


class InvalidReasoning(TraceRejected):
    """A reasoning item is malformed or has no part.  [TRACE-ITEM-7]"""

    code = "trace.invalid_reasoning"
    requirement = "TRACE-ITEM-7"
    text = "reasoning item is not valid: {detail}"
    hint = "it needs text, a summary or encrypted content"
    detail: str


class InvalidCompactionItem(TraceRejected):
    """A compaction item has no string `encrypted_content`.  [TRACE-ITEM-12]"""

    code = "trace.invalid_compaction_item"
    requirement = "TRACE-ITEM-12"
    text = "item of type {type} has no string 'encrypted_content'"
    hint = "a compaction item carries its content encrypted"
    type: str


class InvalidAgentMessage(TraceRejected):
    """An agent message is malformed or empty.  [TRACE-ITEM-5]"""

    code = "trace.invalid_agent_message"
    requirement = "TRACE-ITEM-5"
    text = "agent message is not valid: {detail}"
    hint = "it needs author, recipient and at least one content part"
    detail: str


# --- tools, terminals, code cells ------------------------------------------------------------------


class InvalidWait(TraceRejected):
    """A tool named `wait` was invoked without a cell id.  [TRACE-TOOL-17]"""

    code = "trace.invalid_wait"
    requirement = "TRACE-TOOL-17"
    text = "tool call {tool_call_id} is named 'wait' but its arguments are not valid: {detail}"
    hint = "under schema 1 every tool of this name is taken as the code-mode wait"
    tool_call_id: str
    detail: str


class SecondTerminalOperation(TraceRejected):
    """A tool call would get a second terminal operation.  [TRACE-TERMINAL-2]"""

    code = "trace.second_terminal_operation"
    requirement = "TRACE-TERMINAL-2"
    text = "tool call {tool_call_id} already has {operation_id}"
    hint = "one tool call runs at most one terminal operation"
    tool_call_id: str
    operation_id: str


class InvalidTerminalPayload(TraceRejected):
    """A terminal payload has not the shape that its operation needs.  [TRACE-TERMINAL-3 and others]"""

    code = "trace.invalid_terminal_payload"
    requirement = "TRACE-TERMINAL-3"
    text = "payload {payload_id} is no terminal {what}: {detail}"
    hint = "see the payload shapes of terminal operations"
    payload_id: str
    what: str
    detail: str


class InvalidWriteStdin(TraceRejected):
    """A write_stdin invocation does not name its terminal.  [TRACE-TERMINAL-5]"""

    code = "trace.invalid_write_stdin"
    requirement = "TRACE-TERMINAL-5"
    text = "payload {payload_id} is no write_stdin invocation: {detail}"
    hint = "it needs function arguments with a session_id"
    payload_id: str
    detail: str


class TerminalIdChanged(TraceRejected):
    """An operation ends in another terminal than it began.  [TRACE-TERMINAL-9]"""

    code = "trace.terminal_id_changed"
    requirement = "TRACE-TERMINAL-9"
    text = "{operation_id} began in terminal {began} and ends in {ended}"
    hint = "begin and end of one operation name the same process"
    operation_id: str
    began: str
    ended: str


class TerminalOnOtherThread(TraceRejected):
    """A terminal id is used by two threads.  [TRACE-TERMINAL-11]"""

    code = "trace.terminal_on_other_thread"
    requirement = "TRACE-TERMINAL-11"
    text = "terminal {terminal_id} belongs to thread {owner}, not to {thread_id}"
    hint = "terminal ids are one namespace over all threads of a bundle"
    terminal_id: str
    owner: str
    thread_id: str


class DuplicateCodeCell(TraceRejected):
    """A code cell started twice.  [TRACE-CELL-3]"""

    code = "trace.duplicate_code_cell"
    requirement = "TRACE-CELL-3"
    text = "{code_cell_id} already started"
    hint = "code-mode call ids are one namespace over all threads of a bundle"
    code_cell_id: str


class RuntimeCellRemapped(TraceRejected):
    """A runtime cell id stands for two code cells of a thread.  [TRACE-CELL-4]"""

    code = "trace.runtime_cell_remapped"
    requirement = "TRACE-CELL-4"
    text = "runtime cell {runtime_cell_id!r} already stands for {code_cell_id}"
    hint = "a runtime cell id is not used again within a thread"
    runtime_cell_id: str
    code_cell_id: str


class UnknownRuntimeCell(TraceRejected):
    """An event names a runtime cell that never started in its thread.  [TRACE-CELL-6, TRACE-TOOL-7]"""

    code = "trace.unknown_runtime_cell"
    requirement = "TRACE-CELL-6"
    text = "unknown runtime cell {runtime_cell_id!r} in thread {thread_id}"
    hint = "its code_cell_started must come earlier in the log"
    runtime_cell_id: str
    thread_id: str


# --- agents ------------------------------------------------------------------------------------------


class InvalidThreadMetadata(TraceRejected):
    """The metadata payload of a thread has the wrong shape.  [TRACE-THREAD-7]"""

    code = "trace.invalid_thread_metadata"
    requirement = "TRACE-THREAD-7"
    text = "payload {payload_id} is no thread metadata: {detail}"
    hint = "it is an object whose named fields are strings or null"
    payload_id: str
    detail: str


class InvalidAgentPayload(TraceRejected):
    """A runtime payload of an agent tool has the wrong shape.  [TRACE-AGENT-9]"""

    code = "trace.invalid_agent_payload"
    requirement = "TRACE-AGENT-9"
    text = "payload {payload_id} is no {what}: {detail}"
    hint = "see the payload shapes of agent tools"
    payload_id: str
    what: str
    detail: str


class ActivityMismatch(TraceRejected):
    """A sub-agent activity does not fit the kind of its tool.  [TRACE-AGENT-7]"""

    code = "trace.activity_mismatch"
    requirement = "TRACE-AGENT-7"
    text = "activity {activity!r} does not fit a tool call of kind {kind!r}"
    hint = "spawn_agent starts, assign and send interact, close interrupts"
    activity: str
    kind: str


class ActivityWithoutMessage(TraceRejected):
    """A sub-agent activity whose invocation holds no message.  [TRACE-AGENT-8]"""

    code = "trace.activity_without_message"
    requirement = "TRACE-AGENT-8"
    text = "tool call {tool_call_id} has an activity but no message: {detail}"
    hint = "its invocation payload needs function arguments with a message"
    tool_call_id: str
    detail: str


class ConflictingDelivery(TraceRejected):
    """A delivery that is still pending is observed again with other data.  [TRACE-AGENT-11]"""

    code = "trace.conflicting_delivery"
    requirement = "TRACE-AGENT-11"
    text = "{edge_id} is already pending with other delivery data"
    hint = "one edge id stands for one delivery"
    edge_id: str


class ConflictingEdge(TraceRejected):
    """An edge is observed again with other endpoints.  [TRACE-AGENT-12]"""

    code = "trace.conflicting_edge"
    requirement = "TRACE-AGENT-12"
    text = "{edge_id} already connects other endpoints"
    hint = "one edge id stands for one source and one target"
    edge_id: str


# --- compaction ----------------------------------------------------------------------------------------


class DuplicateCompaction(TraceRejected):
    """A compaction is installed twice.  [TRACE-COMPACTION-7]"""

    code = "trace.duplicate_compaction"
    requirement = "TRACE-COMPACTION-7"
    text = "compaction {compaction_id} is already installed"
    hint = "a compaction is installed once"
    compaction_id: str


class InvalidCheckpoint(TraceRejected):
    """A checkpoint payload lacks one of its two arrays.  [TRACE-COMPACTION-9]"""

    code = "trace.invalid_checkpoint"
    requirement = "TRACE-COMPACTION-9"
    text = "checkpoint payload {payload_id} has no array {name!r}"
    hint = "a checkpoint holds input_history and replacement_history"
    payload_id: str
    name: str


class DuplicateCompactionRequest(TraceRejected):
    """A compaction request id is used twice.  [TRACE-COMPACTION-2]"""

    code = "trace.duplicate_compaction_request"
    requirement = "TRACE-COMPACTION-2"
    text = "compaction request {compaction_request_id} already started"
    hint = "each attempt has an id of its own"
    compaction_request_id: str


class UnknownCompactionRequest(TraceRejected):
    """A compaction request ends that never started.  [TRACE-COMPACTION-4]"""

    code = "trace.unknown_compaction_request"
    requirement = "TRACE-COMPACTION-4"
    text = "unknown compaction request {compaction_request_id}"
    hint = "its compaction_request_started must come earlier in the log"
    compaction_request_id: str


class CompactionIdMismatch(TraceRejected):
    """A compaction request ends under another compaction than it started.  [TRACE-COMPACTION-5]"""

    code = "trace.compaction_id_mismatch"
    requirement = "TRACE-COMPACTION-5"
    text = "compaction request {compaction_request_id} belongs to {owner}, not to {compaction_id}"
    hint = "start and end of a request name the same compaction"
    compaction_request_id: str
    owner: str
    compaction_id: str
