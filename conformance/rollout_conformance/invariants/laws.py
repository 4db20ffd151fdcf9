"""What a law is: one sentence, its requirement, and a function that fails where it does not hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from rollout_conformance.machines.world import World

ReduceLines = Callable[[list[bytes]], bytes]
"""Reduces the bundle with these lines in its log; raises `errors.Rejected`."""


@dataclass(frozen=True)
class TraceRun:
    """A bundle that a host recorded, the state that a reducer made of it, and what the host knows."""

    world: World
    lines: list[bytes]
    state_json: bytes
    reduce_lines: ReduceLines
    checked: int = field(default=0)
    """How many lines there were when the laws were checked before."""

    @cached_property
    def state(self) -> dict[str, Any]:
        """Return the reduced state."""
        state: dict[str, Any] = msgspec.json.decode(self.state_json)
        return state

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Return the events of the log."""
        return [msgspec.json.decode(line)["payload"] for line in self.lines]


@dataclass(frozen=True)
class Law:
    """A law with the requirement that it stands for."""

    requirement: str
    sentence: str
    check: Callable[[TraceRun], None]


LAWS: list[Law] = []


def law(
    requirement: str, sentence: str
) -> Callable[[Callable[[TraceRun], None]], Callable[[TraceRun], None]]:
    """Register a function as a law."""

    def register(check: Callable[[TraceRun], None]) -> Callable[[TraceRun], None]:
        LAWS.append(Law(requirement, sentence, check))
        return check

    return register
