"""The `security_risk_score` line: what a classifier made of an action.  Known from 0.148.0 on.

[SESSION-LINE-13]
"""

from typing import Any

from rollout_reference.session.shapes.amounts import Float
from rollout_reference.session.shapes.shape import Shape, Skipped


class RiskScore(Shape):
    """The payload of a `security_risk_score` line."""

    call_id: Skipped[str | None] = None
    sampled_at: Skipped[str | None] = None
    action: Skipped[Any] = None
    scores: dict[str, Float]
