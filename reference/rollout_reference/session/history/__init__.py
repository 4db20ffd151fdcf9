"""The history of a thread: its turns, and what happened in each.  [SESSION-HISTORY-1]"""

from collections.abc import Iterable, Iterator

from rollout_reference.session.history import (  # noqa: F401  (each registers its handlers)
    agents,
    conversation,
    items,
    lifecycle,
    tools,
)
from rollout_reference.session.history.answer import History, Turn
from rollout_reference.session.history.bare import told_by_events
from rollout_reference.session.history.projection import project
from rollout_reference.session.history.reducer import Reducer
from rollout_reference.session.items.event_msg import ItemCompleted
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.loaded import Rollout
from rollout_reference.session.writing.policy import is_persisted

__all__ = ["History", "Turn", "history_of", "reduced", "running_history_of"]


def history_of(rollout: Rollout) -> History:
    """Return the turns of a rollout as they are shown when its thread does not run, the oldest first.

    The lines of what it inherits come before its own, as `inherited.load_lineage` gives them.
    """
    if rollout.history_mode == "paginated":
        return History(_settled(project(_own(rollout))))
    return History(_settled(reduced(_kept(_presented(rollout)))))


def running_history_of(rollout: Rollout) -> History:
    """Return the turns as a running thread shows them: of all lines, with what is in progress.

    [SESSION-HISTORY-3]
    """
    if rollout.history_mode == "paginated":
        return History(project(_own(rollout)))
    return History(reduced(_presented(rollout)))


def reduced(lines: Iterable[Line]) -> list[Turn]:
    """Return the turns that the lines of a legacy rollout make."""
    reducer = Reducer()
    for line in lines:
        reducer.take(line)
    return reducer.turns()


def _presented(rollout: Rollout) -> Iterable[Line]:
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


def _own(rollout: Rollout) -> Iterator[Line]:
    """Yield the lines that are not only the context of a spawned agent.  [SESSION-HISTORY-24]"""
    start = rollout.meta.subagent_history_start_ordinal
    for line in rollout.lines:
        if start is None or line.ordinal is None or line.ordinal >= start:
            yield line


def _settled(turns: list[Turn]) -> list[Turn]:
    """Show no turn as running.  [SESSION-TURN-12]"""
    for turn in turns:
        if turn.status == "inProgress":
            turn.status = "interrupted"
    return turns
