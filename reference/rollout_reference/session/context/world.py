"""The world state: what the model was last told about its surroundings.  [SESSION-WORLDSTATE-1 to 5]"""

from collections.abc import Iterable
from typing import Any

from rollout_reference.session.items.world_state import WorldState
from rollout_reference.session.lines import Line

State = dict[str, Any]


def baseline(records: Iterable[Line]) -> State | None:
    """Return the state that `world_state` and `compacted` lines, oldest first, lead to; None is unknown.

    The lines stay as they are: a patch makes a new state.
    """
    state: State | None = None
    for record in records:
        told = record.item
        if not isinstance(told, WorldState):
            state = None  # SESSION-WORLDSTATE-2
        elif told.full:
            state = _state(told.state)  # SESSION-WORLDSTATE-1
        elif state is not None:  # SESSION-WORLDSTATE-4
            state = _state(merge_patch(state, told.state))  # SESSION-WORLDSTATE-3
    return state


def merge_patch(value: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386), sharing what it leaves alone."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for key, part in patch.items():
        if part is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), part)
    return merged


def _state(value: Any) -> State | None:
    return value if isinstance(value, dict) else None  # SESSION-WORLDSTATE-5
