"""The real CLI shows the same history: its answer to thread/read, key by key."""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.generators.histories import Histories, Projections
from rollout_conformance.generators.rollouts import document
from rollout_conformance.implementations.reduction_ops import ROLLOUT, history_to
from rollout_conformance.locations import corpus_dir
from rollout_conformance.mutants.patch import patched
from rollout_conformance.mutants.session_turns import turn_abort_unknown
from rollout_conformance.record.app_server import AppServer

pytestmark = pytest.mark.codex

SEEDS = range(int(os.environ.get("ROLLOUTSPEC_HISTORY_SEEDS", "1000")))
FORMER = "0.143.0"
NEWER = "0.169.0"

NEWER_KEYS = {
    "turn": {"rootTurnId"},
    "error": {"misalignment"},
    "item": {"startedAtMs", "completedAtMs"},
    "agentMessage": {"moderation", "delivery", "questions"},
    "commandExecution": {"pluginId", "scriptPath"},
    "imageGeneration": {"transparentBackground", "failure", "generationId"},
    "mcpToolCall": {"mcpAppUi", "readOnlyHint"},
    "subAgentActivity": {"model", "reasoningEffort"},
    "webSearch": {"results"},
}
"""Keys that 0.169.0 adds.  [DEV-86]"""


class Reader:
    """A CLI that is asked for the turns of threads."""

    def __init__(self, codex: Path, home: Path) -> None:
        self.server = AppServer(codex, home)

    def turns_of(self, thread_id: str, data: bytes, *, resumed: bool = False) -> list[dict[str, Any]]:
        """Put a rollout into the home and return its turns.  [DEV-87]"""
        path = self.server.home / "sessions/2026/01/02" / f"rollout-2026-01-02T03-04-05-{thread_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if resumed:
            self.server.request("thread/resume", {"threadId": thread_id})
        answer = self.server.request("thread/read", {"threadId": thread_id, "includeTurns": True})
        turns: list[dict[str, Any]] = answer["thread"]["turns"]
        return turns


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Run CLI 0.143.0."""
    made = Reader(Path(os.environ["ROLLOUTSPEC_CODEX"]), tmp_path_factory.mktemp("home"))
    with made.server:
        yield made


@pytest.fixture(scope="module")
def newer_reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Run CLI 0.169.0."""
    made = Reader(Path(os.environ["ROLLOUTSPEC_CODEX_169"]), tmp_path_factory.mktemp("home"))
    with made.server:
        yield made


def agreed(version: str) -> list[str]:
    """Return the cases of stored histories of one file that a version is said to agree with."""
    cases = (
        (file.parent, tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted((corpus_dir() / "session/history").glob("*/case.toml"))
    )
    return [
        folder.name
        for folder, case in cases
        if version in case.get("upstream", {}) and not case.get("notes") and not case.get("options")
    ]


def rollout_of(case: str, thread_id: str) -> bytes:
    """Return the rollout of a case as that of another thread."""
    data = (corpus_dir() / "session/history" / case / "input" / ROLLOUT).read_bytes()
    own = json.loads(data.split(b"\n")[0])["payload"]["id"].encode()
    return data.replace(own, thread_id.encode()).replace(b'"mock"', b'"nowhere"')


def reference_turns(folder: Path, data: bytes) -> list[dict[str, Any]]:
    """Return the turns that the reference makes of a rollout."""
    (folder / ROLLOUT).write_bytes(data)
    turns: list[dict[str, Any]] = json.loads(history_to(folder, {})["history.json"])["turns"]
    return turns


def without_newer_keys(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return turns of 0.169.0 with the keys that 0.143.0 has."""
    return [
        _without(turn, "turn")
        | {
            "items": [_without(item, "item", item["type"]) for item in turn["items"]],
            "error": turn["error"] and _without(turn["error"], "error"),
        }
        for turn in turns
    ]


def _without(tree: dict[str, Any], *kinds: str) -> dict[str, Any]:
    dropped = {key for kind in kinds for key in NEWER_KEYS.get(kind, ())}
    return {key: value for key, value in tree.items() if key not in dropped}


@pytest.mark.parametrize("case", agreed(FORMER))
def test_legacy_cases(case: str, reader: Reader, tmp_path: Path) -> None:
    """What the cases say of 0.143.0 is what it answers, in the same order of keys."""
    thread_id = f"00000000-0000-7000-9000-{agreed(FORMER).index(case):012x}"
    data = rollout_of(case, thread_id)

    answered = reader.turns_of(thread_id, data)

    assert json.dumps(reference_turns(tmp_path, data)) == json.dumps(answered)


@pytest.mark.parametrize("case", agreed(NEWER))
def test_paginated_cases(case: str, newer_reader: Reader, tmp_path: Path) -> None:
    """What the cases say of 0.169.0 is what it answers."""
    thread_id = f"00000000-0000-7000-9000-{agreed(NEWER).index(case):012x}"
    data = rollout_of(case, thread_id)

    answered = newer_reader.turns_of(thread_id, data, resumed=True)

    assert reference_turns(tmp_path, data) == without_newer_keys(answered)


@pytest.mark.parametrize("seed", SEEDS)
def test_made_histories(seed: int, reader: Reader, tmp_path: Path) -> None:
    """Whatever is made, the answers are the same; but 0.143.0 stops the open turn for an unknown one.

    [DEV-80]
    """
    thread_id, records = Histories(f"history-{seed}").rollout()
    data = document(records)

    answered = reader.turns_of(thread_id, data)

    with patched(turn_abort_unknown):
        assert json.dumps(reference_turns(tmp_path, data)) == json.dumps(answered)


@pytest.mark.parametrize("seed", SEEDS)
def test_made_projections(seed: int, newer_reader: Reader, tmp_path: Path) -> None:
    """Whatever is made, 0.169.0 shows the same of a paginated thread."""
    thread_id, records = Projections(f"projection-{seed}").rollout()
    data = document(records, paginated=True).replace(b'"mock"', b'"nowhere"')

    answered = newer_reader.turns_of(thread_id, data, resumed=True)

    assert reference_turns(tmp_path, data) == without_newer_keys(answered)
