"""The cold form: frames of zstd, decoded block by block and never as a whole.

A block gives at most 128 KiB, so walking the blocks bounds the memory whatever a frame claims,
and shows a frame that is cut short, which the decoder itself does not tell from one that goes on.
"""

from collections.abc import Iterator
from typing import BinaryIO

import zstandard

from rollout_reference.session.errors import ZstBomb, ZstDamaged

MAX_RATIO = 1000
"""Decoded bytes for each byte of the file that a reader follows, beyond `RATIO_FLOOR`.  [SESSION-FILE-12]"""

RATIO_FLOOR = 64 << 20
"""Decoded bytes up to which the ratio does not matter.  [SESSION-FILE-12]"""

_MAGIC = 0xFD2FB528
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_RLE_BLOCK = 1
_DICTIONARY_BYTES = (0, 1, 2, 4)
_SIZE_BYTES = (0, 2, 4, 8)
_CHECKSUM_BYTES = 4
_SKIPPED_AT_ONCE = 1 << 20


class _Source:
    """A file whose reads are whole or an error, and counted."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.position = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.position += len(data)
        return data

    def need(self, size: int) -> bytes:
        data = self.read(size)
        if len(data) < size:
            raise ZstDamaged("the file ends inside a frame")  # SESSION-FILE-11
        return data


def decode(file: BinaryIO) -> Iterator[bytes]:
    """Yield the decoded bytes of all frames of a file in pieces of at most 128 KiB.

    Raises `ZstDamaged` and `ZstBomb`, after the pieces that come before the fault.
    [SESSION-FILE-10, SESSION-FILE-11, SESSION-FILE-12]
    """
    source = _Source(file)
    produced = 0
    start = source.need(4)
    while start:
        magic = int.from_bytes(start, "little")
        if magic in _SKIPPABLE:
            _skip(source, int.from_bytes(source.need(4), "little"))
        elif len(start) < 4 or magic != _MAGIC:
            raise ZstDamaged("what follows is no frame")  # SESSION-FILE-11
        else:
            for piece in _frame(source, start):
                produced += len(piece)
                if produced > max(RATIO_FLOOR, MAX_RATIO * source.position):
                    raise ZstBomb(source.position, MAX_RATIO)  # SESSION-FILE-12
                yield piece
        start = source.read(4)


def _frame(source: _Source, magic: bytes) -> Iterator[bytes]:
    """Decode one frame (RFC 8878, section 3.1.1), a block at a time."""
    descriptor = source.need(1)
    checksum = _CHECKSUM_BYTES if descriptor[0] & 0b100 else 0
    header = magic + descriptor + source.need(_rest_of_header(descriptor[0]))
    decoder = zstandard.ZstdDecompressor().decompressobj()
    try:
        decoder.decompress(header)
        last = False
        while not last:
            head = source.need(3)
            bits = int.from_bytes(head, "little")
            last, kind, size = bool(bits & 1), bits >> 1 & 0b11, bits >> 3
            body = source.need((1 if kind == _RLE_BLOCK else size) + (checksum if last else 0))
            if piece := decoder.decompress(head + body):
                yield piece
    except zstandard.ZstdError as error:
        raise ZstDamaged(str(error).removeprefix("zstd decompressor error: ")) from None


def _rest_of_header(descriptor: int) -> int:
    """Return how many bytes of the frame's header follow its descriptor."""
    single_segment = bool(descriptor & 0b10_0000)
    size_flag = descriptor >> 6
    size = 1 if single_segment and size_flag == 0 else _SIZE_BYTES[size_flag]
    return (0 if single_segment else 1) + _DICTIONARY_BYTES[descriptor & 0b11] + size


def _skip(source: _Source, size: int) -> None:
    while size > 0:
        size -= len(source.need(min(size, _SKIPPED_AT_ONCE)))
