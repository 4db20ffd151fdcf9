"""The real CLI rebuilds the same context: its first request after a resume begins with the history."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.generators.rollouts import Generator, Record, document
from rollout_conformance.record import model_beside
from rollout_conformance.record.app_server import AppServer
from rollout_reference.session.context import ModelContext, context_of
from rollout_reference.session.context.sending import sent
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.loaded import load

pytestmark = pytest.mark.codex

SEEDS = range(int(os.environ.get("ROLLOUTSPEC_CONTEXT_SEEDS", "60")))
NOT_SENT = ("id", "internal_chat_message_metadata_passthrough")


class Resumer:
    """A CLI that resumes rollouts, with a model that notes what it is asked."""

    def __init__(self, codex: Path, folder: Path) -> None:
        self._folder = folder
        self.home = folder / "home"
        program = model_beside.command_of(codex, folder)
        self.server = AppServer(program, self.home, config=model_beside.CONFIG)

    def resume(self, thread_id: str, data: bytes) -> tuple[Path, dict[str, Any]]:
        """Resume a rollout and run a turn; return its file and the first request."""
        path = self.home / "sessions/2026/01/02" / f"rollout-2026-01-02T03-04-05-{thread_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        asked = len(model_beside.requests_of(self._folder))
        self.server.request("thread/resume", {"threadId": thread_id})
        probe = [{"type": "text", "text": "PROBE"}]
        self.server.request("turn/start", {"threadId": thread_id, "input": probe})
        self.server.notified("turn/completed")
        self.server.request("thread/unsubscribe", {"threadId": thread_id})
        return path, model_beside.requests_of(self._folder)[asked]


@pytest.fixture(scope="module")
def resumer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resumer]:
    """Run CLI 0.143.0."""
    made = Resumer(Path(os.environ["ROLLOUTSPEC_CODEX"]), tmp_path_factory.mktemp("codex"))
    with made.server:
        yield made


@pytest.fixture(scope="module")
def newer_resumer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resumer]:
    """Run CLI 0.169.0."""
    made = Resumer(Path(os.environ["ROLLOUTSPEC_CODEX_169"]), tmp_path_factory.mktemp("codex"))
    with made.server:
        yield made


def loses_history(lines: list[Line], context: ModelContext) -> bool:
    """Tell whether a compaction with a replacement was rolled back: 0.143.0 goes on otherwise.  [DEV-70]"""
    replaced = [line for line in lines if _replaces(line)]
    return bool(replaced) and context.window != _window_of(replaced[-1])


def _replaces(line: Line) -> bool:
    return isinstance(line.item, Compacted) and line.item.replacement_history is not None


def _window_of(line: Line) -> Any:
    return context_of([line]).window


def comparable(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without what is not sent."""
    return {key: value for key, value in item.items() if key not in NOT_SENT and value is not None}


def texts_of(item: dict[str, Any]) -> list[str]:
    """Return the texts of an item."""
    return [part["text"] for part in item.get("content") or [] if "text" in part]


def difference(data: bytes, request: dict[str, Any], context: ModelContext) -> list[str]:
    """Return in what a request does not go on from a context."""
    found: list[str] = []
    history = [comparable(item) for item in sent(context.history)]
    given = [comparable(item) for item in request["input"]]
    while given and given[0] not in history[:1] and given[0].get("role") == "developer":
        del given[0]  # newer versions put their base instructions first
    if given[: len(history)] != history:
        found.append("history")
    stood = {text for line in data.splitlines() for text in texts_of(json.loads(line)["payload"])}
    if any(text in stood for item in given[len(history) :] for text in texts_of(item)):
        found.append("more history")
    window = request["client_metadata"]["x-codex-window-id"].rpartition(":")[2]
    if int(window) != context.window.number:
        found.append("window")
    return found


def compared(resumer: Resumer, made: Generator, records: list[Record]) -> list[str]:
    """Resume what was made and return the differences."""
    data = document(records, paginated=made.paginated)
    path, request = resumer.resume(made.thread_id, data)
    (path.parent / "given.jsonl").write_bytes(data)
    lines = load(path.parent / "given.jsonl").lines
    context = context_of(lines)
    return [] if loses_history(lines, context) else difference(data, request, context)


def test_rollouts_in_disorder(resumer: Resumer) -> None:
    """Whatever the lines are, 0.143.0 makes the same of them."""
    differing: dict[int, list[str]] = {}
    for seed in SEEDS:
        made = Generator(f"codex-wild-{seed}")
        differing[seed] = compared(resumer, made, made.wild())

    assert {seed: found for seed, found in differing.items() if found} == {}


def test_rollouts_as_written(resumer: Resumer) -> None:
    """What a writer leaves has the same context in 0.143.0."""
    differing: dict[int, list[str]] = {}
    for seed in SEEDS:
        made = Generator(f"codex-written-{seed}")
        differing[seed] = compared(resumer, made, made.canonical())

    assert {seed: found for seed, found in differing.items() if found} == {}


def test_paginated_rollouts(newer_resumer: Resumer) -> None:
    """A paginated thread has the same context in 0.169.0."""
    differing: dict[int, list[str]] = {}
    for seed in SEEDS:
        made = Generator(f"codex-paginated-{seed}", paginated=True)
        differing[seed] = compared(newer_resumer, made, made.canonical())

    assert {seed: found for seed, found in differing.items() if found} == {}
