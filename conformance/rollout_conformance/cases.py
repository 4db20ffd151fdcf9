"""The corpus as data: one folder a case, read from its `case.toml`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rollout_conformance.vocabulary import vocabulary

CASE_FILE = "case.toml"
INPUT = "input"
EXPECTED = "expect"

CITATION = re.compile(r"([A-Z]+(?:-[A-Z]+)*-[1-9][0-9]*)@([1-9][0-9]*)")


class CaseError(Exception):
    """A case that cannot be read; the message names its file and what to do."""


class Case(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One case: what is given, what an implementation does with it, and by which requirements."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Annotated[str, Meta(max_length=70)]
    op: str
    profile: str
    requires: list[str] = []
    requirements: Annotated[list[str], Meta(min_length=1)]
    verdict: Literal["must-accept", "must-reject", "may"]
    error: list[str] = []
    notes: list[str] = []
    source: dict[str, Any]
    budget_ms: Annotated[int, Meta(gt=0)]
    upstream: dict[str, str] = {}
    folder: Path = Path()

    @property
    def input(self) -> Path:
        """Return the folder that an implementation is given."""
        return self.folder / INPUT

    @property
    def cited(self) -> dict[str, int]:
        """Return the cited requirement ids with the revision that each is cited at."""
        return {match[1]: int(match[2]) for text in self.requirements if (match := CITATION.fullmatch(text))}

    def expected_outputs(self) -> dict[str, bytes]:
        """Return the files that an accepting implementation makes, by name."""
        folder = self.folder / EXPECTED
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}


def load_cases(corpus: Path) -> list[Case]:
    """Return all cases below a folder in order of their ids.

    Raises `CaseError` for a case that cannot be read, contradicts itself, or repeats an id.
    """
    cases: dict[str, Case] = {}
    for path in sorted(corpus.rglob(CASE_FILE)):
        case = read_case(path)
        if case.id in cases:
            raise CaseError(f"{path}: the id {case.id!r} is already used by {cases[case.id].folder}")
        cases[case.id] = case
    if not cases:
        raise CaseError(f"{corpus}: no {CASE_FILE} below this folder")
    return [cases[case_id] for case_id in sorted(cases)]


def read_case(path: Path) -> Case:
    """Return the case that a `case.toml` describes; raises `CaseError`."""
    try:
        case = msgspec.toml.decode(path.read_bytes(), type=Case)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: {error}") from None
    case = msgspec.structs.replace(case, folder=path.parent)
    for problem in _contradictions(case):
        raise CaseError(f"{path}: {problem}")
    return case


def _contradictions(case: Case) -> Iterator[str]:
    """Say what the parts of a case do not agree on."""
    has_outputs = (case.folder / EXPECTED).is_dir()
    names = vocabulary()
    if case.op not in names.operations or case.profile not in names.profiles:
        yield f"{case.op!r} or {case.profile!r} is not in the vocabulary of the specification"
    if not case.input.is_dir():
        yield f"the case has no folder {INPUT}/"
    if case.verdict == "must-accept" and (case.error or not has_outputs):
        yield f"a must-accept case has {EXPECTED}/ and no 'error'"
    if case.verdict == "must-reject" and (has_outputs or not case.error):
        yield f"a must-reject case has 'error' and no {EXPECTED}/"
    for text in case.requirements:
        if not CITATION.fullmatch(text):
            yield f"{text!r} is no requirement with its revision, such as TRACE-THREAD-2@1"
