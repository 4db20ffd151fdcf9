"""The invariants of sessions, one small function each; `python -m` of this package counts their runs."""

from rollout_conformance.invariants.session import (  # noqa: F401  (each registers its laws)
    forks,
    items,
    rollbacks,
    threads,
    turns,
    twins,
    unchanged,
    windows,
    within,
    world,
)
from rollout_conformance.invariants.session.laws import LAWS, Law

__all__ = ["LAWS", "Law"]
