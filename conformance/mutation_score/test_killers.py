"""What may kill a mutant of mutmut: the cases of the corpus, and the laws on hosts that play at random.

mutmut picks the tests that reach a mutant and starts with the fastest, so the cases come in small
groups, one test each.
"""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from rollout_conformance import locations
from rollout_conformance.answers import Answer, Broken
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.machines.trace import trace_machine
from rollout_conformance.verdict import judge
from rollout_reference.trace import reduce

GROUP = 25
"""Cases that are one test."""

RIGHT: dict[str, Answer] = {}
"""Answers that were judged to be right: mutmut forks after it has run all without a mutant."""

PLAY = settings(
    max_examples=10,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


def groups() -> Iterator[object]:
    """Yield the cases of each area of the trace format in groups."""
    areas = defaultdict(list)
    for case in load_cases(locations.corpus_dir()):
        if case.op.startswith("trace."):
            areas[case.folder.parent.name].append(case)
    for area, cases in areas.items():
        for first in range(0, len(cases), GROUP):
            yield pytest.param(cases[first : first + GROUP], id=f"{area}-{first}")


def ask(case: Case) -> Answer:
    """Return the answer of the reference, broken or not."""
    try:
        return Reference().perform(case.task)
    except Exception as error:  # a mutant may break in any way
        return Broken("crash", f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("cases", list(groups()))
def test_cases(cases: list[Case]) -> None:
    """Every case of a group has a right answer."""
    for case in cases:
        answer = ask(case)
        if answer != RIGHT.get(case.id):
            judgement = judge(case, answer, Reference.identity)
            if judgement.outcome != "pass":
                pytest.fail(f"{case.id}: {judgement}", pytrace=False)
            RIGHT[case.id] = answer


def test_laws() -> None:
    """Every law holds for some random hosts."""
    machine = seed(0)(trace_machine(lambda bundle: reduce(bundle).to_json()))
    run_state_machine_as_test(machine, settings=PLAY)
