"""Wrong reducers of terminal operations and sessions."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    InvalidTerminalPayload,
    InvalidWriteStdin,
    SecondTerminalOperation,
    TerminalIdChanged,
    TerminalOnOtherThread,
)
from rollout_reference.trace.reduce import terminals, tools

# --- begin --------------------------------------------------------------------------------------


@mutant("TRACE-TERMINAL-1", "keeps the summary of a tool call with an operation")
def summary_kept(reference: Patch) -> None:
    reference.edit(terminals._open_operation, "tool.summary = Terminal(operation.operation_id)", "pass")


@mutant("TRACE-TERMINAL-1", "opens an operation for commands only")
def stdin_opens_nothing(reference: Patch) -> None:
    reference.edit(terminals.start_from_runtime, "(ExecCommand, WriteStdin)", "ExecCommand")


@mutant("TRACE-TERMINAL-1", "does not note the terminal of a begin")
def begin_without_terminal(reference: Patch) -> None:
    reference.edit(terminals.start_from_runtime, "'exec_command', begin.process_id", "'exec_command', None")


@mutant("TRACE-TERMINAL-2", "replaces the operation of a tool call by a second one")
def second_operation_wins(reference: Patch) -> None:
    reference.never_raises(terminals.start_from_runtime, SecondTerminalOperation)


@mutant("TRACE-TERMINAL-2", "ignores a second begin")
def second_operation_ignored(reference: Patch) -> None:
    reference.never_raises(terminals.start_from_runtime, SecondTerminalOperation, "return")


@mutant("TRACE-TERMINAL-3", "ignores a begin of the wrong form")
def bad_begin_ignored(reference: Patch) -> None:
    reference.never_raises(terminals.start_from_runtime, InvalidTerminalPayload, "return")


@mutant("TRACE-TERMINAL-4", "does not take the session id of the arguments")
def stdin_without_session(reference: Patch) -> None:
    reference.edit(terminals.start_from_invocation, "'write_stdin', terminal_id,", "'write_stdin', None,")


@mutant("TRACE-TERMINAL-4", "needs a session id that is a string")
def stdin_session_is_text(reference: Patch) -> None:
    reference.edit(
        terminals.stdin_request,
        "if isinstance(session_id, (int, jsontext.Number)) and (not isinstance(session_id, bool))",
        "if False",
    )


@mutant("TRACE-TERMINAL-4", "does not take over the limits of the arguments")
def stdin_without_limits(reference: Patch) -> None:
    reference.edit(
        terminals.stdin_request,
        "StdinRequest(arguments.chars, arguments.yield_time_ms, arguments.max_output_tokens)",
        "StdinRequest(arguments.chars)",
    )


@mutant("TRACE-TERMINAL-5", "opens no operation for an invocation of the wrong form")
def bad_stdin_ignored(reference: Patch) -> None:
    def start(original: Callable[..., None], *arguments: Any) -> None:
        try:
            original(*arguments)
        except InvalidWriteStdin:
            return

    reference.wrap(terminals.start_from_invocation, start)


@mutant("TRACE-TERMINAL-5", "does not look at the name of the invoked tool")
def stdin_of_any_tool(reference: Patch) -> None:
    reference.edit(terminals.stdin_request, "call.tool_name != 'write_stdin' or ", "")


@mutant("TRACE-TERMINAL-5", "accepts an empty session id")
def stdin_session_may_be_empty(reference: Patch) -> None:
    reference.edit(terminals.stdin_request, " or not session_id", "")


@mutant("TRACE-TERMINAL-5", "takes a truth value for a session id")
def stdin_session_is_truth(reference: Patch) -> None:
    reference.edit(terminals.stdin_request, " and (not isinstance(session_id, bool))", "")


# --- end ----------------------------------------------------------------------------------------


@mutant("TRACE-TERMINAL-6", "takes an end of the wrong form for one without payload")
def bad_end_ignored(reference: Patch) -> None:
    reference.never_raises(terminals.read_result, InvalidTerminalPayload, "return (None, operation.result)")


@mutant("TRACE-TERMINAL-6", "keeps the first result")
def first_result(reference: Patch) -> None:
    reference.edit(
        terminals.end_operation, "operation.result = result", "operation.result = operation.result or result"
    )


@mutant("TRACE-TERMINAL-6", "ends every operation as completed")
def operation_always_completed(reference: Patch) -> None:
    reference.edit(terminals.end_operation, "event, status)", "event, 'completed')")


@mutant("TRACE-TERMINAL-7", "ends an operation with its tool call, whatever the runtime said")
def tool_always_ends_operation(reference: Patch) -> None:
    reference.edit(tools.end_tool_call, " and (not tool.raw_runtime_payload_ids)", "")


@mutant("TRACE-TERMINAL-7", "never ends an operation with its tool call")
def tool_never_ends_operation(reference: Patch) -> None:
    reference.edit(
        tools.end_tool_call,
        "if tool.terminal_operation_id is not None and (not tool.raw_runtime_payload_ids)",
        "if False",
    )


@mutant("TRACE-TERMINAL-7", "takes the value of a code mode result for text")
def code_mode_is_text(reference: Patch) -> None:
    reference.edit(
        terminals.read_tool_result,
        "result = msgspec.convert(response.value, CodeModeExecResult)",
        "return _text_result(response.value, response.value)",
    )


@mutant("TRACE-TERMINAL-7", "puts the text of an error on the output")
def error_is_output(reference: Patch) -> None:
    reference.edit(
        terminals.read_tool_result,
        "TerminalResult(None, '', response.error, response.error)",
        "TerminalResult(None, response.error, '', response.error)",
    )


@mutant("TRACE-TERMINAL-7", "joins the texts of an output without line end")
def texts_joined_closely(reference: Patch) -> None:
    reference.edit(terminals._text_of, "'\\n'.join", "''.join")


@mutant("TRACE-TERMINAL-8", "takes a result of the wrong form for an empty one")
def bad_result_is_empty(reference: Patch) -> None:
    reference.never_raises(
        terminals.read_tool_result, InvalidTerminalPayload, "return TerminalResult(None, '', '', None)"
    )


@mutant("TRACE-TERMINAL-9", "lets an operation change its terminal")
def terminal_may_change(reference: Patch) -> None:
    reference.never_raises(terminals.end_operation, TerminalIdChanged)


@mutant("TRACE-TERMINAL-9", "does not take the terminal from an end")
def end_without_terminal(reference: Patch) -> None:
    reference.edit(terminals.end_operation, "operation.terminal_id = process_id", "pass")


# --- sessions -----------------------------------------------------------------------------------


@mutant("TRACE-TERMINAL-10", "makes no session for a terminal that an end tells")
def no_session_at_end(reference: Patch) -> None:
    reference.edit(terminals.end_operation, "join_session(trace, tool, operation)", "pass")


@mutant("TRACE-TERMINAL-10", "ends a session with its operation")
def session_ends(reference: Patch) -> None:
    reference.edit(
        terminals.end_operation,
        "join_session(trace, tool, operation)",
        "join_session(trace, tool, operation)\nif operation.terminal_id:\n"
        "    close(trace.state.terminal_sessions[operation.terminal_id].execution, event, status)",
    )


@mutant("TRACE-TERMINAL-10", "starts a session of its own for each operation")
def session_replaced(reference: Patch) -> None:
    reference.edit(terminals.join_session, "trace.state.terminal_sessions.get(operation.terminal_id)", "None")


@mutant("TRACE-TERMINAL-11", "lets an operation join the session of another thread")
def session_of_any_thread(reference: Patch) -> None:
    reference.never_raises(terminals.join_session, TerminalOnOtherThread)


@mutant("TRACE-TERMINAL-12", "does not note what the model saw of an operation")
def no_observation(reference: Patch) -> None:
    reference.does_nothing(terminals.sync_observation)


@mutant("TRACE-TERMINAL-12", "notes an observation each time that something is seen")
def observations_add_up(reference: Patch) -> None:
    reference.edit(
        terminals.sync_observation, "operation.model_observations = [", "operation.model_observations += ["
    )


@mutant("TRACE-TERMINAL-12", "notes an observation that saw nothing")
def empty_observation(reference: Patch) -> None:
    reference.edit(terminals.sync_observation, "if calls or outputs", "if tool")


@mutant("TRACE-TERMINAL-13", "forgets the result when an end has no payload")
def result_forgotten(reference: Patch) -> None:
    reference.edit(
        terminals.end_operation,
        "if ref is not None",
        "if ref is None:\n    operation.result = None\nif ref is not None",
    )


@mutant("TRACE-TERMINAL-13", "does not end an operation without a payload")
def end_needs_payload(reference: Patch) -> None:
    reference.edit(
        terminals.end_operation,
        "close(operation.execution, event, status)",
        "if ref is not None:\n    close(operation.execution, event, status)",
    )


@mutant("TRACE-TERMINAL-13", "does not note the payload of an end")
def end_payload_not_noted(reference: Patch) -> None:
    reference.edit(terminals.end_operation, "operation.raw_payload_ids.add(ref.raw_payload_id)", "pass")
