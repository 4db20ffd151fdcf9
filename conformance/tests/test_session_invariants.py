"""The invariants of sessions hold for the rollouts and homes of the cases, recorded ones and generated ones.

`python -m rollout_conformance.invariants.session` prints how often each ran.
"""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from rollout_conformance.answers import Accepted, Answer
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.invariants.session import LAWS
from rollout_conformance.invariants.session.reader import ROLLOUT, Reader
from rollout_conformance.invariants.session.subjects import Subject, generated, subjects_of_cases
from rollout_conformance.invariants.session.survey import Survey, survey
from rollout_conformance.invariants.session.world import applied, patch
from rollout_conformance.tasks import Task
from rollout_reference import jsontext

LEAST = 3
"""On how many subjects each invariant has to have something to say, in the thorough tests."""


def survey_of(subjects: list[Subject], folder: Path) -> Survey:
    """Try all laws on subjects, read by the reference."""
    return survey(LAWS, subjects, Reader(Reference(), folder / "given"))


def silent(found: Survey) -> list[str]:
    """Return the invariants that had too little to say."""
    runs = Counter[str]()
    for row in found.rows:
        runs[row.id] += sum(row.ran.values())
    return [law_id for law_id, count in runs.items() if count < LEAST]


def test_laws_hold_for_some_cases(tmp_path: Path) -> None:
    """Every fifteenth rollout and home."""
    found = survey_of(list(islice(subjects_of_cases(), 0, None, 15)), tmp_path)

    assert found.breaches == []
    assert found.runs > 1_000


def test_laws_hold_for_some_generated_rollouts(tmp_path: Path) -> None:
    """A few of each kind."""
    found = survey_of(list(generated("ordinary", 5)), tmp_path)

    assert found.breaches == []
    assert found.runs > 900


@pytest.mark.thorough
def test_laws_hold_for_all_cases(tmp_path: Path) -> None:
    """The recorded rollouts among them."""
    found = survey_of(list(subjects_of_cases()), tmp_path)

    assert found.breaches == []
    assert silent(found) == []
    assert found.runs > 15_000


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(2))
def test_laws_hold_for_many_generated_rollouts(seed: int, tmp_path: Path) -> None:
    """Hundreds of each kind, and homes."""
    found = survey_of(list(generated(f"thorough {seed}", 50)), tmp_path)

    assert found.breaches == []
    assert silent(found) == []
    assert found.runs > 8_000


def test_every_invariant_has_a_law() -> None:
    """I-1 to I-40."""
    told = {each for law in LAWS for each in law.id.split(", ")}

    assert told >= {f"I-{number}" for number in range(1, 41)}


def test_merge_patch_undoes_the_difference() -> None:
    """[SESSION-WORLDSTATE-3] What the law takes for right, by hand."""
    before, after = {"a": {"b": 1, "c": [1]}, "d": 2, "e": None}, {"a": {"c": [1]}, "d": {"x": 1}}

    assert patch(before, after) == {"a": {"b": None}, "d": {"x": 1}, "e": None}
    assert applied(before, patch(before, after)) == after


class ForgetfulReader:
    """The reference, but for contexts that lose their last item."""

    identity = Reference.identity
    parallel = 1

    def perform(self, task: Task) -> Answer:
        """Answer a question."""
        answer = Reference().perform(task)
        if not isinstance(answer, Accepted) or task.op != "session.context":
            return answer
        context = jsontext.parse(answer.outputs["context.json"])
        context["history"] = context["history"][: 2 * (len(context["history"]) // 2)]
        return Accepted({"context.json": jsontext.pretty(context)})

    def close(self) -> None:
        """Do nothing."""


def test_laws_find_a_reader_that_loses_an_item(tmp_path: Path) -> None:
    """A breach names the law and what it was tried on."""
    subjects = list(generated("wrong", 1))

    found = survey(LAWS, subjects, Reader(ForgetfulReader(), tmp_path / "given"))

    assert any(breach.startswith("I-14 (replaced) on wild wrong 0") for breach in found.breaches)


def test_reader_places_nothing_but_what_is_asked_about(tmp_path: Path) -> None:
    """What one question left is gone at the next."""
    reader = Reader(Reference(), tmp_path / "given")

    folder = reader.place({ROLLOUT: b"a", f"{ROLLOUT}.zst": b"b"})
    reader.place({ROLLOUT: b"a"})

    assert [path.name for path in folder.iterdir()] == [ROLLOUT]
