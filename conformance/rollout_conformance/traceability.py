"""Join the requirements of the text with the cases, tests and code that cite them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

import rollout_reference
from rollout_conformance.cases import Case
from rollout_conformance.requirements import Level, Requirement

CITED = re.compile(r"\bTRACE-[A-Z]+-[1-9][0-9]*\b")


class Coverage(Struct, frozen=True):
    """A requirement with everything that cites it, by case id or by file and line."""

    requirement: Requirement
    cases: list[str]
    tests: list[str]
    code: list[str]


class Orphan(Struct, frozen=True):
    """A citation of a requirement, or of a revision, that the text does not have."""

    where: str
    cited: str


def trace(requirements: dict[str, Requirement], cases: list[Case]) -> list[Coverage]:
    """Return every requirement, in the order of the text, with what cites it."""
    by_case: defaultdict[str, list[str]] = defaultdict(list)
    for case in cases:
        for requirement_id in case.cited:
            by_case[requirement_id].append(case.id)
    tests = _citations(_test_folders())
    code = _citations([_reference_folder()])
    return [Coverage(rule, by_case[rule.id], tests[rule.id], code[rule.id]) for rule in requirements.values()]


def problems(coverage: list[Coverage], cases: list[Case] | None = None) -> Iterator[str]:
    """Say which rule nothing decides, and which citation names no rule."""
    for entry in coverage:
        rule = entry.requirement
        if rule.level is Level.MUST and not entry.cases and not entry.tests:
            yield f"{rule.file}:{rule.line}: no case and no test cites {rule.id}"
    for orphan in orphans({entry.requirement.id: entry.requirement for entry in coverage}, cases or []):
        yield f"{orphan.where}: cites {orphan.cited}, which the text does not have"


def orphans(requirements: dict[str, Requirement], cases: list[Case]) -> Iterator[Orphan]:
    """Yield the citations in cases, tests and code that fit no requirement of the text."""
    for case in cases:
        for requirement_id, revision in case.cited.items():
            rule = requirements.get(requirement_id)
            if rule is None or rule.revision != revision:
                yield Orphan(case.id, f"{requirement_id}@{revision}")
    for requirement_id, places in _citations([*_test_folders(), _reference_folder()]).items():
        if requirement_id not in requirements:
            yield from (Orphan(place, requirement_id) for place in places)


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
