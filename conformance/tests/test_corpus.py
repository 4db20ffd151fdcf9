"""Every case of the corpus, judged: the reference conforms, in process and over the pipe."""

import shlex
import sys

import pytest

from rollout_conformance import locations
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.adapter import Adapter
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.requirements import load_requirements
from rollout_conformance.runner import Runner

CASES = load_cases(locations.corpus_dir())
RULES = load_requirements(locations.spec_dir())
SERVER = f"{shlex.quote(sys.executable)} -m rollout_conformance.protocol.server"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_reference_conforms(case: Case) -> None:
    """The reference does what the case expects, and leaves its input as it was."""
    before = _bytes_of(case)

    result = Runner(Reference(), RULES).run_case(case)

    assert (result.outcome, result.detail, result.difference) == ("pass", "", None)
    assert _bytes_of(case) == before  # TRACE-BUNDLE-6


def test_pipe_and_process_agree() -> None:
    """Over the pipe the reference gives the same results as in process."""
    chosen = CASES[::5]
    adapter = Adapter(shlex.split(SERVER))

    piped = [(result.case, result.outcome) for result in Runner(adapter, RULES).run(chosen)]

    adapter.close()
    assert piped == [(case.id, "pass") for case in chosen]


def _bytes_of(case: Case) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(case.input.rglob("*")) if path.is_file()}
