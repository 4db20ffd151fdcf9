"""The cases of `session.threads`: their answers have the schema.  [SESSION-THREADS-1]"""

import pytest

from rollout_conformance.cases import Case, load_cases
from rollout_conformance.locations import corpus_dir
from rollout_conformance.schemas import validator
from rollout_reference import jsontext

ANSWER = "threads.json"
CASES = [case for case in load_cases(corpus_dir() / "session" / "threads") if case.verdict == "must-accept"]


def name_of(case: Case) -> str:
    """Name a case by its id."""
    return case.id


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_answer_has_its_schema(case: Case) -> None:
    """As the corpus expects it."""
    validator("session-threads").validate(jsontext.parse(case.expected_outputs()[ANSWER]))
