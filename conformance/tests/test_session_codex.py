"""The real CLI takes the same lines for items as the reference, and writes them the same."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollout_conformance.locations import corpus_dir
from rollout_conformance.record.app_server import AppServer
from rollout_conformance.record.fork_oracle import fork_lines
from rollout_conformance.session_fuzz import Changer, compare, explained
from rollout_reference.session.lines import Line, read_line

pytestmark = pytest.mark.codex

LINES = corpus_dir() / "session" / "lines"
BATCH = 300


@pytest.fixture(scope="module")
def newer_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """Run CLI 0.169.0."""
    home = tmp_path_factory.mktemp("home")
    with AppServer(Path(os.environ["ROLLOUTSPEC_CODEX_169"]), home) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """Run CLI 0.143.0."""
    home = tmp_path_factory.mktemp("home")
    with AppServer(Path(os.environ["ROLLOUTSPEC_CODEX"]), home) as running:
        yield running


def lines_of_cases(version: str = "0.143.0") -> list[bytes]:
    """Return the lines behind the header in the cases that a version is said to agree with, once each."""
    agreed = (
        file.parent
        for file in sorted(LINES.glob("*/case.toml"))
        if version in tomllib.loads(file.read_text(encoding="utf-8")).get("upstream", {})
    )
    lines = (line for case in agreed for line in (case / "input/rollout.jsonl").read_bytes().split(b"\n")[1:])
    return list(dict.fromkeys(line for line in lines if line and is_utf8(line)))


def is_utf8(line: bytes) -> bool:
    """Tell whether a line can be part of a file that the CLI reads at all.  [DEV-40]"""
    return line.decode(errors="replace").encode() == line


def items_of_cases() -> list[bytes]:
    """Return those lines that are items."""
    return [line for line in lines_of_cases() if isinstance(read_line(line, 1), Line)]


def test_lines_of_the_corpus(server: AppServer) -> None:
    """What the cases say of 0.143.0 is what it does, with each line and with its canonical form."""
    findings = compare(server, lines_of_cases())

    assert [finding for finding in findings if explained(finding) is None] == []


def test_newer_lines_of_the_corpus(newer_server: AppServer) -> None:
    """What 0.143.0 does not know is an item to 0.169.0 exactly if it is one to the reference."""
    lines = lines_of_cases("0.169.0")

    kept = [bool(answer) for answer in fork_lines(newer_server, lines)]

    assert kept == [isinstance(read_line(line, 1), Line) for line in lines]


@pytest.mark.parametrize("seed", range(20))
def test_lines_changed_at_random(server: AppServer, seed: int) -> None:
    """A line with a change or two is an item to both or to neither."""
    changer = Changer(items_of_cases(), seed)

    findings = compare(server, [changer.next_line() for _ in range(BATCH)])

    assert [finding for finding in findings if explained(finding) is None] == []


def test_oracle_sees_what_is_missing(server: AppServer) -> None:
    """The comparison can fail: a line that is no item leaves nothing between the marks."""
    item = b'{"timestamp":"t","type":"world_state","payload":{"full":true,"state":{"a":1}}}'

    kept, lost = fork_lines(server, [item, item.replace(b"true", b"5")])

    assert len(kept) == 1
    assert lost == []
