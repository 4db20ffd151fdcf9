"""The context as releases rebuild it that do not follow the text, to be compared with them on any rollout.

Before 0.153.0 the replay begins behind the last compaction that the scan gave a base to, whether that
survives or not, and what was taken back after it replaces the history all the same; the scan does not look
for a window, a turn that begins closes no segment of another turn, and none but those of the user tell
settings.  [DEV-70, DEV-72, DEV-73, DEV-140]

0.169.0 reads nothing of a paginated rollout before the base.  [DEV-141]
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from rollout_reference.session.context import ModelContext, rebuilt
from rollout_reference.session.context.replay import Replay, replacement_of
from rollout_reference.session.context.segments import Scan
from rollout_reference.session.context.windows import untold
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.items.events.lifecycle import TaskStarted
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line


class _Scan(Scan):
    """A scan that remembers how many lines are newer than the last compaction that became a base."""

    newer: int | None = None

    @property
    def is_settled(self) -> bool:
        """Tell whether base, settings and reference are known.  [DEV-73]"""
        found = self.found
        known = found.settings is not None and found.reference is not msgspec.UNSET
        return found.base is not None and known

    def push(self, line: Line) -> None:
        """Take the next older line."""
        if self._open is not None and _begins_another(line.item, self._open.turn_id):
            self.lines += 1
            return
        based = self._open is not None and self._open.base is not None
        if _replaces(line.item) and not based:
            self.newer = self.lines
        super().push(line)
        if self._open is not None:
            self._open.told_whole = False


class _Replay(Replay):
    """A replay in which every replacement history replaces."""

    def _take(self, line: Line, item: Any) -> None:
        if _replaces(item):
            self._history.replace(replacement_of(line))
        else:
            super()._take(line, item)


def former_context_of(lines: Sequence[Line]) -> ModelContext:
    """Rebuild the context from the lines of a rollout, the oldest first."""
    scan = _Scan()
    found = scan.scan(reversed(lines))
    context = rebuilt(found, lines, found.window or untold(lines), None)
    replay = _Replay(None if found.base is None else lines[len(lines) - 1 - found.base], None)
    history = replay.replay(lines if scan.newer is None else lines[len(lines) - scan.newer :])
    told = found.reference or None
    reference = None if replay.lost_reference or told is None else told.payload
    return msgspec.structs.replace(context, history=history, reference_context=reference)


def newer_context_of(lines: Sequence[Line]) -> ModelContext:
    """Rebuild the context as 0.169.0 does."""
    read = lines
    base = Scan().scan(reversed(lines)).base
    if base is not None and any(_is_paginated(line.item) for line in lines):
        read = lines[len(lines) - base - 1 :]  # DEV-141
    found = Scan().scan(reversed(read))
    return rebuilt(found, lines, found.window or untold(lines), None)


def _is_paginated(item: Any) -> bool:
    return isinstance(item, SessionMeta) and item.history_mode == "paginated"


def _begins_another(item: Any, turn_id: str | None) -> bool:
    """Tell whether another turn begins, as far as ids tell.  [DEV-72]"""
    return isinstance(item, TaskStarted) and turn_id is not None and item.turn_id not in (None, turn_id)


def _replaces(item: Any) -> bool:
    return isinstance(item, Compacted) and item.replacement_history is not None
