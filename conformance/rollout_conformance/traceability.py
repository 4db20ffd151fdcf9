"""Join the requirements of the text with the cases, tests and code that cite them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

import rollout_reference
from rollout_conformance.cases import Case
from rollout_conformance.requirements import Level, Requirement
from rollout_conformance.tomlfile import TomlError, read_toml

CITED = re.compile(r"\b(?:TRACE|SESSION)(?:-[A-Z]+)+-[1-9][0-9]*\b")
"""A requirement as it is named in code and tests; its topic may have several words."""

UNTESTABLE_FILE = "conformance/untestable.toml"

MAX_FOCUS = 5
"""Requirements that a case may cite and still decide each of them."""


class Coverage(Struct, frozen=True):
    """A requirement with everything that cites it, by case id or by file and line."""

    requirement: Requirement
    cases: list[str]
    tests: list[str]
    code: list[str]
    accepting: list[str] = []
    """Cases that an implementation accepts."""
    deciding: list[str] = []
    """Cases that are about this requirement and few others."""
    rejecting: dict[str, list[str]] = {}
    """Cases that an implementation rejects, by code."""


class Untestable(Struct, frozen=True, forbid_unknown_fields=True):
    """Why no case decides a requirement, and what decides it instead."""

    reason: Annotated[str, Meta(min_length=1)]
    by: Annotated[str, Meta(min_length=1)] | None = None
    """A file or folder of tests or laws, from the top of the checkout, that cites the requirement."""
    codes: list[str] = []
    """The rejections that no case can provoke; the rest of the requirement is testable."""


class Orphan(Struct, frozen=True):
    """A citation of a requirement, or of a revision, that the text does not have."""

    where: str
    cited: str
    known: str | None = None
    """The revision that the text has."""


class _UntestableFile(Struct, frozen=True, forbid_unknown_fields=True):
    untestable: dict[str, Untestable] = {}


def trace(requirements: dict[str, Requirement], cases: list[Case]) -> list[Coverage]:
    """Return every requirement, in the order of the text, with what cites it."""
    citing: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        for requirement_id in case.cited:
            citing[requirement_id].append(case)
    tests = _citations(_test_folders())
    code = _citations([_reference_folder()])
    return [_coverage(rule, citing[rule.id], tests[rule.id], code[rule.id]) for rule in requirements.values()]


def load_untestable(spec: Path) -> dict[str, Untestable]:
    """Return what no case can decide; raises `tomlfile.TomlError`."""
    path = spec / UNTESTABLE_FILE
    return read_toml(path, _UntestableFile).untestable if path.is_file() else {}


def problems(coverage: list[Coverage], cases: list[Case], spec: Path) -> Iterator[str]:
    """Say which rule nothing decides, and which citation names no rule."""
    try:
        untestable = load_untestable(spec)
    except TomlError as error:
        yield str(error)
        return
    for entry in coverage:
        if entry.requirement.level is Level.MUST:
            place = f"{entry.requirement.file}:{entry.requirement.line}"
            excuse = untestable.get(entry.requirement.id)
            yield from (f"{place}: {told}" for told in _undecided(entry, excuse))
    rules = {entry.requirement.id: entry.requirement for entry in coverage}
    for entry_id, excuse in untestable.items():
        yield from (f"{UNTESTABLE_FILE}: {entry_id} {told}" for told in _bad_excuse(entry_id, excuse, rules))
    for orphan in orphans(rules, cases):
        if orphan.known:
            yield (
                f"{orphan.where}: cites {orphan.cited}, the text has @{orphan.known}; look at the case again"
            )
        else:
            yield f"{orphan.where}: cites {orphan.cited}, which the text does not have"


def orphans(requirements: dict[str, Requirement], cases: list[Case]) -> Iterator[Orphan]:
    """Yield the citations in cases, tests and code that fit no requirement of the text."""
    for case in cases:
        for requirement_id, revision in case.cited.items():
            rule = requirements.get(requirement_id)
            if rule is None or rule.revision != revision:
                known = str(rule.revision) if rule else None
                yield Orphan(case.id, f"{requirement_id}@{revision}", known)
    for requirement_id, places in _citations([*_test_folders(), _reference_folder()]).items():
        if requirement_id not in requirements:
            yield from (Orphan(place, requirement_id) for place in places)


def _coverage(rule: Requirement, cases: list[Case], tests: list[str], code: list[str]) -> Coverage:
    rejecting: defaultdict[str, list[str]] = defaultdict(list)
    for case in cases:
        for error in case.error:
            rejecting[error].append(case.id)
    return Coverage(
        rule,
        [case.id for case in cases],
        tests,
        code,
        accepting=[case.id for case in cases if case.verdict == "must-accept"],
        deciding=[case.id for case in cases if len(case.cited) <= MAX_FOCUS and case.verdict != "may"],
        rejecting=dict(rejecting),
    )


def _undecided(entry: Coverage, excuse: Untestable | None) -> Iterator[str]:
    """Say what a requirement lacks: an accepting case, and one that decides or that rejects by each code."""
    rule = entry.requirement
    decided = bool(entry.accepting and entry.deciding and all(code in entry.rejecting for code in rule.codes))
    if excuse is None and not entry.cases and not entry.tests:
        yield f"no case and no test cites {rule.id}"
        return
    if excuse is not None and decided:
        yield f"cases decide {rule.id}; remove it from {UNTESTABLE_FILE}"
    if excuse is not None and not excuse.codes:
        return
    if not entry.accepting:
        yield f"no accepting case cites {rule.id}"
    if not entry.deciding:
        yield f"no case is about {rule.id} and few others"
    for code in rule.codes:
        if code not in entry.rejecting and not (excuse and code in excuse.codes):
            yield f"no case shows that {rule.id} rejects as {code}"


def _bad_excuse(rule_id: str, excuse: Untestable, rules: dict[str, Requirement]) -> Iterator[str]:
    rule = rules.get(rule_id)
    if rule is None or rule.level is Level.MAY:
        yield "is no requirement that needs a case"
        return
    for code in excuse.codes:
        if code not in rule.codes:
            yield f"does not reject as {code}"
    if excuse.by is None and not excuse.codes:
        yield "is decided by nothing: 'by' names the tests that do"
    checkout = _checkout()
    if checkout is None or excuse.by is None:
        return  # an installed suite has no tests beside it
    found = checkout / excuse.by
    files = sorted(found.rglob("*.py")) if found.is_dir() else [found] if found.is_file() else []
    if not any(rule_id in CITED.findall(file.read_text("utf-8")) for file in files):
        yield f"is not cited by {excuse.by}"


def _citations(folders: list[Path]) -> defaultdict[str, list[str]]:
    """Return the places, as file:line, that cite each requirement."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                for requirement_id in dict.fromkeys(CITED.findall(line)):
                    places[requirement_id].append(f"{path.relative_to(folder.parent)}:{number}")
    return places


def _reference_folder() -> Path:
    return Path(rollout_reference.__file__).parent


def _test_folders() -> list[Path]:
    """Return where tests and laws stand; an installed suite has only the laws."""
    package = Path(__file__).parent
    tests = [_reference_folder().parent / "tests", package.parent / "tests"]
    return [folder for folder in (*tests, package / "invariants") if folder.is_dir()]


def _checkout() -> Path | None:
    top = Path(__file__).parents[2]
    return top if (top / "pyproject.toml").is_file() else None
