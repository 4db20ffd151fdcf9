"""What a listing is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from rollout_reference.session.errors import InvalidCursor, InvalidThreadId, TwoRelations
from rollout_reference.session.threads.metadata import milliseconds

SortKey = Literal["created_at", "updated_at", "recency_at"]
Direction = Literal["asc", "desc"]
SourceKind = Literal[
    "cli",
    "vscode",
    "exec",
    "appServer",
    "subAgent",
    "subAgentReview",
    "subAgentCompact",
    "subAgentThreadSpawn",
    "subAgentOther",
    "unknown",
]
Position = tuple[int, str]
"""Where a thread stands in an order: its time in milliseconds, then its id.  [SESSION-THREADS-7]"""

PAGE = 25
MAX_PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Query(Struct, frozen=True, forbid_unknown_fields=True):
    """Filters, order and page; each may be left out."""

    archived: bool = False
    cwd: str | list[str] | None = None
    source_kinds: list[SourceKind] | None = None
    model_providers: list[str] | None = None
    search_term: str | None = None
    parent: str | None = None
    ancestor: str | None = None
    sort_key: SortKey = "created_at"
    sort_direction: Direction = "desc"
    cursor: str | None = None
    limit: int | None = None

    @property
    def page_size(self) -> int:
        """Return how many threads a page has at most.  [SESSION-THREADS-8]"""
        return PAGE if self.limit is None else min(max(self.limit, 1), MAX_PAGE)

    @property
    def of_relatives(self) -> bool:
        """Tell whether children or descendants are asked for."""
        return self.parent is not None or self.ancestor is not None

    def check(self) -> None:
        """Raise `TwoRelations` or `InvalidThreadId`.  [SESSION-THREADS-12]"""
        if self.parent is not None and self.ancestor is not None:
            raise TwoRelations
        for thread in (self.parent, self.ancestor):
            if thread is not None:
                thread_id(thread)


def thread_id(text: str) -> str:
    """Return a thread id in the one form that entries have.  Raises `InvalidThreadId`."""
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidThreadId(text) from None


def cursor_of(position: Position) -> str:
    """Return the cursor that stands for a position: its time and its thread.  [SESSION-THREADS-8]"""
    moment = (_EPOCH + timedelta(milliseconds=position[0])).isoformat(
        timespec="milliseconds" if position[0] % 1000 else "seconds"
    )
    return f"{moment.removesuffix('+00:00')}Z|{position[1]}"


def anchor_of(cursor: str) -> Position:
    """Return the position that a cursor stands for.  Raises `InvalidCursor`.  [SESSION-THREADS-23]"""
    time, _, thread = cursor.partition("|")
    moment = milliseconds(time)
    try:
        at = thread_id(thread)
    except InvalidThreadId:
        raise InvalidCursor(cursor) from None
    if moment is None:
        raise InvalidCursor(cursor)
    return (moment, at)
