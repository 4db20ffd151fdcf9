"""Where the rollouts of a home lie, and what is known of them without opening them."""

import os
from operator import attrgetter
from pathlib import Path

from msgspec import Struct

from rollout_reference.session.names import ARCHIVED, COLD_SUFFIX, SESSIONS, is_rollout_name

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
"""How a folder is opened: as one, and not by a link."""

State = tuple[int, int, int]
"""Size, time of modification in nanoseconds, and inode: another one means that a file changed."""


class Found(Struct, frozen=True, gc=False):
    """A rollout; name and path are the plain ones, whichever form is there."""

    folder: str
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
        path = pending.pop()
        handle = os.open(path, _FOLDER)  # stating a file by its folder's handle resolves no path
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    if is_rollout_name(entry.name) and entry.is_file(follow_symlinks=False):
                        _take(found, path, entry)
                    elif entry.is_dir(follow_symlinks=False):
                        pending.append(f"{path}/{entry.name}")
        finally:
            os.close(handle)
    return sorted(sorted(found.values(), key=attrgetter("plain")), key=attrgetter("name"))


def _take(found: dict[str, Found], folder: str, entry: "os.DirEntry[str]") -> None:
    """Take a file; of both forms of a rollout the plain one, as a reader does.  [SESSION-FILE-8]"""
    name = entry.name
    is_cold = name.endswith(COLD_SUFFIX)
    if is_cold:
        name = name.removesuffix(COLD_SUFFIX)
    plain = f"{folder}/{name}"
    if is_cold and plain in found:
        return
    try:
        facts = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # frozen, thawed or moved meanwhile
    found[plain] = Found(folder, name, plain, (facts.st_size, facts.st_mtime_ns, facts.st_ino))
