"""`rolloutspec history` and `rolloutspec transcript`: what they print, and how they refuse."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollout_conformance.cli import main
from rollout_conformance.generators.rollouts import Generator, document, event, message, user_message
from rollout_conformance.locations import corpus_dir
from rollout_conformance.reports.history import show_history, show_transcript
from rollout_conformance.reports.rollouts import about
from rollout_conformance.schemas import validator
from rollout_reference.session.history import history_of
from rollout_reference.session.reading.loaded import load
from rollout_reference.session.transcript import transcript_of

CASES = corpus_dir() / "session"
ANY_ID = "hook-prompt-without-id"
"""The case whose expectation is a pattern."""

REVERTED = CASES / "history" / "segment-current" / "input" / "home"
"""A home in which the second turn of a thread was taken back."""

THREAD = "00000000-0000-7000-8000-000000000001"

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


def test_shows_what_was_asked_and_answered(rollout: Path) -> None:
    """--items summary: a turn that goes on has no answer."""
    result = CliRunner().invoke(main, ["history", str(rollout), "--items", "summary"])

    shown = [[item["type"] for item in turn["items"]] for turn in json.loads(result.stdout)["turns"]]
    assert shown == [["userMessage", "agentMessage"], []]


def test_shows_what_a_thread_did_since_a_line() -> None:
    """--from-ordinal"""
    first = next(REVERTED.rglob(f"*{THREAD}.jsonl"))

    result = CliRunner().invoke(main, ["history", str(first), "--from-ordinal", "7"])

    assert [turn["id"] for turn in json.loads(result.stdout)["turns"]] == ["t2"]


def test_shows_a_thread_where_it_goes_on() -> None:
    """--thread: the turn that was taken back is not shown."""
    result = CliRunner().invoke(main, ["history", str(REVERTED), "--thread", THREAD])

    assert [turn["id"] for turn in json.loads(result.stdout)["turns"]] == ["t1", "t3"]


def test_finds_what_a_copied_rollout_inherits(tmp_path: Path) -> None:
    """--home"""
    later = next(REVERTED.rglob(f"*{THREAD}_*.jsonl"))
    copy = tmp_path / later.name
    copy.write_bytes(later.read_bytes())

    alone = CliRunner().invoke(main, ["transcript", str(copy)])
    at_home = CliRunner().invoke(main, ["transcript", str(copy), "--home", str(REVERTED)])

    assert alone.exit_code == 1
    assert "(--home)" in alone.stderr
    assert [message["text"] for message in json.loads(at_home.stdout)["messages"]] == ["U1", "U3"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--thread", THREAD], 2, "takes a home"),
        (["--items", "some"], 2, "'some' is not one of"),
        (["--from-ordinal", "1"], 1, "no history from an ordinal on of a legacy thread"),
    ],
)
def test_refuses_what_a_rollout_has_not(rollout: Path, arguments: list[str], code: int, says: str) -> None:
    """One clear message, nothing on standard output."""
    result = CliRunner().invoke(main, ["history", str(rollout), *arguments])

    assert result.exit_code == code
    assert says in result.stderr
    assert result.stdout == ""


def test_refuses_a_thread_that_is_not_there() -> None:
    """The home is named, and how to find threads."""
    unknown = THREAD.replace("1", "9")

    result = CliRunner().invoke(main, ["history", str(REVERTED), "--thread", unknown])

    assert result.exit_code == 1
    assert f"{REVERTED}: there is no thread {unknown}" in result.stderr


def test_prints_a_transcript_into_a_pipe(rollout: Path) -> None:
    """Each text is there once."""
    result = CliRunner().invoke(main, ["transcript", str(rollout)])

    assert json.loads(result.stdout)["messages"] == [
        {"turn": "turn-1", "role": "user", "text": "question"},
        {"turn": "turn-1", "role": "assistant", "text": "answer\nin two lines \x1b[31m"},
    ]


def test_tells_a_person_what_happened(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each turn and item; control characters are spelled out."""
    read = load(rollout)

    show_history(history_of(read), about(read, None))

    printed = capsys.readouterr().out
    assert f"thread {read.thread_id}\nlegacy, began 2026-01-02 03:04, CLI" in printed
    assert "2 turns (1 completed, 1 interrupted), 3 items" in printed
    assert "turn-1  completed  1.5 s" in printed
    assert "userMessage   question" in printed
    assert "webSearch     traces" in printed
    assert "\x1b[31m" not in printed


def test_tells_a_person_that_a_thread_goes_on_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """A segment that was superseded says in which one the thread goes on, and that one where it begins."""
    first, later = load(next(REVERTED.rglob(f"*{THREAD}.jsonl"))), load(next(REVERTED.rglob("*_*.jsonl")))

    show_history(history_of(first), about(first, REVERTED))
    show_history(history_of(later), about(later, REVERTED))

    printed = " ".join(capsys.readouterr().out.split())
    assert "was reverted, and goes on in segment 00000000-0000-7000-8000-000000000201" in printed
    assert f"begins with what it inherits from {THREAD}" in printed


def test_tells_a_person_what_was_said(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The texts stand under who said them."""
    read = load(rollout)

    show_transcript(transcript_of(read), about(read, None))

    printed = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert printed[2:] == [
        "2 messages of 1 turn",
        "turn turn-1",
        "user:",
        "question",
        "assistant:",
        "answer",
        "in two lines \\x1b[31m",
    ]


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
