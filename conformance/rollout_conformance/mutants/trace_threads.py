"""Wrong reducers of threads, their origin, and turns."""

from collections.abc import Callable
from typing import Any

import msgspec

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    DuplicateThreadStart,
    DuplicateTurn,
    InvalidThreadMetadata,
    TurnOnOtherThread,
)
from rollout_reference.trace.reduce import agents, code_cells, inference, threads, turns
from rollout_reference.trace.reduce.reduction import Reduction, close

# --- threads ------------------------------------------------------------------------------------


@mutant("TRACE-THREAD-1", "opens a thread at the start of the rollout")
def thread_opens_with_rollout(reference: Patch) -> None:
    reference.edit(
        threads.start_thread,
        "execution=opened_at(event)",
        "execution=opened_at(event).__class__(trace.state.started_at_unix_ms, event.seq)",
    )


@mutant("TRACE-THREAD-1", "keeps a thread under its path")
def thread_kept_under_path(reference: Patch) -> None:
    reference.edit(
        threads.start_thread, "trace.state.threads[started.thread_id] =", "trace.state.threads[path] ="
    )


@mutant("TRACE-THREAD-2", "accepts a second thread start and keeps the later one")
def last_start_wins(reference: Patch) -> None:
    reference.never_raises(threads.start_thread, DuplicateThreadStart)


@mutant("TRACE-THREAD-2", "accepts a second thread start and keeps the first one")
def first_start_wins(reference: Patch) -> None:
    reference.never_raises(threads.start_thread, DuplicateThreadStart, "return")


@mutant("TRACE-THREAD-3", "ignores the end of a thread that never started")
def unknown_thread_end_ignored(reference: Patch) -> None:
    reference.edit(
        threads.end_thread,
        "thread = ",
        "if event.payload.thread_id not in trace.state.threads:\n    return\nthread = ",
    )


@mutant("TRACE-THREAD-4", "leaves a thread open that ends as running")
def running_is_no_end(reference: Patch) -> None:
    reference.edit(threads.end_thread, "close(", "if event.payload.status != 'running':\n    close(")


@mutant("TRACE-THREAD-4", "ends every thread as completed")
def thread_always_completed(reference: Patch) -> None:
    reference.edit(threads.end_thread, "event, event.payload.status", "event, 'completed'")


@mutant("TRACE-THREAD-5", "prefers the event's path")
def path_of_event(reference: Patch) -> None:
    reference.edit(threads.start_thread, "path = first_given(", "path = first_given(started.agent_path, ")


@mutant("TRACE-THREAD-5", "prefers the metadata's path to that of the spawn description")
def path_of_metadata(reference: Patch) -> None:
    reference.edit(threads.start_thread, "path = first_given(", "path = first_given(metadata.agent_path, ")


@mutant("TRACE-THREAD-5", "takes an empty path for none")
def empty_path_is_none(reference: Patch) -> None:
    reference.edit(threads.start_thread, "metadata.agent_path,", "metadata.agent_path or None,")


@mutant("TRACE-THREAD-6", "does not take over the nickname")
def no_nickname(reference: Patch) -> None:
    reference.edit(threads.start_thread, "nickname=metadata.nickname", "nickname=None")


@mutant("TRACE-THREAD-6", "does not take over the model")
def no_default_model(reference: Patch) -> None:
    reference.edit(threads.start_thread, "default_model=metadata.model", "default_model=None")


@mutant("TRACE-THREAD-7", "ignores metadata of the wrong shape")
def bad_metadata_ignored(reference: Patch) -> None:
    reference.never_raises(threads.read_metadata, InvalidThreadMetadata, "return Metadata()")


@mutant("TRACE-THREAD-7", "takes a number for a string of the metadata")
def metadata_not_strict(reference: Patch) -> None:
    def read(original: Callable[..., Any], trace: Reduction, started: Any) -> Any:
        try:
            return original(trace, started)
        except InvalidThreadMetadata:
            value = trace.bundle.read_payload(started.metadata_payload)
            if not isinstance(value, dict):
                raise
            texts = {name: member for name, member in value.items() if not isinstance(member, int)}
            return msgspec.convert(texts, threads.Metadata)

    reference.wrap(threads.read_metadata, read)


@mutant("TRACE-ORIGIN-1", "takes every thread for a root")
def always_root(reference: Patch) -> None:
    reference.edit(threads.start_thread, "if spawn else Root()", "if None else Root()")


@mutant("TRACE-ORIGIN-1", "takes a spawn description without parent for a spawn")
def spawn_without_parent(reference: Patch) -> None:
    reference.edit(
        threads.thread_spawn_of,
        "if parent is None:\n        return None",
        "if parent is None:\n    if spawn is None:\n        return None\n    parent = ''",
    )


@mutant("TRACE-ORIGIN-2", "names the spawn edge after the child first")
def spawn_edge_turned(reference: Patch) -> None:
    reference.edit(
        agents.spawn_edge_id, "{parent_thread_id}:{child_thread_id}", "{child_thread_id}:{parent_thread_id}"
    )


@mutant("TRACE-ORIGIN-2", "takes a thread of an unknown parent for a root")
def orphan_is_root(reference: Patch) -> None:
    reference.edit(
        threads.start_thread,
        "if spawn else Root()",
        "if spawn and spawn.parent_thread_id in trace.state.threads else Root()",
    )


@mutant("TRACE-ORIGIN-3", "prefers the metadata's task name")
def task_name_of_metadata(reference: Patch) -> None:
    reference.edit(
        threads.origin_of,
        "first_given(spawn.task_name, metadata.task_name",
        "first_given(metadata.task_name, spawn.task_name",
    )


@mutant("TRACE-ORIGIN-3", "takes what follows the last slash, also nothing")
def task_name_may_be_empty(reference: Patch) -> None:
    reference.wrap(threads.last_segment, lambda _, path: path.split("/")[-1])


@mutant("TRACE-ORIGIN-3", "takes the whole path as task name")
def task_name_is_path(reference: Patch) -> None:
    reference.wrap(threads.last_segment, lambda _, path: path)


@mutant("TRACE-ORIGIN-3", "gives a path without segments an empty task name")
def task_name_of_slashes(reference: Patch) -> None:
    reference.wrap(threads.last_segment, lambda _, path: path.rstrip("/").split("/")[-1])


@mutant("TRACE-ORIGIN-4", "prefers the metadata's role")
def role_of_metadata(reference: Patch) -> None:
    reference.edit(
        threads.origin_of,
        "first_given(spawn.agent_role, metadata.agent_role",
        "first_given(metadata.agent_role, spawn.agent_role",
    )


@mutant("TRACE-ORIGIN-4", "calls a role that nobody gave default")
def role_default(reference: Patch) -> None:
    reference.edit(threads.origin_of, "metadata.agent_role, '')", "metadata.agent_role, 'default')")


# --- turns --------------------------------------------------------------------------------------


@mutant("TRACE-TURN-1", "opens every turn on the root thread")
def turn_on_root(reference: Patch) -> None:
    reference.edit(
        turns.start_turn,
        "CodexTurn(started.codex_turn_id, started.thread_id,",
        "CodexTurn(started.codex_turn_id, trace.state.root_thread_id,",
    )


@mutant("TRACE-TURN-1", "lists the first request's items as input of the turn")
def turn_has_input(reference: Patch) -> None:
    reference.edit(
        inference.start_inference,
        "trace.inferences_of_turn[",
        "trace.state.codex_turns[started.codex_turn_id].input_item_ids.extend("
        "trace.state.inference_calls[started.inference_call_id].request_item_ids)\ntrace.inferences_of_turn[",
    )


@mutant("TRACE-TURN-2", "accepts a second turn start and keeps the later one")
def last_turn_wins(reference: Patch) -> None:
    reference.never_raises(turns.start_turn, DuplicateTurn)


@mutant("TRACE-TURN-2", "accepts a turn id on two threads")
def turn_ids_by_thread(reference: Patch) -> None:
    reference.edit(
        turns.start_turn,
        "if started.codex_turn_id in trace.state.codex_turns:",
        "before = trace.state.codex_turns.get(started.codex_turn_id)\n"
        "if before is not None and before.thread_id == started.thread_id:",
    )


@mutant("TRACE-TURN-3", "opens a turn on a thread that never started")
def turn_on_unknown_thread(reference: Patch) -> None:
    reference.edit(turns.start_turn, "trace.thread(started.thread_id, 'TRACE-TURN-3')", "pass")


@mutant("TRACE-TURN-4", "ignores the end of a turn that never started")
def unknown_turn_end_ignored(reference: Patch) -> None:
    reference.edit(
        turns.end_turn,
        "turn = ",
        "if ended.codex_turn_id not in trace.state.codex_turns:\n    return\nturn = ",
    )


@mutant("TRACE-TURN-5", "does not compare the thread of a turn's end")
def turn_end_on_any_thread(reference: Patch) -> None:
    reference.never_raises(turns.end_turn, TurnOnOtherThread)


@mutant("TRACE-TURN-5", "needs the thread in the envelope of a turn's end")
def turn_end_needs_thread(reference: Patch) -> None:
    reference.edit(turns.end_turn, "event.thread_id is not None and ", "")


@mutant("TRACE-TURN-6", "ends the calls of a completed turn as completed")
def calls_end_completed(reference: Patch) -> None:
    reference.entry(inference.STATUS_AFTER_TURN, "completed", "completed")


@mutant("TRACE-TURN-6", "ends the calls of an aborted turn as cancelled")
def calls_end_cancelled(reference: Patch) -> None:
    reference.entry(inference.STATUS_AFTER_TURN, "aborted", "cancelled")


@mutant("TRACE-TURN-6", "ends the calls of a turn that ends as running")
def calls_end_with_running_turn(reference: Patch) -> None:
    reference.entry(inference.STATUS_AFTER_TURN, "running", "cancelled")


@mutant("TRACE-TURN-6", "ends calls again that have ended")
def calls_end_again(reference: Patch) -> None:
    reference.edit(inference.end_inferences_of_turn, "if call.execution.status == 'running'", "if call")


@mutant("TRACE-TURN-6", "ends the running calls of all turns")
def calls_of_all_turns_end(reference: Patch) -> None:
    reference.edit(
        inference.end_inferences_of_turn,
        "trace.inferences_of_turn.pop(event.payload.codex_turn_id, ())",
        "trace.state.inference_calls",
    )


@mutant("TRACE-TURN-7", "ends the cells of a completed turn")
def cells_end_completed(reference: Patch) -> None:
    reference.entry(code_cells.STATUS_AFTER_TURN, "completed", "completed")


@mutant("TRACE-TURN-7", "ends the cells of a cancelled turn as failed")
def cells_end_failed(reference: Patch) -> None:
    reference.entry(code_cells.STATUS_AFTER_TURN, "cancelled", "failed")


@mutant("TRACE-TURN-7", "leaves the cells of an aborted turn running")
def cells_outlive_aborted_turn(reference: Patch) -> None:
    reference.entry(code_cells.STATUS_AFTER_TURN, "aborted", ABSENT)


@mutant("TRACE-TURN-7", "ends the running cells of all turns")
def cells_of_all_turns_end(reference: Patch) -> None:
    reference.edit(
        code_cells.end_cells_of_turn,
        "trace.cells_of_turn.get(event.payload.codex_turn_id, ())",
        "trace.state.code_cells",
    )


@mutant("TRACE-TURN-7", "ends a queued cell with its turn")
def queued_cells_end(reference: Patch) -> None:
    def end(original: Callable[..., None], trace: Reduction, event: Any, status: Any) -> None:
        original(trace, event, status)
        if status in code_cells.STATUS_AFTER_TURN:
            queued = trace.queued_cells
            for name in [
                n for n, c in queued.items() if c.start.codex_turn_id == event.payload.codex_turn_id
            ]:
                del queued[name]

    reference.wrap(code_cells.end_cells_of_turn, end)


@mutant("TRACE-TURN-8", "ends the tool calls that a turn leaves running")
def tools_end_with_turn(reference: Patch) -> None:
    def end(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        original(trace, event)
        for tool in trace.state.tool_calls.values():
            mine = tool.started_by_codex_turn_id == event.payload.codex_turn_id
            if mine and tool.execution.status == "running":
                close(tool.execution, event, event.payload.status)

    reference.wrap(turns.end_turn, end)


@mutant("TRACE-TURN-8", "ends the terminal operations that a turn leaves running")
def operations_end_with_turn(reference: Patch) -> None:
    def end(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        original(trace, event)
        for operation in trace.state.terminal_operations.values():
            if operation.execution.status == "running":
                close(operation.execution, event, event.payload.status)

    reference.wrap(turns.end_turn, end)


@mutant("TRACE-TURN-8", "ends the compaction requests that a turn leaves running")
def compaction_requests_end_with_turn(reference: Patch) -> None:
    def end(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        original(trace, event)
        for request in trace.state.compaction_requests.values():
            if request.execution.status == "running":
                close(request.execution, event, event.payload.status)

    reference.wrap(turns.end_turn, end)
