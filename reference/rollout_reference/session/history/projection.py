"""The history of a paginated rollout: each line tells by itself what changed.

[SESSION-HISTORY-21 to 25]
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from rollout_reference.session.history.answer import ThreadItem, Turn, TurnError, TurnStatus
from rollout_reference.session.history.failures import turn_error
from rollout_reference.session.history.whole_items import thread_item
from rollout_reference.session.items.event_msg import ItemCompleted
from rollout_reference.session.items.events.lifecycle import TaskComplete, TaskStarted, TurnAborted
from rollout_reference.session.lines import Line


class TurnChange(Struct, frozen=True):
    """What one line tells of a turn."""

    turn_id: str
    status: TurnStatus
    error: TurnError | None = None
    started_at: int | None = None
    completed_at: int | None = None
    duration_ms: int | None = None


class ItemChange(Struct, frozen=True):
    """What one line tells of an item of a turn."""

    turn_id: str
    item: ThreadItem


Change = TurnChange | ItemChange


def change_of(line: Line) -> Change | None:
    """Return what a line changes, whatever came before it; None for nothing.  [SESSION-HISTORY-21]"""
    tell = _CHANGES.get(type(line.item))
    return None if tell is None else tell(line.item)


def _started(event: TaskStarted) -> Change:
    return TurnChange(event.turn_id, "inProgress", started_at=event.started_at)


def _completed(event: TaskComplete) -> Change:
    error = _error(event)
    status: TurnStatus = "failed" if error else "completed"
    return TurnChange(event.turn_id, status, error, event.started_at, event.completed_at, event.duration_ms)


def _aborted(event: TurnAborted) -> Change | None:
    if event.turn_id is None:
        return None
    error = _error(event)
    return TurnChange(
        event.turn_id, "interrupted", error, event.started_at, event.completed_at, event.duration_ms
    )


def _item(event: ItemCompleted) -> Change | None:
    item = thread_item(event.item)
    return None if item is None else ItemChange(event.turn_id, item)


def _error(event: TaskComplete | TurnAborted) -> TurnError | None:
    return None if event.error is None else turn_error(event.error.message, event.error.codex_error_info)


_CHANGES: dict[type, Callable[[Any], Change | None]] = {
    TaskStarted: _started,
    TaskComplete: _completed,
    TurnAborted: _aborted,
    ItemCompleted: _item,
}


class Projection:
    """Turns and items as the changes leave them, in the order in which each was first told."""

    def __init__(self) -> None:
        self._turns: dict[str, TurnChange] = {}
        self._items: dict[str, dict[str, ThreadItem]] = {}

    def take(self, change: Change) -> None:
        """Let one change replace what was told of its turn or item.

        The first that tells of the end of a turn is the last one about the turn.  [SESSION-HISTORY-22]
        """
        if isinstance(change, TurnChange):
            known = self._turns.get(change.turn_id)
            if known is None or known.status == "inProgress":
                self._turns[change.turn_id] = change
        else:
            self._items.setdefault(change.turn_id, {})[change.item.id] = change.item

    def turns(self) -> list[Turn]:
        """Return the turns; items of a turn that no line tells of are left out.  [SESSION-HISTORY-22]"""
        return [
            Turn(
                turn_id,
                list(self._items.get(turn_id, {}).values()),
                "full",
                change.status,
                change.error,
                change.started_at,
                change.completed_at,
                change.duration_ms,
            )
            for turn_id, change in self._turns.items()
        ]


def project(lines: Iterable[Line]) -> list[Turn]:
    """Return the turns that lines tell of."""
    projection = Projection()
    for line in lines:
        change = change_of(line)
        if change is not None:
            projection.take(change)
    return projection.turns()
