"""The rollouts of a home that usage looks at.  [SESSION-USAGE-2]"""

import os
from pathlib import Path

from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.names import ARCHIVED, SESSIONS, is_rollout_name, logical_path, parse_name
from rollout_reference.session.usage.tally import Tally, tally


def rollouts(home: Path) -> list[Path]:
    """Return the plain paths of all rollouts of a home, the active ones first, each once."""
    return [path for folder in (SESSIONS, ARCHIVED) for path in sorted(_below(home / folder))]


class ByName:
    """Finds rollouts of a home one by one, looking into the files of a thread's name only."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._paths: dict[str, list[Path]] | None = None

    def find(self, thread_id: str) -> Tally | None:
        """Return the rollout of a thread; its header decides, the first of several counts."""
        if self._paths is None:
            self._paths = _by_thread(rollouts(self._home))
        for path in self._paths.get(thread_id, ()):
            try:
                found = tally(path)
            except SessionRejected:
                continue
            if found.thread_id == thread_id:
                return found
        return None


def _by_thread(paths: list[Path]) -> dict[str, list[Path]]:
    """Return paths by the thread that their names name, without later segments."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        name = parse_name(path.name)
        if name is not None and name.segment_id is None:
            found.setdefault(name.thread_id, []).append(path)
    return found


def _below(folder: Path) -> set[Path]:
    return {
        logical_path(Path(root, name))
        for root, _, names in os.walk(folder)
        for name in names
        if is_rollout_name(name)
    }
