"""The result stream as JSON lines: written while the run goes on, read back for every report."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec import Struct

from rollout_conformance.reports.stored import StoredResults
from rollout_conformance.results import SCHEMA, Footer, Header, Line, Result

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


class ReportError(Exception):
    """A file that is no whole report; the message names it, the line and what to do."""


class Report(NamedTuple):
    """A whole result stream: what every other report is a function of."""

    header: Header
    results: Sequence[Result]
    footer: Footer


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


class Collector:
    """Keeps the stream in a file without a name, for what is made of it as soon as the run is over."""

    def __init__(self) -> None:
        self._header: Header | None = None
        self._file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the results)
        self._results = StoredResults(self._file)
        self._footer: Footer | None = None

    def add(self, line: Line) -> None:
        """Keep one line of the stream."""
        match line:
            case Header():
                self._header = line
            case Result():
                self._results.note(self._file.tell())
                self._file.write(_encoder.encode(line) + b"\n")
            case Footer():
                self._footer = line

    def report(self) -> Report:
        """Return the whole stream; raises `ReportError` if it is not whole."""
        if self._header is None or self._footer is None:
            raise ReportError("the run was interrupted")
        return Report(self._header, self._results, self._footer)


def read_report(path: Path) -> Report:
    """Return a whole report; raises `ReportError` for one that is cut, foreign or malformed."""
    try:
        file = _seekable(path.open("rb"))
        return _assemble(path, StoredResults(file), _lines(path, file))
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from None


class _Opening(Struct):
    """What of the first line says whether the rest can be read."""

    kind: str = ""
    schema: int = 0
    suite: str = "that wrote it"


def _seekable(file: BinaryIO) -> BinaryIO:
    """Return a file that can be read twice: what comes through a pipe is copied."""
    if file.seekable():
        return file
    copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the results)
    with file:
        shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _assemble(path: Path, results: StoredResults, lines: Iterator[tuple[int, int, Line]]) -> Report:
    header, footer = None, None
    seen: dict[str, int] = {}
    number = 0
    for number, begin, line in lines:
        place = f"{path} line {number}"
        if footer is not None:
            raise ReportError(f"{place}: something stands after the footer; are two reports in one file?")
        match line:
            case Header():
                if header is not None:
                    raise ReportError(f"{place}: a second header; are two reports in one file?")
                header = line
            case Result():
                first = seen.setdefault(line.case, number)
                if first != number:
                    raise ReportError(f"{place}: {line.case} has a result already, in line {first}")
                results.note(begin)
            case Footer():
                footer = line
    if header is None:
        raise ReportError(f"{path}: the file is empty; the run ended before it began, run it again")
    if footer is None:
        raise ReportError(f"{path} line {number}: no footer follows; the run was interrupted, run it again")
    return Report(header, results, footer)


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[int, int, Line]]:
    """Yield each line with its number and the byte that it begins at."""
    begin = 0
    for number, text in enumerate(file, start=1):
        if number == 1:
            _check_opening(path, text)
        try:
            line = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            cut = not text.endswith(b"\n")
            what = "the line is cut; the run was interrupted, run it again" if cut else str(error)
            raise ReportError(f"{path} line {number}: {what}") from None
        yield number, begin, line
        begin += len(text)


def _check_opening(path: Path, text: bytes) -> None:
    """Refuse what is no stream of this form."""
    try:
        opening = msgspec.json.decode(text, type=_Opening)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        opening = _Opening()
    if opening.kind != "header":
        raise ReportError(
            f"{path} line 1: this is no header of a report; give a file of `rolloutspec run --report FILE`"
        )
    if opening.schema != SCHEMA:
        raise ReportError(
            f"{path} line 1: the report has schema {opening.schema}, this suite reads {SCHEMA}; "
            f"use rolloutspec {opening.suite}"
        )
