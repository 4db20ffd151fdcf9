"""The lines of a rollout that inherits from others of its home: theirs up to a point, then its own.

[SESSION-FORK-8 to 10, SESSION-SEGMENT-1 to 3]
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from rollout_reference.errors import Place
from rollout_reference.session.errors import BaseCycle, BaseMissing, BaseTooShort, SessionRejected
from rollout_reference.session.lines import Line
from rollout_reference.session.names import ARCHIVED, SESSIONS, logical_path, parse_name, segment_id_of
from rollout_reference.session.reading.loaded import Opened, Operation, Rollout, check_mode, load, passing


def load_lineage(path: Path | str, home: Path | None, operation: Operation) -> Rollout:
    """Read a rollout together with what it inherits from other files of its home, if it has one.

    Its own header comes first, then the lines of its base, then its own.  Raises what `load`
    raises, and `BaseMissing`, `BaseCycle` and `BaseTooShort`.
    """
    own = load(path, operation)
    if own.meta.history_base is None:
        return own
    bases = _bases(own, home)
    lines = [own.header]
    for base, end in reversed(bases):
        lines += _before(base.lines, end)
    lines += (line for line in own.lines if line is not own.header)
    headers = [base.header for base, _ in bases]
    return structs.replace(own, lines=lines, inherited=headers)


@contextmanager
def passing_lineage(path: Path | str, home: Path | None, operation: Operation) -> Iterator[Opened]:
    """Give the same rollout, whose lines may be looked at only once: they are not held if none is inherited.

    Raises what `load_lineage` raises; whatever was made of the lines until then is of no use.
    """
    with passing(path) as own:
        if own.meta.history_base is None:
            yield own
            check_mode(own, operation)
            return
    yield load_lineage(path, home, operation)


def segment_id(rollout: Rollout) -> str:
    """Return the id that others name a rollout by when they inherit from it.  [SESSION-SEGMENT-1]"""
    return segment_id_of(rollout.path.name, rollout.thread_id)


def _bases(own: Rollout, home: Path | None) -> list[tuple[Rollout, int]]:
    """Return the rollouts that one inherits from, the nearest first, each with its end.

    The end is the ordinal of the first line that is not inherited.
    """
    bases: list[tuple[Rollout, int]] = []
    named: dict[str, set[Path]] | None = None
    seen = {segment_id(own)}
    last = own
    while (base := last.meta.history_base) is not None:
        segment = str(base.thread_id)  # SESSION-SEGMENT-2
        place = Place(last.path.name, last.header.number)
        if segment in seen:
            raise BaseCycle(segment, place=place)  # SESSION-FORK-10
        if named is None:
            named = _by_id(home) if home else {}
        found = _find(named.get(segment, set()), segment)
        if found is None:
            raise BaseMissing(segment, place=place)  # SESSION-FORK-9
        following = found.diagnostics.ordinals.next if found.diagnostics.ordinals else None
        if following is None or following < base.end_ordinal_exclusive:
            raise BaseTooShort(segment, int(base.end_ordinal_exclusive), place=place)  # SESSION-FORK-9
        end = min(int(base.end_ordinal_exclusive), bases[-1][1] if bases else 2**64)
        bases.append((found, end))
        seen.add(segment)
        last = found
    return bases


def _before(lines: list[Line], end: int) -> Iterator[Line]:
    """Yield the lines up to the first whose ordinal is not before an end.

    Where that stands in the file is not looked up: bytes may have changed.
    [SESSION-FORK-8, SESSION-SEGMENT-3]
    """
    for line in lines:
        if line.ordinal is not None and line.ordinal >= end:
            return
        yield line


def _find(candidates: set[Path], segment: str) -> Rollout | None:
    """Return a segment out of the files whose names tell it, of a first one if its header does too."""
    for path in sorted(candidates, key=_first_segments_first):
        try:
            rollout = load(path)
        except SessionRejected:
            continue
        if segment_id(rollout) == segment:
            return rollout
    return None


def _first_segments_first(path: Path) -> tuple[bool, Path]:
    named = parse_name(path.name)
    return named is not None and named.segment_id is not None, path


def _by_id(home: Path) -> dict[str, set[Path]]:
    """Return the plain paths of a home by the segment that their name tells.  [SESSION-SEGMENT-1]"""
    named = defaultdict[str, set[Path]](set)
    for folder in (SESSIONS, ARCHIVED):
        for root, _, names in os.walk(home / folder):
            for name in names:
                parsed = parse_name(name)
                if parsed:
                    named[parsed.segment_id or parsed.thread_id].add(logical_path(Path(root, name)))
    return named
