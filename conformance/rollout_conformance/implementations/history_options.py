"""What a request of `session.history` or `session.transcript` says in its options."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from rollout_conformance.script_error import ScriptError
from rollout_reference.session.history.answer import ItemsView

S = TypeVar("S", bound=Struct)

Ordinal = Annotated[int, Meta(ge=0)]


class TranscriptOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `session.transcript`; each may be left out."""

    path: str | None = None
    thread: str | None = None

    def __post_init__(self) -> None:
        if self.path is not None and self.thread is not None:
            raise ValueError("a rollout is named by its path or by its thread")


class HistoryOptions(TranscriptOptions, frozen=True, forbid_unknown_fields=True):
    """Options of `session.history`; each may be left out."""

    view: Literal["stored", "running"] = "stored"
    items: ItemsView = "full"
    from_ordinal: Ordinal = 0


def history_options_of(told: dict[str, Any]) -> HistoryOptions:
    """Read the options.  Raises `ScriptError` for one that is not known or not of its form."""
    return _read(told, HistoryOptions, "session.history")


def transcript_options_of(told: dict[str, Any]) -> TranscriptOptions:
    """Read the options.  Raises `ScriptError` for one that is not known or not of its form."""
    return _read(told, TranscriptOptions, "session.transcript")


def _read(told: dict[str, Any], options: type[S], operation: str) -> S:
    try:
        return msgspec.convert(told, options)
    except msgspec.ValidationError as error:
        raise ScriptError(f"options of {operation}: {error}") from None
