"""The names of threads: a side file of a home, one line a change.  [SESSION-THREADS-14]"""

from pathlib import Path

import msgspec
from msgspec import Struct

SIDE_INDEX = "session_index.jsonl"


class NameLine(Struct):
    """One change of a name; an empty one changes nothing."""

    id: str
    thread_name: str


def names_of(home: Path) -> dict[str, str]:
    """Return the names of the threads that have one; lines that cannot be read are left out."""
    names: dict[str, str] = {}
    for line in index_lines(home):
        found = name_line(line)
        if found is not None and found.thread_name:
            names[found.id] = found.thread_name  # SESSION-THREADS-14
    return names


def index_lines(home: Path) -> list[bytes]:
    """Return the lines of the side file, none if there is no such file.  Raises `OSError`."""
    path = home / SIDE_INDEX
    return path.read_bytes().split(b"\n") if path.is_file() else []


def name_line(line: bytes) -> NameLine | None:
    """Read a line of the side file, None if it is none."""
    try:
        found = msgspec.json.decode(line, type=NameLine)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return NameLine(found.id.lower(), found.thread_name.strip())
