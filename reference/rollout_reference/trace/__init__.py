"""The rollout trace bundle, schema 1: read, write, reduce."""

from rollout_reference.trace.reduce import reduce
from rollout_reference.trace.state import RolloutTrace

__all__ = ["RolloutTrace", "reduce"]
