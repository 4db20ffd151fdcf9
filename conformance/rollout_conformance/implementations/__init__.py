"""Implementations under test, all behind one small interface."""

import shlex
from pathlib import Path
from typing import Protocol

from rollout_conformance.answers import Answer, Identity


class ImplementationError(Exception):
    """An implementation that cannot be used at all; the message says what to do."""


class Implementation(Protocol):
    """Something that performs the operations of the suite."""

    identity: Identity
    parallel: int
    """How many operations may be under way at once."""

    def perform(self, op: str, input_dir: Path, budget_ms: int) -> Answer:
        """Perform one operation on a folder within a budget in milliseconds."""
        ...

    def close(self) -> None:
        """Let go of processes and folders."""
        ...


def open_implementation(name: str) -> Implementation:
    """Return the implementation that a command line names.

    `reference` is the built-in one, `codex=PATH` a binary of the real CLI, anything else the
    command line of an adapter.  Raises `ImplementationError`.
    """
    prefix, _, path = name.partition("=")
    if name == "reference":
        from rollout_conformance.implementations.reference import Reference  # noqa: PLC0415

        return Reference()
    if prefix == "codex" and path:
        from rollout_conformance.implementations.codex import Codex  # noqa: PLC0415

        return Codex(Path(path))
    from rollout_conformance.implementations.adapter import Adapter  # noqa: PLC0415

    return Adapter(shlex.split(name))
