"""Wrong reducers of the conversation: what is the same item, and what a request or response shows."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    CallIdConflict,
    ConversationMismatch,
    UnknownPreviousResponse,
    UnsupportedItem,
)
from rollout_reference.trace.reduce import conversation, inference
from rollout_reference.trace.reduce.conversation import Payload
from rollout_reference.trace.reduce.normalize import NormalItem
from rollout_reference.trace.state import Summary, Text

KEY = "return (self.role, self.channel, self.kind, self.agent_message, self.call_id, parts)"
PREFIX = "call.request_item_ids + call.response_item_ids"
REQUEST = "Payload(trace, event, ref.raw_payload_id, started.thread_id, started.codex_turn_id"

# --- the same item ------------------------------------------------------------------------------


def without(member: str) -> str:
    """Return the match key without one of its members."""
    return KEY.replace(f"self.{member}, ", "")


@mutant("TRACE-CONVERSATION-1", "does not compare roles")
def match_without_role(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, KEY, without("role"))


@mutant("TRACE-CONVERSATION-1", "does not compare channels")
def match_without_channel(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, KEY, without("channel"))


@mutant("TRACE-CONVERSATION-1", "does not compare kinds")
def match_without_kind(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, KEY, without("kind"))


@mutant("TRACE-CONVERSATION-1", "does not compare authors and recipients")
def match_without_route(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, KEY, without("agent_message"))


@mutant("TRACE-CONVERSATION-1", "does not compare call ids")
def match_without_call_id(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, KEY, without("call_id"))


@mutant("TRACE-CONVERSATION-1", "tells json parts of two payloads apart")
def match_json_by_payload(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, "part.summary if isinstance(part, Json) else part", "part")


@mutant("TRACE-CONVERSATION-1", "does not tell text from other parts that read the same")
def match_by_text(reference: Patch) -> None:
    reference.edit(
        NormalItem.match_key,
        "else part for part",
        "else getattr(part, 'text', None) or getattr(part, 'source', part) for part",
    )


@mutant("TRACE-CONVERSATION-2", "tells reasoning apart whose readable text differs")
def match_reasoning_by_body(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, "encoded or self.parts", "self.parts")


@mutant("TRACE-CONVERSATION-2", "takes all reasoning without encrypted content for the same")
def match_reasoning_by_nothing(reference: Patch) -> None:
    reference.edit(NormalItem.match_key, "encoded or self.parts", "encoded")


@mutant("TRACE-CONVERSATION-6", "accepts a call id with other content")
def call_may_change(reference: Patch) -> None:
    reference.never_raises(Payload._check_call, CallIdConflict)


@mutant("TRACE-CONVERSATION-6", "compares the call ids of all threads")
def calls_of_all_threads(reference: Patch) -> None:
    reference.edit(
        Payload._check_call, "self.conversation.key_of_call", "self.trace.conversation('').key_of_call"
    )


@mutant("TRACE-CONVERSATION-6", "compares call and output of one call id")
def call_and_output_compared(reference: Patch) -> None:
    reference.edit(Payload._check_call, "(item.call_id, item.kind), key", "(item.call_id, ''), key")


# --- requests -----------------------------------------------------------------------------------


@mutant("TRACE-CONVERSATION-3", "finds an item only where it stood before")
def found_in_place_only(reference: Patch) -> None:
    reference.edit(Payload.show_all, "return pool.take_first(item.key)", "return None")


@mutant("TRACE-CONVERSATION-3", "looks for the first equal item before the one in its place")
def first_before_place(reference: Patch) -> None:
    reference.edit(
        Payload.show_all,
        "if position < len(base.item_ids)",
        "found = pool.take_first(item.key)\nif found:\n    return found\nif position < len(base.item_ids)",
    )
    reference.edit(Payload.show_all, "self._read(items, base)", "self._read(items)")


@mutant("TRACE-CONVERSATION-3", "takes an item twice that it had to look for")
def taken_twice(reference: Patch) -> None:
    reference.edit(
        conversation._Pool.take_first,
        "if item_id not in self._taken:",
        "if item_id:\n    waiting.appendleft(item_id)",
    )


@mutant("TRACE-CONVERSATION-4", "does not take an item in its place that was taken already")
def place_taken_once(reference: Patch) -> None:
    reference.edit(
        Payload.show_all,
        "if position < len(base.item_ids) and ",
        "if position < len(base.item_ids) and base.item_ids[position] not in pool._taken and ",
    )
    reference.edit(Payload.show_all, "self._read(items, base)", "self._read(items)")


@mutant("TRACE-CONVERSATION-5", "makes a new item where an increment differs")
def increment_may_differ(reference: Patch) -> None:
    reference.never_raises(Payload.show_more, ConversationMismatch, "return None")


@mutant("TRACE-CONVERSATION-5", "makes every item of an increment new")
def increment_always_new(reference: Patch) -> None:
    reference.edit(Payload.show_more, "if position >= len(base.item_ids)", "if item")
    reference.edit(Payload.show_more, "self._read(items, base, len(prefix))", "self._read(items)")


@mutant("TRACE-CONVERSATION-5", "refuses an increment that shows an item again")
def increment_may_not_repeat(reference: Patch) -> None:
    reference.edit(Payload.show_more, "if item.key != self.trace.keys[base.item_ids[position]]", "if item")
    reference.edit(Payload.show_more, "self._read(items, base, len(prefix))", "self._read(items)")


@mutant("TRACE-CONVERSATION-7", "continues from the last call with the response id")
def previous_is_last(reference: Patch) -> None:
    reference.edit(inference._show_increment, "min(calls)", "max(calls)")


@mutant("TRACE-CONVERSATION-7", "takes an empty previous_response_id for none")
def previous_not_empty(reference: Patch) -> None:
    reference.edit(
        inference.show_request, "if isinstance(previous, str)", "if isinstance(previous, str) and previous"
    )


@mutant("TRACE-CONVERSATION-7", "continues after the request, without its response")
def prefix_without_response(reference: Patch) -> None:
    reference.edit(inference._show_increment, PREFIX, "list(call.request_item_ids)")


@mutant("TRACE-CONVERSATION-7", "lists only the appended items of an increment")
def request_without_prefix(reference: Patch) -> None:
    reference.edit(
        inference._show_increment,
        "return View(prefix + shown.item_ids, _sources_of(conversation, prefix) + shown.sources)",
        "return shown",
    )


@mutant("TRACE-CONVERSATION-8", "reads a request on an unknown response as a full one")
def unknown_previous_is_none(reference: Patch) -> None:
    reference.never_raises(
        inference._show_increment,
        UnknownPreviousResponse,
        "return payload.show_all(items, conversation.view)",
    )


@mutant("TRACE-CONVERSATION-8", "continues from a response of another thread")
def previous_of_any_thread(reference: Patch) -> None:
    reference.edit(
        inference._show_increment,
        "trace.calls_by_response.get((payload.thread_id, response_id))",
        "next((c for (_, name), c in trace.calls_by_response.items() if name == response_id), None)",
    )


@mutant("TRACE-CONVERSATION-9", "does not replace the view by what a request shows")
def view_not_replaced(reference: Patch) -> None:
    reference.edit(inference.show_request, "conversation.view = view", "pass")


@mutant("TRACE-CONVERSATION-9", "lists only what the last request shows")
def transcript_replaced(reference: Patch) -> None:
    reference.edit(
        conversation.list_in_thread,
        "trace.state.threads[thread_id].conversation_item_ids.add_all(item_ids)",
        "thread = trace.state.threads[thread_id]\n"
        "thread.conversation_item_ids = thread.conversation_item_ids.__class__(item_ids)",
    )


@mutant("TRACE-CONVERSATION-11", "names the request as producer of its items")
def request_produces(reference: Patch) -> None:
    reference.edit(inference.show_request, REQUEST, f"{REQUEST}, ByInference(started.inference_call_id)")


@mutant("TRACE-CONVERSATION-13", "finds an item again that a request had left out")
def forgotten_item_found(reference: Patch) -> None:
    reference.edit(
        Payload.show_all,
        "_Pool(self.trace, base.item_ids)",
        "_Pool(self.trace, self.trace.state.threads[self.thread_id].conversation_item_ids)",
    )


# --- responses ----------------------------------------------------------------------------------


@mutant("TRACE-CONVERSATION-10", "finds the items of a response in the view")
def response_items_found(reference: Patch) -> None:
    reference.edit(
        inference.show_response,
        "payload.show_new(response['output_items'])",
        "payload.show_known(response['output_items'], trace.conversation(call.thread_id).view)",
    )


@mutant("TRACE-CONVERSATION-10", "does not name the call as producer of its response")
def response_without_producer(reference: Patch) -> None:
    reference.edit(inference.show_response, ", ByInference(call.inference_call_id)", "")


@mutant("TRACE-CONVERSATION-10", "does not extend the view by a response")
def response_not_in_view(reference: Patch) -> None:
    reference.edit(inference.show_response, "view.item_ids.extend(shown.item_ids)", "pass")
    reference.edit(inference.show_response, "view.sources.extend(shown.sources)", "pass")


@mutant("TRACE-CONVERSATION-10", "does not list the items of a response in its thread")
def response_not_listed(reference: Patch) -> None:
    reference.edit(inference.show_response, "list_in_thread(trace, call.thread_id, shown.item_ids)", "pass")


# --- one item -----------------------------------------------------------------------------------


@mutant("TRACE-CONVERSATION-12", "does not complete reasoning that it sees again")
def reasoning_not_merged(reference: Patch) -> None:
    reference.edit(Payload._reconcile, "if stored.kind == 'reasoning'", "if False")


@mutant("TRACE-CONVERSATION-12", "replaces reasoning by its last sighting")
def reasoning_replaced(reference: Patch) -> None:
    reference.wrap(conversation.merge_reasoning, lambda _, stored, sighted: sighted)


@mutant("TRACE-CONVERSATION-12", "completes reasoning that has nothing readable only")
def reasoning_merged_once(reference: Patch) -> None:
    def merge(original: Callable[..., Any], stored: Any, sighted: Any) -> Any:
        readable = any(isinstance(part, (Text, Summary)) for part in stored)
        return stored if readable else original(stored, sighted)

    reference.wrap(conversation.merge_reasoning, merge)


@mutant("TRACE-CONVERSATION-12", "prefers the sighted summary to the stored one")
def reasoning_summary_replaced(reference: Patch) -> None:
    reference.edit(
        conversation.merge_reasoning,
        "_of(Summary, stored) or _of(Summary, sighted)",
        "_of(Summary, sighted) or _of(Summary, stored)",
    )


@mutant("TRACE-CONVERSATION-14", "numbers the items of each thread")
def items_by_thread(reference: Patch) -> None:
    def create(original: Callable[..., Any], payload: Payload, item: Any) -> Any:
        counts: defaultdict[str, int] = payload.trace.__dict__.setdefault("counts", defaultdict(int))
        counts[payload.thread_id] += 1
        payload.trace.next_item = counts[payload.thread_id]
        return original(payload, item)

    reference.wrap(Payload.create, create)


@mutant("TRACE-CONVERSATION-14", "dates an item by the start of the rollout")
def item_seen_at_start(reference: Patch) -> None:
    reference.edit(Payload.create, "self.event.wall_time_unix_ms", "trace.state.started_at_unix_ms")


@mutant("TRACE-CONVERSATION-14", "gives an item the turn of the envelope")
def item_in_envelope_turn(reference: Patch) -> None:
    reference.edit(
        Payload.create, "codex_turn_id=self.turn_id", "codex_turn_id=self.event.codex_turn_id or self.turn_id"
    )


@mutant("TRACE-CONVERSATION-15", "reconciles the items before one that it cannot normalise")
def normalised_as_far_as_possible(reference: Patch) -> None:
    def read(original: Callable[..., Any], payload: Payload, items: list[Any], *where: Any) -> Any:
        for end in range(len(items), 0, -1):
            with suppress(UnsupportedItem):
                return original(payload, items[:end], *where)
        return original(payload, [], *where)

    reference.wrap(Payload._read, read)


@mutant("TRACE-CONVERSATION-16", "adds a queued cell as soon as its source is shown")
def cell_added_at_once(reference: Patch) -> None:
    reference.edit(
        Payload._reconcile,
        "result.item_ids.append(item_id)",
        "materialise_ready_cells(trace)\nresult.item_ids.append(item_id)",
    )


@mutant("TRACE-CONVERSATION-16", "links code cells before tools")
def cells_before_tools(reference: Patch) -> None:
    reference.edit(
        Payload._link,
        "link_item(self.trace, item, item.call_id)\n        link_output(self.trace, item)",
        "link_output(self.trace, item)\nlink_item(self.trace, item, item.call_id)",
    )


@mutant("TRACE-CONVERSATION-16", "links tools before it adds the producers")
def tools_before_producers(reference: Patch) -> None:
    def create(original: Callable[..., Any], payload: Payload, item: Any) -> Any:
        created = original(payload, item)
        if payload.producer and created.kind != "compaction_marker":
            created.produced_by.clear()
            payload._link(created)
            created.add_producer(payload.producer)
        return created

    reference.wrap(Payload.create, create)
