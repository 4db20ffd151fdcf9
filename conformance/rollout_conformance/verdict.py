"""Judge an answer by what its case expects."""

from typing import Literal, get_args

from msgspec import Struct

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported
from rollout_conformance.cases import Case
from rollout_conformance.compare import first_difference

Outcome = Literal["pass", "unsupported", "deviation", "fail", "error", "crash", "timeout", "protocol-error"]
"""From best to worst; a group of results is as good as its worst."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
UNEXPECTED: frozenset[Outcome] = frozenset({"fail", "error", "crash", "timeout", "protocol-error"})


DEVIATION = "Deviation"
"""The note of a case in which real releases do not follow the rule."""


class Result(Struct, frozen=True):
    """What one case showed of an implementation; `ms` is the time of the operation."""

    case: Case
    outcome: Outcome
    detail: str
    ms: float


def judge(case: Case, answer: Answer) -> tuple[Outcome, str]:
    """Return the outcome of a case and, unless it passed, why."""
    match answer:
        case Unsupported(capability=capability):
            return "unsupported", f"does not have {capability}"
        case Broken(kind=kind, detail=detail):
            return kind, detail
        case Refused():
            return _judge_refusal(case, answer)
        case Accepted():
            return _judge_acceptance(case, answer)


def _judge_refusal(case: Case, answer: Refused) -> tuple[Outcome, str]:
    if case.verdict == "must-accept":
        return "fail", f"rejected what is to be accepted: {answer.message}"
    if answer.code is not None and answer.code not in case.error:
        return "fail", f"rejected as {answer.code}, expected {' or '.join(case.error)}"
    return "pass", ""


def _judge_acceptance(case: Case, answer: Accepted) -> tuple[Outcome, str]:
    if case.verdict == "must-reject":
        return "fail", f"accepted what is to be rejected as {' or '.join(case.error)}"
    expected = case.expected_state()
    if "state.json" not in answer.outputs:
        return "fail", "no state.json was written"
    difference = first_difference(expected, answer.outputs["state.json"]) if expected is not None else None
    return ("fail", str(difference)) if difference else ("pass", "")


def known_deviation(case: Case, identity: Identity, answer: Answer) -> bool:
    """Tell whether the case records that this very release of the real CLI answers like this."""
    if identity.name != "codex" or DEVIATION not in case.notes:
        return False
    match answer:
        case Accepted():
            seen = "accepted"
        case Refused():
            seen = "rejected"
        case Broken(kind="crash"):
            seen = "panic"
        case _:
            return False
    return case.upstream.get(identity.version) == seen
