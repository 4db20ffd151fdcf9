"""Temporary files: made beside what they shall become, gone when the work is over, swept if it was not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollout_reference.session.storage.filesystem import FileSystem

SUFFIX = ".tmp"
MATERIALIZE_PREFIX = ".rollout-materialize-"
"""The temporary files of a thaw by CLI 0.169.0 have no suffix."""


class Scratch:
    """A temporary file that is open to be written."""

    def __init__(self, path: Path, handle: int, files: FileSystem) -> None:
        self.path = path
        self.handle = handle
        self._files = files
        self._open = True

    def finish(self, *, mode: int, mtime_ns: int | None) -> None:
        """Give it its attributes, make all of it outlast a loss of power, and close it."""
        self._files.set_attributes(self.handle, mode=mode, mtime_ns=mtime_ns)
        self._files.sync(self.handle)
        self.close()

    def close(self) -> None:
        """Close it; a second call does nothing."""
        if self._open:
            self._open = False
            self._files.close(self.handle)


def compress_name(files: FileSystem) -> str:
    """Return a name for a file that is being frozen.  [SESSION-STORE-4]"""
    return f"rollout-compress-{files.unique()}{SUFFIX}"


def thaw_name(plain: Path, files: FileSystem) -> str:
    """Return a name for a file that is being thawed.  [SESSION-STORE-4]"""
    return f"{plain.name}.decompress.{files.unique()}{SUFFIX}"


def is_temporary(name: str) -> bool:
    """Tell whether a name is one of a temporary file, of any version.  [SESSION-STORE-4]"""
    return name.endswith(SUFFIX) or name.startswith(MATERIALIZE_PREFIX)


@contextmanager
def scratch(path: Path, files: FileSystem) -> Iterator[Scratch]:
    """Make a temporary file that only its owner can read, and remove its name at the end."""
    made = Scratch(path, files.create(path, 0o600), files)
    try:
        yield made
    finally:
        try:
            made.close()
        finally:
            files.unlink(path)
