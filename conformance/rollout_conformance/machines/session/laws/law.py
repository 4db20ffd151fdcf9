"""What a law is: one sentence, its requirement, and a function that fails where it does not hold."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rollout_conformance.machines.session.conversation import Conversation
from rollout_conformance.machines.session.labels import labels_in
from rollout_conformance.machines.session.world import Entry, Thread, conversation_of
from rollout_reference.session.context import ModelContext, context_of
from rollout_reference.session.inherited import load_lineage
from rollout_reference.session.reading.loaded import Rollout


@dataclass(frozen=True)
class FileRun:
    """The file of a thread at one moment."""

    thread: Thread
    path: Path
    """Of the form that is there."""
    content: bytes
    """Of the plain form."""
    home: Path

    @cached_property
    def lines(self) -> list[Any]:
        """Return the lines that are JSON."""
        return list(filter(None, map(_parsed, self.content.split(b"\n"))))

    @cached_property
    def found(self) -> list[str]:
        """Return the labels in the order of the file."""
        return list(labels_in(self.lines))

    @cached_property
    def rollout(self) -> Rollout:
        """Return what the reference reads, with what the thread inherits."""
        return load_lineage(self.path, self.home, "context")

    @cached_property
    def context(self) -> ModelContext:
        """Return what the reference rebuilds."""
        return context_of(self.rollout.lines)

    @cached_property
    def standing(self) -> list[Entry]:
        """Return what the host remembers, as far as it stands in the file or was inherited."""
        found = set(self.found)
        own = [entry for entry in self.thread.entries if entry.label in found]
        return [*self.thread.inherited, *self.thread.copied, *own]

    @property
    def expected(self) -> Conversation:
        """Return the conversation that the host remembers, to be changed at will."""
        return conversation_of(self.standing, self.thread.window_id)


Check = Callable[[FileRun], None]


@dataclass(frozen=True)
class Law:
    """A law with the requirement that it stands for."""

    requirement: str
    sentence: str
    check: Check


def law(laws: list[Law], requirement: str, sentence: str) -> Callable[[Check], Check]:
    """Register a function as one of some laws."""

    def register(check: Check) -> Check:
        laws.append(Law(requirement, sentence, check))
        return check

    return register


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line) if line.strip() else None
    except ValueError:
        return None
