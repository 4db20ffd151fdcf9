"""What lines still tell of usage that are no items because they lack what usage does not need.

[SESSION-USAGE-8]
"""

from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.session.defects import Defect
from rollout_reference.session.items.events.usage import TokenCounts
from rollout_reference.session.shapes.shape import Mismatch, convert


class ToldTotal(Struct, frozen=True):
    """A `token_count` that does not tell of the last response."""

    total: TokenCounts
    ordinal: int | None
    timestamp: str
    limits: bool
    """Whether it tells limits."""


def told_by(defect: Defect, data: bytes) -> ToldTotal | str | None:
    """Return the total that a defective line tells, or the model; None if it tells neither."""
    if defect.code != "wrong_shape":
        return None
    tree = _object(data)
    payload = tree.get("payload")
    if not isinstance(payload, dict):
        return None
    if tree.get("type") == "turn_context":
        model = payload.get("model")
        return model if isinstance(model, str) else None
    if tree.get("type") == "event_msg" and payload.get("type") == "token_count":
        return _total(tree, payload)
    return None


def _total(tree: dict[str, Any], payload: dict[str, Any]) -> ToldTotal | None:
    info = payload.get("info")
    if not isinstance(info, dict) or info.get("last_token_usage") is not None:
        return None
    try:
        total = convert(info.get("total_token_usage"), TokenCounts)
    except (Mismatch, msgspec.ValidationError):
        return None
    ordinal = tree.get("ordinal")
    return ToldTotal(
        total,
        ordinal if isinstance(ordinal, int) else None,
        str(tree.get("timestamp")),
        payload.get("rate_limits") is not None,
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        tree = jsontext.parse(data)
    except jsontext.JsonError:
        return {}
    return tree if isinstance(tree, dict) else {}
