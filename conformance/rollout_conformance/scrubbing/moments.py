"""Times moved by one distance: their order and their differences stay, when it was does not."""

import re
from datetime import date, datetime, timedelta

from rollout_conformance.record.scrub import FIRST_MOMENT_MS

_STAMP = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?P<mark>[T ])(?P<hour>\d\d)(?P<colon>[:-])"
    r"(?P<minute>\d\d)(?P=colon)(?P<second>\d\d)"
    r"(?P<rest>(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (stamps are moved as they stand, whatever their zone)
FIRST_MOMENT = _EPOCH + timedelta(milliseconds=FIRST_MOMENT_MS)

PLAUSIBLE_S = range(1_000_000_000, 4_000_000_000)
"""Seconds since 1970 that are taken for a moment; thousand times as many milliseconds, too."""


def first_stamp(text: str) -> str | None:
    """Return the first time stamp that stands in a text."""
    match = _STAMP.search(text)
    return match.group(0) if match else None


class Shift:
    """The distance by which the times of one run move: its first moment becomes `FIRST_MOMENT`."""

    def __init__(self, first: str | None) -> None:
        seen = _moment(_STAMP.fullmatch(first)) if first else None
        self._by = FIRST_MOMENT - seen if seen else timedelta()

    def stamp(self, text: str) -> str | None:
        """Return a time stamp or date moved, at the same length; None if the text is none."""
        if _DATE.fullmatch(text):
            return self._date(text)
        match = _STAMP.fullmatch(text)
        moment = _moment(match)
        if match is None or moment is None:
            return None
        colon = match["colon"]
        try:
            moved = moment + self._by
        except OverflowError:
            return None
        return moved.strftime(f"%Y-%m-%d{match['mark']}%H{colon}%M{colon}%S").rjust(19, "0") + match["rest"]

    def day(self, day: date, stamp: str) -> date:
        """Return a day moved by as many days as a time stamp of its neighbourhood moves."""
        before, after = _STAMP.fullmatch(stamp), _STAMP.fullmatch(self.stamp(stamp) or stamp)
        if before is None or after is None:
            return day
        return day + (date.fromisoformat(after["date"]) - date.fromisoformat(before["date"]))

    def number(self, number: int) -> int:
        """Return seconds or milliseconds since 1970 moved; another number as it is."""
        seconds = int(self._by / timedelta(seconds=1))
        if number in PLAUSIBLE_S:
            return number + seconds
        if number // 1000 in PLAUSIBLE_S:
            return number + seconds * 1000
        return number

    def _date(self, text: str) -> str | None:
        try:
            noon = datetime.fromisoformat(f"{text}T12:00:00")
            return (noon + self._by).date().isoformat()
        except (ValueError, OverflowError):
            return None


def _moment(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    try:
        return datetime.fromisoformat(f"{match['date']}T{match['hour']}:{match['minute']}:{match['second']}")
    except ValueError:
        return None
