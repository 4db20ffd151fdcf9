"""An open file of any file system as a Python file, to be read and sought in."""

import io
import os

from rollout_reference.session.storage.filesystem import FileSystem

PIECE = 128 * 1024
"""Bytes that are read at once."""


class HandleReader(io.RawIOBase):
    """Reads a handle from the start on; closing it leaves the handle open."""

    def __init__(self, files: FileSystem, handle: int) -> None:
        self._files = files
        self._handle = handle
        self._position = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought in."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, counted from the start, from here or from the end."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        if start is None:
            start = self._files.facts_of(self._handle).size
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._position

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read into a buffer; 0 at the end."""
        data = self._files.read(self._handle, self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def buffered(files: FileSystem, handle: int) -> io.BufferedReader:
    """Return a handle as a file that reads ahead."""
    return io.BufferedReader(HandleReader(files, handle), PIECE)
