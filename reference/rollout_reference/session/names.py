"""Names of rollout files, the folders they lie in, and the one path that names a thread's file."""

import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

from msgspec import Struct

SESSIONS = "sessions"
ARCHIVED = "archived_sessions"
"""The folders of a home: active rollouts in a tree by date, archived ones flat.  [SESSION-NAME-1]"""

PLAIN_SUFFIX = ".jsonl"
COLD_SUFFIX = ".zst"
"""What the cold form adds to the plain name.  [SESSION-NAME-4]"""

FIRST = -1
"""The age of a first segment: below that of all later ones."""

_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}"
_TIME_FORMAT = "%Y-%m-%dT%H-%M-%S"
_UUID = r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\%d[0-9a-fA-F]{4}\%d[0-9a-fA-F]{4}\%d[0-9a-fA-F]{12}"
_NAME = re.compile(
    rf"rollout-(?P<time>{_TIME})-(?P<thread>{_UUID % (3, 3, 3)})(?:_(?P<segment>{_UUID % (5, 5, 5)}))?"
    r"\.jsonl(?:\.zst)?",
    re.ASCII,
)


class RolloutName(Struct, frozen=True):
    """What the name of a rollout file says: a hint; the file itself has the last word.  [SESSION-NAME-3]

    `timestamp` is the local wall time of the creator, `YYYY-MM-DDThh-mm-ss`, without a zone;
    `thread_id` and `segment_id` are UUIDs in small letters with hyphens.
    """

    timestamp: str
    thread_id: str
    segment_id: str | None = None

    @property
    def file_name(self) -> str:
        """Return the plain name.  [SESSION-NAME-2]"""
        segment = f"_{self.segment_id}" if self.segment_id else ""
        return f"rollout-{self.timestamp}-{self.thread_id}{segment}{PLAIN_SUFFIX}"

    @property
    def active_path(self) -> Path:
        """Return where the file of an active thread lies below a home.  [SESSION-NAME-1]"""
        year, month, day = self.timestamp[:10].split("-")
        return Path(SESSIONS, year, month, day, self.file_name)

    @property
    def archived_path(self) -> Path:
        """Return where the file of an archived thread lies below a home.  [SESSION-NAME-1]"""
        return Path(ARCHIVED, self.file_name)


def parse_name(name: str) -> RolloutName | None:
    """Read a file name, plain or cold, or return None if it is no name of a thread.  [SESSION-NAME-2]"""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        datetime.strptime(match["time"], _TIME_FORMAT)  # noqa: DTZ007  (the name has no zone)
    except ValueError:
        return None
    segment = match["segment"]
    return RolloutName(match["time"], _canonical(match["thread"]), _canonical(segment) if segment else None)


def segment_id_of(name: str, thread_id: str) -> str:
    """Return the id that others name a file of a thread by when they inherit from it.  [SESSION-SEGMENT-1]"""
    parsed = parse_name(name)
    return parsed.segment_id if parsed and parsed.segment_id else thread_id


def age(name: str) -> int:
    """Return the id of a later segment as a number, which tells newer from older ones; else `FIRST`.

    [SESSION-SEGMENT-1, SESSION-SEGMENT-4]
    """
    parsed = parse_name(name)
    return UUID(parsed.segment_id).int if parsed and parsed.segment_id else FIRST


def is_rollout_name(name: str) -> bool:
    """Tell whether a file counts as a rollout at all, also without time and id.  [SESSION-NAME-5]"""
    return name.startswith("rollout-") and name.removesuffix(COLD_SUFFIX).endswith(PLAIN_SUFFIX)


def is_cold(path: Path) -> bool:
    """Tell whether a path names the cold form.  [SESSION-NAME-4]"""
    return path.name.endswith(PLAIN_SUFFIX + COLD_SUFFIX)


def logical_path(path: Path) -> Path:
    """Return the plain path, which names the file in whichever form it is.  [SESSION-NAME-4]"""
    return path.with_name(path.name.removesuffix(COLD_SUFFIX)) if is_cold(path) else path


def cold_path(path: Path) -> Path:
    """Return the path of the cold form.  [SESSION-NAME-4]"""
    return path if is_cold(path) else path.with_name(path.name + COLD_SUFFIX)


def is_archived(path: Path, home: Path) -> bool:
    """Tell whether a file of a home belongs to an archived thread.  [SESSION-NAME-1]"""
    return path.is_relative_to(home / ARCHIVED)


def _canonical(uuid: str) -> str:
    digits = uuid.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
