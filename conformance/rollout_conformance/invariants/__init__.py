"""The laws of trace bundles, one small function each."""

from rollout_conformance.invariants import (  # noqa: F401  (each registers its laws)
    agents,
    execution,
    ids,
    replay,
    threads,
    transcript,
)
from rollout_conformance.invariants.laws import LAWS, Law, TraceRun

__all__ = ["LAWS", "Law", "TraceRun"]
