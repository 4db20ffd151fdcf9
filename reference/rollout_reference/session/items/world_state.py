"""The `world_state` line: what the model was told about its surroundings.  [SESSION-WORLD-1]"""

from typing import Any

from rollout_reference.session.shapes.shape import Shape


class WorldState(Shape):
    """A new baseline if `full`, else an RFC 7386 merge patch of the current one."""

    full: bool
    state: Any
