"""`rolloutspec history` and `rolloutspec transcript`: what they print, and how they refuse."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollout_conformance.cli import main
from rollout_conformance.generators.rollouts import Generator, document, event, message, user_message
from rollout_conformance.locations import corpus_dir
from rollout_conformance.reports.history import show_history, show_transcript
from rollout_conformance.schemas import validator
from rollout_reference.session.history import history_of
from rollout_reference.session.reading.loaded import load
from rollout_reference.session.transcript import transcript_of

CASES = corpus_dir() / "session"
ANY_ID = "hook-prompt-without-id"
"""The case whose expectation is a pattern."""

EXPECTED = [path for path in sorted(CASES.glob("history/*/expect/history.json")) if ANY_ID not in path.parts]


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """Write a rollout of two turns, the second one cut off."""
    records = [
        *Generator("cli").records,
        event("task_started", turn_id="turn-1", model_context_window=None),
        message("user", "question"),
        user_message("question"),
        event("agent_message", message="answer\nin two lines \x1b[31m"),
        event("task_complete", turn_id="turn-1", last_agent_message=None, duration_ms=1500),
        event("task_started", turn_id="turn-2", model_context_window=None),
        event("web_search_end", call_id="w", query="traces", action={"type": "other"}),
    ]
    path = tmp_path / "rollout.jsonl"
    path.write_bytes(document(records))
    return path


def test_prints_a_history_into_a_pipe(rollout: Path) -> None:
    """The document ends with a line feed."""
    result = CliRunner().invoke(main, ["history", str(rollout)])

    turns = json.loads(result.stdout)["turns"]
    assert result.exit_code == 0
    assert result.stdout.endswith("}\n")
    assert [(turn["id"], turn["status"]) for turn in turns] == [
        ("turn-1", "completed"),
        ("turn-2", "interrupted"),
    ]


def test_shows_a_running_thread(rollout: Path) -> None:
    """--running"""
    result = CliRunner().invoke(main, ["history", str(rollout), "--running"])

    assert [turn["status"] for turn in json.loads(result.stdout)["turns"]] == ["completed", "inProgress"]


def test_prints_a_transcript_into_a_pipe(rollout: Path) -> None:
    """Each text is there once."""
    result = CliRunner().invoke(main, ["transcript", str(rollout)])

    assert json.loads(result.stdout)["messages"] == [
        {"turn": "turn-1", "role": "user", "text": "question"},
        {"turn": "turn-1", "role": "assistant", "text": "answer\nin two lines \x1b[31m"},
    ]


def test_tells_a_person_what_happened(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each turn and item; control characters are spelled out."""
    show_history(history_of(load(rollout)))

    printed = capsys.readouterr().out
    assert "2 turns" in printed
    assert "turn-1  completed  1.5 s" in printed
    assert "userMessage   question" in printed
    assert "webSearch" in printed
    assert "\x1b[31m" not in printed


def test_tells_a_person_what_was_said(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The texts stand under who said them."""
    show_transcript(transcript_of(load(rollout)))

    printed = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert printed == ["turn turn-1", "user:", "question", "assistant:", "answer", "in two lines \\x1b[31m"]


@pytest.mark.parametrize("command", ["history", "transcript"])
def test_refuses_what_is_no_rollout(command: str, tmp_path: Path) -> None:
    """One message, exit code 1, nothing printed."""
    (tmp_path / "rollout.jsonl").write_text("{}\n", encoding="utf-8")

    result = CliRunner().invoke(main, [command, str(tmp_path / "rollout.jsonl")])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("rejected: rollout.jsonl")


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.parts[-3])
def test_histories_of_cases_have_their_schema(expected: Path) -> None:
    """[SESSION-HISTORY-1]"""
    validator("session-history").validate(json.loads(expected.read_bytes()))


@pytest.mark.parametrize("expected", sorted(CASES.glob("transcript/*/expect/transcript.json")))
def test_transcripts_of_cases_have_their_schema(expected: Path) -> None:
    """[SESSION-TRANSCRIPT-1]"""
    validator("session-transcript").validate(json.loads(expected.read_bytes()))
