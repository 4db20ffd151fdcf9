"""The physical lines of a rollout, whichever form it has."""

from collections.abc import Iterator

from rollout_reference.session.reading import frames
from rollout_reference.session.reading.representation import Opened

MAX_LINE_BYTES = 256 << 20
"""Bytes of a line, its line feed not counted, above which it is a defect.  [SESSION-FILE-5]"""

_CHUNK = 256 << 10


class PhysicalLines:
    """The lines of an open rollout with their numbers, from 1, and without their line feeds.

    A line ends with a line feed and with nothing else; the last one may have none.  Empty lines are
    only counted; a line above the limit comes as None.  [SESSION-FILE-1, SESSION-FILE-5]
    """

    def __init__(self, opened: Opened, at_once: int = 0) -> None:
        """Read a plain file by so many bytes, if they are told."""
        self._opened = opened
        self._at_once = at_once or _CHUNK
        self.lines = 0
        """Lines so far, the empty ones counted."""
        self.empty = 0
        self.bytes = 0
        """Bytes of the plain form so far."""
        self.position = 0
        """Bytes of the file so far."""
        self.unterminated = False
        """The last line has been given, and has no line feed."""

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        begun = bytearray()  # the line that goes on in the next chunk; one block, so that it is let go whole
        length = 0
        for chunk in frames.decode(self._opened.file) if self._opened.cold else self._chunks():
            self.bytes += len(chunk)
            *ended, rest = chunk.split(b"\n")
            for end in ended:
                self.lines += 1
                if length:
                    yield self.lines, _whole(begun, length, end)
                    length = 0
                elif end:
                    yield self.lines, end
                else:
                    self.empty += 1
            length += len(rest)
            if length <= MAX_LINE_BYTES:
                begun += rest
            else:
                begun.clear()
        self.position = self._opened.file.tell()
        if length:
            self.lines += 1
            self.unterminated = True
            yield self.lines, _whole(begun, length, b"")

    def _chunks(self) -> Iterator[bytes]:
        while chunk := self._opened.file.read(self._at_once):
            yield chunk


def _whole(begun: bytearray, length: int, end: bytes) -> bytes | None:
    """Return the line whose beginning has a length and that has this end, and let go of its beginning."""
    begun += end
    line = None if length + len(end) > MAX_LINE_BYTES else bytes(begun)  # SESSION-FILE-5
    begun.clear()
    return line
