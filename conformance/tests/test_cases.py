"""Cases are data: what can be wrong with one is said with its file and what to do."""

from pathlib import Path

import pytest

from rollout_conformance.cases import CaseError, load_cases

GOOD = """
id = "demo"
title = "a demonstration"
op = "trace.reduce"
profile = "trace-reader"
requirements = ["TRACE-THREAD-2@1"]
verdict = "must-reject"
error = ["trace.duplicate_thread_start"]
source = { kind = "hand-written" }
budget_ms = 2000
"""


def write_case(folder: Path, text: str) -> Path:
    """Make a case folder with an input."""
    (folder / "input").mkdir(parents=True)
    (folder / "case.toml").write_text(text)
    return folder


def test_good_case_is_read(tmp_path: Path) -> None:
    """A case is what its file says, in its folder."""
    write_case(tmp_path / "demo", GOOD)

    (case,) = load_cases(tmp_path)

    assert case.cited == {"TRACE-THREAD-2": 1}
    assert case.input == tmp_path / "demo" / "input"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "demo"', 'id = "Demo Case"', "Expected `str` matching regex"),
        ("budget_ms = 2000", "", "missing required field `budget_ms`"),
        ("budget_ms = 2000", "budget_ms = 2000\nbudgets = 1", "unknown field `budgets`"),
        ("budget_ms = 2000", "budget_ms = [", "Invalid value"),
        ('"TRACE-THREAD-2@1"', '"TRACE-THREAD-2"', "is no requirement with its revision"),
        ('error = ["trace.duplicate_thread_start"]', "", "a must-reject case has 'error'"),
        ('"must-reject"', '"must-accept"', "a must-accept case has expect/"),
        ('"trace.reduce"', '"trace.guess"', "is not in the vocabulary"),
        ('"must-reject"', '"maybe"', "Invalid enum value 'maybe'"),
    ],
)
def test_broken_case_is_explained(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A broken case.toml gives one error that names the file and the fault."""
    folder = write_case(tmp_path / "demo", GOOD.replace(old, new))

    with pytest.raises(CaseError) as caught:
        load_cases(tmp_path)

    assert str(caught.value).startswith(str(folder / "case.toml"))
    assert said in str(caught.value)


def test_repeated_id_is_refused(tmp_path: Path) -> None:
    """Two cases cannot share an id."""
    write_case(tmp_path / "one", GOOD)
    write_case(tmp_path / "two", GOOD)

    with pytest.raises(CaseError, match="already used"):
        load_cases(tmp_path)


def test_empty_corpus_is_refused(tmp_path: Path) -> None:
    """A folder without cases is a mistake, not a success."""
    with pytest.raises(CaseError, match="no case"):
        load_cases(tmp_path)
