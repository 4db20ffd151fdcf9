"""A rollout in memory: its items in order, what reading it found, and what may be done with it."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from msgspec import Struct

from rollout_reference.errors import Place
from rollout_reference.session.defects import Defect
from rollout_reference.session.errors import NotPaginated
from rollout_reference.session.items.meta import HistoryMode, SessionMeta
from rollout_reference.session.line import Line, held
from rollout_reference.session.names import logical_path
from rollout_reference.session.reading.diagnostics import Diagnostics
from rollout_reference.session.reading.rollout import Reading, read_rollout

Operation = Literal["metadata", "context", "fork", "rollback", "revert", "history", "transcript", "usage"]
"""What is made of a rollout."""

MODES: Mapping[Operation, frozenset[HistoryMode]] = MappingProxyType(
    {
        "metadata": frozenset({"legacy", "paginated"}),
        "context": frozenset({"legacy", "paginated"}),
        "fork": frozenset({"legacy", "paginated"}),
        "rollback": frozenset({"legacy"}),
        "revert": frozenset({"paginated"}),
        "history": frozenset({"legacy", "paginated"}),
        "transcript": frozenset({"legacy", "paginated"}),
        "usage": frozenset({"legacy", "paginated"}),
    }
)
"""The history modes that an operation is defined on; an unknown mode never gets this far.

[SESSION-CONTEXT-2]
"""


OF_THE_END: frozenset[Operation] = frozenset({"context", "fork", "rollback", "revert"})
"""Operations that look at the items of the newest lines only, as a rule."""


class Opened(Struct, frozen=True, kw_only=True):
    """A rollout as far as its header; what follows is read while its lines are looked at."""

    path: Path
    """The plain path, whichever form was read."""
    header: Line
    """The first `session_meta`, which owns the file."""
    lines: Iterable[Line]
    """All items in order, the header and what stands before it included; they may be looked at once."""
    diagnostics: Diagnostics
    """Complete when the lines are at their end, as the defects are."""
    defects: list[Defect]
    """The lines that are no item, in order; they and blank lines are left out of `lines`."""
    inherited: Sequence[Line] = ()
    """The headers of the files whose lines come before its own, the nearest first."""

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


class Rollout(Opened, frozen=True, kw_only=True):
    """A rollout that was read to its end."""

    lines: list[Line]
    """All items in order; not to be changed."""


def load(path: Path | str, operation: Operation = "metadata") -> Rollout:
    """Read a rollout of either form, given by the path of either, for an operation.

    Raises `SessionRejected`: what reading raises, `NoOwner`, and `NotPaginated` for an operation
    that is not defined on the file's history mode.
    """
    defects: list[Defect] = []
    with _no_collection(), read_rollout(path) as reading:
        found = _lines(reading, defects)
        lines = list(map(held, found) if operation in OF_THE_END else found)
    header = next(line for line in lines if line.type == "session_meta")
    rollout = Rollout(
        path=logical_path(Path(path)),
        header=header,
        lines=lines,
        diagnostics=reading.diagnostics,
        defects=defects,
    )
    check_mode(rollout, operation)
    return rollout


@contextmanager
def passing(path: Path | str) -> Iterator[Opened]:
    """Give a rollout, without what it inherits, whose lines are read while they are looked at.

    Raises what `load` raises; whatever was made of the lines until then is of no use.
    """
    before: list[Line] = []
    defects: list[Defect] = []
    with _no_collection(), read_rollout(path) as reading:
        lines = _lines(reading, defects)
        for line in lines:
            before.append(line)
            if line.type == "session_meta":
                break
        yield Opened(
            path=logical_path(Path(path)),
            header=before[-1],
            lines=chain(before, lines),
            diagnostics=reading.diagnostics,
            defects=defects,
        )


def _lines(reading: Reading, defects: list[Defect]) -> Iterator[Line]:
    """Yield the items of a rollout and put its defects aside.  Raises `NoOwner` at the end."""
    for found in reading:
        if type(found) is Defect:
            defects.append(found)
        else:
            yield found
    reading.check_owner()


def check_mode(rollout: Opened, operation: Operation) -> None:
    """Raise `NotPaginated` if the operation is not defined on the rollout.  [SESSION-CONTEXT-2]"""
    if rollout.history_mode not in MODES[operation]:
        raise NotPaginated(
            operation, rollout.history_mode, place=Place(rollout.path.name, rollout.header.number)
        )


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
