"""The arithmetic of verdicts: what did not run never helps, and a failing MUST always decides."""

import pytest

from rollout_conformance.answers import Identity
from rollout_conformance.results import Header, Level, Outcome, Result
from rollout_conformance.summary import summarise

HEADER = Header(
    suite="1",
    protocol=1,
    corpus="0" * 64,
    implementation=Identity("demo", "1", profiles=("trace-reader",)),
    command="demo",
    profile="trace-reader",
    mode="full",
    python="3",
    platform="any",
)


def result(level: Level, outcome: Outcome) -> Result:
    """Make the result of some case."""
    return Result(
        case="demo",
        title="a demonstration",
        requirements=["TRACE-THREAD-2@1"],
        level=level,
        op="trace.reduce",
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([("MUST", "pass")], "conformant"),
        ([("MUST", "pass"), ("SHOULD", "fail")], "conformant"),
        ([("MUST", "pass"), ("MUST", "unsupported")], "conformant"),
        ([("MUST", "pass"), ("MUST", "fail")], "not-conformant"),
        ([("MUST", "pass"), ("MUST", "known")], "not-conformant"),
        ([("MUST", "pass"), ("MUST", "silent-zero")], "not-conformant"),
        ([("MUST", "pass"), ("MUST", "not-run")], "inconclusive"),
        ([("MUST", "fail"), ("SHOULD", "not-run")], "not-conformant"),
        ([("MUST", "fail"), ("MUST", "suite-error")], "not-conformant"),
        ([("MUST", "unsupported")], "inconclusive"),
        ([("SHOULD", "pass")], "inconclusive"),
    ],
)
def test_verdict_follows_from_the_musts(results: list[tuple[Level, Outcome]], verdict: str) -> None:
    """Every MUST that was asked decides; nothing that did not run counts as conformant."""
    footer = summarise(HEADER, [result(level, outcome) for level, outcome in results])

    assert footer.verdict == verdict
