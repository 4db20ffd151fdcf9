"""The cheap look at a rollout: its header and the first thing the user said, from its first lines only."""

from pathlib import Path

from rollout_reference.errors import Rejected
from rollout_reference.session.errors import NoOwner
from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.names import parse_name
from rollout_reference.session.reading.physical import PhysicalLines
from rollout_reference.session.reading.representation import open_rollout
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.threads.metadata import Fold, Metadata

RECORDS = 10
"""Lines, blank ones not counted, that are looked at in any case."""
MORE_RECORDS = 200
"""Lines that are looked at besides while header or preview is not known.  [SESSION-THREADS-5]"""

_TELLING = (
    b"session_meta",
    b"user_message",
    b"UserMessage",
    b"thread_goal_updated",
    b"turn_context",
    b"thread_settings_applied",
    b"\\u",
)
"""What a line holds that can change the metadata; a name may also be written with escapes."""


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
    fold = Fold(parse_name(path.name))
    records = 0
    with opened.file:
        for number, data in PhysicalLines(opened):
            if data is not None and data.isspace():
                continue
            if _is_enough(records, fold):
                break
            records += 1
            if records > 1 and fold.metadata is None:
                return None
            if data is None or (records > 1 and not any(word in data for word in _TELLING)):
                continue
            line = read_line(data, number)
            if isinstance(line, Line):
                fold.add(line)
    return fold.metadata


def _scan_any(path: Path) -> Metadata | None:
    """Look at a rollout with the full reader, which knows the old forms and the faults."""
    fold = Fold(parse_name(path.name))
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


def _is_enough(records: int, fold: Fold) -> bool:
    told = fold.metadata is not None and fold.previewed
    return records >= (RECORDS if told else RECORDS + MORE_RECORDS)
