"""The fold over the lines of a legacy rollout, which makes turns of them.

What a line does is told by a handler for the type of its item; the modules beside this one have
them.  A line without a handler does nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec import Struct, field

from rollout_reference.session.history.answer import ThreadItem, Turn
from rollout_reference.session.lines import Line

H = TypeVar("H", bound=Callable[..., None])

HANDLERS: dict[type, Callable[["Reducer", Any], None]] = {}
"""What an item of a line does, by its type."""


def handles(*kinds: type) -> Callable[[H], H]:
    """Register a function as the handler of types of items."""

    def register(handler: H) -> H:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


class Progress(Struct, gc=False):
    """A turn, and what the fold must know of it besides."""

    turn: Turn
    explicit: bool = False
    """Whether a `task_started` opened it."""
    compacted: bool = False
    places: dict[str, int] = field(default_factory=dict)
    """Where the first item of each id stands."""

    @property
    def items(self) -> list[ThreadItem]:
        """Return the items of the turn."""
        return self.turn.items

    def push(self, item: ThreadItem) -> None:
        """Append an item."""
        items = self.turn.items
        self.places.setdefault(item.id, len(items))
        items.append(item)

    def put(self, item: ThreadItem) -> None:
        """Put an item in the place of the one with its id, or append it.  [SESSION-HISTORY-6]"""
        place = self.places.get(item.id)
        if place is None:
            self.push(item)
        else:
            self.items[place] = item


class Reducer:
    """The turns so far, at most one of them open; give it the lines in their order."""

    def __init__(self) -> None:
        self.index = -1
        """The number of the line that is being taken, from 0.  [SESSION-TURN-3]"""
        self.closed: list[Progress] = []
        self.open: Progress | None = None
        self._first: dict[str, Progress] = {}
        self._next_number = 1
        self._items_closed = 0

    def take(self, lines: Iterable[Line]) -> None:
        """Let each of the next lines do what it does."""
        for index, line in enumerate(lines, self.index + 1):
            self.index = index
            item = line.item
            handler = HANDLERS.get(type(item))
            if handler is not None:
                handler(self, item)

    def turns(self) -> list[Turn]:
        """Return the turns as they stand, the open one included."""
        kept = [*self.closed, self.open] if self.open and is_kept(self.open) else self.closed
        return [progress.turn for progress in kept]

    def begin(self, turn: Turn, *, explicit: bool) -> Progress:
        """Close the open turn, if there is one, and open another."""
        self.close()
        self.open = Progress(turn, explicit)
        return self.open

    def ensure_open(self) -> Progress:
        """Return the open turn; if there is none, open an implicit one.  [SESSION-TURN-2, SESSION-TURN-3]"""
        return self.open or self.begin(Turn(f"rollout-{self.index}", []), explicit=False)

    def close(self) -> None:
        """Close the open turn, if there is one; an empty implicit one disappears."""
        progress, self.open = self.open, None
        if progress is not None and is_kept(progress):
            self.closed.append(progress)
            self._first.setdefault(progress.turn.id, progress)
            self._items_closed += len(progress.items)

    def named(self, turn_id: str) -> Progress | None:
        """Return the turn of an id: the open one, else the first closed one.  [SESSION-TURN-9]"""
        if self.open is not None and self.open.turn.id == turn_id:
            return self.open
        return self._first.get(turn_id)

    def roll_back(self, turns: int) -> None:
        """Close the open turn and drop the last turns, of any kind.  [SESSION-TURN-10]"""
        self.close()
        left = max(len(self.closed) - turns, 0)
        for progress in self.closed[left:]:
            self._items_closed -= len(progress.items)
            if self._first.get(progress.turn.id) is progress:
                del self._first[progress.turn.id]
        del self.closed[left:]
        self._next_number = self._items_closed + 1  # SESSION-HISTORY-5

    def next_id(self) -> str:
        """Return an id for an item that has none.  [SESSION-HISTORY-5]"""
        number = self._next_number
        self._next_number += 1
        return f"item-{number}"

    def push(self, item: ThreadItem) -> None:
        """Append an item to the open turn."""
        self.ensure_open().push(item)

    def put(self, item: ThreadItem, turn_id: str | None = None) -> None:
        """Put an item into the turn that its event names, or into the open one.

        One that names an unknown turn is dropped.  [SESSION-HISTORY-7]
        """
        progress = self.named(turn_id) if turn_id else self.ensure_open()
        if progress is None:
            return
        before = len(progress.items)
        progress.put(item)
        if progress is not self.open:
            self._items_closed += len(progress.items) - before


def is_kept(progress: Progress) -> bool:
    """Tell whether a turn is shown: an implicit one needs an item or a compaction.  [SESSION-TURN-4]"""
    return progress.explicit or progress.compacted or bool(progress.items)
