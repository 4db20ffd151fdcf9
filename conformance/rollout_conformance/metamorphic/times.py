"""Other times: all of them later by the same, the gaps between lines longer, everything in one instant.

A time is rewritten where it has the form in which rollouts tell times; anything else stays.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from rollout_conformance.metamorphic.given import Given, each_object, put
from rollout_conformance.mutation.jsontree import Members, parse

DAYS = 7
"""By how many days times are shifted."""

INSTANT = "2031-05-06T07:08:09.123Z"

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_FORM = "%Y-%m-%dT%H:%M:%S"
_STEP = timedelta(hours=5)
"""By how much more each line is later than the one before it, where gaps are stretched."""


def shifted(given: Given) -> Given:
    """Make the time of each line, and of each header, later by `DAYS`, and with them a cursor.

    Where threads are listed and some headers tell no time, order would change: all stay as they are.
    """
    moved = given.with_rollouts(each_object(_shift))
    if given.op != "session.threads":
        return moved
    told = [header_time(given, path) != header_time(moved, path) for path in given.rollouts]
    if not all(told):
        return given
    options = dict(given.options)
    if "cursor" in options and options.get("sort_key", "created_at") == "created_at":
        options["cursor"] = shifted_cursor(options["cursor"])
    return replace(moved, options=options)


def stretched(given: Given) -> Given:
    """Make the gaps between lines longer; the times in headers stay."""

    def rewrite(data: bytes) -> bytes:
        count = iter(range(1, data.count(b"\n") + 2))
        return each_object(lambda tree: _at(tree, lambda text: later(text, next(count) * _STEP)))(data)

    return given.with_rollouts(rewrite)


def in_one_instant(given: Given) -> Given:
    """Give all lines of all rollouts one time; the times in headers stay."""
    return given.with_rollouts(each_object(lambda tree: _at(tree, lambda _: INSTANT)))


def later(text: str, by: timedelta) -> str:
    """Return a time that is later; a text that is none as it is."""
    time = _TIME.fullmatch(text)
    if time is None:
        return text
    try:
        moved = datetime.strptime(time[1], _FORM).replace(tzinfo=UTC) + by
    except (ValueError, OverflowError):
        return text
    return f"{moved.strftime(_FORM)}{time[2] or ''}{time[3] or ''}"


def shifted_cursor(cursor: str | None) -> str | None:
    """Return a cursor that names a later time; one that names none as it is."""
    time, mark, rest = (cursor or "").partition("|")
    return cursor and later(time, timedelta(days=DAYS)) + mark + rest


def header_time(given: Given, path: str) -> Any:
    """Return the time that the header of a rollout tells; None without a header or a time."""
    for line in (given.plain(path) or b"").split(b"\n"):
        tree = parse(line)
        payload = tree.get("payload") if isinstance(tree, Members) else None
        if isinstance(payload, Members) and isinstance(tree, Members) and tree.get("type") == "session_meta":
            return payload.get("timestamp")
    return None


def _shift(tree: Members) -> Members | None:
    week = timedelta(days=DAYS)
    payload = tree.get("payload")
    if tree.get("type") == "session_meta" and isinstance(payload, Members):
        _rewritten(payload, lambda text: later(text, week))
    return _at(tree, lambda text: later(text, week))


def _at(tree: Members, rewrite: Callable[[str], str]) -> Members | None:
    """Rewrite the time of a line that has an envelope; bare lines have the time of their header."""
    return _rewritten(tree, rewrite) if "payload" in tree.names else None


def _rewritten(tree: Members, rewrite: Callable[[str], str]) -> Members | None:
    """Rewrite the time of an object; None if it tells none, or not in the form of a time."""
    time = tree.get("timestamp")
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        return None
    put(tree, "timestamp", rewrite(time))
    return tree
