"""Judge an answer by what its case expects."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from rollout_conformance import views, writer_judge
from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported, with_words
from rollout_conformance.cases import EXPECTED, Case, CaseError
from rollout_conformance.compare import Comparison, Difference, PatternError
from rollout_conformance.results import Outcome
from rollout_conformance.vocabulary import vocabulary
from rollout_reference import jsontext

DEVIATION = "Deviation"
"""The note of a case in which real releases do not follow the rule."""

UPSTREAM = re.compile(
    r"(?P<seen>accepted|rejected|panic)(?:, differs)?(?: \((?P<ids>DEV-[0-9]+(?:, DEV-[0-9]+)*)\))?"
)
"""What `[upstream]` of a case says of a release: what it did, and the deviations that explain it."""

_SANDBOX = re.compile(r"(?:/[^\s'\":/]+)*/rolloutspec-\w+")
"""The folder that a run gives an implementation; its name is another one each time."""

_DIGITS = re.compile(r"[0-9]+")

LINE = 200
"""Characters of a line, its numbers and paths made equal, by which failures are told apart."""


class Judgement(Struct, frozen=True):
    """What an answer is worth, and why."""

    outcome: Outcome
    detail: str = ""
    difference: Difference | None = None
    branch: str | None = None
    words: str = ""
    """What the implementation said itself of a failure, in whole lines."""
    deviations: tuple[str, ...] = ()
    """The known differences of a release that explain what it did."""

    @property
    def told(self) -> str:
        """Return the detail for a report."""
        return with_words(self.detail, self.words)


def missing_capability(case: Case, identity: Identity) -> str | None:
    """Return what a case needs and an implementation does not claim; then it is not asked."""
    if identity.profiles and not claims(identity, case.op):
        return case.op
    return next((name for name in case.requires if name not in identity.capabilities), None)


def claims(identity: Identity, op: str) -> bool:
    """Tell whether an implementation claims a profile with an operation in it."""
    return any(op in vocabulary().profiles[name].operations for name in identity.profiles)


def judge(case: Case, answer: Answer, identity: Identity) -> Judgement:
    """Return the judgement of an answer.

    `unsupported` counts only for what the implementation said before it was asked that it does not do.
    """
    if isinstance(answer, Unsupported) and not claims(identity, case.op):
        return Judgement("unsupported", f"claims no profile with {case.op}, does not support it here")
    if isinstance(answer, Unsupported) and answer.capability in identity.lacks:
        return Judgement("unsupported", f"cannot be asked for {answer.capability}")
    judgement = _judge(case, answer, identity)
    known = judgement.deviations if judgement.outcome == "pass" else _deviations(case, identity, answer)
    if known is None or (judgement.outcome == "pass" and not known):
        return judgement
    told = tuple(dict.fromkeys((*known, *judgement.deviations)))
    return msgspec.structs.replace(judgement, outcome="deviation", deviations=told)


def _judge(case: Case, answer: Answer, identity: Identity) -> Judgement:
    match answer:
        case Unsupported(capability=capability):
            return Judgement("fail", f"says that it does not support {capability}, which it claims")
        case Broken(kind=kind, detail=detail, words=words):
            return Judgement(kind, detail, words=words)
        case Refused():
            return _judge_refusal(case, answer)
        case Accepted():
            return _judge_acceptance(case, answer, identity)


def _judge_refusal(case: Case, answer: Refused) -> Judgement:
    if case.verdict == "must-accept":
        why = answer.message or answer.code
        return Judgement(
            "fail", f"rejected what is to be accepted{f': {why}' if why else ', without a reason'}"
        )
    if case.verdict == "may":
        allowed = {name: branch.error for name, branch in case.branch.items() if branch.error}
        taken = next((name for name in allowed if answer.code is None or answer.code in allowed[name]), None)
        if taken is not None:
            return Judgement("pass", branch=taken)
        return Judgement(
            "fail", f"rejected{f' as {answer.code}' if answer.code else ''}, allowed: {_branches(case)}"
        )
    if answer.code is not None and answer.code not in case.error:
        return Judgement("fail", f"rejected as {answer.code}, expected {' or '.join(case.error)}")
    return Judgement("pass")


def _judge_acceptance(case: Case, answer: Accepted, identity: Identity) -> Judgement:
    if case.verdict == "must-reject":
        return Judgement("fail", f"accepted what is to be rejected as {' or '.join(case.error)}")
    judge_outputs = JUDGES.get(case.op, compare_outputs)
    if case.verdict == "must-accept":
        return judge_outputs(case, EXPECTED, answer, identity)
    first: Judgement | None = None
    for name, branch in case.branch.items():
        if branch.expect:
            judgement = judge_outputs(case, branch.expect, answer, identity)
            if judgement.outcome == "pass":
                return Judgement("pass", branch=name)
            first = first or judgement
    return first or Judgement("fail", f"accepted, allowed: {_branches(case)}")


def _branches(case: Case) -> str:
    return ", ".join(
        f"{name} ({' or '.join(branch.error) or branch.expect})" for name, branch in case.branch.items()
    )


def compare_outputs(case: Case, folder: str, answer: Accepted, identity: Identity) -> Judgement:
    """Judge outputs file by file against those in a folder of the case, as far as views show them."""
    comparison = Comparison(case.compare, case.unordered)
    deviations: list[str] = []
    for name, expected in case.expected_outputs(folder).items():
        actual = answer.outputs.get(name)
        if actual is None:
            return Judgement("fail", f"wrote no {name}")
        seen = views.through(identity, name, expected, actual)
        deviations += seen.deviations
        try:
            difference = comparison.difference(name, seen.expected, seen.actual)
        except PatternError as error:
            raise CaseError(f"{case.folder / folder / name}: {error}") from None
        if difference is not None and is_empty(actual) and not is_empty(expected):
            return Judgement("silent-zero", f"{name} is empty although the input is not", difference)
        if difference is not None:
            return Judgement("fail", f"{name} differs", difference, deviations=tuple(deviations))
    return Judgement("pass", deviations=tuple(dict.fromkeys(deviations)))


def judge_bundle(case: Case, folder: str, answer: Accepted, _: Identity) -> Judgement:
    """Judge a bundle that was written by reading it."""
    fault = writer_judge.fault_of(case, folder, answer.outputs)
    return Judgement("fail", fault.detail, fault.difference) if fault else Judgement("pass")


def judge_home(case: Case, folder: str, answer: Accepted, _: Identity) -> Judgement:
    """Judge the rollouts of a home that was written by reading them."""
    from rollout_conformance import session_judge  # noqa: PLC0415 - the other format is loaded when asked for

    fault = session_judge.fault_of(case, folder, answer.outputs)
    return Judgement("fail", fault.detail, fault.difference) if fault else Judgement("pass")


def judge_stored(case: Case, folder: str, answer: Accepted, _: Identity) -> Judgement:
    """Judge a home that was frozen or thawed: forms by what they hold, files by mode and age."""
    from rollout_conformance import storage_judge  # noqa: PLC0415 - the other format is loaded when asked for

    fault = storage_judge.fault_of(case, folder, answer.outputs)
    return Judgement("fail", fault.detail, fault.difference) if fault else Judgement("pass")


JUDGES: dict[str, Callable[[Case, str, Accepted, Identity], Judgement]] = {
    "trace.write": judge_bundle,
    "session.write": judge_home,
    "session.freeze": judge_stored,
    "session.thaw": judge_stored,
}
"""Operations whose outputs are not compared file by file: how each judges them.

A judge is given the case, the name of its folder of expectations, the answer and who gave it.
"""


def is_empty(document: bytes) -> bool:
    """Tell whether a JSON document holds no object and no element of a list: nothing was found."""
    try:
        value: Any = jsontext.parse(document)
    except jsontext.JsonError:
        return not document.strip()
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(member, (dict, list)) and member for member in members)


def _deviations(case: Case, identity: Identity, answer: Answer) -> tuple[str, ...] | None:
    """Return what the case records of this very release of the real CLI, if that is how it answers.

    None is returned for an answer that the case does not know; its deviations need not have ids.
    """
    if identity.name != "codex":
        return None
    recorded = UPSTREAM.fullmatch(case.upstream.get(identity.version, ""))
    if recorded is None or recorded["seen"] != _seen(answer):
        return None
    if recorded["ids"] is None:
        return () if DEVIATION in case.notes else None
    return tuple(recorded["ids"].split(", "))


def _seen(answer: Answer) -> str | None:
    match answer:
        case Accepted():
            return "accepted"
        case Refused():
            return "rejected"
        case Broken(kind="crash"):
            return "panic"
        case _:
            return None


def signature_of(judgement: Judgement) -> str:
    """Return a digest of how a case failed: equal for equal failures, numbers and sandbox paths aside.

    Of an implementation's own words it is the last line that counts: how many there is room for
    depends on numbers and paths, and only the beginning of a line is always kept.
    """
    pointer = judgement.difference.pointer if judgement.difference else ""
    last_line = _normal(judgement.words.rpartition("\n")[2])[:LINE]
    text = "\n".join((judgement.outcome, with_words(_normal(judgement.detail), last_line), pointer))
    return hashlib.sha256(_DIGITS.sub("0", text).encode()).hexdigest()[:8]


def _normal(text: str) -> str:
    """Return text without what is another one each time."""
    return _DIGITS.sub("0", _SANDBOX.sub("sandbox", text))
