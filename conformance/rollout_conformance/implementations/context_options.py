"""What a request of `session.context` says in its options."""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

from rollout_conformance.script_error import ScriptError
from rollout_reference.session.context import Limit
from rollout_reference.session.context.forks import (
    after_turn,
    before_message,
    before_turn,
    interrupted,
    last_turns,
    rolled_back,
)
from rollout_reference.session.items.response_items import Message
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.loaded import Operation
from rollout_reference.session.shapes.shape import NoOther, convert

Count = Annotated[int, Meta(ge=0, le=2**32 - 1)]


class Cut(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag=str.lower):
    """What is done with the thread before the model is asked."""

    operation: ClassVar[Operation] = "context"

    def of(self, lines: list[Line], marker: dict[str, Any] | None) -> list[Line]:
        """Return the lines that the context is rebuilt from."""
        raise NotImplementedError


class Resume(Cut, frozen=True):
    """It goes on as it is."""

    def of(self, lines: list[Line], marker: dict[str, Any] | None) -> list[Line]:
        """Return the lines as they are."""
        return lines


class Rollback(Cut, frozen=True):
    """Its last turns are taken back."""

    turns: Count
    operation: ClassVar[Operation] = "rollback"

    def of(self, lines: list[Line], marker: dict[str, Any] | None) -> list[Line]:
        """Return the lines with the rollback appended."""
        return rolled_back(lines, self.turns)


class Revert(Cut, frozen=True):
    """It goes on from before one of its turns."""

    before_turn: str
    operation: ClassVar[Operation] = "revert"

    def of(self, lines: list[Line], marker: dict[str, Any] | None) -> list[Line]:
        """Return the lines that are kept."""
        return before_turn(lines, self.before_turn)


class Fork(Cut, frozen=True):
    """Another thread begins with its history, with all of it or up to a turn or a message."""

    last_turn: str | None = None
    before_turn: str | None = None
    before_message: Count | None = None
    operation: ClassVar[Operation] = "fork"

    def of(self, lines: list[Line], marker: dict[str, Any] | None) -> list[Line]:
        """Return the lines that the fork has."""
        if self.before_message is not None:
            return before_message(lines, self.before_message)
        if self.last_turn is not None:
            lines = after_turn(lines, self.last_turn)
        elif self.before_turn is not None:
            lines = before_turn(lines, self.before_turn)
        return interrupted(lines, marker)

    def __post_init__(self) -> None:
        if sum(cut is not None for cut in (self.last_turn, self.before_turn, self.before_message)) > 1:
            raise ValueError("a fork is cut at one place")


class Spawn(Cut, frozen=True):
    """A sub-agent begins with its last turns; all of them if no number is given."""

    turns: Count | None = None
    operation: ClassVar[Operation] = "fork"

    def of(self, lines: list[Line], marker: dict[str, Any] | None) -> list[Line]:
        """Return the lines that the sub-agent has."""
        return last_turns(lines, self.turns)


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """All options; each may be left out."""

    path: str | None = None
    thread: str | None = None
    cut: Resume | Rollback | Revert | Fork | Spawn = Resume()
    interrupted_marker: dict[str, Any] | None = None
    limit: Limit | None = None
    form: Literal["stored", "sent"] = "stored"

    @property
    def operation(self) -> Operation:
        """Return what the rollout is read for."""
        return self.cut.operation

    def __post_init__(self) -> None:
        if self.path is not None and self.thread is not None:
            raise ValueError("a rollout is named by its path or by its thread")


def options_of(told: dict[str, Any]) -> Options:
    """Read the options.  Raises `ScriptError` for one that is not known or not of its form."""
    try:
        options = msgspec.convert(told, Options)
        if options.interrupted_marker is not None:
            convert(options.interrupted_marker, Message | NoOther)
        return options
    except msgspec.ValidationError as error:
        raise ScriptError(f"options of session.context: {error}") from None
