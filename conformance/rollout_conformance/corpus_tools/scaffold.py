"""Make a case from an input: the reference says what it expects."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

from msgspec import Struct

from rollout_conformance import locations
from rollout_conformance.answers import Accepted, Refused
from rollout_conformance.cases import (
    CASE_FILE,
    EXPECTED,
    INPUT,
    Case,
    CaseError,
    is_compared,
    load_cases,
    read_case,
)
from rollout_conformance.corpus_tools import ToolError
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.index import renames, version_of
from rollout_conformance.requirements import load_requirements
from rollout_conformance.tasks import Task

BUDGET_MS = 2000
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Draft(Struct, frozen=True):
    """What the author of a case says."""

    id: str
    title: str
    op: str
    profile: str
    requirements: list[str]
    neighbour: str | None = None


def make(corpus: Path, draft: Draft, source: Path, folder: Path | None = None) -> Case:
    """Write a case with a copy of `source` as its input; raises `ToolError`, and then writes nothing."""
    cases = load_cases(corpus) if any(corpus.rglob(CASE_FILE)) else []
    _check(corpus, draft, cases)
    target = corpus / (folder or place_for(corpus, draft, cases))
    if target.exists():
        raise ToolError(f"{target} exists; give another --folder")
    answer = Reference().perform(Task(draft.op, source, BUDGET_MS))
    if not isinstance(answer, Accepted | Refused):
        raise ToolError(f"the reference does not perform {draft.op}, so it cannot say what is expected")
    shutil.copytree(source, target / INPUT)
    if isinstance(answer, Accepted) and is_compared(draft.op):
        for name, data in answer.outputs.items():
            path = target / EXPECTED / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (target / CASE_FILE).write_text(_text(draft, answer, version_of(corpus)), encoding="utf-8")
    try:
        return read_case(target / CASE_FILE)
    except CaseError as error:
        shutil.rmtree(target)
        raise ToolError(str(error)) from None


def place_for(corpus: Path, draft: Draft, cases: list[Case]) -> Path:
    """Return a folder beside the hand-written cases of the same area."""
    area = draft.requirements[0].partition("@")[0].rpartition("-")[0]
    parents = Counter(
        case.folder.parent.relative_to(corpus)
        for case in cases
        if case.requirements[0].startswith(f"{area}-") and "recorded" not in case.folder.parts
    )
    part, _, topic = area.lower().partition("-")
    parent = parents.most_common(1)[0][0] if parents else Path(part, topic)
    return parent / draft.id.removeprefix(f"{area.lower()}-")


def _check(corpus: Path, draft: Draft, cases: list[Case]) -> None:
    if not _ID.fullmatch(draft.id):
        raise ToolError(f"{draft.id!r} is no id: small letters, digits and single hyphens")
    ids = {case.id for case in cases}
    if draft.id in ids or draft.id in renames(corpus):
        raise ToolError(f"the id {draft.id} is or was a case; ids are never used again")
    if draft.neighbour and draft.neighbour not in ids:
        raise ToolError(f"there is no case {draft.neighbour} to be the neighbour")
    rules = load_requirements(locations.spec_dir())
    for text in draft.requirements:
        rule = rules.get(text.partition("@")[0])
        if rule is None or rule.citation != text:
            hint = f"; the text has {rule.citation}" if rule else ""
            raise ToolError(f"{text!r} is no requirement with its revision{hint}")


def _text(draft: Draft, answer: Accepted | Refused, version: str) -> str:
    lines = [
        f"id = {_quoted(draft.id)}",
        f"title = {_quoted(draft.title)}",
        f"op = {_quoted(draft.op)}",
        f"profile = {_quoted(draft.profile)}",
        "requires = []",
        f"requirements = [{', '.join(map(_quoted, draft.requirements))}]",
    ]
    if isinstance(answer, Refused):
        lines += ['verdict = "must-reject"', f"error = [{_quoted(str(answer.code))}]"]
        if draft.neighbour:
            lines.append(f"neighbour = {_quoted(draft.neighbour)}")
        lines.append('notes = ["OneFault"]')
    else:
        lines.append('verdict = "must-accept"')
    lines += ['source = { kind = "hand-written" }', f"budget_ms = {BUDGET_MS}", f"since = {_quoted(version)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
