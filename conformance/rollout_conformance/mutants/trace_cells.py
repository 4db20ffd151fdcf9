"""Wrong reducers of code cells."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    DuplicateCodeCell,
    MissingContext,
    RuntimeCellRemapped,
    UnknownRuntimeCell,
)
from rollout_reference.trace.reduce import code_cells
from rollout_reference.trace.reduce.conversation import Payload
from rollout_reference.trace.reduce.reduction import Reduction

TURN_OF_THREAD = (
    "trace.turn_of_thread(start.codex_turn_id, cell.thread_id, unknown='TRACE-CELL-7', other='TRACE-CELL-7')"
)
SOURCE_ITEM = "source_item_id=source_items(trace, call_id, cell.thread_id)[0]"

# --- start --------------------------------------------------------------------------------------


@mutant("TRACE-CELL-1", "knows runtime ids of cells without their thread")
def runtime_ids_of_all_threads(reference: Patch) -> None:
    key = "(thread_id, started.runtime_cell_id)"
    reference.edit(code_cells.start_cell, key, key.replace("thread_id", "''", 1))
    reference.edit(code_cells.mapped_cell, "(thread_id, runtime_cell_id))", "('', runtime_cell_id))")


@mutant("TRACE-CELL-1", "puts a cell without envelope thread on the root thread")
def cell_on_root(reference: Patch) -> None:
    reference.edit(
        code_cells.start_cell,
        "code_cell_id = ",
        "thread_id = event.thread_id or trace.state.root_thread_id\ncode_cell_id = ",
    )


@mutant("TRACE-CELL-2", "drops a cell that starts before its source is shown")
def early_cell_dropped(reference: Patch) -> None:
    reference.edit(
        code_cells.materialise_ready_cells,
        "materialise(trace, code_cell_id, trace.queued_cells.pop(code_cell_id))",
        "pass",
    )


@mutant("TRACE-CELL-2", "starts a queued cell when its source is shown")
def queued_cell_starts_late(reference: Patch) -> None:
    def reconcile(original: Callable[..., Any], payload: Payload, *arguments: Any) -> Any:
        payload.trace.__dict__["now"] = payload.event
        return original(payload, *arguments)

    reference.wrap(Payload._reconcile, reconcile)
    reference.edit(
        code_cells.materialise,
        "execution=opened_at(start)",
        "execution=opened_at(trace.__dict__.get('now', start))",
    )


@mutant("TRACE-CELL-3", "accepts a second start of a cell and keeps the later one")
def last_cell_wins(reference: Patch) -> None:
    reference.never_raises(code_cells.materialise, DuplicateCodeCell)


@mutant("TRACE-CELL-3", "accepts a second start of a queued cell and keeps the first one")
def first_queued_cell_wins(reference: Patch) -> None:
    reference.never_raises(code_cells.start_cell, DuplicateCodeCell)


@mutant("TRACE-CELL-4", "lets a runtime id mean another cell")
def runtime_id_remapped(reference: Patch) -> None:
    reference.never_raises(code_cells.start_cell, RuntimeCellRemapped)


@mutant("TRACE-CELL-5", "puts a cell event without context on the root thread")
def cell_event_on_root(reference: Patch) -> None:
    reference.never_raises(code_cells.thread_in_context, MissingContext, "return trace.state.root_thread_id")


@mutant("TRACE-CELL-5", "puts a cell event of an unknown turn on the root thread")
def cell_event_of_unknown_turn(reference: Patch) -> None:
    reference.edit(
        code_cells.thread_in_context,
        "return trace.turn(",
        "if event.codex_turn_id not in trace.state.codex_turns:\n"
        "    return trace.state.root_thread_id\nreturn trace.turn(",
    )


@mutant("TRACE-CELL-6", "ignores answer and end of an unknown cell")
def unknown_cell_ignored(reference: Patch) -> None:
    def lifecycle(original: Callable[..., None], *arguments: Any) -> None:
        try:
            original(*arguments)
        except UnknownRuntimeCell:
            return

    reference.wrap(code_cells._lifecycle, lifecycle)


@mutant("TRACE-CELL-7", "checks a cell when it is queued")
def queued_cell_checked(reference: Patch) -> None:
    reference.edit(
        code_cells.start_cell,
        "start = ",
        "if event.codex_turn_id is None:\n    raise MissingContext('turn')\n"
        "trace.turn_of_thread(event.codex_turn_id, thread_id, unknown='', other='')\nstart = ",
    )


@mutant("TRACE-CELL-7", "accepts a cell of a turn of another thread")
def cell_on_other_thread(reference: Patch) -> None:
    reference.edit(code_cells.materialise, TURN_OF_THREAD, "trace.turn(start.codex_turn_id, 'TRACE-CELL-7')")


@mutant("TRACE-CELL-7", "accepts a cell of a turn that never started")
def cell_on_unknown_turn(reference: Patch) -> None:
    reference.edit(code_cells.materialise, TURN_OF_THREAD, "pass")


@mutant("TRACE-CELL-7", "accepts a cell without turn")
def cell_without_turn(reference: Patch) -> None:
    reference.edit(
        code_cells.materialise, TURN_OF_THREAD, f"if start.codex_turn_id is not None:\n    {TURN_OF_THREAD}"
    )
    reference.never_raises(code_cells.materialise, MissingContext)


# --- answer and end -----------------------------------------------------------------------------


@mutant("TRACE-CELL-8", "lets the last answer be the initial one")
def last_answer_counts(reference: Patch) -> None:
    reference.edit(code_cells._note_response, "if cell.initial_response_at_unix_ms is None", "if cell")


@mutant("TRACE-CELL-8", "does not note when a cell yielded")
def yield_not_noted(reference: Patch) -> None:
    reference.edit(code_cells._apply_lifecycle, "if event.payload.status == 'yielded'", "if False")


@mutant("TRACE-CELL-8", "does not take over the status of an answer")
def answer_without_status(reference: Patch) -> None:
    reference.edit(code_cells._apply_lifecycle, "cell.runtime_status = event.payload.status", "pass")


@mutant("TRACE-CELL-9", "ends the window of a terminated cell as failed")
def terminated_is_failed(reference: Patch) -> None:
    reference.entry(code_cells.WINDOW_STATUS, "terminated", "failed")


@mutant("TRACE-CELL-9", "ends the window of a yielded cell as completed")
def yielded_is_completed(reference: Patch) -> None:
    reference.entry(code_cells.WINDOW_STATUS, "yielded", "completed")


@mutant("TRACE-CELL-9", "does not take an end for an answer")
def end_is_no_answer(reference: Patch) -> None:
    reference.edit(code_cells._end, "_note_response(cell, event)", "pass")


@mutant("TRACE-CELL-10", "forgets what happens to a queued cell")
def queued_lifecycle_dropped(reference: Patch) -> None:
    reference.edit(code_cells._lifecycle, "trace.queued_cells[code_cell_id].lifecycle.append(event)", "pass")


@mutant("TRACE-CELL-10", "replays what happened to a queued cell in order of the file")
def queued_lifecycle_by_file(reference: Patch) -> None:
    reference.edit(
        code_cells.materialise, "sorted(cell.lifecycle, key=lambda event: event.seq)", "cell.lifecycle"
    )


@mutant("TRACE-CELL-10", "turns the order of queued events of one seq")
def queued_lifecycle_unstable(reference: Patch) -> None:
    reference.edit(code_cells.materialise, "sorted(cell.lifecycle,", "sorted(cell.lifecycle[::-1],")


@mutant("TRACE-CELL-13", "ignores an answer that comes after the end")
def late_answer_ignored(reference: Patch) -> None:
    reference.edit(
        code_cells._apply_lifecycle,
        "_note_response(cell, event)",
        "if cell.execution.status != 'running':\n    return\n_note_response(cell, event)",
    )


# --- items and tools ----------------------------------------------------------------------------


@mutant("TRACE-CELL-11", "takes the last source item")
def last_source_item(reference: Patch) -> None:
    reference.edit(code_cells.materialise, SOURCE_ITEM, SOURCE_ITEM.replace("[0]", "[-1]"))


@mutant("TRACE-CELL-11", "takes the first source item in order of arrival")
def source_item_by_arrival(reference: Patch) -> None:
    reference.edit(Reduction.items_of_call, "return sorted(", "return list(")


@mutant("TRACE-CELL-11", "does not link an output that comes after the cell")
def later_output_not_linked(reference: Patch) -> None:
    reference.does_nothing(code_cells.link_output)


@mutant("TRACE-CELL-11", "links only later outputs of the cell's thread")
def cell_output_of_thread(reference: Patch) -> None:
    reference.edit(
        code_cells.link_output,
        "if cell is not None and ",
        "if cell is not None and item.thread_id == cell.thread_id and ",
    )


@mutant("TRACE-CELL-11", "does not name the cell as producer of an earlier output")
def cell_output_without_producer(reference: Patch) -> None:
    reference.edit(
        code_cells.materialise,
        "trace.state.conversation_items[item_id].add_producer(ByCodeCell(code_cell_id))",
        "pass",
    )


@mutant("TRACE-CELL-12", "does not link a tool call that starts before its cell is added")
def earlier_tool_not_linked(reference: Patch) -> None:
    reference.edit(code_cells.materialise, "IdList(sorted(trace.tools_of_cell[code_cell_id]))", "IdList()")


@mutant("TRACE-CELL-12", "links tool calls in order of arrival")
def nested_tools_by_arrival(reference: Patch) -> None:
    reference.edit(
        code_cells.materialise,
        "IdList(sorted(trace.tools_of_cell[code_cell_id]))",
        "IdList(trace.tools_of_cell[code_cell_id])",
    )


@mutant("TRACE-CELL-12", "does not link a tool call that starts in a cell")
def later_tool_not_linked(reference: Patch) -> None:
    reference.edit(
        code_cells.add_nested_tool,
        "trace.state.code_cells[code_cell_id].nested_tool_call_ids.add(tool.tool_call_id)",
        "pass",
    )
