"""Laws of ids."""

from collections.abc import Iterator
from typing import Any

from rollout_conformance.invariants.laws import TraceRun, law

MAP_OF_KEY = {
    "thread_id": "threads",
    "codex_turn_id": "codex_turns",
    "started_by_codex_turn_id": "codex_turns",
    "item_id": "conversation_items",
    "source_item_id": "conversation_items",
    "marker_item_id": "conversation_items",
    "conversation_item_ids": "conversation_items",
    "input_item_ids": "conversation_items",
    "request_item_ids": "conversation_items",
    "response_item_ids": "conversation_items",
    "replacement_item_ids": "conversation_items",
    "output_item_ids": "conversation_items",
    "call_item_ids": "conversation_items",
    "carried_item_ids": "conversation_items",
    "model_visible_call_item_ids": "conversation_items",
    "model_visible_output_item_ids": "conversation_items",
    "inference_call_id": "inference_calls",
    "code_cell_id": "code_cells",
    "tool_call_id": "tool_calls",
    "tool_call_ids_started_by_response": "tool_calls",
    "nested_tool_call_ids": "tool_calls",
    "wait_tool_call_ids": "tool_calls",
    "terminal_id": "terminal_sessions",
    "terminal_operation_id": "terminal_operations",
    "created_by_operation_id": "terminal_operations",
    "operation_id": "terminal_operations",
    "operation_ids": "terminal_operations",
    "compaction_id": "compactions",
    "compaction_request_id": "compaction_requests",
    "request_ids": "compaction_requests",
    "edge_id": "interaction_edges",
    "raw_payload_id": "raw_payloads",
    "raw_payload_ids": "raw_payloads",
    "raw_request_payload_id": "raw_payloads",
    "raw_response_payload_id": "raw_payloads",
    "raw_invocation_payload_id": "raw_payloads",
    "raw_result_payload_id": "raw_payloads",
    "raw_runtime_payload_ids": "raw_payloads",
    "carried_raw_payload_ids": "raw_payloads",
}
"""The keys of a state that name its objects; those that the rules leave dangling are not here."""

DANGLING = {("tool_calls", "requester"), ("compaction_requests", "compaction_id")}


@law("TRACE-LAW-1", "Every id of an object that the state names is the id of an object of the state.")
def named_ids_exist(run: TraceRun) -> None:
    """Nothing points nowhere."""
    missing = [
        (place, named)
        for name, objects in run.state.items()
        if isinstance(objects, dict)
        for each in objects.values()
        for place, target, named in _named(name, each)
        if named not in run.state[target]
    ]
    assert missing == []


@law("TRACE-STATE-1", "An object stands under its own id.")
def objects_stand_under_their_ids(run: TraceRun) -> None:
    """Compare the first field of an object, which is its id, with its key."""
    for objects in run.state.values():
        if isinstance(objects, dict):
            assert [next(iter(each.values())) for each in objects.values()] == list(objects)


@law("TRACE-REPLAY-1", "The state has the objects that the host made, no more and no fewer.")
def objects_are_those_of_the_host(run: TraceRun) -> None:
    """Compare what started with what is there."""
    world, state = run.world, run.state
    assert set(state["threads"]) == {each.id for each in world.threads}
    assert set(state["codex_turns"]) == {each.id for each in world.turns}
    assert set(state["inference_calls"]) == {each.id for each in world.inferences}
    assert set(state["tool_calls"]) == {each.id for each in world.tools}
    assert set(state["code_cells"]) == {each.id for each in world.cells if each.shown}
    assert set(state["compactions"]) == {each.id for each in world.compactions if each.installed}


def _named(map_name: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Yield where an object names another: the key, the map that must have it, the id."""
    if isinstance(value, list):
        for each in value:
            yield from _named(map_name, each)
    elif isinstance(value, dict):
        for key, each in value.items():
            target = MAP_OF_KEY.get(key)
            if (map_name, key) in DANGLING or each is None:
                continue
            if target is None:
                yield from _named(map_name, each)
            else:
                named = each if isinstance(each, list) else [each]
                yield from ((key, target, one) for one in named)
