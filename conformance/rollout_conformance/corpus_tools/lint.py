"""What is wrong with a corpus, beyond what makes a case unreadable."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from rollout_conformance import index
from rollout_conformance.cases import CASE_FILE, EXPECTED, INPUT, Case, CaseError, load_cases
from rollout_conformance.compare import PatternError, default_mode, holds_pattern
from rollout_conformance.requirements import Requirement, SpecError, load_requirements
from rollout_reference import jsontext

NOTES_FILE = "notes.toml"
SMALL_BYTES = 64 * 1024
"""The largest file of a hand-written case; larger inputs are made by tests."""

RECORDED = "recorded"
"""The `source.kind` of a case that was recorded: as large as the session, and without a neighbour."""

ONE_FAULT, TWO_FAULTS = "OneFault", "TwoFaults"
_VAGUE = re.compile(r"\bshould\b|\btests? that\b", re.IGNORECASE)
_OF_CASE = re.compile(rf"{re.escape(CASE_FILE)}|{INPUT}|{EXPECTED}(-[a-z0-9]+)*")


def problems(corpus: Path, spec: Path) -> list[str]:
    """Return one line for each problem, with its file, in order of the cases."""
    try:
        cases = load_cases(corpus)
        rules = load_requirements(spec)
        notes = _notes(corpus)
    except (CaseError, SpecError) as error:
        return [str(error)]
    by_id = {case.id: case for case in cases}
    found = [f"{case.folder / CASE_FILE}: {told}" for case in cases for told in _of_case(case, rules, notes)]
    found += [f"{case.folder / CASE_FILE}: {told}" for case in cases for told in _of_neighbour(case, by_id)]
    found += _of_renames(corpus, by_id)
    found += _of_index(corpus)
    return found


def _of_case(case: Case, rules: dict[str, Requirement], notes: set[str]) -> Iterator[str]:
    if vague := _VAGUE.search(case.title):
        yield f"the title says {vague[0]!r}; let it tell the fact"
    for cited, revision in case.cited.items():
        if cited not in rules:
            yield f"cites {cited}, which the text does not have"
        elif rules[cited].revision != revision:
            yield f"cites {cited}@{revision}, the text has @{rules[cited].revision}; look at the case again"
    for note in case.notes:
        if note not in notes:
            yield f"the note {note!r} is not in {NOTES_FILE}"
    yield from _of_faults(case)
    yield from _of_files(case)
    yield from _of_expectations(case)


def _of_faults(case: Case) -> Iterator[str]:
    """Say what keeps a rejection from having one reason only."""
    if case.verdict != "must-reject" or case.source.get("kind") == RECORDED:
        return
    if ONE_FAULT not in case.notes and TWO_FAULTS not in case.notes:
        yield f"a rejected case has one fault and the note {ONE_FAULT}, or {TWO_FAULTS} if that is the point"


def _of_files(case: Case) -> Iterator[str]:
    for path in sorted(case.folder.rglob("*")):
        name = path.relative_to(case.folder).as_posix()
        if path.is_symlink():
            yield f"{name} is a symbolic link"
        elif path.is_file() and path.stat().st_size > SMALL_BYTES and case.source.get("kind") != RECORDED:
            yield f"{name} has more than {SMALL_BYTES} bytes"
        if not _OF_CASE.fullmatch(name.split("/")[0]):
            yield f"{name} is no part of a case"


def _of_expectations(case: Case) -> Iterator[str]:
    for folder in case.expectations:
        for name, data in case.expected_outputs(folder).items():
            mode = case.compare.get(name) or default_mode(name)
            if mode in ("json", "json-iso"):
                yield from (f"{folder}/{name}: {told}" for told in _of_document(mode, data))
    named = {name for folder in case.expectations for name in case.expected_outputs(folder)}
    for name in case.compare:
        if name not in named:
            yield f"'compare' names {name}, which is not expected"


def _of_document(mode: str, data: bytes) -> Iterator[str]:
    try:
        patterned = holds_pattern(jsontext.parse(data))
    except (jsontext.JsonError, PatternError) as error:
        yield str(error)
        return
    if patterned and mode == "json":
        yield "holds patterns, which only the mode json-iso reads"


def _of_neighbour(case: Case, cases: dict[str, Case]) -> Iterator[str]:
    if case.verdict != "must-reject":
        return
    if case.neighbour is None:
        if case.source.get("kind") != RECORDED:
            yield "a rejected case names its nearest accepted case as 'neighbour'"
        return
    neighbour = cases.get(case.neighbour)
    if neighbour is None:
        yield f"the neighbour {case.neighbour} does not exist"
    elif neighbour.verdict != "must-accept":
        yield f"the neighbour {case.neighbour} is not accepted"
    elif missing := case.cited.keys() - neighbour.cited.keys():
        yield f"the neighbour {case.neighbour} does not cite {', '.join(sorted(missing))}"


def _of_renames(corpus: Path, cases: dict[str, Case]) -> Iterator[str]:
    path = corpus / index.RENAMES_FILE
    try:
        renamed = index.renames(corpus)
    except CaseError as error:
        yield str(error)
        return
    for old in renamed:
        if old in cases:
            yield f"{path}: {old} is a case again; an id is never used twice"
        if index.current_id(old, renamed) not in cases:
            yield f"{path}: {old} leads to no case"


def _of_index(corpus: Path) -> Iterator[str]:
    try:
        listed = {entry.id: entry for entry in index.Index(corpus).entries()}
    except index.IndexFault as error:
        yield str(error)
        return
    on_disk = {entry.id: entry for entry in index.build(corpus)}
    differs: Callable[[str], bool] = lambda name: listed.get(name) != on_disk.get(name)  # noqa: E731
    stale = sorted(filter(differs, listed.keys() | on_disk.keys()))
    if stale:
        told = ", ".join(stale[:3]) + (" ..." if len(stale) > 3 else "")
        yield f"{corpus / index.INDEX_FILE}: out of date for {told}; run `rolloutspec corpus hash`"


def _notes(corpus: Path) -> set[str]:
    path = corpus / NOTES_FILE
    try:
        notes: dict[str, Any] = msgspec.toml.decode(path.read_bytes()) if path.is_file() else {}
    except msgspec.DecodeError as error:
        raise CaseError(f"{path}: {error}") from None
    return set(notes)
