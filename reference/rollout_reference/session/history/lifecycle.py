"""How lines begin, end, take back and compact turns."""

from rollout_reference.session.history import answer
from rollout_reference.session.history.answer import Turn
from rollout_reference.session.history.failures import name_of, turn_error
from rollout_reference.session.history.reducer import Progress, Reducer, handles
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.items.events.lifecycle import (
    ContextCompacted,
    TaskComplete,
    TaskStarted,
    ThreadRolledBack,
    TurnAborted,
)
from rollout_reference.session.items.events.notices import Error

_WITHOUT_EFFECT = ("thread_rollback_failed", "active_turn_not_steerable")
"""Kinds of errors that fail no turn."""


@handles(TaskStarted)
def start(history: Reducer, started: TaskStarted) -> None:
    """Open an explicit turn.  [SESSION-TURN-1]"""
    turn = Turn(started.turn_id, [], status="inProgress", started_at=started.started_at)
    history.begin(turn, explicit=True)


@handles(TaskComplete)
def complete(history: Reducer, ended: TaskComplete) -> None:
    """Complete the turn of the id, or the open one; close it if it is open.  [SESSION-TURN-6]"""
    progress = history.named(ended.turn_id) or history.open
    if progress is None:
        return
    turn = progress.turn
    if ended.error is not None:
        turn.status = "failed"  # SESSION-TURN-7
        turn.error = turn_error(ended.error.message, ended.error.codex_error_info)
    elif turn.status == "inProgress":
        turn.status = "completed"
    turn.completed_at, turn.duration_ms = ended.completed_at, ended.duration_ms
    if progress is history.open:
        history.close()


@handles(TurnAborted)
def abort(history: Reducer, aborted: TurnAborted) -> None:
    """Interrupt the turn of the id, or the open one, and leave it open.  [SESSION-TURN-8]"""
    progress = _aborted(history, aborted.turn_id)
    if progress is not None:
        turn = progress.turn
        turn.status = "interrupted"
        if aborted.error is not None:
            turn.error = turn_error(aborted.error.message, aborted.error.codex_error_info)
        turn.completed_at, turn.duration_ms = aborted.completed_at, aborted.duration_ms


def _aborted(history: Reducer, turn_id: str | None) -> Progress | None:
    """Return the turn that is stopped: an explicit one only by its own id or by none."""
    named = history.named(turn_id) if turn_id is not None else None
    if named is not None or turn_id is None or history.open is None:
        return named or history.open
    return None if history.open.explicit else history.open


@handles(ThreadRolledBack)
def roll_back(history: Reducer, event: ThreadRolledBack) -> None:
    """Take the last turns back."""
    history.roll_back(event.num_turns)


@handles(Error)
def fail(history: Reducer, error: Error) -> None:
    """Fail the open turn.  [SESSION-TURN-11]"""
    kind = error.codex_error_info
    if history.open is not None and name_of(kind) not in _WITHOUT_EFFECT:
        history.open.turn.status = "failed"
        history.open.turn.error = turn_error(error.message, kind)


@handles(Compacted)
def compact(history: Reducer, _: Compacted) -> None:
    """Keep the turn even if it holds nothing else.  [SESSION-TURN-5]"""
    history.ensure_open().compacted = True


@handles(ContextCompacted)
def show_compaction(history: Reducer, _: ContextCompacted) -> None:
    """Show that the context was compacted."""
    history.push(answer.ContextCompaction(history.next_id()))
