"""Ordinals: the numbers that lines of a paginated rollout carry.  [SESSION-ORDINAL-1 to 8]"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.session.errors import (
    OrdinalMissing,
    OrdinalsExhausted,
    PrefixIncomplete,
)
from rollout_reference.session.writing import tail

MAX_ORDINAL = 2**64 - 1


class Ordinals:
    """The ordinal of the next line; a legacy file has none."""

    def __init__(self, following: int | None) -> None:
        self._following = following

    def following(self) -> int | None:
        """Return the ordinal that the next line takes, None in a legacy file.

        Raises `OrdinalsExhausted` after the largest.  [SESSION-ORDINAL-1, SESSION-ORDINAL-4]
        """
        if self._following is not None and self._following > MAX_ORDINAL:
            raise OrdinalsExhausted(MAX_ORDINAL)
        return self._following

    def advance(self) -> None:
        """Go on, after a line was written and not before.  [SESSION-ORDINAL-3]"""
        if self._following is not None:
            self._following += 1


class History(Struct, frozen=True):
    """What the header of a rollout says about its ordinals."""

    paginated: bool
    first: int = 0
    """The ordinal of the header line."""
    own_from: int | None = None
    """`subagent_history_start_ordinal`: before it stands an inherited prefix."""


def history_of(meta: dict[str, Any]) -> History:
    """Read it from the payload of the `session_meta` that owns the file."""
    base = meta.get("history_base")
    return History(
        meta.get("history_mode", "legacy") == "paginated",
        base["end_ordinal_exclusive"] if isinstance(base, dict) else 0,
        meta.get("subagent_history_start_ordinal"),
    )


def ordinals_of_new(history: History) -> Ordinals:
    """Return the ordinals of a file that is about to be written.  [SESSION-ORDINAL-2]"""
    return Ordinals(history.first if history.paginated else None)


def ordinals_of_file(file: BinaryIO, path: Path, history: History) -> Ordinals:
    """Return the ordinals of a file that is written on: after its last whole record.

    Raises `OrdinalMissing` or `PrefixIncomplete`.  [SESSION-ORDINAL-5, SESSION-ORDINAL-6, SESSION-ORDINAL-7]
    """
    if not history.paginated:
        return Ordinals(None)
    following = following_record(tail.lines_backwards(file), path)
    if history.own_from is not None and following < history.own_from:
        raise PrefixIncomplete(path.name, following - 1, history.own_from - 1)  # SESSION-ORDINAL-7
    return Ordinals(following)


def following_record(lines_backwards: Iterable[bytes], path: Path) -> int:
    """Return the ordinal after the last record.  Raises `OrdinalMissing`.  [SESSION-ORDINAL-5]"""
    record = next(filter(None, map(record_of, lines_backwards)), None)
    if record is None or not is_ordinal(record.get("ordinal")):
        raise OrdinalMissing(path.name)  # SESSION-ORDINAL-6
    last: int = record["ordinal"]
    return last + 1


def is_ordinal(value: Any) -> bool:
    """Tell whether a value is an integer of 64 bits without a sign."""
    return type(value) is int and 0 <= value <= MAX_ORDINAL


def record_of(line: bytes) -> dict[str, Any] | None:
    """Return a line that has the form of a record, of whatever type.  [SESSION-ORDINAL-5]

    A type that this reader does not know takes its ordinal all the same; a torn line takes none.
    """
    try:
        value = jsontext.parse(line) if line.strip() else None
    except jsontext.JsonError:
        return None
    if not isinstance(value, dict) or "payload" not in value:
        return None
    return value if isinstance(value.get("timestamp"), str) and isinstance(value.get("type"), str) else None
