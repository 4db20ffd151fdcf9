"""What the cases of items, events and turn items say of CLI 0.143.0 is what it does, line by line."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollout_conformance.locations import corpus_dir
from rollout_conformance.record.app_server import AppServer
from rollout_conformance.record.parse_oracle import LOGS, why_not_read
from rollout_reference.session.lines import Line, read_line

pytestmark = pytest.mark.codex


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """Run CLI 0.143.0 with a log that tells of dropped lines."""
    home = tmp_path_factory.mktemp("home")
    with AppServer(Path(os.environ["ROLLOUTSPEC_CODEX"]), home, logs=LOGS) as running:
        yield running


def claims(area: str) -> dict[str, dict[bytes, bool]]:
    """Return, for each case, its lines with whether 0.143.0 is said to read them."""
    found = {}
    for file in sorted((corpus_dir() / "session" / area).glob("*/case.toml")):
        told = tomllib.loads(file.read_text(encoding="utf-8")).get("upstream", {}).get("0.143.0")
        if told is not None:
            found[file.parent.name] = _claims_of(file.parent, told)
    return found


def _claims_of(case: Path, told: str) -> dict[bytes, bool]:
    lines = (case / "input" / "rollout.jsonl").read_bytes().split(b"\n")
    otherwise = {int(number) for number in re.findall(r"\d+", told)}
    return {
        line: isinstance(read_line(line, number), Line) is not (number in otherwise)
        for number, line in enumerate(lines, start=1)
        if line and number > 1
    }


@pytest.mark.parametrize("area", ["items", "events", "turn-items"])
def test_lines_of_the_cases(server: AppServer, area: str) -> None:
    """A line is read by the CLI if the case expects it, but for the lines that `[upstream]` names."""
    expected = claims(area)
    lines = [line for case in expected.values() for line in case]

    reasons = why_not_read(server, lines)

    observed = dict(zip(lines, (reason is None for reason in reasons), strict=True))
    wrong = {
        (name, line): reads
        for name, case in expected.items()
        for line, reads in case.items()
        if observed[line] is not reads
    }
    assert len(lines) > 200
    assert wrong == {}
