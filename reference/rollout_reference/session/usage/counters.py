"""The counter of a thread: what each `token_count` adds to what was counted before.

[SESSION-USAGE-4 to 7]
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rollout_reference.session.usage.tokens import NONE, Tokens


class Count(Struct, frozen=True, kw_only=True, gc=False):
    """One `token_count` that tells a total."""

    line: int
    ordinal: int | None
    total: Tokens
    last: Tokens | None
    """What the line says of the last response; None if it says nothing."""
    may_restart: bool
    """Whether a process may have begun since the count before, see `Boundaries`."""
    model: str | None
    day: str | None


class Boundaries:
    """Knows, line by line, whether a process may have begun whose counter starts at zero.

    [SESSION-USAGE-6]
    """

    def __init__(self, *, restarting: bool) -> None:
        self._restarting = restarting
        """Whether the file was begun by a version whose counter starts at zero in each process."""
        self._without_info = False
        self._user_spoke = False

    def user_speaks(self) -> None:
        """Note a message of the user."""
        self._user_spoke = True

    def without_info(self) -> None:
        """Note a `token_count` that tells no total."""
        self._without_info = True

    def at_count(self, *, limits: bool) -> bool:
        """Tell it for a `token_count` with a total, which tells limits or not; then begin anew."""
        may = self._without_info or (self._restarting and self._user_spoke and not limits)
        self._without_info = self._user_spoke = False
        return may


def growths(counts: Iterable[Count], before: Tokens) -> Iterator[tuple[Count, Tokens]]:
    """Yield each count that adds something, with what it adds to the total before it."""
    for count in counts:
        base = NONE if restarts(count, before) else before
        before = count.total
        growth = count.total - base
        if growth:  # SESSION-USAGE-4, SESSION-USAGE-5: an estimate does not move the total
            yield count, growth


def restarts(count: Count, before: Tokens) -> bool:
    """Tell whether a count is the first of a counter that begins at zero.  [SESSION-USAGE-6]"""
    if count.total.falls_below(before):
        return True
    if count.total != count.last:
        return False
    return count.total != before or count.may_restart
