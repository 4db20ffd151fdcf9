"""Judge an answer by what its case expects."""

import hashlib
import re
from typing import Any

from msgspec import Struct

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported
from rollout_conformance.cases import Case
from rollout_conformance.compare import Difference, first_difference
from rollout_conformance.results import Outcome
from rollout_conformance.vocabulary import vocabulary
from rollout_reference import jsontext

DEVIATION = "Deviation"
"""The note of a case in which real releases do not follow the rule."""


class Judgement(Struct, frozen=True):
    """What an answer is worth, and why."""

    outcome: Outcome
    detail: str = ""
    difference: Difference | None = None
    branch: str | None = None


def missing_capability(case: Case, identity: Identity) -> str | None:
    """Return what a case needs and an implementation does not claim; then it is not asked."""
    claimed = {op for name in identity.profiles for op in vocabulary().profiles[name].operations}
    if identity.profiles and case.op not in claimed:
        return case.op
    return next((name for name in case.requires if name not in identity.capabilities), None)


def judge(case: Case, answer: Answer, identity: Identity) -> Judgement:
    """Return the judgement of an answer.

    `unsupported` counts only for what the implementation did not claim before it was asked.
    """
    judgement = _judge(case, answer)
    if judgement.outcome != "pass" and _known_deviation(case, identity, answer):
        return Judgement("deviation", judgement.detail, judgement.difference)
    return judgement


def _judge(case: Case, answer: Answer) -> Judgement:
    match answer:
        case Unsupported(capability=capability):
            return Judgement("fail", f"says that it does not support {capability}, which it claims")
        case Broken(kind=kind, detail=detail):
            return Judgement(kind, detail)
        case Refused():
            return _judge_refusal(case, answer)
        case Accepted():
            return _judge_acceptance(case, answer)


def _judge_refusal(case: Case, answer: Refused) -> Judgement:
    if case.verdict == "must-accept":
        return Judgement("fail", f"rejected what is to be accepted: {answer.message or answer.code}")
    if answer.code is not None and answer.code not in case.error:
        return Judgement("fail", f"rejected as {answer.code}, expected {' or '.join(case.error)}")
    return Judgement("pass", branch=answer.code or "rejected" if case.verdict == "may" else None)


def _judge_acceptance(case: Case, answer: Accepted) -> Judgement:
    if case.verdict == "must-reject":
        return Judgement("fail", f"accepted what is to be rejected as {' or '.join(case.error)}")
    for name, expected in case.expected_outputs().items():
        actual = answer.outputs.get(name)
        if actual is None:
            return Judgement("fail", f"wrote no {name}")
        difference = first_difference(expected, actual)
        if difference is not None and is_empty(actual) and not is_empty(expected):
            return Judgement("silent-zero", f"{name} is empty although the input is not", difference)
        if difference is not None:
            return Judgement("fail", f"{name} differs", difference)
    return Judgement("pass", branch="accepted" if case.verdict == "may" else None)


def is_empty(document: bytes) -> bool:
    """Tell whether a JSON document holds no object and no element of a list: nothing was found."""
    try:
        value: Any = jsontext.parse(document)
    except jsontext.JsonError:
        return not document.strip()
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(member, (dict, list)) and member for member in members)


def _known_deviation(case: Case, identity: Identity, answer: Answer) -> bool:
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


def signature_of(judgement: Judgement) -> str:
    """Return a digest of how a case failed: equal for equal failures, numbers and ids aside."""
    pointer = judgement.difference.pointer if judgement.difference else ""
    text = "\n".join((judgement.outcome, judgement.detail, pointer))
    return hashlib.sha256(re.sub(r"[0-9]+", "0", text).encode()).hexdigest()[:8]
