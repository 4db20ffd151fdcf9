"""Wrong reducers of tool calls."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    DuplicateMcpCorrelation,
    DuplicateModelVisibleCall,
    DuplicateToolCall,
    InvalidWait,
    MissingContext,
    UnknownRuntimeCell,
)
from rollout_reference.trace.reduce import code_cells, inference, tools
from rollout_reference.trace.reduce.reduction import Reduction
from rollout_reference.trace.state import ByModel

TURN_OF_THREAD = (
    "trace.turn_of_thread(event.codex_turn_id, thread_id, unknown='TRACE-TOOL-5', other='TRACE-TOOL-6')"
)
RUNTIME_AND_END = (tools.start_runtime, tools.end_runtime, tools.end_tool_call)

# --- start --------------------------------------------------------------------------------------


@mutant("TRACE-TOOL-1", "does not note the turn of a tool call")
def tool_without_turn(reference: Patch) -> None:
    reference.edit(
        tools.start_tool_call, "started_by_codex_turn_id=event.codex_turn_id", "started_by_codex_turn_id=None"
    )


@mutant("TRACE-TOOL-1", "does not copy the runtime tool id")
def tool_without_runtime_id(reference: Patch) -> None:
    reference.edit(
        tools.start_tool_call,
        "code_mode_runtime_tool_id=started.code_mode_runtime_tool_id",
        "code_mode_runtime_tool_id=None",
    )


@mutant("TRACE-TOOL-1", "does not note the invocation")
def tool_without_invocation(reference: Patch) -> None:
    reference.edit(
        tools.start_tool_call,
        "link_wait(trace, tool, invocation)",
        "link_wait(trace, tool, invocation)\ntool.raw_invocation_payload_id = None",
    )


@mutant("TRACE-TOOL-2", "accepts a second start of a tool call and keeps the later one")
def last_tool_wins(reference: Patch) -> None:
    reference.never_raises(tools.start_tool_call, DuplicateToolCall)


@mutant("TRACE-TOOL-3", "gives a model call to the last tool call that claims it")
def last_claim_wins(reference: Patch) -> None:
    reference.never_raises(tools.start_tool_call, DuplicateModelVisibleCall)


@mutant("TRACE-TOOL-3", "accepts a model call on two threads")
def claims_by_thread(reference: Patch) -> None:
    reference.edit(
        tools.start_tool_call,
        "visible_call_id in trace.tool_by_visible_call:",
        "visible_call_id in trace.tool_by_visible_call and event.thread_id == "
        "trace.state.tool_calls[trace.tool_by_visible_call[visible_call_id]].thread_id:",
    )


@mutant("TRACE-TOOL-4", "puts a tool call without context on the root thread")
def tool_on_root(reference: Patch) -> None:
    reference.never_raises(code_cells.thread_in_context, MissingContext, "return trace.state.root_thread_id")


@mutant("TRACE-TOOL-4", "does not derive the thread from the turn")
def thread_needed(reference: Patch) -> None:
    reference.edit(code_cells.thread_in_context, "if event.codex_turn_id is None", "if event")


@mutant("TRACE-TOOL-4", "takes the root thread where only the turn is given")
def tool_of_turn_on_root(reference: Patch) -> None:
    reference.edit(
        code_cells.thread_in_context,
        "return trace.turn(event.codex_turn_id, unknown).thread_id",
        "trace.turn(event.codex_turn_id, unknown)\nreturn trace.state.root_thread_id",
    )


@mutant("TRACE-TOOL-5", "accepts a tool call of a turn that never started")
def tool_on_unknown_turn(reference: Patch) -> None:
    reference.edit(
        tools.start_tool_call,
        "if event.codex_turn_id is not None",
        "if event.codex_turn_id in trace.state.codex_turns",
    )


@mutant("TRACE-TOOL-5", "accepts a tool call of a thread that never started")
def tool_on_unknown_thread(reference: Patch) -> None:
    reference.edit(tools.start_tool_call, "trace.thread(thread_id, 'TRACE-TOOL-5')", "pass")


@mutant("TRACE-TOOL-6", "accepts a tool call of a turn of another thread")
def tool_on_other_thread(reference: Patch) -> None:
    reference.edit(tools.start_tool_call, TURN_OF_THREAD, "trace.turn(event.codex_turn_id, 'TRACE-TOOL-5')")


@mutant("TRACE-TOOL-7", "takes a tool call of an unknown cell for one of the model")
def unknown_cell_is_model(reference: Patch) -> None:
    def requester(original: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return original(*arguments)
        except UnknownRuntimeCell:
            return ByModel()

    reference.wrap(tools.requester_of, requester)


@mutant("TRACE-TOOL-7", "takes the runtime id of a cell for its call id")
def runtime_id_is_call_id(reference: Patch) -> None:
    reference.edit(
        tools.requester_of,
        "ByCell(mapped_cell(trace, thread_id, runtime_cell_id, rule='TRACE-TOOL-7'))",
        "ByCell(f'code_cell:{runtime_cell_id}')",
    )


@mutant("TRACE-TOOL-8", "lists earlier items in order of arrival")
def earlier_items_in_order(reference: Patch) -> None:
    reference.edit(Reduction.items_of_call, "return sorted(", "return list(")


@mutant("TRACE-TOOL-8", "lists earlier items of all threads")
def earlier_items_of_all_threads(reference: Patch) -> None:
    reference.edit(Reduction.items_of_call, "items[item_id].thread_id == thread_id and ", "")


@mutant("TRACE-TOOL-8", "does not name the tool as producer of an earlier output")
def earlier_output_without_producer(reference: Patch) -> None:
    reference.edit(
        tools.start_tool_call,
        "trace.state.conversation_items[item_id].add_producer(ByTool(tool.tool_call_id))",
        "pass",
    )


# --- items --------------------------------------------------------------------------------------


@mutant("TRACE-TOOL-9", "does not link an item that comes after the tool call")
def later_items_not_linked(reference: Patch) -> None:
    reference.does_nothing(tools.link_item)


@mutant("TRACE-TOOL-9", "links only later items of the tool call's thread")
def later_items_of_thread(reference: Patch) -> None:
    reference.edit(
        tools.link_item,
        "if item.kind in CALL_KINDS",
        "if item.thread_id != tool.thread_id:\n    return\nif item.kind in CALL_KINDS",
    )


@mutant("TRACE-TOOL-9", "does not name the tool as producer of a later output")
def later_output_without_producer(reference: Patch) -> None:
    reference.edit(tools.link_item, "item.add_producer(ByTool(tool_call_id))", "pass")


@mutant("TRACE-TOOL-10", "does not tie a tool call to the response that asked for it")
def response_not_linked(reference: Patch) -> None:
    reference.does_nothing(tools.link_responses)


@mutant("TRACE-TOOL-10", "ties a tool call to a response only when it starts")
def response_linked_at_start(reference: Patch) -> None:
    reference.edit(tools.link_item, "link_responses(trace, tool)", "pass")


@mutant("TRACE-TOOL-10", "ties a tool call to a response as soon as that has its items")
def response_linked_at_once(reference: Patch) -> None:
    def note(original: Callable[..., None], trace: Reduction, call: Any, item_ids: list[str]) -> None:
        original(trace, call, item_ids)
        for item_id in item_ids:
            tool_call_id = trace.tool_by_visible_call.get(
                trace.state.conversation_items[item_id].call_id or ""
            )
            if tool_call_id:
                tools.link_responses(trace, trace.state.tool_calls[tool_call_id])

    reference.wrap(inference._note_response_items, note)


# --- runtime and end ----------------------------------------------------------------------------


@mutant("TRACE-TOOL-11", "does not note the MCP call id")
def no_mcp_id(reference: Patch) -> None:
    reference.edit(tools.assign_mcp_correlation, "tool.mcp_call_id = event.payload.mcp_call_id", "pass")


@mutant("TRACE-TOOL-11", "ignores the MCP call id of an unknown tool call")
def unknown_mcp_tool_ignored(reference: Patch) -> None:
    ignore_unknown(reference, tools.assign_mcp_correlation)


@mutant("TRACE-TOOL-12", "lets the last MCP call id count")
def last_mcp_id(reference: Patch) -> None:
    reference.never_raises(tools.assign_mcp_correlation, DuplicateMcpCorrelation)


@mutant("TRACE-TOOL-13", "ignores runtime and end of an unknown tool call")
def unknown_tool_ignored(reference: Patch) -> None:
    for handler in RUNTIME_AND_END:
        ignore_unknown(reference, handler)


def ignore_unknown(reference: Patch, handler: Callable[..., None]) -> None:
    """Let a handler do nothing for a tool call that never started."""

    def handle(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        if event.payload.tool_call_id in trace.state.tool_calls:
            original(trace, event)

    reference.wrap(handler, handle)


@mutant("TRACE-TOOL-14", "ends a tool call with its runtime")
def runtime_ends_tool(reference: Patch) -> None:
    reference.edit(tools.end_runtime, "value = ", "close(tool.execution, event, ended.status)\nvalue = ")


@mutant("TRACE-TOOL-14", "notes only the payload of a runtime's end")
def runtime_start_not_noted(reference: Patch) -> None:
    reference.edit(tools.start_runtime, "tool.raw_runtime_payload_ids.add(ref.raw_payload_id)", "pass")


@mutant("TRACE-TOOL-14", "notes a runtime payload after its effects")
def runtime_noted_late(reference: Patch) -> None:
    note = "tool.raw_runtime_payload_ids.add(ref.raw_payload_id)"
    last = "observe_runtime_start(trace, tool, ref)"
    reference.edit(tools.start_runtime, note, "pass")
    reference.edit(tools.start_runtime, last, f"{last}\n{note}")


@mutant("TRACE-TOOL-15", "keeps a result when a second end has none")
def result_kept(reference: Patch) -> None:
    reference.edit(
        tools.end_tool_call,
        "result.raw_payload_id if result else None",
        "result.raw_payload_id if result else tool.raw_result_payload_id",
    )


@mutant("TRACE-TOOL-15", "ends every tool call as completed")
def tool_always_completed(reference: Patch) -> None:
    reference.edit(
        tools.end_tool_call,
        "close(tool.execution, event, ended.status)",
        "close(tool.execution, event, 'completed')",
    )


@mutant("TRACE-TOOL-16", "does not note who waits for a cell")
def wait_not_noted(reference: Patch) -> None:
    reference.does_nothing(code_cells.add_wait)


@mutant("TRACE-TOOL-16", "notes a wait for a queued cell when the cell is added")
def wait_noted_later(reference: Patch) -> None:
    def add_wait(original: Callable[..., None], trace: Reduction, tool: Any, runtime_cell_id: str) -> None:
        original(trace, tool, runtime_cell_id)
        trace.__dict__.setdefault("waits", []).append((tool, runtime_cell_id))

    def materialise(original: Callable[..., None], trace: Reduction, cell_id: str, cell: Any) -> None:
        original(trace, cell_id, cell)
        for tool, runtime_cell_id in trace.__dict__.get("waits", ()):
            if trace.cell_by_runtime_id.get((tool.thread_id, runtime_cell_id)) == cell_id:
                trace.state.code_cells[cell_id].wait_tool_call_ids.add(tool.tool_call_id)

    reference.wrap(code_cells.add_wait, add_wait)
    reference.wrap(code_cells.materialise, materialise)


@mutant("TRACE-TOOL-17", "ignores a wait of the wrong form")
def bad_wait_ignored(reference: Patch) -> None:
    reference.never_raises(tools.link_wait, InvalidWait, "return")


@mutant("TRACE-TOOL-17", "knows the wait tool by its namespace")
def wait_of_namespace(reference: Patch) -> None:
    reference.edit(
        tools.link_wait,
        "invocation.get('tool_name') != 'wait'",
        "invocation.get('tool_name') != 'wait' or invocation.get('tool_namespace')",
    )


@mutant("TRACE-TOOL-17", "takes a number for a cell id")
def wait_cell_number(reference: Patch) -> None:
    reference.edit(
        tools.link_wait, "if not isinstance(cell_id, str)", "if not isinstance(cell_id, (str, int))"
    )


@mutant("TRACE-TOOL-18", "reads the end of a runtime only where it is needed")
def runtime_end_read_if_needed(reference: Patch) -> None:
    reference.edit(
        tools.end_runtime,
        "trace.bundle.read_payload(ended.runtime_payload)",
        "trace.bundle.read_payload(ended.runtime_payload) "
        "if tool.terminal_operation_id or 'agent' in type(tool.kind).__name__.lower() else None",
    )
