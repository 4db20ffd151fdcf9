"""The state machine of hosts: the reference keeps every law, and planted bugs are found and shrunk."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from rollout_conformance.invariants import LAWS
from rollout_conformance.machines.frame import PLAY, Finding, LawBroken
from rollout_conformance.machines.trace import trace_machine
from rollout_reference.trace import reduce
from rollout_reference.trace.events import EVENT_TYPES, Event, OtherEvent, ThreadStarted, type_of
from rollout_reference.trace.reduce import compaction, inference, threads, turns
from rollout_reference.trace.reduce.reduction import HANDLERS_1, Reduction

pytestmark = pytest.mark.thorough

JUDGE = settings(PLAY, max_examples=100, stateful_step_count=120)
ROUNDS = 6
"""Rounds of a hundred hosts at the most; a rare event may take more than one to occur."""

HUNT = settings(JUDGE, max_examples=2_000, stateful_step_count=60, phases=[Phase.generate, Phase.shrink])

Bug = Callable[[], AbstractContextManager[Any]]
"""Makes the reference wrong for as long as it is entered."""


def test_reference_keeps_the_laws() -> None:
    """Hundreds of random hosts, every law after every step, until every event type has occurred."""
    seen: set[str] = set()
    all_types = {type_of(each) for each in EVENT_TYPES if each is not OtherEvent}

    def reduce_and_note(bundle: Path) -> bytes:
        lines = (bundle / "trace.jsonl").read_bytes().splitlines()
        seen.update(msgspec.json.decode(line)["payload"]["type"] for line in lines[-4:])
        return reduce(bundle).to_json()

    hosts = (seed(number)(trace_machine(reduce_and_note)) for number in range(ROUNDS))
    run_state_machine_as_test(next(hosts), settings=JUDGE)
    while seen < all_types and (more := next(hosts, None)):
        run_state_machine_as_test(more, settings=JUDGE)

    assert seen == all_types


def test_laws_stand_for_requirements() -> None:
    """Every law of the text has its function.  [TRACE-LAW-1 to 7]"""
    assert {f"TRACE-LAW-{number}" for number in range(1, 8)} <= {law.requirement for law in LAWS}


# --- planted bugs -------------------------------------------------------------------------------------


def second_start_wins() -> AbstractContextManager[Any]:
    """Let a second thread_started replace the thread.  [TRACE-THREAD-2]"""

    def start(trace: Reduction, event: Event[ThreadStarted]) -> None:
        trace.state.threads.pop(event.payload.thread_id, None)
        threads.start_thread(trace, event)

    return patch.dict(HANDLERS_1, {ThreadStarted: start})


def calls_outlive_their_turn() -> AbstractContextManager[Any]:
    """Let the end of a turn leave its inference calls running.  [TRACE-TURN-6]"""
    return patch.object(turns, "end_inferences_of_turn")


def responses_stay_out_of_the_view() -> AbstractContextManager[Any]:
    """Let the next request show the items of a response a second time.  [TRACE-CONVERSATION-10]"""

    def show(trace: Reduction, *arguments: Any) -> None:
        view = trace.conversation(arguments[1].thread_id).view
        before = len(view.item_ids)
        shown = SHOW_RESPONSE(trace, *arguments)
        del view.item_ids[before:], view.sources[before:]
        return shown

    return patch.object(inference, "show_response", show)


def calls_count_as_tools() -> AbstractContextManager[Any]:
    """List a call that the model wrote as a tool call before one was dispatched.  [TRACE-TOOL-10]"""

    def note(trace: Reduction, call: Any, item_ids: list[str]) -> None:
        NOTE_RESPONSE_ITEMS(trace, call, item_ids)
        for item_id in item_ids:
            call_id = trace.state.conversation_items[item_id].call_id
            if call_id is not None:
                call.tool_call_ids_started_by_response.add(call_id)

    return patch.object(inference, "_note_response_items", note)


def new_items_come_first() -> AbstractContextManager[Any]:
    """Let a transcript grow at its front.  [TRACE-CONVERSATION-9]"""

    def list_first(trace: Reduction, thread_id: str, item_ids: list[str]) -> None:
        listed = trace.state.threads[thread_id].conversation_item_ids
        listed[:] = [*(each for each in item_ids if each not in listed), *listed]

    return patch.object(inference, "list_in_thread", list_first)


def replacement_is_forgotten() -> AbstractContextManager[Any]:
    """Compare the request after a compaction with the old view.  [TRACE-COMPACTION-14]"""

    def install(trace: Reduction, event: Event[Any]) -> None:
        compaction.install(trace, event)
        trace.conversation(event.thread_id or "").replacement = None

    return patch.dict(HANDLERS_1, {COMPACTION_INSTALLED: install})


SHOW_RESPONSE = inference.show_response
NOTE_RESPONSE_ITEMS = inference._note_response_items
COMPACTION_INSTALLED = next(each for each in EVENT_TYPES if type_of(each) == "compaction_installed")


@pytest.mark.parametrize(
    "bug",
    [
        second_start_wins,
        calls_outlive_their_turn,
        responses_stay_out_of_the_view,
        calls_count_as_tools,
        new_items_come_first,
        replacement_is_forgotten,
    ],
)
def test_planted_bug_is_found_and_shrunk(bug: Bug) -> None:
    """A reducer with one wrong rule is found out by a log of at most six events."""
    found: list[Finding] = []

    with bug(), pytest.raises(LawBroken):
        run_state_machine_as_test(
            trace_machine(lambda bundle: reduce(bundle).to_json(), found), settings=HUNT
        )

    assert len(found[-1].steps) <= 6, found[-1]
