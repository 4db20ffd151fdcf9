"""`rolloutspec context`: what it prints, and how it refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollout_conformance.cli import main
from rollout_conformance.generators.rollouts import Generator, document, event, message, turn_context
from rollout_conformance.locations import corpus_dir
from rollout_conformance.reports.context import show
from rollout_conformance.reports.rollouts import about_file
from rollout_conformance.schemas import validator

CASES = corpus_dir() / "session" / "context"
HOME = CASES / "base-thread" / "input" / "home"
PAGINATED = CASES / "revert" / "input" / "rollout.jsonl"


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """Write a rollout of two turns."""
    records = list(Generator("cli").records)
    for number in (1, 2):
        turn_id = f"turn-{number}"
        records += [
            event("task_started", turn_id=turn_id, model_context_window=None),
            turn_context(turn_id, "gpt-5.2"),
            message("user", f"question {number}"),
            message("assistant", f"answer {number}"),
            event("task_complete", turn_id=turn_id, last_agent_message=None),
        ]
    path = tmp_path / "rollout.jsonl"
    path.write_bytes(document(records))
    return path


def texts_of(output: str) -> list[str]:
    """Return the texts of a printed history."""
    return [item["content"][0]["text"] for item in json.loads(output)["history"]]


def test_prints_json_into_a_pipe(rollout: Path) -> None:
    """The document has its schema and ends with a line feed."""
    result = CliRunner().invoke(main, ["context", str(rollout)])

    assert result.exit_code == 0
    validator("session-context").validate(json.loads(result.stdout))
    assert texts_of(result.stdout) == ["question 1", "answer 1", "question 2", "answer 2"]
    assert result.stdout.endswith("}\n")


def test_takes_turns_back_first(rollout: Path) -> None:
    """--rollback"""
    result = CliRunner().invoke(main, ["context", str(rollout), "--rollback", "1"])

    assert texts_of(result.stdout) == ["question 1", "answer 1"]


def test_cuts_after_a_turn(rollout: Path) -> None:
    """--last-turn"""
    result = CliRunner().invoke(main, ["context", str(rollout), "--last-turn", "turn-1"])

    assert texts_of(result.stdout) == ["question 1", "answer 1"]


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (["--before-message", "1"], ["question 1", "answer 1"]),
        (["--spawn", "1"], ["question 2"]),
        (["--spawn", "all"], ["question 1", "answer 1", "question 2", "answer 2"]),
        (["--fork"], ["question 1", "answer 1", "question 2", "answer 2"]),
        (["--before-turn", "turn-1"], []),
    ],
)
def test_cuts_where_it_is_told(rollout: Path, arguments: list[str], texts: list[str]) -> None:
    """Each cut has a flag of its own."""
    result = CliRunner().invoke(main, ["context", str(rollout), *arguments])

    assert texts_of(result.stdout) == texts


def test_reverts_a_paginated_thread() -> None:
    """--revert: the compaction in the turn goes with it."""
    result = CliRunner().invoke(main, ["context", str(PAGINATED), "--revert", "t2"])

    assert texts_of(result.stdout) == ["U1", "A1"]


def test_goes_on_where_a_thread_does() -> None:
    """--thread: in its newest segment."""
    home = CASES / "segment-current" / "input" / "home"

    result = CliRunner().invoke(
        main, ["context", str(home), "--thread", "00000000-0000-7000-8000-000000000001"]
    )

    assert texts_of(result.stdout) == ["U1", "A1", "U5", "A5"]


def test_follows_the_base_of_a_fork_in_a_home() -> None:
    """A fork below `sessions` begins with the lines of its parent."""
    fork = next(HOME.rglob("*0002.jsonl"))

    result = CliRunner().invoke(main, ["context", str(fork)])

    assert texts_of(result.stdout) == ["U1", "A1", "U2", "A2", "U3", "A3"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--last-turn", "none"], 1, "cannot cut at turn none"),
        (["--rollback", "0"], 2, "--rollback"),
        (["--rollback", "1", "--fork"], 2, "--rollback, --fork exclude each other"),
        (["--revert", "turn-2"], 1, "no revert of a legacy thread"),
        (["--spawn", "some"], 2, "'some' is not a valid integer"),
    ],
)
def test_refuses_a_cut(rollout: Path, arguments: list[str], code: int, says: str) -> None:
    """One clear message, nothing on standard output."""
    result = CliRunner().invoke(main, ["context", str(rollout), *arguments])

    assert result.exit_code == code
    assert says in result.stderr
    assert result.stdout == ""


def test_refuses_what_is_not_there(tmp_path: Path) -> None:
    """With a hint what to do."""
    result = CliRunner().invoke(main, ["context", str(tmp_path / "none.jsonl")])

    assert result.exit_code == 1
    assert "none.jsonl: there is no such file" in result.stderr
    assert result.stdout == ""


def test_shows_a_table_for_a_person(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each item on a line of its own, then what a writer knows."""
    context = json.loads(CliRunner().invoke(main, ["context", str(rollout)]).stdout)

    show(context, about_file(rollout, None))

    shown = capsys.readouterr().out
    assert shown.startswith("thread ")
    assert "history: 4 items" in shown
    assert "question 2" in shown
    assert "gpt-5.2" in shown


@pytest.mark.parametrize(
    "expected", sorted(CASES.glob("*/expect/context.json")), ids=lambda path: path.parts[-3]
)
def test_expectations_have_their_schema(expected: Path) -> None:
    """[SESSION-CONTEXT-1]"""
    validator("session-context").validate(json.loads(expected.read_bytes()))
