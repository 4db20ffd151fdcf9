"""Where the rollouts of a home lie, and what is known of them without opening them."""

import os
from operator import attrgetter
from pathlib import Path

from msgspec import Struct

from rollout_reference.session.names import ARCHIVED, COLD_SUFFIX, SESSIONS, is_rollout_name

State = tuple[int, int, int]
"""Size, time of modification in nanoseconds, and inode: another one means that a file changed."""


class Found(Struct, frozen=True, gc=False):
    """A rollout; name and path are the plain ones, whichever form is there."""

    name: str
    plain: str
    state: State

    @property
    def path(self) -> Path:
        """Return the plain path."""
        return Path(self.plain)

    @property
    def modified_ms(self) -> int:
        """Return when the file last changed, in whole milliseconds since 1970-01-01 UTC."""
        return self.state[1] // 1_000_000


def rollouts(home: Path, *, archived: bool) -> list[Found]:
    """Return the rollouts of a home in order of their names; links are not followed.

    Raises `OSError` if a folder cannot be listed.  [SESSION-THREADS-5]
    """
    found: dict[str, Found] = {}
    folder = home / (ARCHIVED if archived else SESSIONS)
    pending = [os.fspath(folder)] if folder.is_dir() and not folder.is_symlink() else []
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if is_rollout_name(entry.name) and entry.is_file(follow_symlinks=False):
                    _take(found, entry)
                elif entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
    return sorted(found.values(), key=attrgetter("name", "plain"))


def _take(found: dict[str, Found], entry: "os.DirEntry[str]") -> None:
    """Take a file; of both forms of a rollout the plain one, as a reader does.  [SESSION-FILE-8]"""
    name, plain = entry.name, entry.path
    if name.endswith(COLD_SUFFIX):
        name, plain = name.removesuffix(COLD_SUFFIX), plain.removesuffix(COLD_SUFFIX)
        if plain in found:
            return
    try:
        facts = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # frozen, thawed or moved meanwhile
    found[plain] = Found(name, plain, (facts.st_size, facts.st_mtime_ns, facts.st_ino))
