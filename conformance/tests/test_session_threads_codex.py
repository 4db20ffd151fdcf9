"""The real CLI answers the cases of threads: as expected, but for the deviations that they state."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.answers import Accepted, Answer
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.codex_session.threads import ADDED, threads_answer
from rollout_conformance.implementations.codex_session.threads_differences import (
    Tree,
    differences,
    explained,
)
from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.verdict import UPSTREAM
from rollout_reference import jsontext

BINARIES = {"0.143.0": "ROLLOUTSPEC_CODEX", "0.169.0": "ROLLOUTSPEC_CODEX_169"}
"""By version: the variable that names the binary."""
ROW = re.compile(r"^\| (DEV-[0-9]+) \| ([^|]+) \|", re.MULTILINE)

CASES = list(load_cases(corpus_dir() / "session" / "threads"))


def name_of(case: Case) -> str:
    """Name a case by its id."""
    return case.id


@pytest.fixture(scope="module", params=BINARIES)
def answers(request: pytest.FixtureRequest) -> tuple[str, dict[str, Answer]]:
    """Return what a version answers to each case, by its id."""
    version: str = request.param
    codex = Path(os.environ[BINARIES[version]])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answered = pool.map(lambda case: threads_answer(codex, case.task), CASES)
        return version, {case.id: answer for case, answer in zip(CASES, answered, strict=True)}


def stated(case: Case, version: str) -> tuple[str, list[str]]:
    """Return what a case says that a version does, and the deviations of that."""
    recorded = UPSTREAM.fullmatch(case.upstream[version])
    assert recorded is not None
    return recorded["seen"], (recorded["ids"] or "").split(", ") if recorded["ids"] else []


def observed(case: Case, answer: Answer) -> tuple[str, set[str]]:
    """Return what a version did, and in what an accepted answer differs from the expectation."""
    if not isinstance(answer, Accepted):
        return "rejected", set()
    if case.verdict == "must-reject":
        return "accepted", set()
    expected = jsontext.parse(case.expected_outputs()["threads.json"])
    return "accepted", differences(expected, without_added(jsontext.parse(answer.outputs["threads.json"])))


def without_added(tree: Tree) -> Tree:
    """Return an answer without the keys that a version adds.  [DEV-120]"""
    return tree | {"data": [_without(each, ADDED) for each in tree["data"]]}


def _without(entry: Tree, keys: Any) -> Tree:
    if "thread" in entry:
        return entry | {"thread": _without(entry["thread"], keys)}
    return {key: value for key, value in entry.items() if key not in keys}


@pytest.mark.codex
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_answer_is_as_the_case_says(case: Case, answers: tuple[str, dict[str, Answer]]) -> None:
    """It is accepted or rejected as stated, and differs by nothing else than each stated deviation."""
    version, answered = answers
    seen, deviations = stated(case, version)

    did, differs = observed(case, answered[case.id])

    assert did == seen
    assert differs <= explained(deviations)
    assert all(differs & explained([each]) or case.verdict == "must-reject" for each in deviations)


@pytest.mark.parametrize("version", BINARIES)
def test_stated_deviations_are_in_the_text(version: str) -> None:
    """Every deviation that a case states for a version has a row that names this version."""
    text = (spec_dir() / "session/90-deviations.md").read_text(encoding="utf-8")
    rows = {row for row, versions in ROW.findall(text) if version in versions}

    cited = {each for case in CASES for each in stated(case, version)[1]}

    assert cited <= rows
