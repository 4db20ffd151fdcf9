"""Real processes that freeze, thaw and append, killed at random steps."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.thorough

ROUNDS = os.environ.get("STORAGE_ROUNDS", "300")
"""How many rounds; any number may be given by hand."""


def test_no_acknowledged_line_is_lost_or_doubled(tmp_path: Path) -> None:
    """Whoever is killed where, each acknowledged line is there once, in order.  [SESSION-STORE-1]"""
    count = _play("--rounds", ROUNDS, "--seed", "4")

    print(count)
    assert count["rounds"] == int(ROUNDS)
    assert count["killed"] > count["rounds"]
    assert count["acknowledged"] > 5 * count["rounds"]
    assert count["lost"] == count["doubled"] == count["disordered"] == count["missing"] == 0
    assert count["broken"] == 0


@pytest.mark.parametrize("mistake", ["the freezer does not ask for writers", "writers take no lock"])
def test_rounds_have_teeth(mistake: str) -> None:
    """A planted mistake loses lines within few rounds."""
    count = _play("--rounds", "40", "--seed", "1", "--planted", mistake)

    print(count)
    assert count["lost"] + count["missing"] > 0


def _play(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "rollout_conformance.machines.storage_processes", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    count: dict[str, Any] = json.loads(done.stdout)
    return count
