"""The scan from the newest line to the oldest: everything but the history itself.  [SESSION-CONTEXT-4]

Lines fall into *segments*, about a turn each.  A segment is dropped as a whole when a later rollback
took its turn back; what newer segments leave open is filled in by older ones.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from rollout_reference.session.context.boundaries import is_boundary
from rollout_reference.session.context.windows import Window, window_of
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.items.events.conversation import UserMessage
from rollout_reference.session.items.events.lifecycle import (
    TaskComplete,
    TaskStarted,
    ThreadRolledBack,
    TurnAborted,
)
from rollout_reference.session.items.inter_agent import InterAgentCommunication
from rollout_reference.session.items.response_items import Item
from rollout_reference.session.items.turn_context import TurnContext
from rollout_reference.session.items.world_state import WorldState
from rollout_reference.session.lines import Line


class Segment(Struct):
    """What is known of one segment, or of all surviving ones; the newest line comes first."""

    turn_id: str | None = None
    of_user: bool = False
    """Whether it holds a boundary: only such a segment counts for a rollback."""
    told_whole: bool = False
    """Whether the model was told all of its world in it, after any compaction of it."""
    compacted: bool = False
    base: int | None = None
    """How many lines are newer than the compaction whose replacement history counts."""
    window: Window | None = None
    settings: Line | None = None
    """The `turn_context` that tells the settings of the turn."""
    reference: Line | UnsetType | None = UNSET
    """The `turn_context` that was told to the model; None after a compaction, `UNSET` if nothing says."""
    world: list[Line] = field(default_factory=list)


class Scan:
    """The state of a scan; give it the lines one by one, the newest first."""

    def __init__(self) -> None:
        self.found = Segment()
        """What the surviving segments tell together."""
        self.lines = 0
        """How many lines were given."""
        self._open: Segment | None = None
        self._taken_back = 0

    @property
    def is_settled(self) -> bool:
        """Tell whether no older line can change the context any more.  [SESSION-CONTEXT-22]"""
        found = self.found
        return (
            found.base is not None
            and found.window is not None
            and found.settings is not None
            and found.reference is not UNSET
        )

    def scan(self, backwards: Iterable[Line]) -> Segment:
        """Take lines until nothing older matters, then return what they tell."""
        for line in backwards:
            self.push(line)
            if self.is_settled:
                break
        return self.finish()

    def push(self, line: Line) -> None:
        """Take the next older line."""
        item = line.item
        handler = _HANDLERS.get(type(item))
        if handler is not None:
            handler(self, line, item)
        elif isinstance(item, Item):
            segment = self._segment()
            segment.of_user = segment.of_user or is_boundary(line.payload)
        self.lines += 1

    def finish(self) -> Segment:
        """Close what is left open at the beginning of the file."""
        self._close()
        return self.found

    def _segment(self) -> Segment:
        if self._open is None:
            self._open = Segment()
        return self._open

    def _compacted(self, line: Line, item: Compacted) -> None:
        segment = self._segment()
        segment.world.append(line)
        segment.compacted = True
        segment.window = segment.window or window_of(item)
        if segment.reference is UNSET:
            segment.reference = None
        if segment.base is None and item.replacement_history is not None:
            segment.base = self.lines

    def _rolled_back(self, line: Line, item: ThreadRolledBack) -> None:
        self._taken_back += item.num_turns  # SESSION-ROLLBACK-1

    def _ended(self, line: Line, item: TaskComplete | TurnAborted) -> None:
        if isinstance(item, TurnAborted) and item.turn_id is None:
            return
        segment = self._segment()
        segment.turn_id = item.turn_id if segment.turn_id is None else segment.turn_id

    def _of_user(self, line: Line, item: Any) -> None:
        self._segment().of_user = True

    def _turn_context(self, line: Line, item: TurnContext) -> None:
        segment = self._segment()
        segment.turn_id = item.turn_id if segment.turn_id is None else segment.turn_id
        if not _compatible(segment.turn_id, item.turn_id):
            return
        segment.settings = line  # of several the oldest: SESSION-CONTEXT-12
        if segment.reference is UNSET:
            segment.reference = line  # of several the newest: SESSION-CONTEXT-13

    def _world_state(self, line: Line, item: WorldState) -> None:
        segment = self._segment()
        segment.world.append(line)
        segment.told_whole = segment.told_whole or (item.full and not segment.compacted)

    def _started(self, line: Line, item: TaskStarted) -> None:
        self._close()  # SESSION-CONTEXT-5

    def _close(self) -> None:
        segment, self._open = self._open, None
        if segment is None:
            return
        if self._taken_back:  # SESSION-ROLLBACK-2
            self._taken_back -= segment.of_user
            return
        found = self.found
        if found.base is None:
            found.base = segment.base
        found.window = found.window or segment.window
        found.world += segment.world
        telling = segment.of_user or segment.told_whole
        if found.settings is None and telling:
            found.settings = segment.settings
        if found.reference is UNSET and (telling or segment.reference is None):
            found.reference = segment.reference


_HANDLERS: dict[type, Any] = {
    Compacted: Scan._compacted,
    ThreadRolledBack: Scan._rolled_back,
    TaskComplete: Scan._ended,
    TurnAborted: Scan._ended,
    UserMessage: Scan._of_user,
    InterAgentCommunication: Scan._of_user,
    TurnContext: Scan._turn_context,
    WorldState: Scan._world_state,
    TaskStarted: Scan._started,
}
"""What a line does to the scan, by the type of its item.  [SESSION-CONTEXT-4]"""


def _compatible(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
