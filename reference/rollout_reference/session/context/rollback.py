"""Rollbacks of a history: which of its items go.  [SESSION-ROLLBACK-3 to 6]"""

from bisect import bisect_right

from rollout_reference.session.context.boundaries import Item, goes_with_next, is_boundary


class History:
    """A history that grows and that turns are taken back from; items are shared, never changed."""

    def __init__(self, items: list[Item]) -> None:
        self._take(items)

    def append(self, item: Item) -> None:
        """Add the newest item."""
        if is_boundary(item):
            self._boundaries.append(len(self.items))
        self.items.append(item)

    def replace(self, items: list[Item]) -> None:
        """Begin anew with other items."""
        self._take(items)

    def roll_back(self, turns: int) -> None:
        """Take back the newest turns, all of them if there are not as many.

        [SESSION-ROLLBACK-3, SESSION-ROLLBACK-4]
        """
        if not turns or not self._boundaries:
            return
        first = self._boundaries[0]
        cut = self._boundaries[-turns] if turns < len(self._boundaries) else first
        while cut > first and goes_with_next(self.items[cut - 1]):
            cut -= 1  # SESSION-ROLLBACK-5
        del self.items[cut:]
        del self._boundaries[bisect_right(self._boundaries, cut - 1) :]

    def _take(self, items: list[Item]) -> None:
        self.items = list(items)
        self._boundaries = [place for place, item in enumerate(items) if is_boundary(item)]
