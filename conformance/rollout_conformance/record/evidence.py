"""Which requirements a recording exercises: told from its events and state, not from what was intended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Object = dict[str, Any]

# What every bundle exercises is claimed by the smallest recordings only.
SMALL_EVENT_COUNT = 20
BASICS = (
    "TRACE-BUNDLE-1",
    "TRACE-MANIFEST-1",
    "TRACE-MANIFEST-5",
    "TRACE-PAYLOAD-1",
    "TRACE-PAYLOAD-4",
    "TRACE-LINE-1",
    "TRACE-LINE-6",
    "TRACE-EVENT-1",
    "TRACE-EVENT-2",
    "TRACE-EVENT-4",
    "TRACE-EVENT-6",
    "TRACE-REPLAY-1",
    "TRACE-REPLAY-2",
    "TRACE-REPLAY-3",
    "TRACE-REPLAY-5",
    "TRACE-THREAD-1",
    "TRACE-ORIGIN-1",
    "TRACE-STATE-1",
    "TRACE-STATE-2",
    "TRACE-STATE-3",
    "TRACE-STATE-5",
    "TRACE-STATE-6",
    "TRACE-STATE-7",
)
_ITEM_RULES = {
    "agent_message": "TRACE-ITEM-5",
    "reasoning": "TRACE-ITEM-6",
    "function_call": "TRACE-ITEM-8",
    "function_call_output": "TRACE-ITEM-9",
    "custom_tool_call_output": "TRACE-ITEM-9",
    "custom_tool_call": "TRACE-ITEM-10",
    "web_search_call": "TRACE-ITEM-11",
    "image_generation_call": "TRACE-ITEM-11",
    "tool_search_call": "TRACE-ITEM-11",
    "compaction": "TRACE-ITEM-12",
    "additional_tools": "TRACE-ITEM-2",
}


@dataclass(frozen=True)
class Recording:
    """A bundle with the state that the real reducer made of it."""

    bundle: Path
    state: Object

    @cached_property
    def events(self) -> list[Object]:
        """Return the events in file order."""
        return [
            json.loads(line)
            for line in (self.bundle / "trace.jsonl").read_text(encoding="utf-8").splitlines()
        ]

    def of(self, *types: str) -> list[Object]:
        """Return the events of these types."""
        return [event for event in self.events if event["payload"]["type"] in types]

    def read(self, reference: Object | None) -> Any:
        """Return the payload that a reference names."""
        if reference is None:
            return {}
        return json.loads((self.bundle / reference["path"]).read_text(encoding="utf-8"))

    def each(self, name: str) -> list[Object]:
        """Return all objects of one map of the state."""
        return list(self.state[name].values())

    @cached_property
    def items(self) -> list[Object]:
        """Return every raw item of requests, responses and checkpoints."""
        return [item for event in self.events for item in self._items_of(event["payload"])]

    def _items_of(self, payload: Object) -> Iterator[Object]:
        places = (
            ("request_payload", "input", "inference_started"),
            ("response_payload", "output_items", "inference_completed"),
            ("checkpoint_payload", "replacement_history", "compaction_installed"),
        )
        for reference, key, kind in places:
            if payload["type"] == kind:
                yield from self.read(payload[reference])[key]

    def completed_at(self, item_id: str) -> int:
        """Return the seq at which a response with this item was reduced (0: none)."""
        seqs = [
            event["seq"]
            for event in self.of("inference_completed", "inference_failed", "inference_cancelled")
            if item_id
            in self.state["inference_calls"][event["payload"]["inference_call_id"]]["response_item_ids"]
        ]
        return min(seqs, default=0)


def exercised(bundle: Path, state: bytes, known: Iterable[str] = ()) -> list[str]:
    """Return the ids of the requirements that this bundle exercises, and the known ones, in order."""
    recording = Recording(bundle, json.loads(state))
    found = {*known, *(BASICS if len(recording.events) <= SMALL_EVENT_COUNT else ())}
    for look in _LOOKS:
        found.update(look(recording))
    return sorted(found, key=_by_number)


def _by_number(requirement: str) -> tuple[str, int]:
    area, _, number = requirement.rpartition("-")
    return area, int(number)


def _lifecycle(seen: Recording) -> Iterator[str]:
    ended = seen.of("rollout_ended")
    if ended:
        yield "TRACE-REPLAY-4"
    if not ended or any(each["execution"]["status"] == "running" for each in seen.each("tool_calls")):
        yield "TRACE-REPLAY-6"
    if seen.of("thread_ended"):
        yield "TRACE-THREAD-4"
    for thread in seen.each("threads"):
        if thread["nickname"] is not None:
            yield "TRACE-THREAD-6"
        if thread["origin"]["type"] == "spawned":
            yield from ("TRACE-THREAD-5", "TRACE-ORIGIN-2", "TRACE-ORIGIN-3", "TRACE-ORIGIN-4")


def _turns(seen: Recording) -> Iterator[str]:
    if seen.each("codex_turns"):
        yield "TRACE-TURN-1"
    for turn in seen.each("codex_turns"):
        end = turn["execution"]["ended_seq"]
        if end is None:
            continue
        if any(call["execution"]["ended_seq"] == end for call in seen.each("inference_calls")):
            yield "TRACE-TURN-6"
        if any(cell["execution"]["ended_seq"] == end for cell in seen.each("code_cells")):
            yield "TRACE-TURN-7"
        for tool in seen.each("tool_calls"):
            later = tool["execution"]["ended_seq"]
            if tool["started_by_codex_turn_id"] == turn["codex_turn_id"] and (later is None or later > end):
                yield "TRACE-TURN-8"


def _inference(seen: Recording) -> Iterator[str]:
    calls = seen.state["inference_calls"]
    if calls:
        yield from (
            "TRACE-INFERENCE-1",
            "TRACE-CONVERSATION-11",
            "TRACE-CONVERSATION-14",
            "TRACE-CONVERSATION-15",
        )
    for event in seen.of("inference_completed", "inference_failed", "inference_cancelled"):
        payload = event["payload"]
        call = calls[payload["inference_call_id"]]
        yield "TRACE-INFERENCE-6"
        if payload["type"] == "inference_completed":
            yield from ("TRACE-INFERENCE-7", "TRACE-CONVERSATION-10")
        else:
            yield "TRACE-INFERENCE-8"
            if payload["partial_response_payload"] is not None:
                yield "TRACE-INFERENCE-7"
        if payload["upstream_request_id"] is not None:
            yield "TRACE-INFERENCE-9"
        if call["usage"] is not None:
            yield "TRACE-INFERENCE-10"


def _conversation(seen: Recording) -> Iterator[str]:
    by_thread: dict[str, list[Object]] = {}
    for event in seen.of("inference_started"):
        call = seen.state["inference_calls"][event["payload"]["inference_call_id"]]
        by_thread.setdefault(call["thread_id"], []).append(call)
        if isinstance(seen.read(event["payload"]["request_payload"]).get("previous_response_id"), str):
            yield "TRACE-CONVERSATION-7"
    for calls in by_thread.values():
        if len(calls) > 1:
            yield from ("TRACE-CONVERSATION-1", "TRACE-CONVERSATION-3", "TRACE-CONVERSATION-9")
        answered = {item for call in calls for item in call["response_item_ids"]}
        asked = {item for call in calls for item in call["request_item_ids"]}
        for item in (seen.state["conversation_items"][each] for each in answered & asked):
            if item["call_id"] is not None:
                yield "TRACE-CONVERSATION-6"
            if item["kind"] == "reasoning" and any(
                part["type"] == "encoded" for part in item["body"]["parts"]
            ):
                yield "TRACE-CONVERSATION-2"
                if len(item["body"]["parts"]) > 1:
                    yield "TRACE-CONVERSATION-12"


def _item_forms(seen: Recording) -> Iterator[str]:
    for item in seen.items:
        kind = item.get("type")
        if kind == "message":
            yield "TRACE-ITEM-4"
            if item.get("phase") is not None:
                yield "TRACE-ITEM-3"
        if item.get("call_id") is not None:
            yield "TRACE-ITEM-14"
        if kind in _ITEM_RULES:
            yield _ITEM_RULES[kind]
    for item in seen.each("conversation_items"):
        for part in item["body"]["parts"]:
            if part["type"] == "json":
                yield from ("TRACE-TEXT-1", "TRACE-TEXT-2")
                if part["summary"].endswith("..."):
                    yield "TRACE-ITEM-13"
            if part["type"] == "payload_ref":
                yield "TRACE-ITEM-15"


def _tools(seen: Recording) -> Iterator[str]:
    for tool in seen.each("tool_calls"):
        yield "TRACE-TOOL-1"
        if tool["execution"]["ended_seq"] is not None:
            yield "TRACE-TOOL-15"
        if tool["requester"]["type"] == "code_cell":
            yield "TRACE-TOOL-7"
        if tool["mcp_call_id"] is not None:
            yield "TRACE-TOOL-11"
        if tool["raw_runtime_payload_ids"]:
            yield "TRACE-TOOL-14"
        if tool["model_visible_output_item_ids"]:
            yield "TRACE-TOOL-9"
        for item in tool["model_visible_call_item_ids"]:
            known = 0 < seen.completed_at(item) < tool["execution"]["started_seq"]
            yield "TRACE-TOOL-8" if known else "TRACE-TOOL-9"
    if seen.of("tool_call_runtime_ended"):
        yield "TRACE-TOOL-18"
    if any(call["tool_call_ids_started_by_response"] for call in seen.each("inference_calls")):
        yield "TRACE-TOOL-10"


def _terminals(seen: Recording) -> Iterator[str]:
    for operation in seen.each("terminal_operations"):
        runtime = seen.state["tool_calls"][operation["tool_call_id"]]["raw_runtime_payload_ids"]
        if operation["kind"] == "exec_command":
            yield from ("TRACE-TERMINAL-1", "TRACE-TERMINAL-3")
            if operation["result"] is not None:
                yield "TRACE-TERMINAL-6"
        else:
            yield "TRACE-TERMINAL-4"
            if not runtime and operation["result"] is not None:
                yield "TRACE-TERMINAL-7"
        if operation["model_observations"]:
            yield "TRACE-TERMINAL-12"
    if seen.each("terminal_sessions"):
        yield "TRACE-TERMINAL-10"


def _cells(seen: Recording) -> Iterator[str]:
    for cell in seen.each("code_cells"):
        shown = seen.completed_at(cell["source_item_id"])
        early = cell["execution"]["started_seq"] < shown
        yield "TRACE-CELL-2" if early else "TRACE-CELL-1"
        if cell["initial_response_seq"] is not None:
            yield "TRACE-CELL-10" if cell["initial_response_seq"] < shown else "TRACE-CELL-8"
        if cell["execution"]["ended_seq"] is not None:
            yield "TRACE-CELL-9"
        if cell["output_item_ids"]:
            yield "TRACE-CELL-11"
        if cell["nested_tool_call_ids"]:
            yield "TRACE-CELL-12"
        if cell["wait_tool_call_ids"]:
            yield "TRACE-TOOL-16"


def _agents(seen: Recording) -> Iterator[str]:
    results = {key for key, ref in seen.state["raw_payloads"].items() if ref["kind"]["type"] == "tool_result"}
    for edge in seen.each("interaction_edges"):
        if edge["carried_item_ids"]:
            yield from ("TRACE-AGENT-1", "TRACE-AGENT-10", "TRACE-AGENT-13")
        if results.intersection(edge["carried_raw_payload_ids"]):
            yield "TRACE-AGENT-14"
        if edge["kind"] == "close_agent":
            yield "TRACE-AGENT-3"
        if edge["kind"] == "spawn_agent" and edge["target"]["type"] == "thread":
            yield "TRACE-AGENT-15"
        if edge["kind"] == "agent_result":
            yield "TRACE-AGENT-16"


def _agent_tools(seen: Recording) -> Iterator[str]:
    for event in seen.of("tool_call_runtime_started", "tool_call_runtime_ended"):
        tool = seen.state["tool_calls"][event["payload"]["tool_call_id"]]
        body = seen.read(event["payload"]["runtime_payload"])
        kind = tool["kind"]["type"]
        if event["payload"]["type"] == "tool_call_runtime_started":
            if kind in ("assign_agent_task", "send_message"):
                yield "TRACE-AGENT-2"
        elif "agent_thread_id" in body:
            yield "TRACE-AGENT-6"
            edge = seen.state["interaction_edges"].get(f"edge:tool:{tool['tool_call_id']}")
            if kind in ("assign_agent_task", "send_message") and edge is None:
                yield "TRACE-AGENT-15"
        elif kind == "spawn_agent":
            yield "TRACE-AGENT-4"
        elif kind in ("assign_agent_task", "send_message"):
            yield "TRACE-AGENT-5"


def _compaction(seen: Recording) -> Iterator[str]:
    for request in seen.each("compaction_requests"):
        yield "TRACE-COMPACTION-1"
        if request["execution"]["ended_seq"] is not None:
            yield "TRACE-COMPACTION-4"
    for event in seen.of("compaction_installed"):
        yield from (f"TRACE-COMPACTION-{number}" for number in (10, 11, 12, 13))
        if any(later["seq"] > event["seq"] for later in seen.of("inference_started")):
            yield "TRACE-COMPACTION-14"


_LOOKS: tuple[Callable[[Recording], Iterator[str]], ...] = (
    _lifecycle,
    _turns,
    _inference,
    _conversation,
    _item_forms,
    _tools,
    _terminals,
    _cells,
    _agents,
    _agent_tools,
    _compaction,
)
