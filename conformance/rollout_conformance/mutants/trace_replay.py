"""Wrong replays: order, windows, ends, and the form of the state; and reducers that break a law."""

from collections.abc import Callable
from itertools import count
from typing import Any

from rollout_conformance.mutants.inputs import Lines, fields_of, on_lines
from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.errors import DuplicateThreadStart, LogUnreadable
from rollout_reference.trace.bundle import Bundle
from rollout_reference.trace.reduce import (
    _replay,
    agent_payloads,
    agents,
    code_cells,
    conversation,
    inference,
    reduction,
    rollout,
    threads,
)
from rollout_reference.trace.reduce.conversation import Payload
from rollout_reference.trace.reduce.reduction import Reduction
from rollout_reference.trace.state import IdList, RolloutTrace

HANDLE = "dialect.handlers[type(event.payload)](trace, event)"

# --- the loop -----------------------------------------------------------------------------------


@mutant("TRACE-REPLAY-1", "sorts the events by seq")
def sorted_by_seq(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        return sorted(lines, key=lambda line: int(fields_of(line[1]).get("seq", 0)))

    on_lines(reference, change)


@mutant("TRACE-REPLAY-1", "goes on after an event that breaks a rule")
def goes_on(reference: Patch) -> None:
    reference.edit(_replay, HANDLE, f"try:\n    {HANDLE}\nexcept Rejected:\n    pass")


@mutant("TRACE-REPLAY-2", "registers only references that a reducer opens")
def evidence_not_registered(reference: Patch) -> None:
    reference.edit(
        _replay,
        "trace.state.raw_payloads[",
        "if ref.kind.type != 'protocol_event':\n    trace.state.raw_payloads[",
    )


@mutant("TRACE-REPLAY-2", "registers a reference after its event")
def registered_late(reference: Patch) -> None:
    reference.edit(_replay, "in _references(event.payload)", "in ()")
    reference.edit(
        _replay,
        HANDLE,
        f"{HANDLE}\nfor ref in _references(event.payload):\n    "
        "trace.state.raw_payloads[ref.raw_payload_id] = ref",
    )


@mutant("TRACE-REPLAY-3", "keeps the trace id of the manifest")
def trace_id_of_manifest(reference: Patch) -> None:
    reference.edit(rollout.start_rollout, "trace.state.trace_id = event.payload.trace_id", "pass")


@mutant("TRACE-REPLAY-3", "keeps the root thread of the manifest")
def root_of_manifest(reference: Patch) -> None:
    reference.edit(rollout.start_rollout, "trace.state.root_thread_id = event.payload.root_thread_id", "pass")


@mutant("TRACE-REPLAY-3", "lets the first of several rollout starts count")
def first_rollout_start(reference: Patch) -> None:
    def start(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        if not trace.__dict__.get("rollout_started"):
            original(trace, event)
        trace.__dict__["rollout_started"] = True

    reference.wrap(rollout.start_rollout, start)


@mutant("TRACE-REPLAY-4", "lets the first of several rollout ends count")
def first_rollout_end(reference: Patch) -> None:
    reference.edit(
        rollout.end_rollout,
        "trace.state.status =",
        "if trace.state.ended_at_unix_ms is not None:\n    return\ntrace.state.status =",
    )


@mutant("TRACE-REPLAY-4", "ignores what follows a rollout end")
def nothing_after_end(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        for number, line in lines:
            yield number, line
            if fields_of(line)["payload"].get("type") == "rollout_ended":
                return

    on_lines(reference, change)


@mutant("TRACE-REPLAY-4", "ends every rollout as completed")
def rollout_always_completed(reference: Patch) -> None:
    reference.edit(rollout.end_rollout, "event.payload.status", "'completed'")


@mutant("TRACE-REPLAY-5", "keeps the first end of a window")
def first_end_counts(reference: Patch) -> None:
    reference.edit(
        reduction.close,
        "window.ended_at_unix_ms =",
        "if window.ended_at_unix_ms is not None:\n    return\nwindow.ended_at_unix_ms =",
    )


@mutant("TRACE-REPLAY-5", "does not note the seq of an end")
def end_without_seq(reference: Patch) -> None:
    reference.edit(reduction.close, "window.ended_seq = event.seq", "pass")


@mutant("TRACE-REPLAY-5", "opens every window as completed")
def window_opens_completed(reference: Patch) -> None:
    reference.edit(reduction.opened_at, "event.seq)", "event.seq, status='completed')")


@mutant("TRACE-REPLAY-6", "ends what runs at the end of the log as aborted")
def open_ends_aborted(reference: Patch) -> None:
    def end(original: Callable[[Reduction], None], trace: Reduction) -> None:
        original(trace)
        for thread in trace.state.threads.values():
            if thread.execution.status == "running":
                thread.execution.status = "aborted"

    reference.wrap(agents.fall_back_to_threads, end)


@mutant("TRACE-REPLAY-6", "drops inference calls that never ended")
def open_inference_dropped(reference: Patch) -> None:
    def end(original: Callable[[Reduction], None], trace: Reduction) -> None:
        original(trace)
        calls = trace.state.inference_calls
        trace.state.inference_calls = {
            name: call for name, call in calls.items() if call.execution.status != "running"
        }

    reference.wrap(agents.fall_back_to_threads, end)


@mutant("TRACE-REPLAY-7", "adds an id that the list holds already")
def id_added_twice(reference: Patch) -> None:
    reference.edit(IdList.add, "new_id not in self._members", "True")
    reference.edit(IdList.add_all, " if new_id not in self._members", "")


# --- the state ----------------------------------------------------------------------------------


def on_state(reference: Patch, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change the state that is printed."""

    def to_json(original: Callable[[RolloutTrace], bytes], state: RolloutTrace) -> bytes:
        return jsontext.pretty(change(jsontext.parse(original(state))))

    reference.wrap(RolloutTrace.to_json, to_json)


@mutant("TRACE-STATE-1", "sorts the fields of the state")
def fields_sorted(reference: Patch) -> None:
    on_state(reference, lambda state: dict(sorted(state.items())))


@mutant("TRACE-STATE-1", "leaves out empty maps")
def empty_maps_left_out(reference: Patch) -> None:
    on_state(reference, lambda state: {name: member for name, member in state.items() if member != {}})


@mutant("TRACE-STATE-2", "keeps maps in order of arrival")
def maps_in_order_of_arrival(reference: Patch) -> None:
    reference.edit(RolloutTrace.to_json, "in sorted(value)", "in value")


@mutant("TRACE-STATE-2", "sorts short keys before long ones")
def maps_by_length(reference: Patch) -> None:
    reference.edit(
        RolloutTrace.to_json, "in sorted(value)", "in sorted(value, key=lambda key: (len(key), key))"
    )


@mutant("TRACE-STATE-3", "leaves out what is null")
def nulls_left_out(reference: Patch) -> None:
    def without_nulls(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without_nulls(member) for name, member in value.items() if member is not None}
        return [without_nulls(each) for each in value] if isinstance(value, list) else value

    on_state(reference, without_nulls)


@mutant("TRACE-STATE-3", "prints agent_message as null")
def agent_message_null(reference: Patch) -> None:
    reference.edit(Payload.create, "item.agent_message or UNSET", "item.agent_message")
    reference.edit(agents.deliver, "if item.agent_message is UNSET", "if item.agent_message is None")
    reference.edit(
        agents.address_of, "isinstance(item.agent_message, type(UNSET))", "item.agent_message is None"
    )


@mutant("TRACE-STATE-4", "copies the schema version of the lines")
def schema_version_of_lines(reference: Patch) -> None:
    reference.edit(_replay, HANDLE, f"{HANDLE}\ntrace.state.schema_version = event.schema_version")


@mutant("TRACE-STATE-5", "counts items from 0")
def items_from_zero(reference: Patch) -> None:
    reference.edit(Payload.create, "{trace.next_item}", "{trace.next_item - 1}")


@mutant("TRACE-STATE-5", "names the edge of a tool call after its kind")
def edge_named_by_kind(reference: Patch) -> None:
    reference.edit(agents.tool_edge_id, "edge:tool:", "edge:message:")


@mutant("TRACE-STATE-6", "keeps thread ids of agent payloads as they are written")
def uuid_kept(reference: Patch) -> None:
    def normal(original: Callable[[str], str], text: str) -> str:
        original(text)
        return text

    reference.wrap(agent_payloads.normal_uuid, normal)


@mutant("TRACE-STATE-6", "gives an empty id a name")
def empty_id_named(reference: Patch) -> None:
    reference.edit(
        threads.start_thread,
        "started = event.payload",
        "started = event.payload if event.payload.thread_id else "
        "ThreadStarted('thread', event.payload.agent_path)",
    )


@mutant("TRACE-STATE-8", "gives the window of a yielded cell the status yielded")
def yielded_window(reference: Patch) -> None:
    reference.entry(code_cells.WINDOW_STATUS, "yielded", "yielded")


@mutant("TRACE-STATE-8", "gives a final answer the channel final_answer")
def phase_is_channel(reference: Patch) -> None:
    def change(state: dict[str, Any]) -> dict[str, Any]:
        for item in state["conversation_items"].values():
            if item["channel"] == "final":
                item["channel"] = "final_answer"
        return state

    on_state(reference, change)


# --- laws ---------------------------------------------------------------------------------------


@mutant("TRACE-LAW-1", "makes an edge to a thread that does not exist")
def edge_to_nothing(reference: Patch) -> None:
    reference.edit(agents._close_thread, "if target in trace.state.threads", "if target")


@mutant("TRACE-LAW-2", "lists an item each time that it is shown")
def transcript_repeats(reference: Patch) -> None:
    reference.edit(
        conversation.list_in_thread,
        "conversation_item_ids.add_all(item_ids)",
        "conversation_item_ids.extend(item_ids)",
    )


@mutant("TRACE-LAW-3", "starts a resumed thread again")
def thread_starts_again(reference: Patch) -> None:
    reference.never_raises(threads.start_thread, DuplicateThreadStart)


@mutant("TRACE-LAW-4", "leaves calls of a failed turn running")
def calls_outlive_failed_turn(reference: Patch) -> None:
    reference.entry(inference.STATUS_AFTER_TURN, "failed", ABSENT)


@mutant("TRACE-LAW-5", "refuses a log that no rollout end closes")
def log_needs_end(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        ended = False
        for number, line in lines:
            ended = ended or fields_of(line)["payload"].get("type") == "rollout_ended"
            yield number, line
        if not ended:
            raise LogUnreadable("no end")

    on_lines(reference, change)


@mutant("TRACE-LAW-6", "counts items on from bundle to bundle")
def items_counted_on(reference: Patch) -> None:
    numbers = count(1)

    def create(original: Callable[..., Any], payload: Payload, item: Any) -> Any:
        payload.trace.next_item = next(numbers)
        return original(payload, item)

    reference.wrap(Payload.create, create)


@mutant("TRACE-LAW-7", "lists the items of a payload from last to first")
def transcript_backwards(reference: Patch) -> None:
    reference.edit(conversation.list_in_thread, "add_all(item_ids)", "add_all(reversed(list(item_ids)))")
