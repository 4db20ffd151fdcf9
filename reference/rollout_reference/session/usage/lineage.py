"""Which part of a segment's counter another one brought: by what the lines say of their origin.

[SESSION-USAGE-9 to 13, SESSION-USAGE-17, SESSION-USAGE-19]
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rollout_reference.session.items.meta import HistoryBase
from rollout_reference.session.usage.counters import Count
from rollout_reference.session.usage.tally import Mark, Tally
from rollout_reference.session.usage.tokens import NONE, Tokens

Lookup = Callable[[str], Tally | None]
"""Finds a segment by its id; that of a thread is the id of its first one.  [SESSION-SEGMENT-2]"""

Marks = Iterator[Mark]

Kind = Literal["none", "copied", "referenced"]


class Inherited(Struct, frozen=True, kw_only=True):
    """What a segment began with."""

    kind: Kind
    known: bool = True
    """False if the rollout it comes from is needed to tell, and is not there or does not reach so far."""
    thread_id: str | None = None
    tokens: Tokens = NONE
    source: Tally | None = None
    """The rollout that holds the line that tells `tokens`."""
    line: int | None = None
    own_from: int = 1
    """The first line of the rollout that is its own."""


class Lineage:
    """Knows what segments inherit; what was found for one is not looked for again."""

    def __init__(self, find: Lookup) -> None:
        """Look up the segments that others name with `find`."""
        self._find = find
        self._known: dict[Path, Inherited] = {}

    def of(self, thread: Tally) -> Inherited:
        """Return what a segment of a thread inherits."""
        base = thread.meta.history_base
        if base is not None:
            return self._referenced(thread, base)
        if thread.is_later:
            return Inherited(kind="none")  # SESSION-USAGE-19
        parent = _parent(thread)
        if thread.meta.subagent_history_start_ordinal is not None:
            # Without a line of its own, all lines are copies.
            return _copied(thread, thread.own_from or 2**63, parent)  # SESSION-USAGE-11
        if parent is None:
            return Inherited(kind="none")
        source = self._find(parent)
        if source is None:
            return Inherited(kind="copied", known=False, thread_id=parent)  # SESSION-USAGE-13
        return _copied(thread, _end_of_copy(thread, source) + 1, parent)

    def _referenced(self, thread: Tally, base: HistoryBase) -> Inherited:
        """Return the counter of the base where the segment leaves it.  [SESSION-USAGE-12]"""
        named = str(base.thread_id)
        source = self._find(named)
        found = self._known.get(thread.path) or self._followed(thread, base, source)
        return replace(found, thread_id=source.thread_id if source else named)

    def _followed(self, thread: Tally, base: HistoryBase | None, source: Tally | None) -> Inherited:
        """Follow the bases of a segment to the first that tells a count; `source` is the first of them."""
        end = 2**64
        seen = {thread.segment_id}
        asking = [thread.path]
        found: Inherited | None = None
        while found is None and base is not None:
            cut = int(base.end_ordinal_exclusive)
            if source is None or source.segment_id in seen or source.next_ordinal < cut:
                found = Inherited(kind="referenced", known=False)  # SESSION-USAGE-13
                break
            seen.add(source.segment_id)
            end = min(end, cut)
            found = _before(source, end)
            base = source.meta.history_base
            if found is None and base is not None:
                if base.end_ordinal_exclusive <= end:
                    # What is looked for is all that the source itself inherits.
                    found = self._known.get(source.path)
                    asking.append(source.path)
                source = self._find(str(base.thread_id)) if found is None else None
        found = found or Inherited(kind="referenced")
        self._known.update(dict.fromkeys(asking, found))
        return found


def _parent(thread: Tally) -> str | None:
    """Return the thread whose lines a thread copied, None if it copied none.  [SESSION-USAGE-10]"""
    named = thread.meta.forked_from_id
    if named is not None and named != thread.meta.id:
        return str(named)
    return thread.foreign[0][1] if thread.foreign else None


def _copied(thread: Tally, own_from: int, parent: str | None) -> Inherited:
    last = _last(thread.counts, lambda count: count.line < own_from)
    if last is None:
        return Inherited(kind="copied", thread_id=parent, own_from=own_from)
    return Inherited(
        kind="copied",
        thread_id=parent,
        tokens=last.total,
        source=thread,
        line=last.line,
        own_from=own_from,
    )


def _end_of_copy(thread: Tally, source: Tally) -> int:
    """Return the last line that a thread copied from another.  [SESSION-USAGE-17]"""
    end = thread.foreign[-1][0] if thread.foreign else 0
    theirs = iter(source.marks)
    for found, mark in enumerate(thread.marks):
        if not _meets(theirs, mark, over_counts=found == 0):
            break
        end = max(end, mark.line)
    return end


def _meets(theirs: Marks, mark: Mark, *, over_counts: bool) -> bool:
    """Go on in the marks of the source to one that is equal; between copies lies no other count."""
    for other in theirs:
        if other.digest == mark.digest:
            return True
        if other.counts and not over_counts:  # SESSION-USAGE-17
            return False
    return False


def _before(source: Tally, end: int) -> Inherited | None:
    """Return the counter of a base before an ordinal, None if it holds no count there."""
    last = _last(source.counts, lambda count: count.ordinal is not None and count.ordinal < end)
    if last is None:
        return None
    return Inherited(kind="referenced", tokens=last.total, source=source, line=last.line)


def _last(counts: list[Count], fits: Callable[[Count], bool]) -> Count | None:
    return next((count for count in reversed(counts) if fits(count)), None)
