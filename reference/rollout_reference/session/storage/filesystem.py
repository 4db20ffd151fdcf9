"""The few things that storage does to a file system, behind one interface.

Everything else of this package decides; only here is something touched.  So one code runs on a real
disk and on a simulated one, which can stop it between any two of these calls.
"""

import errno
import fcntl
import itertools
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

POLL_SECONDS = 0.005
"""How long to wait before a lock is tried again."""

Kind = Literal["file", "folder", "other"]
"""What a directory entry is; a symbolic link is `other`, whatever it points to.  [SESSION-STORE-3]"""

_numbers = itertools.count()
_HARD_LINKS_MISSING = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_READ_WRITE = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Facts(Struct, frozen=True):
    """What is known of a file without reading it; times in nanoseconds since 1970-01-01 UTC."""

    kind: Kind
    file_id: tuple[int, int]
    """Tells the file from every other one, whatever its names."""
    size: int
    mode: int
    """The permission bits."""
    mtime_ns: int
    ctime_ns: int


class FileSystem(Protocol):
    """The primitive operations; each may raise `OSError`.  A handle is a small number."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and the missing ones above it; one that is there is fine."""

    def entries(self, folder: Path) -> Iterator[tuple[str, Kind]]:
        """Yield names and kinds of what a folder holds, in any order."""

    def facts(self, path: Path) -> Facts | None:
        """Return the facts of what a path names, None if nothing; a link is not followed."""

    def facts_of(self, handle: int) -> Facts:
        """Return the facts of an open file."""

    def open_to_read(self, path: Path) -> int:
        """Open a file that is there; a link is an error."""

    def open_to_append(self, path: Path) -> int:
        """Open a file that is there to be read and appended to; a link is an error."""

    def create(self, path: Path, mode: int) -> int:
        """Make a file that is not there and open it to be read and written."""

    def open_lock(self, path: Path) -> int:
        """Open a lock file, made if it is not there."""

    def open_old_lock(self, path: Path) -> int | None:
        """Open a lock file, None if it is not there."""

    def close(self, handle: int) -> None:
        """Close a handle; the lock that was taken through it is gone."""

    def read(self, handle: int, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from a place on; none at the end only."""

    def write(self, handle: int, data: bytes) -> None:
        """Write all bytes: after the last write or, if opened to append, at the end."""

    def sync(self, handle: int) -> None:
        """Return when content and attributes of a file outlast a loss of power."""

    def sync_folder(self, path: Path) -> None:
        """Return when the entries of a folder outlast a loss of power."""

    def set_attributes(self, handle: int, *, mode: int, mtime_ns: int | None) -> None:
        """Give a file its permission bits and, unless None, its time of modification."""

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name that nothing has yet: `FileExistsError`.

        Where there are no hard links the first name is lost.
        """

    def unlink(self, path: Path) -> None:
        """Take a name away; one that is not there is fine."""

    def lock(self, handle: int, wait_s: float) -> bool:
        """Take the exclusive advisory lock of an open file; False if it stays taken for so long."""

    def pause(self, seconds: float) -> None:
        """Let others go on."""

    def unique(self) -> str:
        """Return a text for a file name that nobody else on this machine uses now."""


class RealFiles:
    """The file system of the machine: POSIX, local (`flock` of a network file system may mean nothing)."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and the missing ones above it."""
        path.mkdir(parents=True, exist_ok=True)

    def entries(self, folder: Path) -> Iterator[tuple[str, Kind]]:
        """Yield names and kinds of what a folder holds."""
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_file(follow_symlinks=False):
                    yield entry.name, "file"
                else:
                    yield entry.name, "folder" if entry.is_dir(follow_symlinks=False) else "other"

    def facts(self, path: Path) -> Facts | None:
        """Return the facts of what a path names."""
        try:
            return _facts(os.lstat(path))
        except FileNotFoundError:
            return None

    def facts_of(self, handle: int) -> Facts:
        """Return the facts of an open file."""
        return _facts(os.fstat(handle))

    def open_to_read(self, path: Path) -> int:
        """Open a file that is there."""
        return os.open(path, _READ)

    def open_to_append(self, path: Path) -> int:
        """Open a file that is there to be read and appended to."""
        return os.open(path, _READ_WRITE | os.O_APPEND)

    def create(self, path: Path, mode: int) -> int:
        """Make a file that is not there."""
        return os.open(path, _READ_WRITE | os.O_CREAT | os.O_EXCL, mode)

    def open_lock(self, path: Path) -> int:
        """Open a lock file, made if it is not there."""
        return os.open(path, _READ_WRITE | os.O_CREAT, 0o666)

    def open_old_lock(self, path: Path) -> int | None:
        """Open a lock file, None if it is not there."""
        try:
            return os.open(path, _READ_WRITE)
        except FileNotFoundError:
            return None

    def close(self, handle: int) -> None:
        """Close a handle."""
        os.close(handle)

    def read(self, handle: int, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from a place on."""
        return os.pread(handle, size, offset)

    def write(self, handle: int, data: bytes) -> None:
        """Write all bytes, however often the system takes only some."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def sync(self, handle: int) -> None:
        """Return when a file outlasts a loss of power."""
        full = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync alone leaves it in the drive's cache
        if full is not None:
            fcntl.fcntl(handle, full)
        else:
            os.fsync(handle)

    def sync_folder(self, path: Path) -> None:
        """Return when the entries of a folder outlast a loss of power."""
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            self.sync(handle)
        finally:
            os.close(handle)

    def set_attributes(self, handle: int, *, mode: int, mtime_ns: int | None) -> None:
        """Give a file its permission bits and its time of modification."""
        os.fchmod(handle, mode)
        if mtime_ns is not None:
            os.utime(handle, ns=(os.fstat(handle).st_atime_ns, mtime_ns))

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name that nothing has yet."""
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _HARD_LINKS_MISSING:
                raise
            # Nobody else makes the target meanwhile: whoever publishes holds the lock of the thread.
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            os.rename(source, target)

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        path.unlink(missing_ok=True)

    def lock(self, handle: int, wait_s: float) -> bool:
        """Take the exclusive advisory lock of an open file."""
        end = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                self.pause(POLL_SECONDS)
            else:
                return True

    def pause(self, seconds: float) -> None:
        """Let others go on."""
        time.sleep(seconds)

    def unique(self) -> str:
        """Return a text that no other process or call has."""
        return f"{os.getpid()}-{next(_numbers)}"


def _facts(status: os.stat_result) -> Facts:
    kind: Kind = "other"
    if stat.S_ISREG(status.st_mode):
        kind = "file"
    elif stat.S_ISDIR(status.st_mode):
        kind = "folder"
    return Facts(
        kind,
        (status.st_dev, status.st_ino),
        status.st_size,
        stat.S_IMODE(status.st_mode),
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


REAL = RealFiles()
