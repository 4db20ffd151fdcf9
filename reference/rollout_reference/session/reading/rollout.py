"""Reading a rollout file line by line, in memory of about one line, with a count of everything."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from rollout_reference import jsontext
from rollout_reference.errors import Place
from rollout_reference.session.errors import (
    NoOwner,
    RolloutEmpty,
    RolloutUnreadable,
    SessionRejected,
    UnknownHistoryMode,
)
from rollout_reference.session.legacy.bare import BareLines, era_of
from rollout_reference.session.lines import Defect, Line, read_line
from rollout_reference.session.reading.diagnostics import Diagnostics
from rollout_reference.session.reading.physical import MAX_LINE_BYTES, PhysicalLines
from rollout_reference.session.reading.representation import open_rollout

Rewrite = Callable[[bytes], bytes]
"""Changes the text of a line, in its envelope, before it is read."""

_SYNTAX_DEFECTS = ("malformed", "invalid_utf8")
_HISTORY_MODES = ("legacy", "paginated")
_HISTORY = ("response_item", "inter_agent_communication")
"""Types of lines that only an owner has."""


class Reading:
    """One pass over a rollout: an iterator of its items and defects; blank lines are only counted.

    `diagnostics` is complete when the iterator is at its end.  The iterator raises
    `SessionRejected` for what spoils the file as a whole, after the lines that come before it.
    Read to the end, or use it as a context manager, to close the file.
    """

    def __init__(self, path: Path, rewrite: Rewrite | None = None) -> None:
        self._opened = open_rollout(path)
        self.diagnostics = Diagnostics("cold" if self._opened.cold else "plain")
        self.text = b""
        """The line that was given last, in its envelope; nothing if it was too long."""
        self._name = self._opened.path.name
        self._rewrite = rewrite
        self._physical = PhysicalLines(self._opened)
        self._bare: BareLines | None = None
        self._history_line: int | None = None
        self._is_ordinary = False  # whether nothing but a line itself decides what it is
        self._found = self._read()

    def __iter__(self) -> Iterator[Line | Defect]:
        return self._found

    def __next__(self) -> Line | Defect:
        return next(self._found)

    @property
    def bytes_read(self) -> int:
        """Return how many bytes of the plain form were read so far, a little ahead of the lines."""
        return self._physical.bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._found.close()
        self._opened.file.close()

    def check_owner(self) -> None:
        """Raise `NoOwner` unless the lines read so far say in time whose rollout this is.

        [SESSION-FILE-6]
        """
        if self._history_line is not None:
            detail = "before its history begins"
            raise NoOwner(detail, place=Place(self._name, self._history_line))
        if self.diagnostics.thread_id is None:
            raise NoOwner("in the whole file", place=Place(self._name))

    def _read(self) -> Generator[Line | Defect]:
        physical = self._physical
        try:
            size = os.fstat(self._opened.file.fileno()).st_size
            count_item = self.diagnostics.count_item
            for number, data in physical:
                is_ordinary = self._is_ordinary
                if is_ordinary and data is not None:
                    self.text = data
                    found = read_line(data, number)
                else:
                    found = self._read_line(data, number)
                if found is None:
                    self.diagnostics.blank += 1
                    continue
                if type(found) is Defect:
                    found = self._defect(found, data or b"", torn=physical.unterminated)
                else:
                    count_item(found)
                    if not is_ordinary:
                        self._look_for_owner(found)
                yield found
            self._finish(physical, size)
        except OSError as error:
            where = Place(self._name, physical.lines + 1)
            raise RolloutUnreadable(error.strerror or str(error), place=where) from None
        except SessionRejected as rejection:
            rejection.place = rejection.place or Place(self._name, physical.lines + 1)
            raise
        finally:
            self._opened.file.close()

    def _finish(self, physical: PhysicalLines, size: int) -> None:
        """Complete the diagnostics; `size` is the file's length when it was opened."""
        found = self.diagnostics
        found.lines, found.bytes, found.unterminated = physical.lines, physical.bytes, physical.unterminated
        found.blank += physical.empty
        found.items = sum(found.types.values())
        found.changed = self._opened.is_replaced() or physical.position != size  # SESSION-FILE-13
        if found.lines == found.blank:
            raise RolloutEmpty(place=Place(self._name))  # SESSION-FILE-4

    def _read_line(self, data: bytes | None, number: int) -> Line | Defect | None:
        """Read one line, given as it stands in the file; None for a blank one."""
        self.text = b""
        if data is None:
            reason = f"the line is longer than {MAX_LINE_BYTES} bytes"
            return Defect(number, "too_long", "SESSION-FILE-5", reason)
        if data.isspace():  # the usual blank line; `read_line` knows the others
            return None
        if self.diagnostics.era is None:
            self._decide_era(data)
        self.text = data
        if self._bare is not None:
            enveloped = self._bare.enveloped(data, number)
            if isinstance(enveloped, Defect):
                return enveloped
            self.text = enveloped
        if self._rewrite:
            self.text = self._rewrite(self.text)
        return read_line(self.text, number)

    def _look_for_owner(self, line: Line) -> None:
        """Note a line that only an owner has, and whether lines now speak for themselves."""
        found = self.diagnostics
        if found.thread_id is None and line.type in _HISTORY and self._history_line is None:
            self._history_line = line.number
        self._is_ordinary = found.thread_id is not None and found.era == "enveloped" and not self._rewrite

    def _decide_era(self, data: bytes) -> None:
        """Let the first line that tells decide the era of the file.  [SESSION-LEGACY-1]"""
        tree = _parsed(data)
        self.diagnostics.era = era_of(tree)
        if self.diagnostics.era == "bare":
            self._bare = BareLines()

    def _defect(self, defect: Defect, data: bytes, *, torn: bool) -> Defect:
        """Name and count a defect; refuse the file if it is an owner of an unknown history mode."""
        if torn and defect.code in _SYNTAX_DEFECTS:  # SESSION-FILE-2
            defect = Defect(
                defect.number, "torn", "SESSION-FILE-2", "the last line was not written to its end"
            )
        ordinal = None
        if self.diagnostics.thread_id is None:
            _check_history_mode(data, Place(self._name, defect.number))
        elif self.diagnostics.ordinals is not None:
            ordinal = _ordinal_of(data)
        self.diagnostics.count_defect(defect, ordinal)
        return defect


def read_rollout(path: Path | str, rewrite: Rewrite | None = None) -> Reading:
    """Open a rollout, in whichever form it is, to read it from its first line to its last.

    Raises `RolloutNotFound` and `RolloutUnreadable` at once; what the iterator may raise: these
    two, `RolloutEmpty`, `UnknownHistoryMode`, `ZstDamaged`, `ZstBomb`.  Changes nothing on disk.
    """
    return Reading(Path(path), rewrite)


def _check_history_mode(data: bytes, place: Place) -> None:
    """Refuse a `session_meta` of a history mode that is not known.  [SESSION-FILE-7]"""
    tree = _parsed(data)
    if not isinstance(tree, dict) or tree.get("type") != "session_meta":
        return
    payload = tree.get("payload")
    if isinstance(payload, dict) and payload.get("history_mode", "legacy") not in _HISTORY_MODES:
        raise UnknownHistoryMode(jsontext.compact(payload["history_mode"]), place=place)  # SESSION-FILE-7


def _ordinal_of(data: bytes) -> int | None:
    """Return the ordinal of a line that is no item but has an envelope.  [SESSION-FILE-17]"""
    tree = _parsed(data)
    if not isinstance(tree, dict) or not {"timestamp", "type", "payload"}.issubset(tree):
        return None
    ordinal = tree.get("ordinal")
    return ordinal if type(ordinal) is int and ordinal >= 0 else None


def _parsed(data: bytes) -> object:
    try:
        return jsontext.parse(data)
    except jsontext.JsonError:
        return None
