"""The findings as SARIF 2.1.0, which code hosts show beside the files."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import msgspec

from rollout_conformance.locations import spec_dir
from rollout_conformance.requirements import Requirement, load_requirements
from rollout_conformance.validate.problems import Problem, Report
from rollout_reference import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def document(report: Report) -> bytes:
    """Return a report as a SARIF log of one run: a result for each problem, a rule for each requirement."""
    found = list(_problems(report))
    names = sorted({problem.rule for _, problem in found})
    requirements = load_requirements(spec_dir())
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rolloutspec",
                        "semanticVersion": __version__,
                        "rules": [_rule(name, requirements.get(name)) for name in names],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(path, problem, names) for path, problem in found],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _problems(report: Report) -> Iterator[tuple[str, Problem]]:
    for each in report.files:
        for problem in each.problems:
            yield each.path, problem
    for place in report.places:
        yield place.path, place.problem


def _rule(name: str, requirement: Requirement | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": name, "name": name}
    if requirement is not None:
        rule["shortDescription"] = {"text": requirement.sentence}
    return rule


def _result(path: str, problem: Problem, names: list[str]) -> dict[str, Any]:
    text = problem.message + (f"; {problem.nearest}" if problem.nearest else "")
    if problem.count > 1:
        text += f" ({problem.count:,} lines)"
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if problem.lines:
        place["region"] = {"startLine": problem.lines[0]}
        if problem.excerpt:
            place["region"]["snippet"] = {"text": problem.excerpt}
    return {
        "ruleId": problem.rule,
        "ruleIndex": names.index(problem.rule),
        "level": problem.level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "occurrenceCount": problem.count,
        "partialFingerprints": {"code/v1": f"{problem.code}:{problem.message}"},
    }


def _uri(path: str) -> str:
    """Return a path as a URI: absolute ones with a scheme, others relative to where the check ran."""
    pure = PurePath(path)
    return Path(path).as_uri() if pure.is_absolute() else quote(pure.as_posix())
