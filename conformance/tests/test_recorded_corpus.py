"""Recorded cases are complete and hold nothing of the machine, nor prompt texts of the CLI."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parents[2] / "corpus" / "recorded"
CASES = sorted(path.parent for path in RECORDED.glob("*/*/case.toml"))
SESSIONS = [path for path in CASES if path.name.startswith("session-")]
HOMES = [path for path in SESSIONS if path.name.endswith("-home")]
ROLLOUTS = [path for path in SESSIONS if path not in HOMES]
BUNDLES = [path for path in CASES if path not in SESSIONS]
KEYS = {
    "id",
    "title",
    "op",
    "profile",
    "requires",
    "requirements",
    "verdict",
    "notes",
    "source",
    "budget_ms",
    "upstream",
}
# Folders of the recording stage and of machines; a path of an agent (/root/name) is no folder.
FORBIDDEN = re.compile(
    r"/mnt\b|/tmp\b|/home/|/var/|/w[o]rk/|/opt/|/usr/(?!bin\b)|/root/\.|site-packages|node_modules|localhost:|"
    r"127\.0\.0\.1:(?!1\b)\d|\brecorder\b"
)
# Openings of texts which the CLI itself puts before a model.
PROMPTS = re.compile(
    r"<(permissions instructions|environment_context|skills_instructions|collaboration_mode|turn_aborted|"
    r"user_instructions|multi_agent|subagent_notification)|You are `/root|You are an agent in a team|"
    r"A skill is a set of|Under-development features|Heads up: Long threads|you still need this agent"
)
BYTES_OF_BUNDLES = 6_200_000
BYTES_OF_ROLLOUTS = 3_500_000


def _files(case: Path) -> list[Path]:
    return sorted(path for path in case.rglob("*") if path.is_file())


def _bytes_of(cases: list[Path]) -> int:
    return sum(each.stat().st_size for path in cases for each in _files(path))


def _case(path: Path) -> dict[str, Any]:
    return tomllib.loads((path / "case.toml").read_text(encoding="utf-8"))


def test_there_are_recorded_cases() -> None:
    """An empty corpus must not pass."""
    assert len(BUNDLES) > 50
    assert len(ROLLOUTS) > 100
    assert len({path.parent.name for path in ROLLOUTS}) > 15


@pytest.mark.parametrize("path", ROLLOUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_case_of_a_rollout_is_complete(path: Path) -> None:
    """The case names the release and holds the rollout and what reading it gives."""
    case = _case(path)
    assert set(case) == KEYS - {"upstream"}
    assert case["id"] == f"session-recorded-{path.parent.name.replace('.', '-')}-{path.name[8:]}"
    assert case["source"]["cli"] == path.parent.name
    assert [each.relative_to(path).as_posix() for each in _files(path)] == [
        "case.toml",
        "expect/diagnostics.json",
        "expect/lines.jsonl",
        "input/rollout.jsonl",
    ]


@pytest.mark.parametrize("path", HOMES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_case_of_a_home_holds_the_rollouts_of_its_scenario(path: Path) -> None:
    """Each is also a case of its own; the home tells how they belong together."""
    case = _case(path)
    rollouts = {each.read_bytes() for each in (path / "input/home").rglob("rollout-*")}
    alone = path.parent.glob(f"{path.name.removesuffix('home')}[0-9]*/input/rollout.jsonl")
    assert case["id"] == f"session-recorded-{path.parent.name.replace('.', '-')}-{path.name[8:]}"
    assert case["source"]["cli"] == path.parent.name
    assert rollouts == {each.read_bytes() for each in alone}
    assert (path / "expect/history.json").is_file()


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_case_is_complete(path: Path) -> None:
    """The case file has its keys, and the folder what its verdict asks for."""
    case = _case(path)
    refused = case["verdict"] == "must-reject"
    assert set(case) == KEYS | ({"error"} if refused else set())
    assert case["id"] == f"trace-recorded-{path.name}"
    assert len(case["title"]) <= 70
    assert "should" not in case["title"]
    assert case["requirements"]
    assert all(re.fullmatch(r"TRACE-[A-Z]+-\d+@1", each) for each in case["requirements"])
    assert case["upstream"] == {path.parent.name: "rejected" if refused else "accepted"}
    assert (path / "expect/state.json").is_file() is not refused
    assert {each.name for each in path.iterdir()} == {"case.toml", "input"} | (
        set() if refused else {"expect"}
    )
    assert {each.name for each in (path / "input").iterdir()} == {"manifest.json", "trace.jsonl", "payloads"}


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_every_payload_is_there(path: Path) -> None:
    """Every payload that an event names is stored and is JSON."""
    names = set(
        re.findall(r'"path":"(payloads/\d+\.json)"', (path / "input/trace.jsonl").read_text(encoding="utf-8"))
    )
    stored = {f"payloads/{each.name}" for each in (path / "input/payloads").iterdir()}
    assert names <= stored
    for each in _files(path / "input/payloads"):
        json.loads(each.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_nothing_of_machine_or_prompts_is_left(path: Path) -> None:
    """No folder, port or host name of a machine, no prompt text of the CLI."""
    for each in _files(path):
        text = each.read_text(encoding="utf-8")
        assert FORBIDDEN.search(text) is None, each.name
        assert PROMPTS.search(text) is None, each.name


def test_ids_are_unique_and_the_corpus_stays_small() -> None:
    """No id twice; the recordings stay within their size."""
    assert len({_case(path)["id"] for path in CASES}) == len(CASES)
    assert _bytes_of(BUNDLES) < BYTES_OF_BUNDLES
    assert _bytes_of(ROLLOUTS) < BYTES_OF_ROLLOUTS
