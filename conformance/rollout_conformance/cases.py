"""The corpus as data: one folder a case, read from its `case.toml`."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rollout_conformance.compare import Mode
from rollout_conformance.tasks import ENVIRONMENT, Environment, NowMs, Task
from rollout_conformance.tomlfile import TomlError, line_of_key, read_toml
from rollout_conformance.vocabulary import vocabulary

CASE_FILE = "case.toml"
INPUT = "input"
EXPECTED = "expect"
FIRST_VERSION = "0.1.0"
"""The corpus version of a case that names none."""

CITATION = re.compile(r"([A-Z]+(?:-[A-Z]+)*-[1-9][0-9]*)@([1-9][0-9]*)")

CaseId = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Version = Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+(\.[0-9]+)?$")]
Pointer = Annotated[str, Meta(pattern=r"^(/[^/]*)*$")]


class CaseError(Exception):
    """A case that cannot be used; the message names its file and what to do."""


class CaseEnvironment(Struct, frozen=True, forbid_unknown_fields=True):
    """The time and the seed of ids that a case wants; what it does not say is as in every run."""

    now_ms: NowMs = ENVIRONMENT.now_ms
    id_seed: str = ENVIRONMENT.id_seed


class Branch(Struct, frozen=True, forbid_unknown_fields=True):
    """One behaviour that a `may` case allows: a rejection, or the outputs of a folder."""

    error: list[str] = []
    expect: Annotated[str, Meta(pattern=r"^expect(-[a-z0-9]+)*$")] | None = None


class Description(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a `case.toml` says; `spec/schema/case.schema.json` says the same."""

    id: CaseId
    title: Annotated[str, Meta(min_length=1, max_length=70)]
    op: str
    profile: str
    requires: list[str] = []
    requirements: Annotated[list[str], Meta(min_length=1)]
    verdict: Literal["must-accept", "must-reject", "may"]
    error: list[str] = []
    branch: dict[str, Branch] = {}
    neighbour: CaseId | None = None
    """The nearest accepted case of a rejected one."""
    compare: dict[str, Mode] = {}
    """How an output file is compared, where not by the default for its name."""
    unordered: list[Pointer] = []
    """JSON pointers of arrays and objects whose order is free; a step `*` stands for any one."""
    notes: list[str] = []
    source: dict[str, Any]
    budget_ms: Annotated[int, Meta(gt=0)]
    options: dict[str, Any] = {}
    """What the operation is told besides, passed on as it is."""
    env: CaseEnvironment = CaseEnvironment()
    since: Version = FIRST_VERSION
    """The corpus version that first had the case as it is."""
    until: Version | None = None
    """The corpus version from which on the case is superseded and not run."""
    upstream: dict[str, str] = {}


class Case(Description, frozen=True, kw_only=True):
    """One case: what is given, what an implementation does with it, and by which requirements."""

    folder: Path

    @property
    def input(self) -> Path:
        """Return the folder that an implementation is given."""
        return self.folder / INPUT

    @property
    def task(self) -> Task:
        """Return what an implementation is asked for."""
        env = Environment(self.env.now_ms, self.env.id_seed)
        return Task(self.op, self.input, self.budget_ms, self.options, env)

    @property
    def cited(self) -> dict[str, int]:
        """Return the cited requirement ids with the revision that each is cited at."""
        return {match[1]: int(match[2]) for text in self.requirements if (match := CITATION.fullmatch(text))}

    @property
    def expectations(self) -> list[str]:
        """Return the folders of expected outputs that the case names."""
        if self.verdict == "may":
            return [branch.expect for branch in self.branch.values() if branch.expect]
        return [EXPECTED] if (self.folder / EXPECTED).is_dir() else []

    def expected_outputs(self, folder: str = EXPECTED) -> dict[str, bytes]:
        """Return the files that an accepting implementation makes, by their path in the output."""
        root = self.folder / folder
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def load_cases(corpus: Path) -> list[Case]:
    """Return all cases below a folder in order of their ids, whatever its index says.

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
        description = read_toml(path, Description)
    except TomlError as error:
        raise CaseError(str(error)) from None
    case = Case(**msgspec.structs.asdict(description), folder=path.parent)
    for key, problem in _contradictions(case):
        line = line_of_key(path.read_text("utf-8"), [key])
        raise CaseError(f"{path} line {line}: {problem}")
    return case


def is_compared(op: str) -> bool:
    """Tell whether outputs of an operation are compared file by file; a folder is judged by reading it."""
    return not any(name.endswith("/") for name in vocabulary().operations[op].outputs)


def _contradictions(case: Case) -> Iterator[tuple[str, str]]:
    """Say what the parts of a case do not agree on, each with the key to look at."""
    names = vocabulary()
    if case.op not in names.operations or case.profile not in names.profiles:
        yield "op", f"{case.op!r} or {case.profile!r} is not in the vocabulary of the specification"
        return
    yield from _contradictions_of_options(case)
    if not case.input.is_dir():
        yield "id", f"the case has no folder {INPUT}/"
    found = {path.name for path in case.folder.glob(f"{EXPECTED}*") if path.is_dir()}
    match case.verdict:
        case "must-accept":
            if case.error or case.branch or (is_compared(case.op) and not found) or found - {EXPECTED}:
                yield "verdict", f"a must-accept case has {EXPECTED}/, no 'error' and no 'branch'"
        case "must-reject":
            if found or case.branch or not case.error:
                yield "verdict", f"a must-reject case has 'error', no 'branch' and no {EXPECTED}/"
        case "may":
            yield from _contradictions_of_branches(case, found)
    for text in case.requirements:
        if not CITATION.fullmatch(text):
            yield "requirements", f"{text!r} is no requirement with its revision, such as TRACE-THREAD-2@1"
    if case.neighbour and case.verdict != "must-reject":
        yield "neighbour", "only a must-reject case has a 'neighbour'"


def _contradictions_of_options(case: Case) -> Iterator[tuple[str, str]]:
    known = vocabulary().operations[case.op].options
    for name, value in case.options.items():
        if name not in known:
            yield "options", f"{case.op} has no option {name!r}; it has: {', '.join(known) or 'none'}"
        elif not _is_json(value):
            yield "options", f"the option {name!r} holds a date, a time, inf or nan, which JSON has not"


def _is_json(value: Any) -> bool:
    """Tell whether a value of TOML is one of JSON too."""
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))


def _contradictions_of_branches(case: Case, found: set[str]) -> Iterator[tuple[str, str]]:
    if len(case.branch) < 2 or case.error:
        yield "verdict", "a may case has at least two tables [branch.NAME] and no 'error' of its own"
    for name, branch in case.branch.items():
        if bool(branch.error) == bool(branch.expect):
            yield "branch", f"branch {name!r} has either 'error' or 'expect'"
        if branch.expect and branch.expect not in found:
            yield "branch", f"branch {name!r} expects {branch.expect}/, which is not there"
    if unnamed := found - {branch.expect for branch in case.branch.values()}:
        yield "branch", f"no branch expects {min(unnamed)}/"
