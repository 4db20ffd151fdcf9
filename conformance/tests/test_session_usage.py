"""Usage: its schema, and what may be changed about a home without changing what was used."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner, Result

from rollout_conformance.cases import Case, load_cases
from rollout_conformance.cli import main
from rollout_conformance.implementations.usage_ops import usage_to
from rollout_conformance.locations import corpus_dir
from rollout_conformance.schemas import validator
from rollout_reference import jsontext
from rollout_reference.session.names import logical_path
from rollout_reference.session.usage import usage_of, usage_of_home

CASES = [case for case in load_cases(corpus_dir() / "session" / "usage") if case.verdict == "must-accept"]
HOMES = [case for case in CASES if (case.input / "home" / "sessions").is_dir()]
PLAIN = [case for case in HOMES if "-home-" not in case.id and not any(case.input.rglob("*.zst"))]
SUMS = ("counters", "own", "recorded", "by_model", "by_day")
FORK = next(case for case in CASES if case.id == "session-usage-fork-copied")


def name_of(case: Case) -> str:
    """Name a case by its id."""
    return case.id


def usage_in(folder: Path) -> Any:
    """Return the usage of a folder."""
    return jsontext.parse(usage_to(folder, {})["usage.json"])


def sums_in(folder: Path) -> Any:
    """Return the sums, and what every thread used, without the files."""
    usage = usage_in(folder)
    threads = [
        (each["thread_id"], each["counter"]["tokens"], each["own"]["tokens"], each["recorded"]["tokens"])
        for each in usage["threads"]
    ]
    return [usage[key] for key in SUMS], threads


def changed(case: Case, folder: Path, change: Callable[[Path], object]) -> Path:
    """Copy a case's input and change each rollout in it."""
    target = folder / "input"
    shutil.copytree(case.input, target)
    for path in sorted(target.rglob("rollout-*.jsonl")):
        change(path)
    return target


def each_line(rewrite: Callable[[Any], str]) -> Callable[[Path], object]:
    """Return a change that prints each JSON line of a file in another way."""

    def change(path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("".join(rewrite(json.loads(line)) + "\n" for line in lines if line), encoding="utf-8")

    return change


def freeze(path: Path) -> None:
    """Put the cold form in the place of the plain one, in two frames."""
    data = path.read_bytes()
    half = len(data) // 2
    frames = (zstandard.compress(data[:half]), zstandard.compress(data[half:]))
    path.with_name(path.name + ".zst").write_bytes(b"".join(frames))
    path.unlink()


def archive(path: Path) -> None:
    """Move a rollout to the archived ones."""
    home = next(parent for parent in path.parents if parent.name == "home")
    (home / "archived_sessions").mkdir(exist_ok=True)
    path.rename(home / "archived_sessions" / path.name)


def backwards(value: Any) -> Any:
    """Return a value with the keys of all objects in reverse order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(each) for each in value] if isinstance(value, list) else value


CHANGES = {
    "blanks": each_line(lambda tree: json.dumps(tree, separators=(" ,\t", " : "))),
    "key order": each_line(lambda tree: json.dumps(backwards(tree))),
    "escapes": each_line(lambda tree: json.dumps(tree).replace("token", "\\u0074oken")),
    "originator": each_line(lambda tree: json.dumps(tree).replace("codex_cli_rs", "elsewhere")),
    "cold": freeze,
    "archived": archive,
}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_usage_has_its_schema(case: Case) -> None:
    """[SESSION-USAGE-1]"""
    validator("session-usage").validate(usage_in(case.input))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("case", PLAIN, ids=name_of)
def test_what_means_the_same_used_the_same(case: Case, change: str, tmp_path: Path) -> None:
    """[SESSION-USAGE-1]"""
    other = changed(case, tmp_path, CHANGES[change])

    assert sums_in(other) == sums_in(case.input)


@pytest.mark.parametrize("case", HOMES, ids=name_of)
def test_parts_add_up_to_what_is_recorded(case: Case) -> None:
    """[SESSION-USAGE-14, SESSION-USAGE-15]"""
    usage = usage_of_home(case.input / "home")

    by_model = sum(part.tokens.total_tokens for part in usage.by_model)
    by_day = sum(part.tokens.total_tokens for part in usage.by_day)

    assert by_model == by_day == usage.recorded.tokens.total_tokens


@pytest.mark.parametrize("case", HOMES, ids=name_of)
def test_thread_alone_used_what_it_used_in_its_home(case: Case) -> None:
    """[SESSION-USAGE-9, SESSION-USAGE-12]"""
    home = case.input / "home"
    threads = usage_of_home(home).threads

    alone = [usage_of(logical_path(home / thread.file), home).threads[0] for thread in threads]

    assert alone == threads


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
