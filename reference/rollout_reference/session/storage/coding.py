"""Between the two forms: compressing, decompressing, and telling whether both say the same."""

import io
from collections.abc import Iterator
from typing import Literal

import zstandard

from rollout_reference.session.reading.frames import decode
from rollout_reference.session.storage.filesystem import FileSystem
from rollout_reference.session.storage.handles import PIECE, buffered

LEVEL = 3

Relation = Literal["equal", "behind", "different"]
"""What a cold form is to a plain one: the same bytes, a beginning of them, or neither."""


def compress(source: int, target: int, files: FileSystem) -> None:
    """Write the bytes of one handle to another as one frame.  [SESSION-STORE-22]"""
    encoder = zstandard.ZstdCompressor(level=LEVEL).compressobj()
    offset = 0
    while piece := files.read(source, offset, PIECE):
        offset += len(piece)
        if data := encoder.compress(piece):
            files.write(target, data)
    files.write(target, encoder.flush())


def decompress(source: int, target: int, files: FileSystem) -> None:
    """Write what all frames of one handle hold to another.

    Raises `ZstDamaged` and `ZstBomb`.
    """
    pending = bytearray()
    for piece in decode(buffered(files, source)):
        pending += piece
        if len(pending) >= PIECE:
            files.write(target, bytes(pending))
            pending.clear()
    if pending:
        files.write(target, bytes(pending))


def reader(handle: int, files: FileSystem, *, cold: bool) -> io.BufferedReader:
    """Return the bytes of a rollout, decoded if it is cold, as a file."""
    source = buffered(files, handle)
    return io.BufferedReader(_Decoded(decode(source)), PIECE) if cold else source


def relation(cold: int, plain: int, files: FileSystem) -> Relation:
    """Compare what a cold handle holds with a plain one, byte by byte, in little memory.

    Raises `ZstDamaged` and `ZstBomb`.
    """
    offset = 0
    for piece in decode(buffered(files, cold)):
        if _read_all(plain, offset, len(piece), files) != piece:
            return "different"
        offset += len(piece)
    return "behind" if files.read(plain, offset, 1) else "equal"


def _read_all(handle: int, offset: int, size: int, files: FileSystem) -> bytes:
    data = files.read(handle, offset, size)
    while len(data) < size and (more := files.read(handle, offset + len(data), size - len(data))):
        data += more
    return data


class _Decoded(io.RawIOBase):
    """Decoded pieces as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._pieces, b"")
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
