"""Turns: start, end, and what a turn's end closes."""

from rollout_reference.errors import DuplicateTurn, TurnOnOtherThread
from rollout_reference.trace.events import CodexTurnEnded, CodexTurnStarted, Event
from rollout_reference.trace.reduce.code_cells import end_cells_of_turn
from rollout_reference.trace.reduce.inference import end_inferences_of_turn
from rollout_reference.trace.reduce.reduction import Reduction, close, handles, opened_at
from rollout_reference.trace.state import CodexTurn


@handles(CodexTurnStarted)
def start_turn(trace: Reduction, event: Event[CodexTurnStarted]) -> None:
    """Open a turn.  [TRACE-TURN-1, TRACE-TURN-2, TRACE-TURN-3]"""
    started = event.payload
    if started.codex_turn_id in trace.state.codex_turns:
        raise DuplicateTurn(started.codex_turn_id)  # TRACE-TURN-2
    trace.thread(started.thread_id, "TRACE-TURN-3")
    trace.state.codex_turns[started.codex_turn_id] = CodexTurn(
        started.codex_turn_id, started.thread_id, opened_at(event)
    )


@handles(CodexTurnEnded)
def end_turn(trace: Reduction, event: Event[CodexTurnEnded]) -> None:
    """Close a turn and what it leaves running.

    [TRACE-TURN-4, TRACE-TURN-5, TRACE-TURN-6, TRACE-TURN-7, TRACE-TURN-8]
    """
    ended = event.payload
    turn = trace.turn(ended.codex_turn_id, "TRACE-TURN-4")
    if event.thread_id is not None and event.thread_id != turn.thread_id:  # TRACE-TURN-5
        raise TurnOnOtherThread(turn.codex_turn_id, turn.thread_id, event.thread_id)
    close(turn.execution, event, ended.status)
    end_cells_of_turn(trace, event, ended.status)
    end_inferences_of_turn(trace, event, ended.status)
