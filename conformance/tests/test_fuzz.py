"""The campaign: it finds what two reducers do not agree on, names what is known, keeps what is not."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance import locations
from rollout_conformance.deviations import Outcome, explain
from rollout_conformance.fuzz import campaign

FAKE = f"""#!{sys.executable} -SE
import sys
sys.path[:] = {sys.path!r}
from pathlib import Path
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce
from rollout_reference.trace.reduce import turns

BREAK
bundle, output = sys.argv[3], sys.argv[5]
try:
    state = reduce(bundle).to_json()
except Rejected as rejection:
    sys.exit(str(rejection))
Path(output).write_bytes(state)
"""


RECORDED = locations.corpus_dir() / "recorded"


def fake_codex(tmp_path: Path, break_rule: str = "") -> Path:
    """Make a program with the command line of the real CLI and, maybe, one wrong rule."""
    path = tmp_path / "codex"
    path.write_text(FAKE.replace("BREAK", break_rule))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_broken_rule_is_found_and_kept(tmp_path: Path) -> None:
    """A binary that leaves calls running at the end of their turn is caught; both answers are kept."""
    codex = fake_codex(tmp_path, "turns.end_inferences_of_turn = lambda *_: None  # TRACE-TURN-6")
    keep = tmp_path / "keep"

    figures = campaign(codex, seed=1, count=200, keep=keep, corpus=RECORDED)

    finding, (number, *_) = next(iter(figures["disagreements"].items()))
    kept = keep / f"1-{number}"
    assert finding.startswith("states differ at /inference_calls/*/execution/")
    assert (kept / "bundle" / "trace.jsonl").is_file()
    assert (kept / "reference.json").read_bytes() != (kept / "codex.json").read_bytes()
    assert json.loads((kept / "mutant.json").read_text())["finding"] == finding


def test_equal_reducers_agree(tmp_path: Path) -> None:
    """The reference agrees with itself, and each mutant is counted once."""
    figures = campaign(fake_codex(tmp_path), seed=2, count=50, corpus=RECORDED)

    assert figures["disagreements"] == {}
    assert figures["accepted_by_both"] + figures["rejected_by_both"] == figures["mutants"] == 50
    assert figures["accepted_by_both"] > 10


def test_campaigns_can_be_repeated(tmp_path: Path) -> None:
    """The same seed gives the same figures, whatever the number of processes."""
    codex = fake_codex(tmp_path)

    one = campaign(codex, seed=3, count=20, corpus=RECORDED, jobs=1)
    two = campaign(codex, seed=3, count=20, corpus=RECORDED, jobs=2)

    assert figures_of(one) == figures_of(two)


def figures_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return what does not depend on the clock."""
    return {name: value for name, value in document.items() if "ms" not in name and name != "seconds"}


def test_a_known_deviation_is_named() -> None:
    """A path that leaves the bundle is refused here and followed there; that is no finding."""
    refused = Outcome("rejected", code="trace.payload_escape")

    row = explain(refused, Outcome("accepted", state=b"{}"), {"trace.jsonl": b""})

    assert row is not None
    assert row.id == "DEV-2"


def test_an_unknown_difference_is_not_explained() -> None:
    """A rejection that the table does not have stays a finding."""
    refused = Outcome("rejected", code="trace.unknown_thread")

    assert explain(refused, Outcome("accepted", state=b"{}"), {"trace.jsonl": b""}) is None


@pytest.mark.codex
def test_real_cli_agrees() -> None:
    """The command runs three hundred mutants against the real CLI and finds nothing."""
    command = [sys.executable, "-m", "rollout_conformance.fuzz", "--seed", "4", "--count", "300"]

    done = subprocess.run(
        [*command, "--codex", os.environ["ROLLOUTSPEC_CODEX"]], capture_output=True, text=True, check=False
    )

    figures = json.loads(done.stdout)
    assert done.returncode == 0, figures["disagreements"]
    assert figures["mutants"] == 300
    assert "Traceback" not in done.stderr
