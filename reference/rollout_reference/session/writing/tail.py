"""The end of a rollout file: whether it is torn, and its lines from the last to the first."""

import os
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 64 * 1024


def size_of(file: BinaryIO) -> int:
    """Return the length of an open file in bytes."""
    return file.seek(0, os.SEEK_END)


def is_torn(file: BinaryIO) -> bool:
    """Tell whether the last line has no end; an empty file is whole.  [SESSION-WRITER-9]"""
    if size_of(file) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def bytes_from(file: BinaryIO, start: int) -> bytes:
    """Return what stands in a file from a place on; empty if the file is shorter."""
    file.seek(start)
    return file.read()


def lines_forwards(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines without their ends, also one at the end that has none."""
    file.seek(0)
    piece = b""
    while chunk := file.read(CHUNK):
        *lines, piece = (piece + chunk).split(b"\n")
        yield from lines
    if piece:
        yield piece


def whole_size_of(file: BinaryIO) -> int:
    """Return the length of the lines that have an end."""
    size = size_of(file)
    if not is_torn(file):
        return size
    return size - len(next(lines_backwards(file)))


def lines_backwards(file: BinaryIO, end: int | None = None) -> Iterator[bytes]:
    """Yield the lines up to a place without their ends, the last one first, in memory of about one line.

    The place is the end of the file unless another is given.
    """
    place = size_of(file) if end is None else end
    pieces: list[bytes] = []  # of the line that a chunk cut, the last piece first
    while place:
        length = min(CHUNK, place)
        place -= length
        file.seek(place)
        first, *rest = file.read(length).split(b"\n")
        while rest:
            pieces.append(rest.pop())
            yield b"".join(reversed(pieces))
            pieces.clear()
        pieces.append(first)
    if pieces:
        yield b"".join(reversed(pieces))
