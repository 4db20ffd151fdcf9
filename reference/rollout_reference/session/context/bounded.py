"""The context read from the end of a file: no more of it than the context depends on.

[SESSION-CONTEXT-22]
"""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from rollout_reference.session.context import ModelContext, context_of, rebuilt
from rollout_reference.session.context.segments import Scan
from rollout_reference.session.context.shortening import Limit
from rollout_reference.session.context.windows import untold
from rollout_reference.session.inherited import load_lineage
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.reading.physical import MAX_LINE_BYTES
from rollout_reference.session.reading.representation import open_rollout
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.writing import tail


class Bounded(Struct, frozen=True):
    """A context and how much of the plain file was read from its end."""

    context: ModelContext
    bytes_read: int
    size: int
    """Bytes of the file; of a cold or bare one, whose whole was read, of its plain form."""


def context_at(path: Path | str, home: Path | None = None, limit: Limit | None = None) -> Bounded:
    """Rebuild the context of a rollout from its end; the same as from all of it.

    A file that is cold, bare or begins with lines of another thread of its home is read as a whole.
    Raises what `load_lineage` does; what stands between header and end is not looked at.
    """
    if not _ends_by_itself(Path(path)):
        rollout = load_lineage(path, home, "context")
        size = rollout.diagnostics.bytes
        return Bounded(context_of(rollout.lines, limit), size, size)
    lines: list[Line] = []
    with open_rollout(Path(path)).file as file:
        scan = Scan()
        for line in _items(tail.lines_backwards(file)):
            lines.append(line)
            scan.push(line)
            if scan.is_settled:
                break
        size = os.fstat(file.fileno()).st_size
        begun = max(file.tell() - tail.CHUNK, 0)  # where the piece begins that was read last
    lines.reverse()
    found = scan.finish()
    return Bounded(rebuilt(found, lines, found.window or untold(lines), limit), size - begun, size)


def _ends_by_itself(path: Path) -> bool:
    """Read a file up to its header; tell whether the rest can be read from its end."""
    base = None
    with read_rollout(path) as reading:
        for found in reading:
            if isinstance(found, Line) and isinstance(found.item, SessionMeta):
                base = found.item.history_base
                break
        reading.check_owner()
    return reading.diagnostics.form == "plain" and reading.diagnostics.era == "enveloped" and base is None


def _items(backwards: Iterator[bytes]) -> Iterator[Line]:
    for data in backwards:
        if len(data) <= MAX_LINE_BYTES:
            line = read_line(data, 0)
            if isinstance(line, Line):
                yield line
