"""Context windows: what one compaction is to the next.  [SESSION-WINDOW-1 to 6]"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line
from rollout_reference.session.shapes.scalars import Uuid
from rollout_reference.session.shapes.shape import Mismatch

FreshId = Callable[[], str]
"""Makes an id of a window that nothing has: a UUID of version 7."""

MAX_NUMBER = 2**64 - 1


class Window(Struct, frozen=True):
    """One context window of a thread and where it comes from; an id that no line tells is None."""

    number: int
    """How many compactions came before it, as the last one counted."""
    first_window_id: str | None = None
    previous_window_id: str | None = None
    window_id: str | None = None

    def resumed(self, fresh: FreshId) -> "Window":
        """Return the window as a writer goes on with it: with an id, made if it has none.

        [SESSION-WINDOW-5]
        """
        window_id = self.window_id or fresh()
        return Window(self.number, self.first_window_id or window_id, self.previous_window_id, window_id)

    def following(self, fresh: FreshId) -> "Window":
        """Return the window after a compaction of this one.  [SESSION-WINDOW-6]"""
        present = self.resumed(fresh)
        number = min(self.number + 1, MAX_NUMBER)
        return Window(number, present.first_window_id, present.window_id, fresh())


def window_of(compacted: Compacted) -> Window | None:
    """Return the window that a compaction opened, None if it tells no number.  [SESSION-WINDOW-1]"""
    if compacted.window_number is None:
        return None
    ids = (compacted.first_window_id, compacted.previous_window_id, compacted.window_id)
    return Window(int(compacted.window_number), *map(_id, ids))


def untold(lines: Iterable[Line]) -> Window:
    """Return the window of a thread none of whose surviving compactions tells one.

    It is the initial window that a `session_meta` names, unless a compaction of the file, surviving
    or not, has no number: then all compactions are counted.  [SESSION-WINDOW-3, SESSION-WINDOW-4]
    """
    initial: Window | None = None
    compactions = [line.item for line in lines if isinstance(line.item, Compacted | SessionMeta)]
    counted = 0
    numbered = True
    for item in compactions:
        if isinstance(item, SessionMeta):
            initial = initial or _initial(item)
        elif isinstance(item, Compacted):
            counted += 1
            numbered = numbered and item.window_number is not None
    if initial is not None and numbered:
        return initial
    return Window(counted)


def _initial(meta: SessionMeta) -> Window | None:
    window_id = _id(meta.context_window.window_id) if meta.context_window else None
    return Window(0, window_id, None, window_id) if window_id else None


def _id(text: str | None) -> str | None:
    """Return a UUID of version 7 in its usual form, None for anything else.  [SESSION-WINDOW-2]"""
    if text is None:
        return None
    try:
        uuid: str = Uuid.canonical(text)
    except Mismatch:
        return None
    return uuid if uuid[14] == "7" else None
