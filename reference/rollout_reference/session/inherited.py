"""The history of a paginated fork: the beginning of another thread's, then its own lines.

[SESSION-FORK-8 to 10]
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rollout_reference.errors import Place
from rollout_reference.session.errors import BaseCycle, BaseMissing, BaseTooShort, SessionRejected
from rollout_reference.session.lines import Line
from rollout_reference.session.names import ARCHIVED, SESSIONS, logical_path, parse_name
from rollout_reference.session.reading.loaded import Operation, Rollout, check_mode, load


def load_lineage(path: Path | str, home: Path | None, operation: Operation) -> Rollout:
    """Read a rollout together with what it inherits from other threads of its home, if it has one.

    Its own header comes first, then the lines of its base, then its own.  Raises what `load`
    raises, and `BaseMissing`, `BaseCycle` and `BaseTooShort`.
    """
    own = load(path)
    check_mode(own, operation)
    if own.meta.history_base is None:
        return own
    bases = _bases(own, home)
    lines = [own.header]
    for base, end in reversed(bases):
        lines += _before(base.lines, end)
    lines += (line for line in own.lines if line is not own.header)
    return Rollout(own.path, lines, own.header, own.diagnostics, own.defects)


def _bases(own: Rollout, home: Path | None) -> list[tuple[Rollout, int]]:
    """Return the threads that a thread inherits from, the nearest first, each with its end.

    The end is the ordinal of the first line that is not inherited.
    """
    bases: list[tuple[Rollout, int]] = []
    named: dict[str, set[Path]] | None = None
    seen = {own.thread_id}
    last = own
    while (base := last.meta.history_base) is not None:
        thread_id = str(base.thread_id)
        place = Place(last.path.name, last.header.number)
        if thread_id in seen:
            raise BaseCycle(thread_id, place=place)  # SESSION-FORK-10
        if named is None:
            named = _by_name(home) if home else {}
        found = _find(named.get(thread_id, set()), thread_id)
        if found is None:
            raise BaseMissing(thread_id, place=place)  # SESSION-FORK-9
        following = found.diagnostics.ordinals.next if found.diagnostics.ordinals else None
        if following is None or following < base.end_ordinal_exclusive:
            raise BaseTooShort(thread_id, int(base.end_ordinal_exclusive), place=place)  # SESSION-FORK-9
        end = min(int(base.end_ordinal_exclusive), bases[-1][1] if bases else 2**64)
        bases.append((found, end))
        seen.add(thread_id)
        last = found
    return bases


def _before(lines: list[Line], end: int) -> Iterator[Line]:
    """Yield the lines up to the first whose ordinal is not before an end.  [SESSION-FORK-8]"""
    for line in lines:
        if line.ordinal is not None and line.ordinal >= end:
            return
        yield line


def _find(candidates: set[Path], thread_id: str) -> Rollout | None:
    """Return the rollout of a thread out of those whose names tell it; its own header decides."""
    for path in sorted(candidates):
        try:
            rollout = load(path)
        except SessionRejected:
            continue
        if rollout.thread_id == thread_id:
            return rollout
    return None


def _by_name(home: Path) -> dict[str, set[Path]]:
    """Return the plain paths of a home by the thread that their name tells, without later segments."""
    named = defaultdict[str, set[Path]](set)
    for folder in (SESSIONS, ARCHIVED):
        for root, _, names in os.walk(home / folder):
            for name in names:
                parsed = parse_name(name)
                if parsed and parsed.segment_id is None:
                    named[parsed.thread_id].add(logical_path(Path(root, name)))
    return named
