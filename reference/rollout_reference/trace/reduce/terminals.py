"""Terminals: operations (a command, or input for a running one) and the sessions they share."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.errors import (
    InvalidTerminalPayload,
    InvalidWriteStdin,
    SecondTerminalOperation,
    TerminalIdChanged,
    TerminalOnOtherThread,
)
from rollout_reference.trace.events import Event, ToolCallRuntimeStarted, ToolCallStarted
from rollout_reference.trace.reduce.reduction import Reduction, close, opened_at
from rollout_reference.trace.state import (
    ExecRequest,
    ExecutionWindow,
    IdList,
    ModelObservation,
    StdinRequest,
    TerminalOperation,
    TerminalResult,
    TerminalSession,
    ToolCall,
)
from rollout_reference.trace.vocabulary import (
    I32,
    ExecCommand,
    ExecutionStatus,
    PayloadRef,
    Terminal,
    Unsigned,
    WriteStdin,
    at_most_u64,
)


class ExecBegin(Struct, frozen=True):
    """The runtime began a command, or input for one.  [TRACE-TERMINAL-3]"""

    command: list[str]
    cwd: str
    process_id: str | None = None
    interaction_input: str | None = None


class ExecEnd(Struct, frozen=True):
    """The runtime ended a command, or input for one.  [TRACE-TERMINAL-6]"""

    stdout: str
    stderr: str
    formatted_output: str
    exit_code: I32
    process_id: str | None = None


class FunctionInvocation(Struct, frozen=True):
    """The payload part of an invocation."""

    type: str
    arguments: str | None = None


class Invocation(Struct, frozen=True):
    """What a reducer reads of a tool invocation."""

    tool_name: str
    payload: FunctionInvocation


class StdinArguments(Struct, frozen=True):
    """The arguments of write_stdin.  [TRACE-TERMINAL-4, TRACE-TERMINAL-5]"""

    session_id: Any
    chars: str = ""
    yield_time_ms: Unsigned | None = None
    max_output_tokens: Unsigned | None = None

    def __post_init__(self) -> None:
        at_most_u64(self.yield_time_ms)
        at_most_u64(self.max_output_tokens)


class DirectResponse(Struct, frozen=True, tag_field="type", tag="direct_response"):
    """A tool result as the model gets it."""

    response_item: Any


class CodeModeResponse(Struct, frozen=True, tag_field="type", tag="code_mode_response"):
    """A tool result as a code cell gets it."""

    value: Any


class ErrorResponse(Struct, frozen=True, tag_field="type", tag="error"):
    """A tool that failed before it had a result."""

    error: str


class CodeModeExecResult(Struct, frozen=True):
    """The structured value of a terminal tool in code mode."""

    output: str
    exit_code: I32 | None = None
    chunk_id: str | None = None
    original_token_count: Unsigned | None = None

    def __post_init__(self) -> None:
        at_most_u64(self.original_token_count)


# --- begin ---------------------------------------------------------------------------------------------


def start_from_invocation(
    trace: Reduction, event: Event[ToolCallStarted], tool: ToolCall, payload_id: str, invocation: Any
) -> None:
    """Open the operation of a write_stdin call from its arguments.  [TRACE-TERMINAL-4]"""
    if not isinstance(tool.kind, WriteStdin):
        return
    terminal_id, request = stdin_request(invocation, payload_id)
    _open_operation(trace, tool, "write_stdin", terminal_id, request, opened_at(event), payload_id)


def stdin_request(invocation: Any, payload_id: str) -> tuple[str, StdinRequest]:
    """Return terminal id and request of a write_stdin invocation; raises `InvalidWriteStdin`."""
    try:
        call = msgspec.convert(invocation, Invocation)
        if call.tool_name != "write_stdin" or call.payload.type != "function":
            raise InvalidWriteStdin(payload_id, f"it calls {call.tool_name!r} with {call.payload.type!r}")
        if call.payload.arguments is None:
            raise InvalidWriteStdin(payload_id, "no 'arguments'")
        arguments = jsontext.parse_struct(call.payload.arguments, StdinArguments)
    except (msgspec.ValidationError, jsontext.JsonError) as error:
        raise InvalidWriteStdin(payload_id, str(error)) from None
    session_id = arguments.session_id
    if isinstance(session_id, (int, jsontext.Number)) and not isinstance(session_id, bool):
        session_id = jsontext.compact(session_id)
    if not isinstance(session_id, str) or not session_id:
        raise InvalidWriteStdin(payload_id, "'session_id' is no number and no non-empty string")
    request = StdinRequest(arguments.chars, arguments.yield_time_ms, arguments.max_output_tokens)
    return session_id, request


def start_from_runtime(
    trace: Reduction, event: Event[ToolCallRuntimeStarted], tool: ToolCall, ref: PayloadRef
) -> None:
    """Open the operation of a terminal tool when its runtime begins.  [TRACE-TERMINAL-1]"""
    if not isinstance(tool.kind, (ExecCommand, WriteStdin)):
        return
    if tool.terminal_operation_id is not None:  # TRACE-TERMINAL-2
        raise SecondTerminalOperation(tool.tool_call_id, tool.terminal_operation_id)
    try:
        begin = msgspec.convert(trace.bundle.read_payload(ref), ExecBegin)
    except msgspec.ValidationError as error:
        raise InvalidTerminalPayload(ref.raw_payload_id, "begin", str(error)) from None
    if isinstance(tool.kind, ExecCommand):
        request = ExecRequest(begin.command, " ".join(begin.command), begin.cwd)
        _open_operation(
            trace, tool, "exec_command", begin.process_id, request, opened_at(event), ref.raw_payload_id
        )
    else:
        stdin = StdinRequest(begin.interaction_input or "")
        _open_operation(
            trace, tool, "write_stdin", begin.process_id, stdin, opened_at(event), ref.raw_payload_id
        )
    sync_observation(trace, tool)


def _open_operation(
    trace: Reduction,
    tool: ToolCall,
    kind: Literal["exec_command", "write_stdin"],
    terminal_id: str | None,
    request: ExecRequest | StdinRequest,
    window: ExecutionWindow,
    payload_id: str,
) -> None:
    operation = TerminalOperation(
        operation_id=f"terminal_operation:{trace.next_operation}",
        terminal_id=terminal_id,
        tool_call_id=tool.tool_call_id,
        kind=kind,
        execution=window,
        request=request,
        raw_payload_ids=IdList([payload_id]),
    )
    trace.next_operation += 1
    trace.state.terminal_operations[operation.operation_id] = operation
    tool.terminal_operation_id = operation.operation_id
    tool.summary = Terminal(operation.operation_id)
    join_session(trace, tool, operation)


def join_session(trace: Reduction, tool: ToolCall, operation: TerminalOperation) -> None:
    """Add an operation to the session of its terminal id, if it has one.  [TRACE-TERMINAL-10]"""
    if operation.terminal_id is None:
        return
    session = trace.state.terminal_sessions.get(operation.terminal_id)
    if session is None:
        window = ExecutionWindow(operation.execution.started_at_unix_ms, operation.execution.started_seq)
        session = TerminalSession(
            operation.terminal_id, tool.thread_id, operation.operation_id, IdList(), window
        )
        trace.state.terminal_sessions[operation.terminal_id] = session
    if session.thread_id != tool.thread_id:  # TRACE-TERMINAL-11
        raise TerminalOnOtherThread(session.terminal_id, session.thread_id, tool.thread_id)
    session.operation_ids.add(operation.operation_id)


# --- end -----------------------------------------------------------------------------------------------


def end_operation(
    trace: Reduction,
    event: Event[Any],
    tool: ToolCall,
    status: ExecutionStatus,
    ref: PayloadRef | None,
    value: Any,
) -> None:
    """Close a tool's operation, if it has one, and take over what the payload tells.

    [TRACE-TERMINAL-6, TRACE-TERMINAL-7, TRACE-TERMINAL-9, TRACE-TERMINAL-13]
    """
    if tool.terminal_operation_id is None:
        return
    operation = trace.state.terminal_operations[tool.terminal_operation_id]
    if ref is not None:
        process_id, result = read_result(operation, ref, value)
        if process_id is not None:
            began = operation.terminal_id
            if began is not None and began != process_id:  # TRACE-TERMINAL-9
                raise TerminalIdChanged(operation.operation_id, began, process_id)
            operation.terminal_id = process_id
        operation.raw_payload_ids.add(ref.raw_payload_id)
        operation.result = result
    close(operation.execution, event, status)
    join_session(trace, tool, operation)


def read_result(
    operation: TerminalOperation, ref: PayloadRef, value: Any
) -> tuple[str | None, TerminalResult]:
    """Return process id and result of an ended operation; raises `InvalidTerminalPayload`."""
    try:
        end = msgspec.convert(value, ExecEnd)
    except msgspec.ValidationError as error:
        if operation.kind == "write_stdin":
            return None, read_tool_result(ref, value)
        raise InvalidTerminalPayload(ref.raw_payload_id, "end", str(error), rule="TRACE-TERMINAL-6") from None
    return end.process_id, TerminalResult(end.exit_code, end.stdout, end.stderr, end.formatted_output)


def read_tool_result(ref: PayloadRef, value: Any) -> TerminalResult:
    """Return the terminal result that a tool result tells.  [TRACE-TERMINAL-7, TRACE-TERMINAL-8]"""
    try:
        response = msgspec.convert(value, DirectResponse | CodeModeResponse | ErrorResponse)
    except msgspec.ValidationError as error:
        raise InvalidTerminalPayload(
            ref.raw_payload_id, "end or tool result", str(error), rule="TRACE-TERMINAL-8"
        ) from None
    if isinstance(response, ErrorResponse):
        return TerminalResult(None, "", response.error, response.error)
    if isinstance(response, DirectResponse):
        item = response.response_item
        return _text_result(item.get("output") if isinstance(item, dict) else None, item)
    try:
        result = msgspec.convert(response.value, CodeModeExecResult)
    except msgspec.ValidationError:
        return _text_result(response.value, response.value)
    return TerminalResult(
        result.exit_code, result.output, "", result.output, result.original_token_count, result.chunk_id
    )


def _text_result(value: Any, fallback: Any) -> TerminalResult:
    text = _text_of(value)
    if text is None:
        text = jsontext.compact(fallback)
    return TerminalResult(None, text, "", text)


def _text_of(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        texts = [element.get("text") for element in value if isinstance(element, dict)]
        return "\n".join(text for text in texts if isinstance(text, str)) or None
    return jsontext.compact(value)


def sync_observation(trace: Reduction, tool: ToolCall) -> None:
    """Keep the one observation of a tool's operation equal to the tool's items.  [TRACE-TERMINAL-12]"""
    if tool.terminal_operation_id is None:
        return
    calls, outputs = tool.model_visible_call_item_ids, tool.model_visible_output_item_ids
    if calls or outputs:
        operation = trace.state.terminal_operations[tool.terminal_operation_id]
        operation.model_observations = [ModelObservation(list(calls), list(outputs))]
