"""What a turn tells of the context that it went on with, in the terms of `session.context`.

What it does not tell is left out, and `releases.py` lists that.
"""

import re
import uuid
from typing import Any

from rollout_conformance.implementations.codex_session import normalise
from rollout_conformance.implementations.codex_session.probe import Live, Probe
from rollout_conformance.implementations.codex_session.server import Server, lines_after

UUID7 = 7
HOUR_MS = 3_600_000
"""How long no task lasts: an id of a later time was not made for it either."""

_RECORDED = re.compile(r"This session was recorded with model `(.*)` but is resuming with `")
_PREVIOUS = re.compile(r"^Previous context window id: (\S+)$", re.MULTILINE)


def window_of(server: Server, live: Live, probe: Probe) -> dict[str, Any]:
    """Return the window: the next compaction names the first id and its own.

    The one before is told in a full context alone.  Ids that the server made for this are none.
    Raises what `Server.ask` raises, and `Unexpected`.
    """
    size = live.path.stat().st_size
    server.turn("thread/compact/start", live.thread_id)
    lines = [line["payload"] for line in lines_after(live.path, size) if line["type"] == "compacted"]
    told = normalise.the_one(lines, "compaction")
    ids = {"first_window_id": told["first_window_id"], "window_id": told["previous_window_id"]}
    if probe.full_context is not None:
        previous = _PREVIOUS.search(probe.full_context)
        ids["previous_window_id"] = previous[1] if previous else None
    known = {key: None if is_fresh(value, server.began_ms) else value for key, value in ids.items()}
    return {"number": probe.window_number, **known}


def world_state_of(probe: Probe) -> dict[str, Any]:
    """Return what the turn's own world state tells of the one before: the keys that it takes away.

    In a full context it is full whatever was before.
    """
    own = next((line["payload"] for line in probe.lines if line["type"] == "world_state"), None)
    if own is None:
        return {"world_state": {}}
    if own["full"]:
        return {"world_state": None} if probe.full_context is None else {}
    return {"world_state": {key: {} for key, value in own["state"].items() if value is None}}


def model_before(server: Server, live: Live) -> dict[str, Any]:
    """Return the settings of the turn before as far as a resume names them."""
    named = filter(None, map(_RECORDED.match, server.warnings(live.thread_id)))
    return {"previous_settings": next(({"model": match[1]} for match in named), None)}


def own_keys(item: normalise.Item, since_ms: int) -> normalise.Item:
    """Return an item without keys that are null and without an id that was made since then."""
    told = {key: value for key, value in item.items() if value is not None}
    if is_fresh(str(told.get("id")).partition("_")[2], since_ms):
        del told["id"]
    return told


def is_fresh(text: str | None, since_ms: int) -> bool:
    """Tell whether a text is an id of version 7 that was made since then."""
    try:
        made = uuid.UUID(text)
    except (ValueError, TypeError):
        return False
    return made.version == UUID7 and since_ms <= made.int >> 80 < since_ms + HOUR_MS
