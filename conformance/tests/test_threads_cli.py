"""`rolloutspec threads` shows what the operation gives, and refuses on two lines."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from rollout_conformance import locations
from rollout_conformance.cli import main
from rollout_conformance.cli.threads import KINDS
from rollout_conformance.implementations.threads_ops import threads_tree
from rollout_conformance.reports.threads import show
from rollout_reference.session.threads.query import SourceKind

CASES = locations.corpus_dir() / "session" / "threads"
TWO = "00000000-0000-7000-8000-000000000002"


def home_of(case: str) -> Path:
    """Return the home of a case."""
    return CASES / case / "input" / "home"


def call(case: str, *flags: str) -> Result:
    """Call the command on the home of a case."""
    return CliRunner().invoke(main, ["threads", str(home_of(case)), *flags])


def ids(result: Result) -> list[str]:
    """Return the last two digits of the ids in an answer."""
    answer: dict[str, Any] = json.loads(result.stdout)
    return [each["id"][-2:] for each in answer["data"]]


def test_piped_answer_is_json() -> None:
    """Whatever reads it gets data and cursor."""
    result = call("page", "--limit", "2")

    assert result.exit_code == 0
    assert ids(result) == ["03", "02"]
    assert json.loads(result.stdout)["nextCursor"] == f"2024-06-01T10:00:00Z|{TWO}"


def test_flags_are_filters() -> None:
    """A repeated flag is a list."""
    assert ids(call("kinds-ordinary", "--source-kind", "exec", "--source-kind", "appServer")) == ["04", "03"]
    assert ids(call("cwd", "--cwd", "/home/user/project/sub")) == ["03"]
    assert ids(call("archived", "--archived")) == ["02"]
    assert ids(call("order", "--sort-direction", "asc", "--limit", "1")) == ["03"]


def test_kinds_of_the_flag_are_those_of_the_operation() -> None:
    """The command line starts without the reference, so it says them again."""
    assert SourceKind.__args__ == KINDS  # type: ignore[attr-defined]


def test_refusal_says_what_to_do() -> None:
    """Two lines, exit 1, nothing on the output."""
    result = call("one", "--thread", TWO)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"rejected: there is no thread {TWO} in the home  [SESSION-THREADS-15]",
        "  list the threads, the archived ones too; a thread has no file before its first item",
    ]


def test_home_that_is_not_there(tmp_path: Path) -> None:
    """That is a mistake in the call."""
    result = CliRunner().invoke(main, ["threads", str(tmp_path / "none")])

    assert result.exit_code == 2


def test_table_shows_snippet_name_and_cursor(capsys: Any) -> None:
    """A person sees what a thread is about."""
    from rollout_conformance.implementations.threads_ops import options_of  # noqa: PLC0415

    show(threads_tree(home_of("named"), options_of({"limit": 1})))
    show(threads_tree(home_of("search"), options_of({"content": "hall"})))
    show(threads_tree(home_of("settings"), options_of({"thread": TWO[:-1] + "1"})))

    shown = capsys.readouterr().out
    assert "the second" in shown
    assert f"more: --cursor '2024-06-01T10:00:00Z|{TWO}'" in shown
    assert "gpt-5.2" in shown
