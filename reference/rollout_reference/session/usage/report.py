"""The usage of a thread and of a home, put together from what is counted in each segment.

[SESSION-USAGE-2, SESSION-USAGE-3, SESSION-USAGE-15, SESSION-USAGE-16, SESSION-USAGE-18]
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.names import logical_path
from rollout_reference.session.usage import home as homes
from rollout_reference.session.usage.answer import (
    Begun,
    Counter,
    HomeUsage,
    OfDay,
    OfModel,
    Own,
    Proof,
    Recorded,
    Sum,
    ThreadUsage,
    Unread,
)
from rollout_reference.session.usage.counters import growths
from rollout_reference.session.usage.lineage import Inherited, Lineage
from rollout_reference.session.usage.records import Growth, Spent, own_records, spending
from rollout_reference.session.usage.tally import Tally, tally
from rollout_reference.session.usage.tokens import NONE, Tokens

SAME_SEGMENT = "same_segment"
"""Why a file is left out that another one of the same segment speaks for."""


class _Part(Struct, frozen=True):
    """What is counted in one segment of a thread."""

    file: str
    begun: Inherited
    known: bool
    """Whether its own spend can be told."""
    grown: list[Growth]
    spent: list[Spent]


class _Counted(Struct, frozen=True):
    usage: ThreadUsage
    spent: list[Spent]


def usage_of(path: Path | str, home: Path | None = None) -> HomeUsage:
    """Return the usage of one rollout, without other segments of its thread.

    What it inherits is looked up in its home; the path lies below that, if one is given.
    Raises `SessionRejected`.
    """
    segment = tally(Path(path))
    lineage = Lineage(homes.ByName(home).find if home else _nowhere)
    return _sum_up([_count([segment], lineage, home)], [])


def usage_of_home(home: Path | str) -> HomeUsage:
    """Return the usage of all rollouts of a home, by thread id; every file is read once."""
    home = Path(home)
    segments: dict[tuple[str, int], Tally] = {}
    unread: list[Unread] = []
    for path in homes.rollouts(home):
        name = _name(path, home)
        try:
            segment = tally(path)
        except SessionRejected as rejection:
            unread.append(Unread(name, rejection.code))  # SESSION-USAGE-16
            continue
        if segments.setdefault((segment.thread_id, segment.age), segment) is not segment:
            unread.append(Unread(name, SAME_SEGMENT))  # SESSION-USAGE-2
    threads = homes.by_thread(segments.values())
    lineage = Lineage(homes.by_segment_id(segments.values()).get)
    counted = [_count(threads[thread_id], lineage, home) for thread_id in sorted(threads)]
    return _sum_up(counted, unread)


def _nowhere(segment_id: str) -> None:
    """Find no segment: there is no home."""


def _count(segments: Sequence[Tally], lineage: Lineage, home: Path | None) -> _Counted:
    """Count a thread by its segments, the oldest first.  [SESSION-USAGE-18]"""
    parts = [_part(segment, lineage, home) for segment in segments]
    known = all(part.known for part in parts)  # SESSION-USAGE-13
    spent = [each for part in parts for each in part.spent]
    usage = ThreadUsage(
        thread_id=segments[-1].thread_id,
        file=parts[-1].file,
        counter=_counter(segments[-1], parts[-1], home),
        inherited=_begun(parts[0], home),
        own=Own(
            _total(growth for part in parts for _, growth in part.grown) if known else None,
            _proofs((part.file, [count.line for count, _ in part.grown]) for part in parts if known),
        ),
        recorded=Recorded(
            _total(each.tokens for each in spent),
            not (known and spent and all(each.recorded for each in spent)),  # SESSION-USAGE-14
            _proofs((part.file, [each.line for each in part.spent]) for part in parts),
        ),
        by_model=_by_model(spent),
        by_day=_by_day(spent),
    )
    return _Counted(usage, spent)


def _part(segment: Tally, lineage: Lineage, home: Path | None) -> _Part:
    begun = lineage.of(segment)
    known = begun.known or not segment.counts  # SESSION-USAGE-13
    grown = list(_growths(segment, begun)) if known else []
    spent = list(spending(own_records(segment, begun.own_from), grown))
    return _Part(_name(segment.path, home), begun, known, grown, spent)


def _counter(current: Tally, part: _Part, home: Path | None) -> Counter:
    """Return the last total of the current segment, or the one that it begins with.  [SESSION-USAGE-3]"""
    if not current.counts:
        return Counter(part.begun.tokens, _proof_of(part.begun, home))
    last = current.counts[-1]
    return Counter(last.total, _proof(part.file, [last.line]))


def _begun(oldest: _Part, home: Path | None) -> Begun:
    """Return what a thread inherits: what its oldest segment does.  [SESSION-USAGE-18]"""
    begun = oldest.begun
    tokens = begun.tokens if oldest.known else None
    return Begun(begun.kind, begun.thread_id, tokens, _proof_of(begun, home))


def _proof_of(begun: Inherited, home: Path | None) -> list[Proof]:
    if begun.source is None or begun.line is None:
        return []
    return _proof(_name(begun.source.path, home), [begun.line])


def _growths(segment: Tally, begun: Inherited) -> Iterable[Growth]:
    """Return what the counter grew by in a segment's own lines.  [SESSION-USAGE-9]"""
    own = (count for count in segment.counts if count.line >= begun.own_from)
    return growths(own, begun.tokens)


def _sum_up(counted: Sequence[_Counted], unread: list[Unread]) -> HomeUsage:
    threads = [each.usage for each in counted]
    spent = [part for each in counted for part in each.spent]
    return HomeUsage(
        counters=_total(thread.counter.tokens for thread in threads),
        own=Sum(
            _total(thread.own.tokens for thread in threads if thread.own.tokens is not None),
            bool(unread) or any(thread.own.tokens is None for thread in threads),
        ),
        recorded=Sum(
            _total(thread.recorded.tokens for thread in threads),
            bool(unread) or any(thread.recorded.lower_bound for thread in threads),
        ),
        by_model=_by_model(spent),
        by_day=_by_day(spent),
        threads=threads,
        not_counted=unread,
    )


def _by_model(spent: Iterable[Spent]) -> list[OfModel]:
    return [OfModel(model, tokens) for model, tokens in _grouped((part.model, part.tokens) for part in spent)]


def _by_day(spent: Iterable[Spent]) -> list[OfDay]:
    return [OfDay(day, tokens) for day, tokens in _grouped((part.day, part.tokens) for part in spent)]


def _grouped(parts: Iterable[tuple[str | None, Tokens]]) -> list[tuple[str | None, Tokens]]:
    """Return the sums by name, in the order of the names, the unnamed last.  [SESSION-USAGE-15]"""
    sums: dict[str | None, Tokens] = {}
    for name, tokens in parts:
        sums[name] = sums.get(name, NONE) + tokens
    return sorted(sums.items(), key=lambda each: (each[0] is None, each[0] or ""))


def _total(parts: Iterable[Tokens]) -> Tokens:
    return sum(parts, NONE)


def _proof(file: str, lines: list[int]) -> list[Proof]:
    return [Proof(file, lines)] if lines else []


def _proofs(told: Iterable[tuple[str, list[int]]]) -> list[Proof]:
    return [proof for file, lines in told for proof in _proof(file, lines)]


def _name(path: Path, home: Path | None) -> str:
    """Return the plain path from the home.  [SESSION-USAGE-1]"""
    plain = logical_path(path)
    return plain.relative_to(home).as_posix() if home else plain.name
