"""Pages of the threads of a home, in an order.  [SESSION-THREADS-7, SESSION-THREADS-8]"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from rollout_reference.session.threads.answer import thread_row
from rollout_reference.session.threads.entries import Entry, Heads, entries_of, scan_heads
from rollout_reference.session.threads.filters import shown
from rollout_reference.session.threads.query import Position, Query, anchor_of, cursor_of, thread_id
from rollout_reference.session.threads.relations import children, descendants
from rollout_reference.session.threads.side_index import names_of


class Page(Struct, frozen=True):
    """Some threads in order, and where the next page begins, None if there is none."""

    data: list[dict[str, Any]]
    next_cursor: str | None

    def to_tree(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"data": self.data, "nextCursor": self.next_cursor}


def list_threads(home: Path, query: Query, heads: Heads = scan_heads) -> Page:
    """Return a page of the threads of a home.

    Raises `InvalidCursor`, `InvalidThreadId`, `TwoRelations`, and `OSError` if a folder or the side
    file cannot be read; a rollout that cannot be read is left out.
    """
    names = names_of(home)
    page: list[Entry] = []
    for entry in ordered(home, query, names, heads):
        if len(page) == query.page_size:
            return Page(_rows(page, home, names), cursor_of(position(page[-1], query)))
        page.append(entry)
    return Page(_rows(page, home, names), None)


def ordered(home: Path, query: Query, names: dict[str, str], heads: Heads = scan_heads) -> Iterator[Entry]:
    """Yield the threads that a query shows, in its order, from its cursor on."""
    query.check()
    anchor = None if query.cursor is None else anchor_of(query.cursor)
    descending = query.sort_direction == "desc"
    found = sorted(
        shown(_candidates(home, query, heads), query, names),
        key=lambda entry: position(entry, query),
        reverse=descending,
    )
    for entry in found:
        at = position(entry, query)
        if anchor is None or (at < anchor if descending else at > anchor):  # SESSION-THREADS-23
            yield entry


def position(entry: Entry, query: Query) -> Position:
    """Return where a thread stands in the order of a query.  [SESSION-THREADS-7]"""
    created = query.sort_key == "created_at"
    return (entry.metadata.created_ms if created else entry.updated_ms, entry.metadata.id)


def _candidates(home: Path, query: Query, heads: Heads) -> list[Entry]:
    """Return the archived or the other threads, of relatives only those.  [SESSION-THREADS-11]"""
    entries = entries_of(home, archived=query.archived, heads=heads)
    if not query.of_relatives:
        return entries
    family = entries + entries_of(home, archived=not query.archived, heads=heads)
    if query.parent is not None:
        wanted = children(family, thread_id(query.parent))
    else:
        wanted = descendants(family, thread_id(query.ancestor or ""))
    return [entry for entry in entries if entry.metadata.id in wanted]


def _rows(page: list[Entry], home: Path, names: dict[str, str]) -> list[dict[str, Any]]:
    return [thread_row(entry, home, names.get(entry.metadata.id)) for entry in page]
