"""Which rollouts of a home belong to some of its threads: found for all of them in one walk.

[SESSION-THREADS-15, SESSION-THREADS-21]
"""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from rollout_reference.session.errors import NotARollout
from rollout_reference.session.names import ARCHIVED, SESSIONS, parse_name
from rollout_reference.session.reading.loaded import load
from rollout_reference.session.storage.filesystem import FileSystem
from rollout_reference.session.threads.head_scan import scan_head
from rollout_reference.session.threads.lookup import files_of
from rollout_reference.session.threads.places import Found, rollouts

_ID = re.compile(r"(?=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))")


class Belongings:
    """The rollouts of threads, active and archived ones unless one kind is asked for.

    Raises `NotARollout` if something else than a file has the name of one of the threads.
    """

    def __init__(
        self, home: Path, threads: Collection[str], files: FileSystem, archived: bool | None = None
    ) -> None:
        self._kinds: list[defaultdict[str, list[Found]]] = []
        for kind in (False, True) if archived is None else (archived,):
            _refuse_others(home / (ARCHIVED if kind else SESSIONS), threads, files)
            candidates = defaultdict[str, list[Found]](list)
            for each in rollouts(home, archived=kind):
                for thread in set(_told(each)).intersection(threads):
                    candidates[thread].append(each)
            self._kinds.append(candidates)

    def paths(self, thread: str) -> list[Path]:
        """Return the rollouts of a thread.

        Raises what reading raises if a file that is named like the thread cannot be read.
        """
        found = [
            each.path for candidates in self._kinds for each in files_of(candidates.get(thread, []), thread)
        ]
        for path in found:
            if scan_head(path) is None:
                load(path)
        return found


def _told(rollout: Found) -> Iterator[str]:
    """Yield the threads that name or header of a rollout tell."""
    yield from _ID.findall(rollout.name.lower())
    metadata = scan_head(rollout.path)
    if metadata is not None:
        yield metadata.id


def _refuse_others(folder: Path, threads: Collection[str], files: FileSystem) -> None:
    for root, folders, names in os.walk(folder):
        for name in (*folders, *names):
            told = parse_name(name)
            if told is None or told.thread_id not in threads:
                continue
            facts = files.facts(Path(root, name))
            if facts is not None and facts.kind != "file":
                raise NotARollout(name)
