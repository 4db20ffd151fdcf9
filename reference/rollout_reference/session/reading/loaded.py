"""A rollout in memory: its items in order, what reading it found, and what may be done with it."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from msgspec import Struct

from rollout_reference.errors import Place
from rollout_reference.session.defects import Defect
from rollout_reference.session.errors import NotPaginated
from rollout_reference.session.items.meta import HistoryMode, SessionMeta
from rollout_reference.session.lines import Line
from rollout_reference.session.names import logical_path
from rollout_reference.session.reading.diagnostics import Diagnostics
from rollout_reference.session.reading.rollout import read_rollout

Operation = Literal["metadata", "context", "fork", "rollback", "history", "transcript", "usage"]
"""What is made of a rollout."""

MODES: Mapping[Operation, frozenset[HistoryMode]] = MappingProxyType(
    {
        "metadata": frozenset({"legacy", "paginated"}),
        "context": frozenset({"legacy", "paginated"}),
        "fork": frozenset({"legacy", "paginated"}),
        "rollback": frozenset({"legacy"}),
        "history": frozenset({"legacy", "paginated"}),
        "transcript": frozenset({"legacy", "paginated"}),
        "usage": frozenset({"legacy", "paginated"}),
    }
)
"""The history modes that an operation is defined on; an unknown mode never gets this far.

[SESSION-CONTEXT-2]
"""


class Rollout(Struct, frozen=True):
    """A rollout that was read to its end; defects and blank lines are left out and counted."""

    path: Path
    """The plain path, whichever form was read."""
    lines: list[Line]
    """All items in order, the header and what stands before it included; not to be changed."""
    header: Line
    """The first `session_meta`, which owns the file."""
    diagnostics: Diagnostics
    defects: list[Defect]
    """The lines that are no item, in order."""

    @property
    def meta(self) -> SessionMeta:
        """Return the payload of the header."""
        return cast("SessionMeta", self.header.item)

    @property
    def thread_id(self) -> str:
        """Return the id of the thread, whatever the file's name says."""
        return str(self.meta.id)

    @property
    def history_mode(self) -> HistoryMode:
        """Return how the thread keeps its history."""
        return self.meta.history_mode


def load(path: Path | str, operation: Operation = "metadata") -> Rollout:
    """Read a rollout of either form, given by the path of either, for an operation.

    Raises `SessionRejected`: what reading raises, `NoOwner`, and `NotPaginated` for an operation
    that is not defined on the file's history mode.
    """
    lines: list[Line] = []
    defects: list[Defect] = []
    with _no_collection(), read_rollout(path) as reading:
        for found in reading:
            if isinstance(found, Line):
                lines.append(found)
            else:
                defects.append(found)
        reading.check_owner()
    header = next(line for line in lines if line.type == "session_meta")
    rollout = Rollout(logical_path(Path(path)), lines, header, reading.diagnostics, defects)
    check_mode(rollout, operation)
    return rollout


def check_mode(rollout: Rollout, operation: Operation) -> None:
    """Raise `NotPaginated` if the operation is not defined on the rollout.  [SESSION-CONTEXT-2]"""
    if rollout.history_mode not in MODES[operation]:
        raise NotPaginated(operation, place=Place(rollout.path.name, rollout.header.number))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector of cycles from looking at all lines again and again: they hold none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
