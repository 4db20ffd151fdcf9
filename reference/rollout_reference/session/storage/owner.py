"""Whose rollout a file is: the threads whose writers would write to it."""

import threading
from pathlib import Path
from uuid import UUID

from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.names import is_cold, parse_name
from rollout_reference.session.storage.coding import reader
from rollout_reference.session.storage.filesystem import FileSystem

META = "session_meta"
HISTORY = ("response_item", "inter_agent_communication")
"""Lines that cannot come before the header."""

_one_at_a_time = threading.Lock()
"""msgspec works out a type at its first use, and crashes if two threads use it first at once."""


def threads_of(path: Path, handle: int, files: FileSystem) -> frozenset[str] | None:
    """Return the ids that the name and the header of an open rollout give, one if they agree.

    None if one of the two gives no id: then no lock tells whether the file has a writer.
    Raises `ZstDamaged` and `ZstBomb`.  [SESSION-STORE-21]
    """
    name = parse_name(path.name)
    owner = _owner(handle, files, cold=is_cold(path))
    if name is None or owner is None:
        return None
    return frozenset({name.thread_id, owner})


def _owner(handle: int, files: FileSystem, *, cold: bool) -> str | None:
    """Return the id of the first header that can be read, if no history comes before it."""
    with reader(handle, files, cold=cold) as lines:
        for number, data in enumerate(lines, 1):
            with _one_at_a_time:
                line = read_line(data.removesuffix(b"\n"), number)
            if not isinstance(line, Line):
                continue
            if line.type == META:
                return str(UUID(line.payload["id"]))
            if line.type in HISTORY:
                return None
    return None
