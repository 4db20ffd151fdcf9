"""The envelope and the 25 raw event types of schema 1.  [TRACE-LINE-6, TRACE-EVENT-1, TRACE-EVENT-2]

Field order is the order in which a writer prints them; options are printed as `null`.
"""

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.errors import DuplicateField, EventInvalid, LineInvalidJson, UnknownEventType
from rollout_reference.trace.vocabulary import (
    I64,
    U32,
    CodeCellStatus,
    ExecutionStatus,
    PayloadRef,
    RolloutStatus,
    Tagged,
    ToolCallKind,
    ToolCallSummary,
    Unsigned,
    at_most_u64,
)


class RawEvent(Tagged, frozen=True):
    """Base of the event types; `type` is the class name in snake case."""


class RolloutStarted(RawEvent, frozen=True):
    """The recording begins."""

    trace_id: str
    root_thread_id: str


class RolloutEnded(RawEvent, frozen=True):
    """The root thread shut down."""

    status: RolloutStatus


class ThreadStarted(RawEvent, frozen=True):
    """A thread begins; its metadata tells who spawned it."""

    thread_id: str
    agent_path: str
    metadata_payload: PayloadRef | None = None


class ThreadEnded(RawEvent, frozen=True):
    """A thread shut down."""

    thread_id: str
    status: RolloutStatus


class CodexTurnStarted(RawEvent, frozen=True):
    """A turn begins."""

    codex_turn_id: str
    thread_id: str


class CodexTurnEnded(RawEvent, frozen=True):
    """A turn ends."""

    codex_turn_id: str
    status: ExecutionStatus


class InferenceStarted(RawEvent, frozen=True):
    """One attempt of a model request begins."""

    inference_call_id: str
    thread_id: str
    codex_turn_id: str
    model: str
    provider_name: str
    request_payload: PayloadRef


class InferenceCompleted(RawEvent, frozen=True, kw_only=True):
    """The attempt got its whole response."""

    inference_call_id: str
    response_id: str | None = None
    upstream_request_id: str | None = None
    response_payload: PayloadRef


class InferenceFailed(RawEvent, frozen=True, kw_only=True):
    """The attempt failed; items that were finished before are the partial response."""

    inference_call_id: str
    upstream_request_id: str | None = None
    error: str
    partial_response_payload: PayloadRef | None = None


class InferenceCancelled(RawEvent, frozen=True, kw_only=True):
    """The attempt was given up; items that were finished before are the partial response."""

    inference_call_id: str
    upstream_request_id: str | None = None
    reason: str
    partial_response_payload: PayloadRef | None = None


class ModelRequester(Tagged, frozen=True, tag="model"):
    """The model asked for the tool call."""


class CodeCellRequester(Tagged, frozen=True, tag="code_cell"):
    """A running code cell asked for the tool call."""

    runtime_cell_id: str


class ToolCallStarted(RawEvent, frozen=True, kw_only=True):
    """A tool call is dispatched."""

    tool_call_id: str
    model_visible_call_id: str | None = None
    code_mode_runtime_tool_id: str | None = None
    requester: ModelRequester | CodeCellRequester
    kind: ToolCallKind
    summary: ToolCallSummary
    invocation_payload: PayloadRef | None = None


class McpToolCallCorrelationAssigned(RawEvent, frozen=True):
    """The id under which an MCP server sees the tool call."""

    tool_call_id: str
    mcp_call_id: str


class ToolCallRuntimeStarted(RawEvent, frozen=True):
    """The runtime behind a tool call begins."""

    tool_call_id: str
    runtime_payload: PayloadRef


class ToolCallRuntimeEnded(RawEvent, frozen=True):
    """The runtime behind a tool call ends."""

    tool_call_id: str
    status: ExecutionStatus
    runtime_payload: PayloadRef


class ToolCallEnded(RawEvent, frozen=True):
    """The tool call returned."""

    tool_call_id: str
    status: ExecutionStatus
    result_payload: PayloadRef | None = None


class CodeCellStarted(RawEvent, frozen=True):
    """A code cell begins to run the source that the model wrote."""

    runtime_cell_id: str
    model_visible_call_id: str
    source_js: str


class CodeCellInitialResponse(RawEvent, frozen=True):
    """A code cell answered the model for the first time."""

    runtime_cell_id: str
    status: CodeCellStatus
    response_payload: PayloadRef | None = None


class CodeCellEnded(RawEvent, frozen=True):
    """A code cell ended."""

    runtime_cell_id: str
    status: CodeCellStatus
    response_payload: PayloadRef | None = None


class CompactionRequestStarted(RawEvent, frozen=True):
    """One attempt of a remote compaction begins."""

    compaction_id: str
    compaction_request_id: str
    thread_id: str
    codex_turn_id: str
    model: str
    provider_name: str
    request_payload: PayloadRef


class CompactionRequestCompleted(RawEvent, frozen=True):
    """The compaction attempt got its response."""

    compaction_id: str
    compaction_request_id: str
    response_payload: PayloadRef


class CompactionRequestFailed(RawEvent, frozen=True):
    """The compaction attempt failed."""

    compaction_id: str
    compaction_request_id: str
    error: str


class CompactionInstalled(RawEvent, frozen=True):
    """The replacement history went live."""

    compaction_id: str
    checkpoint_payload: PayloadRef


class AgentResultObserved(RawEvent, frozen=True):
    """A child's final message was delivered to its parent."""

    edge_id: str
    child_thread_id: str
    child_codex_turn_id: str
    parent_thread_id: str
    message: str
    carried_payload: PayloadRef | None = None


class ProtocolEventObserved(RawEvent, frozen=True):
    """A protocol event, kept as evidence only.  [TRACE-EVENT-6]"""

    event_type: str
    event_payload: PayloadRef


class OtherEvent(RawEvent, frozen=True, tag="other"):
    """Reserved; no writer makes it and no reducer takes it.  [TRACE-EVENT-5]"""

    kind: str
    summary: str
    payloads: list[PayloadRef]
    metadata: Any


EVENT_TYPES: tuple[type[RawEvent], ...] = (
    RolloutStarted,
    RolloutEnded,
    ThreadStarted,
    ThreadEnded,
    CodexTurnStarted,
    CodexTurnEnded,
    InferenceStarted,
    InferenceCompleted,
    InferenceFailed,
    InferenceCancelled,
    ToolCallStarted,
    McpToolCallCorrelationAssigned,
    ToolCallRuntimeStarted,
    ToolCallRuntimeEnded,
    ToolCallEnded,
    CodeCellStarted,
    CodeCellInitialResponse,
    CodeCellEnded,
    CompactionRequestStarted,
    CompactionRequestCompleted,
    CompactionRequestFailed,
    CompactionInstalled,
    AgentResultObserved,
    ProtocolEventObserved,
    OtherEvent,
)

P = TypeVar("P", bound=RawEvent)


class Event(Struct, Generic[P], kw_only=True):
    """One line of `trace.jsonl`; times are Unix milliseconds.  [TRACE-LINE-6]"""

    schema_version: U32
    seq: Unsigned
    wall_time_unix_ms: I64
    rollout_id: str
    thread_id: str | None = None
    codex_turn_id: str | None = None
    payload: P

    def __post_init__(self) -> None:
        at_most_u64(self.seq)


def type_of(event_type: type[RawEvent]) -> str:
    """Return the `type` that stands for an event class."""
    return str(event_type.__struct_config__.tag)


class EventTable:
    """The event types of one schema version, and how a line becomes one of them."""

    def __init__(self, event_types: tuple[type[RawEvent], ...]) -> None:
        # One envelope per type: the errors of a line then speak of its own type only.
        self._envelopes: dict[str, Any] = {type_of(t): Event[t] for t in event_types}  # type: ignore[valid-type]

    def decode(self, line: bytes) -> Event[Any]:
        """Turn one line into a typed event.

        Raises `LineInvalidJson`, `UnknownEventType`, `EventInvalid` or `DuplicateField`.
        """
        try:
            value = jsontext.parse(line)
        except jsontext.JsonError as error:
            rule = "TRACE-LINE-10" if isinstance(error, jsontext.TooDeep) else "TRACE-LINE-4"
            raise LineInvalidJson(str(error), rule=rule) from None
        envelope = self._envelope_of(value)
        try:
            event: Event[Any] = msgspec.convert(value, envelope)
        except msgspec.ValidationError as error:
            raise EventInvalid(str(error)) from None
        if jsontext.may_repeat_keys(line, value):
            _refuse_repeated_fields(event, jsontext.parse_keeping_repeats(line))
        return event

    def _envelope_of(self, value: Any) -> Any:
        """Return the envelope for the event type that a line names."""
        payload = value.get("payload") if isinstance(value, dict) else None
        name = payload.get("type") if isinstance(payload, dict) else None
        if not isinstance(name, str):
            raise EventInvalid("Object missing required field `type` - at `$.payload`")
        if name not in self._envelopes:
            raise UnknownEventType(name)
        return self._envelopes[name]


def _refuse_repeated_fields(struct: Struct, source: dict[str, Any]) -> None:
    """Refuse a known field that stands twice, at any level; unknown ones may.  [TRACE-LINE-8]"""
    tag_field = struct.__struct_config__.tag_field
    names = struct.__struct_fields__ + ((tag_field,) if tag_field else ())
    for name in names:
        if name in jsontext.repeated_keys(source):
            raise DuplicateField(name)
        value = getattr(struct, name, None)
        if isinstance(value, Struct):
            _refuse_repeated_fields(value, source[name])
        elif isinstance(value, list):
            for child, child_source in zip(value, source[name], strict=True):
                if isinstance(child, Struct):
                    _refuse_repeated_fields(child, child_source)


SCHEMA_1 = EventTable(EVENT_TYPES)
