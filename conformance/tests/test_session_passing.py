"""A rollout that is read while its lines are looked at tells the same as one that is held."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.locations import corpus_dir
from rollout_reference.errors import Rejected
from rollout_reference.session.history import history_of
from rollout_reference.session.inherited import load_lineage, passing_lineage
from rollout_reference.session.lines import Defect, Line
from rollout_reference.session.reading.loaded import load, passing

CORPUS = corpus_dir() / "session"
FORMS = ("*.jsonl", "*.jsonl.zst")


def rollouts(area: str) -> list[Path]:
    """Return the rollouts of the cases of an area."""
    found = (path for form in FORMS for path in (CORPUS / area).glob(f"*/input/**/{form}"))
    return sorted(path for path in found if path.name.startswith("rollout"))


def outcome(read: Callable[[Path], Any], path: Path) -> Any:
    """Return what reading gives, or why it is refused."""
    try:
        return read(path)
    except Rejected as rejection:
        return rejection.code, rejection.place


def home_of(path: Path) -> Path | None:
    """Return the home that a rollout of a case lies in."""
    return next((each for each in path.parents if each.name == "home"), None)


def told(line: Line) -> tuple[Any, ...]:
    """Return all that a line tells; the item first, as a reduction asks for it."""
    return line.item, line.payload, line.extra, line.number, line.timestamp, line.ordinal, line.type


def held_history(path: Path) -> Any:
    """Return the history of a rollout that is held."""
    return history_of(load_lineage(path, home_of(path), "history"))


def passing_history(path: Path) -> Any:
    """Return the history of a rollout that goes by."""
    with passing_lineage(path, home_of(path), "history") as rollout:
        return history_of(rollout)


def held_lines(path: Path) -> tuple[Any, list[Defect]]:
    """Return the lines of a rollout that is held."""
    rollout = load(path)
    return list(map(told, rollout.lines)), rollout.defects


def held_texts(path: Path) -> tuple[Any, list[Defect]]:
    """Return the lines of a rollout that is held as its text."""
    rollout = load(path, "context")
    return list(map(told, rollout.lines)), rollout.defects


def passing_lines(path: Path) -> tuple[Any, list[Defect]]:
    """Return the lines of a rollout that goes by."""
    with passing(path) as rollout:
        return list(map(told, rollout.lines)), rollout.defects


@pytest.mark.parametrize("area", ["file", "history", "legacy", "lines", "items", "events"])
def test_lines_are_the_same_however_they_are_held(area: str) -> None:
    """[SESSION-FILE-6, SESSION-FILE-15]"""
    paths = rollouts(area)
    held = {path: outcome(held_lines, path) for path in paths}

    assert held
    assert {path: outcome(held_texts, path) for path in paths} == held
    assert {path: outcome(passing_lines, path) for path in paths} == held


@pytest.mark.parametrize("area", ["file", "forks", "history", "transcript"])
def test_histories_are_the_same_however_lines_are_held(area: str) -> None:
    """[SESSION-HISTORY-1]"""
    paths = rollouts(area)
    held = {path: outcome(held_history, path) for path in paths}

    assert held
    assert {path: outcome(passing_history, path) for path in paths} == held
