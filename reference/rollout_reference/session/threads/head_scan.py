"""The cheap look at a rollout: its header and the first thing the user said, from its first lines only."""

from pathlib import Path

import msgspec
from msgspec import Struct

from rollout_reference.errors import Rejected
from rollout_reference.session.errors import NoOwner
from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.reading.physical import PhysicalLines
from rollout_reference.session.reading.representation import open_rollout
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.threads.fold import Fold
from rollout_reference.session.threads.metadata import Metadata

RECORDS = 10
"""Lines, blank ones not counted, that are looked at in any case."""
MORE_RECORDS = 200
"""Lines that are looked at besides while header or preview is not known.  [SESSION-THREADS-5]"""

AT_ONCE = 32 << 10
"""Bytes that are read at once; most beginnings are shorter."""

_LINES = frozenset({"session_meta", "turn_context"})
_EVENTS = frozenset({"user_message", "item_completed", "thread_goal_updated", "thread_settings_applied"})
"""Types of lines, and of events, that can change the metadata."""


class _Payload(Struct):
    """What is looked at of a payload."""

    type: str = ""


class _Glance(Struct):
    """What is looked at of a line before it is read."""

    type: str
    payload: _Payload


_glance = msgspec.json.Decoder(_Glance).decode


def scan_head(path: Path) -> Metadata | None:
    """Return what the beginning of a rollout says, None for a file that has no thread to list.

    Raises `OSError`; every other fault of a file means that it is not listed.  [SESSION-THREADS-5]
    """
    try:
        return _scan_ordinary(path) or _scan_any(path)
    except Rejected:
        return None


def _scan_ordinary(path: Path) -> Metadata | None:
    """Look at a rollout that begins with its header; None for any other one."""
    opened = open_rollout(path)
    fold = Fold(path.name)
    records = 0
    with opened.file:
        for number, data in PhysicalLines(opened, AT_ONCE):
            if data is not None and data.isspace():
                continue
            if _is_enough(records, fold):
                break
            records += 1
            if records > 1 and fold.metadata is None:
                return None
            if data is None or (records > 1 and not _tells(data)):
                continue
            line = read_line(data, number)
            if isinstance(line, Line):
                fold.add(line)
    return fold.metadata


def _scan_any(path: Path) -> Metadata | None:
    """Look at a rollout with the full reader, which knows the old forms and the faults."""
    fold = Fold(path.name)
    records = 0
    with read_rollout(path) as reading:
        for found in reading:
            if _is_enough(records, fold):
                break
            records += 1
            if isinstance(found, Line):
                fold.add(found)
        try:
            reading.check_owner()
        except NoOwner:
            return None
    return fold.metadata


def _tells(data: bytes) -> bool:
    """Tell whether a line can change the metadata; most cannot."""
    try:
        line = _glance(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True
    return line.type in _LINES or line.payload.type in _EVENTS


def _is_enough(records: int, fold: Fold) -> bool:
    told = fold.metadata is not None and fold.previewed
    return records >= (RECORDS if told else RECORDS + MORE_RECORDS)
