"""The usage of a thread and of a home: three numbers, each with the lines that prove it.

[SESSION-USAGE-1 to 3, SESSION-USAGE-15, SESSION-USAGE-16]
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.names import logical_path, parse_name
from rollout_reference.session.usage import home as homes
from rollout_reference.session.usage.counters import growths
from rollout_reference.session.usage.lineage import Inherited, Kind, Lineage
from rollout_reference.session.usage.records import Growth, Spent, own_records, spending
from rollout_reference.session.usage.tally import Tally, tally
from rollout_reference.session.usage.tokens import NONE, Tokens


class Proof(Struct, frozen=True):
    """Lines of a rollout that tell a number; the file as a path from the home, in its plain form."""

    file: str
    lines: list[int]


class Counter(Struct, frozen=True):
    """The last total of a thread, as the CLI shows it for the thread."""

    tokens: Tokens
    proof: list[Proof]


class Begun(Struct, frozen=True):
    """What another thread brought; no tokens where that cannot be told."""

    kind: Kind
    thread_id: str | None
    tokens: Tokens | None
    proof: list[Proof]


class Own(Struct, frozen=True):
    """What the counter grew by in the thread itself; no tokens where that cannot be told."""

    tokens: Tokens | None
    proof: list[Proof]


class Recorded(Struct, frozen=True):
    """What is known to be spent, and whether it may have been more."""

    tokens: Tokens
    lower_bound: bool
    proof: list[Proof]


class OfModel(Struct, frozen=True):
    """What was spent on a model, null where no line names one."""

    model: str | None
    tokens: Tokens


class OfDay(Struct, frozen=True):
    """What was spent on a day in UTC, null where no time is told."""

    day: str | None
    tokens: Tokens


class ThreadUsage(Struct, frozen=True):
    """What one thread used."""

    thread_id: str
    file: str
    counter: Counter
    inherited: Begun
    own: Own
    recorded: Recorded
    by_model: list[OfModel]
    by_day: list[OfDay]


class Unread(Struct, frozen=True):
    """A file that is not in the sums, and why."""

    file: str
    why: str


class Sum(Struct, frozen=True):
    """A sum over threads, and whether it may have been more."""

    tokens: Tokens
    lower_bound: bool


class HomeUsage(Struct, frozen=True):
    """What the threads of a home used.  The sum of counters counts what is inherited every time."""

    counters: Tokens
    own: Sum
    recorded: Sum
    by_model: list[OfModel]
    by_day: list[OfDay]
    threads: list[ThreadUsage]
    not_counted: list[Unread]


class _Counted(Struct, frozen=True):
    usage: ThreadUsage
    spent: list[Spent]


def usage_of(path: Path | str, home: Path | None = None) -> HomeUsage:
    """Return the usage of one rollout; what it inherits is looked up in its home.

    The path lies below the home, if one is given.  Raises `SessionRejected`.
    """
    thread = tally(Path(path))
    lineage = Lineage(homes.ByName(home).find if home else _nowhere)
    return _sum_up([_count(thread, lineage, home)], [])


def usage_of_home(home: Path | str) -> HomeUsage:
    """Return the usage of all rollouts of a home, by thread id; every file is read once."""
    home = Path(home)
    threads: dict[str, Tally] = {}
    unread: list[Unread] = []
    for path in homes.rollouts(home):
        name = _name(path, home)
        try:
            thread = tally(path)
        except SessionRejected as rejection:
            unread.append(Unread(name, rejection.code))  # SESSION-USAGE-16
            continue
        why = _not_counted(thread, threads)
        if why is None:
            threads[thread.thread_id] = thread
        else:
            unread.append(Unread(name, why))
    lineage = Lineage(threads.get)
    counted = [_count(threads[thread_id], lineage, home) for thread_id in sorted(threads)]
    return _sum_up(counted, unread)


def _nowhere(thread_id: str) -> None:
    """Find no thread: there is no home."""


def _not_counted(thread: Tally, threads: dict[str, Tally]) -> Literal["segment", "same_thread"] | None:
    """Tell why a rollout that can be read is left out.  [SESSION-USAGE-2]"""
    parsed = parse_name(thread.path.name)
    if parsed is not None and parsed.segment_id is not None:
        return "segment"
    return "same_thread" if thread.thread_id in threads else None


def _count(thread: Tally, lineage: Lineage, home: Path | None) -> _Counted:
    begun = lineage.of(thread)
    name = _name(thread.path, home)
    known = begun.known or not thread.counts  # SESSION-USAGE-13
    grown = list(_growths(thread, begun)) if known else []
    spent = list(spending(own_records(thread, begun.own_from), grown))
    last = thread.counts[-1] if thread.counts else None  # SESSION-USAGE-3
    usage = ThreadUsage(
        thread_id=thread.thread_id,
        file=name,
        counter=Counter(last.total if last else NONE, _proof(name, [last.line] if last else [])),
        inherited=Begun(
            begun.kind,
            begun.thread_id,
            begun.tokens if known else None,
            _proof(_name(begun.source.path, home), [begun.line]) if begun.source and begun.line else [],
        ),
        own=Own(
            _total(growth for _, growth in grown) if known else None,
            _proof(name, [count.line for count, _ in grown]),
        ),
        recorded=Recorded(
            _total(part.tokens for part in spent),
            not (known and spent and all(part.recorded for part in spent)),  # SESSION-USAGE-14
            _proof(name, [part.line for part in spent]),
        ),
        by_model=_by_model(spent),
        by_day=_by_day(spent),
    )
    return _Counted(usage, spent)


def _growths(thread: Tally, begun: Inherited) -> Iterable[Growth]:
    """Return what the counter grew by in the thread's own lines.  [SESSION-USAGE-9]"""
    own = (count for count in thread.counts if count.line >= begun.own_from)
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


def _name(path: Path, home: Path | None) -> str:
    """Return the plain path from the home.  [SESSION-USAGE-1]"""
    plain = logical_path(path)
    return plain.relative_to(home).as_posix() if home else plain.name
