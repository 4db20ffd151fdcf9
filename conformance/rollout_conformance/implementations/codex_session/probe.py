"""A turn of a live thread, run to see with what it goes on: its request, and what it writes before that."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from rollout_conformance.implementations.codex_session import normalise
from rollout_conformance.implementations.codex_session.server import Server, lines_after

Settings = dict[str, Any]

_FULL = "<context_window>"
_SWITCH = "<model_switch>"


class Live(Struct, frozen=True):
    """A thread that goes on, and its file."""

    thread_id: str
    path: Path


class Probe(Struct, frozen=True):
    """What a turn showed."""

    history: list[normalise.Item]
    window_number: int
    lines: list[normalise.Line]
    """What the turn wrote."""
    instructions: list[str]
    """The texts for the model, one for each message, that the CLI added."""

    @property
    def full_context(self) -> str | None:
        """Return the text about the window, which only a full context has: the model was told nothing yet."""
        return next((text for text in self.instructions if _FULL in text), None)

    @property
    def switches(self) -> bool:
        """Tell whether the model was told that it is another one than in the turn before."""
        return any(_SWITCH in text for text in self.instructions)


def probe(server: Server, live: Live, goes_on: Settings) -> Probe:
    """Run a turn of a thread.  Raises what `Server.ask` raises, and `Unexpected`."""
    front = _front(server, goes_on)
    request, lines = _turn(server, live, goes_on)
    added = normalise.added_by_turn(lines)
    return Probe(
        history=normalise.history_in(request["input"], front, added),
        window_number=int(request["client_metadata"]["x-codex-window-id"].rpartition(":")[2]),
        lines=lines,
        instructions=[normalise.text_of(item) for item in added if item["role"] == "developer"],
    )


def _front(server: Server, goes_on: Settings) -> list[normalise.Item]:
    """Return what a model is sent before any history: a thread without any shows it."""
    model = goes_on["model"]
    if model not in server.fronts:
        started = server.ask("thread/start", **goes_on)["thread"]
        live = Live(started["id"], Path(started["path"]))
        request, lines = _turn(server, live, goes_on)
        server.fronts[model] = normalise.in_front(request["input"], normalise.added_by_turn(lines))
        server.ask("thread/unsubscribe", threadId=live.thread_id)
    return server.fronts[model]


def _turn(server: Server, live: Live, goes_on: Settings) -> tuple[Any, list[normalise.Line]]:
    """Run a turn and return its first request and the lines that it wrote."""
    size = live.path.stat().st_size if live.path.exists() else 0
    said = [{"type": "text", "text": normalise.PROBE}]
    requests = server.turn("turn/start", live.thread_id, input=said, model=goes_on["model"])
    return normalise.the_one(requests, "request of the turn"), lines_after(live.path, size)
