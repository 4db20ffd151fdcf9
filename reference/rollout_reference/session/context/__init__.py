"""The model context of a thread: what the model is given, and what a writer knows, after a resume.

[SESSION-CONTEXT-1]
"""

from collections.abc import Sequence
from typing import Any, cast

from msgspec import UNSET, Struct

from rollout_reference.session.context.boundaries import Item
from rollout_reference.session.context.replay import Replay
from rollout_reference.session.context.segments import Scan, Segment
from rollout_reference.session.context.shortening import Limit
from rollout_reference.session.context.windows import Window, untold
from rollout_reference.session.context.world import State, baseline
from rollout_reference.session.items.turn_context import TurnContext
from rollout_reference.session.lines import Line

__all__ = ["Limit", "ModelContext", "Settings", "Window", "context_of"]


class Settings(Struct, frozen=True):
    """Under which settings the last surviving turn of the user ran.  [SESSION-CONTEXT-12]"""

    model: str
    comp_hash: str | None
    realtime_active: bool | None


class ModelContext(Struct, frozen=True):
    """What is rebuilt from the lines of a rollout; trees are shared with them, not to be changed."""

    history: list[Item]
    window: Window
    world_state: State | None
    previous_settings: Settings | None
    reference_context: dict[str, Any] | None
    """The payload of the `turn_context` that the model was told."""


def context_of(lines: Sequence[Line], limit: Limit | None = None) -> ModelContext:
    """Rebuild the context from the lines of a rollout, the oldest first, in two passes.

    `limit` is how much of a tool's output the model that goes on is given; None is all of it.
    """
    found = Scan().scan(reversed(lines))
    window = found.window or untold(lines)
    return rebuilt(found, lines, window, limit)


def rebuilt(found: Segment, lines: Sequence[Line], window: Window, limit: Limit | None) -> ModelContext:
    """Put together the context from what a scan found and lines that reach back to the base."""
    after = 0 if found.base is None else len(lines) - found.base
    base = None if found.base is None else lines[after - 1]
    replay = Replay(base, limit)
    history = replay.replay(lines[after:] if after else lines)
    reference = None if found.reference is UNSET or replay.lost_reference else found.reference
    return ModelContext(
        history,
        window,
        baseline(reversed(found.world)),
        _settings(found.settings),
        reference.payload if reference else None,
    )


def differ(previous: Settings | None, comp_hash: str | None) -> bool:
    """Tell whether the context is compacted before the next turn because its model changed.

    An unknown side tells of no change.  [SESSION-CONTEXT-23]
    """
    known = previous.comp_hash if previous else None
    return known is not None and comp_hash is not None and known != comp_hash


def _settings(line: Line | None) -> Settings | None:
    if line is None:
        return None
    told = cast("TurnContext", line.item)
    return Settings(told.model, told.comp_hash, told.realtime_active)
