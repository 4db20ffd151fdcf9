"""Code cells: start, first response, end; queued until the source item has been seen."""

from typing import Any

from rollout_reference.errors import (
    DuplicateCodeCell,
    MissingContext,
    RuntimeCellRemapped,
    UnknownRuntimeCell,
)
from rollout_reference.trace.events import (
    CodeCellEnded,
    CodeCellInitialResponse,
    CodeCellStarted,
    CodexTurnEnded,
    Event,
)
from rollout_reference.trace.reduce.reduction import QueuedCell, Reduction, close, handles, opened_at
from rollout_reference.trace.state import ByCell, ByCodeCell, CodeCell, ConversationItem, IdList, ToolCall
from rollout_reference.trace.vocabulary import CodeCellStatus, ExecutionStatus, ItemKind

SOURCE_KINDS: frozenset[ItemKind] = frozenset({"custom_tool_call"})
CELL_OUTPUT_KINDS: frozenset[ItemKind] = frozenset({"custom_tool_call_output"})

WINDOW_STATUS: dict[CodeCellStatus, ExecutionStatus] = {
    "starting": "running",
    "running": "running",
    "yielded": "running",
    "completed": "completed",
    "failed": "failed",
    "terminated": "cancelled",
}
"""The status of a cell's window by the status of its runtime.  [TRACE-CELL-9]"""

STATUS_AFTER_TURN: dict[ExecutionStatus, CodeCellStatus] = {
    "failed": "failed",
    "cancelled": "terminated",
    "aborted": "terminated",
}
"""How the end of a turn ends its running cells; other ends leave them running.  [TRACE-TURN-7]"""


def thread_in_context(trace: Reduction, event: Event[Any], *, missing: str, unknown: str) -> str:
    """Return the envelope's thread, or else the thread of its turn; raises by the rules named."""
    if event.thread_id is not None:
        return event.thread_id
    if event.codex_turn_id is None:
        raise MissingContext("thread", rule=missing)
    return trace.turn(event.codex_turn_id, unknown).thread_id


def mapped_cell(trace: Reduction, thread_id: str, runtime_cell_id: str, *, rule: str) -> str:
    """Return the cell that a runtime cell id stands for; raises `UnknownRuntimeCell`."""
    code_cell_id = trace.cell_by_runtime_id.get((thread_id, runtime_cell_id))
    if code_cell_id is None:
        raise UnknownRuntimeCell(runtime_cell_id, thread_id, rule=rule)
    return code_cell_id


@handles(CodeCellStarted)
def start_cell(trace: Reduction, event: Event[CodeCellStarted]) -> None:
    """Open a cell, now or when its source item is seen.  [TRACE-CELL-1, TRACE-CELL-2]"""
    started = event.payload
    thread_id = thread_in_context(trace, event, missing="TRACE-CELL-5", unknown="TRACE-CELL-5")
    code_cell_id = f"code_cell:{started.model_visible_call_id}"
    mapped = trace.cell_by_runtime_id.setdefault((thread_id, started.runtime_cell_id), code_cell_id)
    if mapped != code_cell_id:  # TRACE-CELL-4
        raise RuntimeCellRemapped(started.runtime_cell_id, mapped)

    start = QueuedCell(event, thread_id)
    if source_items(trace, started.model_visible_call_id, thread_id):
        materialise(trace, code_cell_id, start)
    elif code_cell_id in trace.state.code_cells or code_cell_id in trace.queued_cells:
        raise DuplicateCodeCell(code_cell_id)  # TRACE-CELL-3
    else:
        trace.queued_cells[code_cell_id] = start


def source_items(trace: Reduction, call_id: str, thread_id: str) -> list[str]:
    """Return the thread's items that hold the source of a cell, in byte order of their ids."""
    return trace.items_of_call(call_id, thread_id, SOURCE_KINDS)


def materialise(trace: Reduction, code_cell_id: str, cell: QueuedCell) -> None:
    """Add a cell whose source item exists, then replay its lifecycle.

    [TRACE-CELL-1, TRACE-CELL-3, TRACE-CELL-7, TRACE-CELL-10]
    """
    start = cell.start
    call_id = start.payload.model_visible_call_id
    if code_cell_id in trace.state.code_cells:
        raise DuplicateCodeCell(code_cell_id)
    if start.codex_turn_id is None:
        raise MissingContext("turn", rule="TRACE-CELL-7")
    trace.turn_of_thread(start.codex_turn_id, cell.thread_id, unknown="TRACE-CELL-7", other="TRACE-CELL-7")

    outputs = trace.items_of_call(call_id, cell.thread_id, CELL_OUTPUT_KINDS)
    trace.state.code_cells[code_cell_id] = CodeCell(
        code_cell_id=code_cell_id,
        model_visible_call_id=call_id,
        thread_id=cell.thread_id,
        codex_turn_id=start.codex_turn_id,
        source_item_id=source_items(trace, call_id, cell.thread_id)[0],
        output_item_ids=IdList(outputs),
        runtime_cell_id=start.payload.runtime_cell_id,
        execution=opened_at(start),
        runtime_status="starting",
        source_js=start.payload.source_js,
        nested_tool_call_ids=IdList(sorted(trace.tools_of_cell[code_cell_id])),
    )
    trace.cells_of_turn[start.codex_turn_id].append(code_cell_id)
    for item_id in outputs:
        trace.state.conversation_items[item_id].add_producer(ByCodeCell(code_cell_id))
    # Outputs in other threads link to this cell too, but only when they are seen again.
    trace.unsettled.update(trace.items_by_call[call_id])
    for event in sorted(cell.lifecycle, key=lambda event: event.seq):
        _apply_lifecycle(trace.state.code_cells[code_cell_id], event)


def note_source(trace: Reduction, item: ConversationItem) -> None:
    """Mark the queued cell whose source a new item is, if there is one."""
    if item.kind == "custom_tool_call":
        code_cell_id = f"code_cell:{item.call_id}"
        queued = trace.queued_cells.get(code_cell_id)
        if queued is not None and queued.thread_id == item.thread_id:
            trace.ready_cells.add(code_cell_id)


def materialise_ready_cells(trace: Reduction) -> None:
    """Add the queued cells whose source a payload has just shown.  [TRACE-CELL-2]"""
    for code_cell_id in sorted(trace.ready_cells):
        materialise(trace, code_cell_id, trace.queued_cells.pop(code_cell_id))
    trace.ready_cells.clear()


@handles(CodeCellInitialResponse)
def respond_initially(trace: Reduction, event: Event[CodeCellInitialResponse]) -> None:
    """Note the first answer of a cell.  [TRACE-CELL-6, TRACE-CELL-8]"""
    _lifecycle(trace, event)


@handles(CodeCellEnded)
def end_cell(trace: Reduction, event: Event[CodeCellEnded]) -> None:
    """Note the end of a cell.  [TRACE-CELL-6, TRACE-CELL-9]"""
    _lifecycle(trace, event)


def _lifecycle(trace: Reduction, event: Event[CodeCellInitialResponse] | Event[CodeCellEnded]) -> None:
    thread_id = thread_in_context(trace, event, missing="TRACE-CELL-5", unknown="TRACE-CELL-5")
    code_cell_id = mapped_cell(trace, thread_id, event.payload.runtime_cell_id, rule="TRACE-CELL-6")
    if code_cell_id in trace.queued_cells:  # TRACE-CELL-10
        trace.queued_cells[code_cell_id].lifecycle.append(event)
    else:
        _apply_lifecycle(trace.state.code_cells[code_cell_id], event)


def _apply_lifecycle(cell: CodeCell, event: Event[CodeCellInitialResponse] | Event[CodeCellEnded]) -> None:
    """Change a cell as its event says; nothing checks that it is still open.  [TRACE-CELL-13]"""
    if isinstance(event.payload, CodeCellEnded):
        _end(cell, event, event.payload.status)
        return
    _note_response(cell, event)
    if event.payload.status == "yielded":
        cell.yielded_at_unix_ms = event.wall_time_unix_ms
        cell.yielded_seq = event.seq
    cell.runtime_status = event.payload.status


def _end(cell: CodeCell, event: Event[Any], status: CodeCellStatus) -> None:
    """[TRACE-CELL-9]"""
    _note_response(cell, event)
    close(cell.execution, event, WINDOW_STATUS[status])
    cell.runtime_status = status


def _note_response(cell: CodeCell, event: Event[Any]) -> None:
    """Note when the cell responded; its first answer or end fixes it.  [TRACE-CELL-8]"""
    if cell.initial_response_at_unix_ms is None:
        cell.initial_response_at_unix_ms = event.wall_time_unix_ms
        cell.initial_response_seq = event.seq


def end_cells_of_turn(trace: Reduction, event: Event[CodexTurnEnded], status: ExecutionStatus) -> None:
    """End the cells that a failed or given up turn leaves running.  [TRACE-TURN-7]"""
    ending = STATUS_AFTER_TURN.get(status)
    if ending is None:
        return
    for code_cell_id in trace.cells_of_turn.get(event.payload.codex_turn_id, ()):
        cell = trace.state.code_cells[code_cell_id]
        if cell.execution.status == "running":
            _end(cell, event, ending)


def link_output(trace: Reduction, item: ConversationItem) -> None:
    """Tie a sighted output to the cell with its call id, of any thread.  [TRACE-CELL-11]"""
    cell = trace.state.code_cells.get(f"code_cell:{item.call_id}")
    if cell is not None and item.kind == "custom_tool_call_output":
        cell.output_item_ids.add(item.item_id)
        item.add_producer(ByCodeCell(cell.code_cell_id))


def add_nested_tool(trace: Reduction, tool: ToolCall) -> None:
    """Tie a tool call to the cell that asked for it, now or when the cell is added.  [TRACE-CELL-12]"""
    if isinstance(tool.requester, ByCell):
        code_cell_id = tool.requester.code_cell_id
        trace.tools_of_cell[code_cell_id].append(tool.tool_call_id)
        if code_cell_id in trace.state.code_cells:
            trace.state.code_cells[code_cell_id].nested_tool_call_ids.add(tool.tool_call_id)


def add_wait(trace: Reduction, tool: ToolCall, runtime_cell_id: str) -> None:
    """Tie a waiting tool call to its cell, if that has been added already.  [TRACE-TOOL-16]"""
    code_cell_id = trace.cell_by_runtime_id.get((tool.thread_id, runtime_cell_id))
    if code_cell_id in trace.state.code_cells:
        trace.state.code_cells[code_cell_id].wait_tool_call_ids.add(tool.tool_call_id)
