"""The history of a thread: its turns, and what happened in each.  [SESSION-HISTORY-1]"""

from collections.abc import Iterable, Iterator
from typing import cast

from rollout_reference.errors import Place
from rollout_reference.session.errors import NotPaginated
from rollout_reference.session.history import (  # noqa: F401  (each registers its handlers)
    agents,
    conversation,
    items,
    lifecycle,
    tools,
)
from rollout_reference.session.history.answer import History, ItemsView, Turn
from rollout_reference.session.history.bare import told_by_events
from rollout_reference.session.history.projection import project
from rollout_reference.session.history.reducer import Reducer
from rollout_reference.session.history.views import seen
from rollout_reference.session.items.event_msg import ItemCompleted
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.loaded import Opened
from rollout_reference.session.writing.policy import is_persisted

__all__ = ["History", "Turn", "history_of", "reduced", "running_history_of"]


def history_of(rollout: Opened, items_view: ItemsView = "full", from_ordinal: int = 0) -> History:
    """Return the turns of a rollout as they are shown when its thread does not run, the oldest first.

    The lines of what it inherits come before its own, as `inherited.load_lineage` gives them.
    `items_view` says which items a turn shows; lines with a smaller ordinal than `from_ordinal` are not
    looked at.  Raises `NotPaginated` for a rollout without ordinals that is to be read from one.
    """
    _check_ordinal(rollout, from_ordinal)
    if rollout.history_mode == "paginated":
        turns = project(_own(rollout, from_ordinal))
    else:
        turns = reduced(_kept(_presented(rollout)))
    return History(_settled(seen(turns, items_view)))


def running_history_of(rollout: Opened, items_view: ItemsView = "full", from_ordinal: int = 0) -> History:
    """Return the turns as a running thread shows them: of all lines, with what is in progress.

    Arguments and errors are those of `history_of`.  [SESSION-HISTORY-3]
    """
    _check_ordinal(rollout, from_ordinal)
    if rollout.history_mode == "paginated":
        return History(seen(project(_own(rollout, from_ordinal)), items_view))
    return History(seen(reduced(_presented(rollout)), items_view))


def reduced(lines: Iterable[Line]) -> list[Turn]:
    """Return the turns that the lines of a legacy rollout make."""
    reducer = Reducer()
    reducer.take(lines)
    return reducer.turns()


def _presented(rollout: Opened) -> Iterable[Line]:
    """Return the lines; those from before events as the events that they stand for."""
    return rollout.lines if rollout.meta.cli_version else told_by_events(rollout.lines)


def _kept(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines that a legacy rollout keeps.  [SESSION-HISTORY-2]

    The type of an item decides, save for lines that hold an item whole.
    """
    by_type: dict[type, bool] = {}
    for line in lines:
        kind = type(line.item)
        kept = by_type.get(kind)
        if kept is None:
            kept = is_persisted(line.type, line.payload, "legacy")
            if kind is not ItemCompleted:
                by_type[kind] = kept
        if kept:
            yield line


def _check_ordinal(rollout: Opened, from_ordinal: int) -> None:
    """Raise `NotPaginated` for lines that are told by ordinals and have none.  [SESSION-HISTORY-27]"""
    if from_ordinal and rollout.history_mode != "paginated":
        place = Place(rollout.path.name, rollout.header.number)
        raise NotPaginated("history from an ordinal on", rollout.history_mode, place=place)


def _own(rollout: Opened, from_ordinal: int) -> Iterator[Line]:
    """Yield the lines from an ordinal on that are not only the context of a spawned agent.

    [SESSION-HISTORY-24, SESSION-HISTORY-27]
    """
    start = max(from_ordinal, *map(_history_start, [rollout.header, *rollout.inherited]))
    for line in rollout.lines:
        if line.ordinal is None or line.ordinal >= start:
            yield line


def _history_start(header: Line) -> int:
    return cast("SessionMeta", header.item).subagent_history_start_ordinal or 0


def _settled(turns: list[Turn]) -> list[Turn]:
    """Show no turn as running.  [SESSION-TURN-12]"""
    for turn in turns:
        if turn.status == "inProgress":
            turn.status = "interrupted"
    return turns
