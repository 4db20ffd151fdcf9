"""Usage: its schema, sums that have to agree, and the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rollout_conformance.cases import Case, load_cases
from rollout_conformance.cli import main
from rollout_conformance.implementations.usage_ops import usage_to
from rollout_conformance.locations import corpus_dir
from rollout_conformance.schemas import validator
from rollout_reference import jsontext
from rollout_reference.session.names import logical_path
from rollout_reference.session.usage import usage_of, usage_of_home
from rollout_reference.session.usage.tokens import NONE

CASES = [case for case in load_cases(corpus_dir() / "session" / "usage") if case.verdict == "must-accept"]
HOMES = [case for case in CASES if (case.input / "home" / "sessions").is_dir()]
REVERTED = [case for case in HOMES if any((case.input / "home").rglob("rollout-*_*.jsonl*"))]
"""Homes in which a thread has a later segment."""
WHOLE = [case for case in HOMES if case not in REVERTED]
TELLING = [
    case
    for case in REVERTED
    if all(thread.own.tokens for thread in usage_of_home(case.input / "home").threads)
]
"""Of those with later segments the ones where all own spend can be told."""
FORK = next(case for case in CASES if case.id == "session-usage-fork-copied")


def name_of(case: Case) -> str:
    """Name a case by its id."""
    return case.id


def usage_in(folder: Path) -> Any:
    """Return the usage of a folder."""
    return jsontext.parse(usage_to(folder, {})["usage.json"])


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_usage_has_its_schema(case: Case) -> None:
    """[SESSION-USAGE-1]"""
    validator("session-usage").validate(usage_in(case.input))


@pytest.mark.parametrize("case", HOMES, ids=name_of)
def test_parts_add_up_to_what_is_recorded(case: Case) -> None:
    """[SESSION-USAGE-14, SESSION-USAGE-15]"""
    usage = usage_of_home(case.input / "home")

    by_model = sum(part.tokens.total_tokens for part in usage.by_model)
    by_day = sum(part.tokens.total_tokens for part in usage.by_day)

    assert by_model == by_day == usage.recorded.tokens.total_tokens


@pytest.mark.parametrize("case", WHOLE, ids=name_of)
def test_thread_alone_used_what_it_used_in_its_home(case: Case) -> None:
    """[SESSION-USAGE-9, SESSION-USAGE-12]"""
    home = case.input / "home"
    threads = usage_of_home(home).threads

    alone = [usage_of(logical_path(home / thread.file), home).threads[0] for thread in threads]

    assert alone == threads


@pytest.mark.parametrize("case", TELLING, ids=name_of)
def test_segments_alone_add_up_to_their_thread(case: Case) -> None:
    """Each line counts once.  [SESSION-USAGE-18]"""
    home = case.input / "home"
    usage = usage_of_home(home)
    left_out = {left_out.file for left_out in usage.not_counted}
    files = {
        path
        for path in map(logical_path, home.rglob("rollout-*"))
        if str(path.relative_to(home)) not in left_out
    }

    alone = [usage_of(file, home) for file in files]

    assert sum((each.own.tokens for each in alone), NONE) == usage.own.tokens
    assert sum((each.recorded.tokens for each in alone), NONE) == usage.recorded.tokens


def test_recorded_reverts_lose_no_call() -> None:
    """Of seven calls of 160 tokens two were taken back; the counters tell four and, with one more, five.

    [SESSION-USAGE-3, SESSION-USAGE-18]
    """
    case = next(case for case in REVERTED if case.id == "session-usage-segment-recorded")

    usage = usage_of_home(case.input / "home")

    assert [thread.counter.tokens.total_tokens for thread in usage.threads] == [4 * 160, 5 * 160]
    assert [thread.recorded.tokens.total_tokens for thread in usage.threads] == [6 * 160, 160]
    assert usage.own.tokens.total_tokens == 7 * 160
    assert not usage.recorded.lower_bound


def write_chain(home: Path, length: int) -> list[Path]:
    """Write threads that each begin with the one before, without a count but in the first and last."""
    return [write_link(home, number, last=number == length - 1) for number in range(length)]


def write_link(home: Path, number: int, *, last: bool) -> Path:
    """Write one thread of a chain: two lines, of which the next thread takes both."""
    meta = {"id": thread_id(number), "timestamp": "2026-01-05T09:00:00Z", "history_mode": "paginated"}
    meta |= {"cwd": "/home/ana", "originator": "codex_cli_rs", "cli_version": "0.169.0"}
    if number:
        base = {"thread_id": thread_id(number - 1), "end_ordinal_exclusive": 2 * number, "end_byte_offset": 0}
        meta["history_base"] = base
    total = 8_949 if number == 0 else 21_036
    counts = {"input_tokens": total, "cached_input_tokens": 0, "output_tokens": 0}
    counts |= {"reasoning_output_tokens": 0, "total_tokens": total}
    info = {"total_token_usage": counts, "last_token_usage": counts | {"total_tokens": 0}}
    told = number == 0 or last
    event = {"type": "token_count", "info": info if told else None}
    lines = [
        {"timestamp": meta["timestamp"], "ordinal": 2 * number, "type": "session_meta", "payload": meta},
        {"timestamp": meta["timestamp"], "ordinal": 2 * number + 1, "type": "event_msg", "payload": event},
    ]
    path = home / "sessions/2026/01/05" / f"rollout-2026-01-05T09-00-00-{thread_id(number)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def thread_id(number: int) -> str:
    """Return the id of a thread of a chain."""
    return f"01a20000-0000-7000-8000-{number:012d}"


def test_long_chain_of_bases_is_followed_to_its_beginning(tmp_path: Path) -> None:
    """[SESSION-USAGE-12]"""
    last = write_chain(tmp_path, 2_000)[-1]

    usage = usage_of(last, tmp_path).threads[0]

    assert usage.inherited.tokens is not None
    assert usage.inherited.tokens.total_tokens == 8_949
    assert usage.own.tokens is not None
    assert usage.own.tokens.total_tokens == 12_087


def run(*arguments: str | Path) -> Result:
    """Run `rolloutspec usage`."""
    return CliRunner().invoke(main, ["usage", *map(str, arguments)])


def test_command_prints_the_document_of_a_home() -> None:
    """Piped, the command gives what the operation gives."""
    result = run(FORK.input / "home")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == usage_in(FORK.input)


def test_command_finds_the_home_of_a_file() -> None:
    """A fork that is given by its path is counted without what it inherits."""
    fork = sorted((FORK.input / "home").rglob("*.jsonl"))[-1]

    result = run(fork)

    assert json.loads(result.stdout)["own"]["tokens"]["total_tokens"] == 15316


def test_command_shows_tables_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three numbers of each thread, then models and days."""
    monkeypatch.setattr("rollout_conformance.cli.usage.wants_json", lambda *, asked: asked)
    monkeypatch.setenv("COLUMNS", "120")

    shown = run(FORK.input / "home").stdout

    assert "36,352" in shown
    assert ">= 15,316" in shown
    assert "2026-01-06" in shown


def test_command_refuses_a_folder_that_is_no_home(tmp_path: Path) -> None:
    """An empty answer would look like a home where nothing was used."""
    result = run(tmp_path)

    assert result.exit_code == 2
    assert "is no home" in result.stderr


def test_command_rejects_a_file_in_two_lines(tmp_path: Path) -> None:
    """[SESSION-USAGE-16]"""
    path = tmp_path / "rollout.jsonl"
    path.write_text("not json\n", encoding="utf-8")

    result = run(path)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("rejected: rollout.jsonl")
