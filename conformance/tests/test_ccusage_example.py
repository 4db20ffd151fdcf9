"""The example adapters for ccusage: they tell what the tools tell, nothing else, and the table is theirs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.locations import corpus_dir

FOLDER = Path(__file__).parent.parent / "examples" / "ccusage-adapter"
USAGE = corpus_dir() / "session" / "usage"
ROW = re.compile(r"^\| t[0-9]+ \| .*$", re.MULTILINE)
TOOL = """\
import json, os, pathlib
home = pathlib.Path(os.environ["CODEX_HOME"])
files = sorted(home.rglob("rollout-*.jsonl"))
sessions = [{"sessionFile": each.stem, "totalTokens": 1000} for each in files]
print(json.dumps({"sessions": sessions, "totals": {"totalTokens": 1000 * len(files)} if files else None}))
"""
"""A tool that finds a thousand tokens in each plain rollout."""


def told(folder: Path, case: str) -> Any:
    """Return what the adapter writes of a case, with a tool of the test's own."""
    (folder / "tool.py").write_text(TOOL)
    tool = [sys.executable, str(folder / "tool.py")]
    command = [sys.executable, str(FOLDER / "ask.py"), *tool, "session.usage"]
    places = ["--in", str(USAGE / case / "input"), "--out", str(folder)]
    subprocess.run([*command, *places], check=True, timeout=60)
    return json.loads((folder / "usage.json").read_text())


def test_sum_and_threads_of_a_home_are_told(tmp_path: Path) -> None:
    """By the ids in the names of the files."""
    usage = told(tmp_path, "archived")

    assert usage == {
        "own": {"tokens": {"total_tokens": 2000}},
        "threads": [
            {"thread_id": "01a20000-0000-7000-8000-000000000001", "own": {"tokens": {"total_tokens": 1000}}},
            {"thread_id": "01a20000-0000-7000-8000-000000000002", "own": {"tokens": {"total_tokens": 1000}}},
        ],
    }


def test_one_rollout_has_a_sum_alone(tmp_path: Path) -> None:
    """The tool sees it under a name that the adapter made up."""
    assert told(tmp_path, "plain") == {"own": {"tokens": {"total_tokens": 1000}}}


def test_nothing_found_is_zero(tmp_path: Path) -> None:
    """As the tool prints it."""
    assert told(tmp_path, "cold") == {"own": {"tokens": {"total_tokens": 0}}}


@pytest.mark.codex
def test_table_is_what_the_tools_say() -> None:
    """Each row of the small cases in the README, figure by figure."""
    path = f"{os.environ['ROLLOUTSPEC_CCUSAGE']}{os.pathsep}{os.environ['PATH']}"
    table = [sys.executable, str(FOLDER / "table.py")]

    done = subprocess.run(
        table, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=True, timeout=600
    )

    assert done.stdout.splitlines() == ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
