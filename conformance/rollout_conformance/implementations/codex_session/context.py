"""`session.context` by the real CLI: the first request after a resume, a rollback or a fork."""

from pathlib import Path
from typing import Any

from rollout_conformance.answers import Accepted, Answer, Unsupported
from rollout_conformance.implementations.codex_session import inputs, normalise, told
from rollout_conformance.implementations.codex_session.inputs import Given
from rollout_conformance.implementations.codex_session.probe import Live, Probe, probe
from rollout_conformance.implementations.codex_session.server import Server
from rollout_conformance.implementations.context_options import (
    Fork,
    Options,
    Resume,
    Revert,
    Rollback,
    options_of,
)
from rollout_conformance.tasks import Task
from rollout_reference import jsontext

PROVIDER = "scripted"
MODEL = "probe-model"
"""A model that no rollout was made with: a thread that goes on with it tells which one it had."""
MODEL_OF_TOKENS = "gpt-5.5"
"""A model whose outputs are limited in tokens; those of an unknown model are in bytes."""
TOKEN = 4
"""Bytes of a token."""

_MARKER = "<turn_aborted>"


def surfaces(asked: Options) -> set[str]:
    """Return what a release must offer to be asked for a context like this, where not all do."""
    cut = asked.cut
    needed = {f"cut: {type(cut).__name__.lower()}"}
    if isinstance(cut, Fork) and cut.before_message is not None:
        needed.add("cut: fork before a message")
    if asked.limit is not None and asked.limit.unit == "bytes" and asked.limit.amount % TOKEN:
        needed.add("limit: bytes that are no tokens")
    return needed


def going_on(asked: Options) -> dict[str, Any]:
    """Return with which model a thread goes on, and under which settings."""
    config: dict[str, Any] = {}
    if isinstance(asked.cut, Fork):
        config["agents.interrupt_message"] = asked.interrupted_marker is not None
    if asked.limit is None:
        return {"modelProvider": PROVIDER, "model": MODEL, "config": config}
    by_tokens = asked.limit.unit == "tokens"
    config["tool_output_token_limit"] = asked.limit.amount // (1 if by_tokens else TOKEN)
    return {"modelProvider": PROVIDER, "model": MODEL_OF_TOKENS if by_tokens else MODEL, "config": config}


def context_answer(server: Server, task: Task) -> Answer:
    """Return the context with which a thread of a case goes on.

    Raises `ScriptError` for options that are not understood, and what `Server.ask` raises.
    """
    asked = options_of(task.options)
    for lacking in sorted(surfaces(asked) & server.lacks):
        return Unsupported(lacking)
    given = inputs.put(server, task.input, asked.path, asked.thread)
    try:
        tree = context_tree(server, given, asked)
    finally:
        given.remove()
    return Accepted({"context.json": given.back(jsontext.pretty(tree))})


def context_tree(server: Server, given: Given, asked: Options) -> dict[str, Any]:
    """Return what a thread goes on with.  Raises what `Server.ask` raises, and `Unexpected`."""
    live = _cut(server, given, asked)
    try:
        seen = probe(server, live, going_on(asked))
        history = [told.own_keys(item, server.began_ms) for item in seen.history]
        if isinstance(asked.cut, Fork) and asked.interrupted_marker is not None:
            _put_marker(history, given, asked.interrupted_marker)
        return {
            "history": history,
            "window": told.window_of(server, live, seen),
            **told.world_state_of(seen),
            **_settings(server, live, asked, seen),
            "reference_context": None if seen.full_context else {},
        }
    finally:
        server.ask("thread/unsubscribe", threadId=live.thread_id)
        live.path.unlink(missing_ok=True)


def _cut(server: Server, given: Given, asked: Options) -> Live:
    """Let a thread go on as the options say."""
    cut = asked.cut
    if isinstance(cut, Fork):
        places = {"lastTurnId": cut.last_turn, "beforeTurnId": cut.before_turn}
        place = {key: value for key, value in places.items() if value is not None}
        forked = server.ask("thread/fork", **given.named, **going_on(asked), **place)
        return Live(forked["thread"]["id"], Path(forked["thread"]["path"]))
    thread = server.ask("thread/resume", **given.named, **going_on(asked))["thread"]
    if isinstance(cut, Rollback):
        server.ask("thread/rollback", threadId=given.thread_id, numTurns=cut.turns)
    elif isinstance(cut, Revert):
        place = {"threadId": given.thread_id, "beforeTurnId": cut.before_turn}
        thread = server.ask("thread/revert", **place)["thread"]
    return Live(given.thread_id, Path(thread["path"]))


def _put_marker(history: list[normalise.Item], given: Given, marker: dict[str, Any]) -> None:
    """Put the marker that is asked for in the place of the CLI's own, whose text cannot be chosen."""
    last = normalise.texts_of(history[-1]) if history else []
    if last and last[0].startswith(_MARKER) and jsontext.compact(last[0]).encode() not in given.data:
        history[-1] = marker


def _settings(server: Server, live: Live, asked: Options, seen: Probe) -> dict[str, Any]:
    """Return what is told of the settings before: a resume names the model, others whether there were any.

    A revert does not tell even that.
    """
    if isinstance(asked.cut, Resume):
        return told.model_before(server, live)
    if isinstance(asked.cut, Revert):
        return {}
    return {"previous_settings": {} if seen.switches else None}
