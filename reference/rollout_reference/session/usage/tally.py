"""What one pass over a rollout finds for its usage: counts, records, and what tells its lineage."""

import re
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import cast

import msgspec
from msgspec import Struct

from rollout_reference.session.defects import Defect
from rollout_reference.session.items.events.conversation import UserMessage
from rollout_reference.session.items.events.usage import TokenCount, TokenCounts
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.items.token_usage import TokenUsageRecord
from rollout_reference.session.items.turn_context import TurnContext
from rollout_reference.session.lines import Line
from rollout_reference.session.names import FIRST, age, segment_id_of
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.usage.counters import Boundaries, Count
from rollout_reference.session.usage.defective import told_by
from rollout_reference.session.usage.tokens import Tokens

COUNTER_IS_KEPT = (0, 80)
"""The first version whose counter goes on when a thread is resumed.  [SESSION-USAGE-6]"""

MARKS = ("event_msg", "turn_context")
"""Types of the lines by which a copy is known.  [SESSION-USAGE-17]"""

DEVELOPMENT = (0, 0)
"""The version that a build from source tells, whatever its age."""

_ENCODER = msgspec.json.Encoder(enc_hook=str)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_VERSION = re.compile(r"(\d+)\.(\d+)", re.ASCII)


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """One `token_usage_record`: a response of the model."""

    line: int
    thread_id: str
    tokens: Tokens
    model: str | None
    day: str | None


class Mark(Struct, frozen=True, gc=False):
    """An event or `turn_context`, by which a copy is known again."""

    line: int
    digest: bytes
    counts: bool
    """Whether it is a `token_count`."""


class Tally(Struct):
    """A rollout as usage sees it."""

    path: Path
    """As it was given."""
    meta: SessionMeta
    counts: list[Count]
    records: list[Record]
    marks: list[Mark]
    foreign: list[tuple[int, str]]
    """Lines of headers of other threads, with the thread each names."""
    own_from: int | None
    """The line of the first ordinal that the header says is the thread's own, if it says so."""
    next_ordinal: int
    """The ordinal that follows the last one; 0 if no line has one."""

    @property
    def thread_id(self) -> str:
        """Return the id of the thread."""
        return str(self.meta.id)

    @property
    def segment_id(self) -> str:
        """Return the id that others name the rollout by.  [SESSION-SEGMENT-1]"""
        return segment_id_of(self.path.name, self.thread_id)

    @property
    def age(self) -> int:
        """Return what grows from each segment of a thread to the next.  [SESSION-SEGMENT-4]"""
        return age(self.path.name)

    @property
    def is_later(self) -> bool:
        """Tell whether it is a later segment of its thread."""
        return self.age > FIRST


def tally(path: Path) -> Tally:
    """Read a rollout once, in memory of its counts and marks.  Raises `SessionRejected`."""
    counting = _Counting()
    with read_rollout(path) as reading:
        for found in reading:
            if isinstance(found, Line):
                counting.take(found)
            else:
                counting.mend(found, reading.text)
        reading.check_owner()
    return Tally(
        path,
        counting.owner,
        counting.counts,
        counting.records,
        counting.marks,
        counting.foreign,
        counting.own_from,
        (reading.diagnostics.ordinals.next or 0) if reading.diagnostics.ordinals else 0,
    )


class _Counting:
    """Takes the lines of a rollout one by one."""

    def __init__(self) -> None:
        self.meta: SessionMeta | None = None
        self.counts: list[Count] = []
        self.records: list[Record] = []
        self.marks: list[Mark] = []
        self.foreign: list[tuple[int, str]] = []
        self.own_from: int | None = None
        self._boundaries = Boundaries(restarting=False)
        self._model: str | None = None

    @property
    def owner(self) -> SessionMeta:
        """Return the header; there is one in a rollout that has an owner."""
        return cast("SessionMeta", self.meta)

    def take(self, line: Line) -> None:
        """Take what a line tells."""
        self._look_for_own(line)
        if line.type == "response_item":
            return
        item = line.item
        if line.type in MARKS:
            digest = blake2b(_ENCODER.encode(item), digest_size=8).digest()
            self.marks.append(Mark(line.number, digest, isinstance(item, TokenCount)))
        if isinstance(item, TokenCount):
            self._count(item, line.number, line.ordinal, line.timestamp)
        elif isinstance(item, UserMessage):
            self._boundaries.user_speaks()
        elif isinstance(item, TurnContext):
            self._model = item.model
        elif isinstance(item, TokenUsageRecord):
            self._record(item, line)
        elif isinstance(item, SessionMeta):
            self._header(item, line.number)

    def mend(self, defect: Defect, data: bytes) -> None:
        """Take what a line tells that is no item, given with its text.  [SESSION-USAGE-8]"""
        told = told_by(defect, data)
        if isinstance(told, str):
            self._model = told
        elif told is not None:
            self._add(defect.number, told.ordinal, told.total, None, told.timestamp, limits=told.limits)

    def _look_for_own(self, line: Line) -> None:
        start = self.meta.subagent_history_start_ordinal if self.meta else None
        if self.own_from is None and start is not None and line.ordinal is not None and line.ordinal >= start:
            self.own_from = line.number

    def _header(self, meta: SessionMeta, line: int) -> None:
        if self.meta is None:
            self.meta = meta
            self._boundaries = Boundaries(restarting=_restarts(meta.cli_version))
        elif meta.id != self.meta.id:
            self.foreign.append((line, str(meta.id)))

    def _record(self, item: TokenUsageRecord, line: Line) -> None:
        record = Record(
            line=line.number,
            thread_id=str(item.thread_id),
            tokens=Tokens.of(item.usage),
            model=self._model,
            day=day_of(line.timestamp),
        )
        self.records.append(record)

    def _count(self, item: TokenCount, line: int, ordinal: int | None, timestamp: str) -> None:
        if item.info is None:
            self._boundaries.without_info()
            return
        last = item.info.last_token_usage
        total = item.info.total_token_usage
        self._add(line, ordinal, total, last, timestamp, limits=item.rate_limits is not None)

    def _add(
        self,
        line: int,
        ordinal: int | None,
        total: TokenCounts,
        last: TokenCounts | None,
        timestamp: str,
        *,
        limits: bool,
    ) -> None:
        count = Count(
            line=line,
            ordinal=ordinal,
            total=Tokens.of(total),
            last=Tokens.of(last) if last else None,
            may_restart=self._boundaries.at_count(limits=limits),
            model=self._model,
            day=day_of(timestamp),
        )
        self.counts.append(count)


def day_of(timestamp: str) -> str | None:
    """Return the day of a timestamp in UTC, `YYYY-MM-DD`; None if it is no time.  [SESSION-USAGE-15]"""
    if _TIME.fullmatch(timestamp) is None:
        return None
    try:
        time = datetime.fromisoformat(timestamp)
        return (time if time.tzinfo is None else time.astimezone(UTC)).date().isoformat()
    except (ValueError, OverflowError):
        return None


def _restarts(version: str) -> bool:
    """Tell whether a version counts each process from zero.  [SESSION-USAGE-6]"""
    match = _VERSION.match(version)
    if match is None:
        return False
    number = (int(match[1]), int(match[2]))
    return number != DEVELOPMENT and number < COUNTER_IS_KEPT
