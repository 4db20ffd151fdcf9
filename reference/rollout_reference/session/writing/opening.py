"""What a writer reads from a rollout before it appends to it: the header, and facts of later headers."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from rollout_reference.session.errors import HeaderNotFirst, RolloutEmpty
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.writing import tail

HEADER = "session_meta"


def header_line(file: BinaryIO, path: Path) -> Line:
    """Return the first line that is not blank, which must be the header.

    Raises `HeaderNotFirst` and `RolloutEmpty`.  [SESSION-WRITER-10]
    """
    for number, data in enumerate(tail.lines_forwards(file), start=1):
        line = read_line(data, number)
        if line is not None:
            if isinstance(line, Line) and line.type == HEADER:
                return line
            raise HeaderNotFirst(path.name)
    raise RolloutEmpty


def meta_of(header: Line) -> SessionMeta:
    """Return what a header line says, typed."""
    return cast("SessionMeta", header.item)


def memory_mode_in(file: BinaryIO) -> str | None:
    """Return the memory mode of the last header that tells one.  [SESSION-WRITER-21]"""
    told = (line.payload.get("memory_mode") for line in _headers_backwards(file))
    return next((mode for mode in told if mode is not None), None)


def _headers_backwards(file: BinaryIO) -> Iterator[Line]:
    for data in tail.lines_backwards(file):
        if HEADER.encode() in data:
            line = read_line(data, 0)
            if isinstance(line, Line) and line.type == HEADER:
                yield line
