"""What the built-in reference rebuilds from session rollouts: the outputs of its reductions, by file name."""

from pathlib import Path
from typing import Any, Protocol

import msgspec

from rollout_conformance.implementations.context_options import options_of
from rollout_conformance.implementations.history_options import history_options_of, transcript_options_of
from rollout_reference import jsontext
from rollout_reference.session.context import ModelContext, context_of
from rollout_reference.session.context.sending import sent
from rollout_reference.session.errors import OutsideHome
from rollout_reference.session.history import history_of, running_history_of
from rollout_reference.session.inherited import load_lineage
from rollout_reference.session.reading.loaded import Operation, Rollout
from rollout_reference.session.segments import current_segment
from rollout_reference.session.transcript import transcript_of

ROLLOUT = "rollout.jsonl"
HOME = "home"


def context_to(folder: Path, options: dict[str, Any]) -> dict[str, bytes]:
    """Return the model context of a folder's rollout, after the cut that the options ask for.

    Raises `SessionRejected`, and `ScriptError` for options that are not understood.
    """
    asked = options_of(options)
    rollout = load_from(folder, asked, asked.operation)
    context = context_of(asked.cut.of(rollout.lines, asked.interrupted_marker), asked.limit)
    return {"context.json": jsontext.pretty(context_tree(context, send=asked.form == "sent"))}


def context_tree(context: ModelContext, *, send: bool = False) -> dict[str, Any]:
    """Return a context as JSON; its history as it is stored, or as it is sent."""
    return {
        "history": sent(context.history) if send else context.history,
        "window": msgspec.to_builtins(context.window),
        "world_state": context.world_state,
        "previous_settings": msgspec.to_builtins(context.previous_settings),
        "reference_context": context.reference_context,
    }


def history_to(folder: Path, options: dict[str, Any]) -> dict[str, bytes]:
    """Return the turns of a folder's rollout, as they are stored or as a running thread shows them.

    Raises `SessionRejected`, and `ScriptError` for options that are not understood.
    """
    asked = history_options_of(options)
    rollout = load_from(folder, asked, "history")
    told = running_history_of if asked.view == "running" else history_of
    history = told(rollout, asked.items, asked.from_ordinal)
    return {"history.json": jsontext.pretty(history)}


def transcript_to(folder: Path, options: dict[str, Any]) -> dict[str, bytes]:
    """Return what was said in a folder's rollout.

    Raises `SessionRejected`, and `ScriptError` for options that are not understood.
    """
    asked = transcript_options_of(options)
    rollout = load_from(folder, asked, "transcript")
    return {"transcript.json": jsontext.pretty(transcript_of(rollout))}


class Asked(Protocol):
    """What options say of the rollout."""

    @property
    def path(self) -> str | None:
        """Return its path from the home."""

    @property
    def thread(self) -> str | None:
        """Return the id of the thread whose current segment it is."""


def load_from(folder: Path, asked: Asked, operation: Operation) -> Rollout:
    """Read a folder's rollout for an operation: `rollout.jsonl`, or a file of its `home`.

    A rollout without its home must not inherit from another file.  Raises `SessionRejected`.
    """
    home = folder / HOME
    if asked.thread is not None:
        return load_lineage(current_segment(home, asked.thread), home, operation)
    if asked.path is None:
        return load_lineage(folder / ROLLOUT, None, operation)
    if not (home / asked.path).resolve().is_relative_to(home.resolve()):
        raise OutsideHome(asked.path)
    return load_lineage(home / asked.path, home, operation)
