"""The result stream as JSON lines: written while the run goes on, read back for every report."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from rollout_conformance.results import Footer, Header, Line, Result

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


class ReportError(Exception):
    """A file that is no whole report; the message names it, the line and what is missing."""


class JsonLines:
    """Writes the stream as it is, a line at a time: what `report` commands read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, line: Line) -> None:
        """Append one line of the stream."""
        self._file.write(_encoder.encode(line) + b"\n")
        self._file.flush()


class JsonDocument:
    """Writes the stream as one document `{"header", "results", "footer"}`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._separator = b""

    def add(self, line: Line) -> None:
        """Append one line of the stream at its place in the document."""
        data = _encoder.encode(line)
        match line:
            case Header():
                self._file.write(b'{"header": ' + data + b',\n"results": [')
            case Result():
                self._file.write(self._separator + b"\n" + data)
                self._separator = b","
            case Footer():
                self._file.write(b'\n],\n"footer": ' + data + b"}\n")


def read_report(path: Path) -> tuple[Header, list[Result], Footer]:
    """Return the parts of a report; raises `ReportError` for one that is cut or malformed."""
    lines = list(_lines(path))
    header, footer = (lines[0], lines[-1]) if lines else (None, None)
    results = [line for line in lines[1:-1] if isinstance(line, Result)]
    if not isinstance(header, Header):
        raise ReportError(f"{path}: line 1 is no header")
    if not isinstance(footer, Footer):
        raise ReportError(f"{path}: no footer at the end; the run was interrupted, run it again")
    if len(results) != len(lines) - 2:
        raise ReportError(f"{path}: a header or footer stands between the results")
    return header, results, footer


def _lines(path: Path) -> Iterator[Line]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from None
    for number, text in enumerate(_split(data), start=1):
        try:
            yield _decoder.decode(text)
        except msgspec.DecodeError as error:
            raise ReportError(f"{path} line {number}: {error}") from None


def _split(data: bytes) -> Iterable[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []
