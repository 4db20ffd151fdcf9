"""A process on a real disk that can be killed between any two things it does, or in the middle of a write."""

import errno
import os
from pathlib import Path

from rollout_reference.session.storage.filesystem import RealFiles


class Killed(BaseException):
    """The process is gone; nothing that it would have done any more happens."""


class Process(RealFiles):
    """What one process of a host does to the disk, and the handles that it holds.

    `dies_after` counts what it still does before it is killed, None for ever; `torn` is how much of
    the write during which it dies arrives, in bytes.  `failures` are the next appends that fail, each
    with the number of bytes that arrive all the same.
    """

    def __init__(self) -> None:
        self.dies_after: int | None = None
        self.torn = 0
        self.failures: list[int] = []
        self.dead = False
        self._handles: set[int] = set()
        self._appended: set[int] = set()

    def die(self) -> None:
        """End: the system closes all handles, which frees the locks."""
        self.dead = True
        while self._handles:
            os.close(self._handles.pop())

    def make_folder(self, path: Path) -> None:
        """Make a folder."""
        self._live()
        super().make_folder(path)

    def open_to_read(self, path: Path) -> int:
        """Open a file."""
        return self._held(super().open_to_read(path))

    def open_to_append(self, path: Path) -> int:
        """Open a file to append to it."""
        self._live()
        handle = self._held(super().open_to_append(path))
        self._appended.add(handle)
        return handle

    def create(self, path: Path, mode: int) -> int:
        """Make a file."""
        self._step()
        return self._held(super().create(path, mode))

    def open_lock(self, path: Path) -> int:
        """Open a lock file."""
        self._live()
        return self._held(super().open_lock(path))

    def open_old_lock(self, path: Path) -> int | None:
        """Open a lock file that may not be there."""
        self._live()
        handle = super().open_old_lock(path)
        return None if handle is None else self._held(handle)

    def close(self, handle: int) -> None:
        """Close a handle; after the end of the process it is closed already."""
        if handle in self._handles:
            self._handles.remove(handle)
            self._appended.discard(handle)
            super().close(handle)

    def write(self, handle: int, data: bytes) -> None:
        """Write all of it, or a part and fail, or a part and die."""
        if self.dies_after == 0:
            super().write(handle, data[: self.torn])
        self._step()
        if self.failures and handle in self._appended:
            super().write(handle, data[: self.failures.pop(0)])
            raise OSError(errno.ENOSPC, "no space left on device")
        super().write(handle, data)

    def set_attributes(self, handle: int, *, mode: int, mtime_ns: int | None) -> None:
        """Set mode and time."""
        self._step()
        super().set_attributes(handle, mode=mode, mtime_ns=mtime_ns)

    def link(self, source: Path, target: Path) -> None:
        """Give a second name."""
        self._step()
        super().link(source, target)

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        self._step()
        super().unlink(path)

    def _held(self, handle: int) -> int:
        if self.dead:
            os.close(handle)
            raise Killed
        self._handles.add(handle)
        return handle

    def _live(self) -> None:
        if self.dead:
            raise Killed

    def _step(self) -> None:
        self._live()
        if self.dies_after == 0:
            self.die()
            raise Killed
        if self.dies_after is not None:
            self.dies_after -= 1
