"""The rollouts of a home that usage looks at, by thread and by segment.  [SESSION-USAGE-2]"""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.names import (
    ARCHIVED,
    FIRST,
    SESSIONS,
    age,
    is_rollout_name,
    logical_path,
    parse_name,
)
from rollout_reference.session.usage.tally import Tally, tally


def rollouts(home: Path) -> list[Path]:
    """Return the plain paths of all rollouts of a home, the active ones first, each once."""
    return [path for folder in (SESSIONS, ARCHIVED) for path in sorted(_below(home / folder))]


def by_thread(segments: Iterable[Tally]) -> dict[str, list[Tally]]:
    """Return the segments of each thread, the oldest first.  [SESSION-USAGE-18]"""
    found = defaultdict[str, list[Tally]](list)
    for segment in sorted(segments, key=lambda each: each.age):
        found[segment.thread_id].append(segment)
    return found


def by_segment_id(segments: Iterable[Tally]) -> dict[str, Tally]:
    """Return segments by their id; a first one comes before later ones.  [SESSION-SEGMENT-2]"""
    found: dict[str, Tally] = {}
    for segment in sorted(segments, key=lambda each: each.is_later):
        found.setdefault(segment.segment_id, segment)
    return found


class ByName:
    """Finds segments of a home one by one, looking into the files only whose names tell their id."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._paths: dict[str, list[Path]] | None = None

    def find(self, segment_id: str) -> Tally | None:
        """Return a segment; of a first one the header decides, too; the first of several counts."""
        if self._paths is None:
            self._paths = _by_name(rollouts(self._home))
        for path in self._paths.get(segment_id, ()):
            try:
                found = tally(path)
            except SessionRejected:
                continue
            if found.segment_id == segment_id:
                return found
        return None


def _by_name(paths: list[Path]) -> dict[str, list[Path]]:
    """Return paths by the segment id that their names tell, first segments before later ones."""
    found = defaultdict[str, list[Path]](list)
    for path in sorted(paths, key=lambda path: age(path.name) > FIRST):
        name = parse_name(path.name)
        if name is not None:
            found[name.segment_id or name.thread_id].append(path)
    return found


def _below(folder: Path) -> set[Path]:
    return {
        logical_path(Path(root, name))
        for root, _, names in os.walk(folder)
        for name in names
        if is_rollout_name(name)
    }
