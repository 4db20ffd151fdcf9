"""Take over what the reference does as what cases expect: on purpose, with a reason, and shown."""

import json
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from rollout_conformance import index
from rollout_conformance.answers import Accepted, Refused
from rollout_conformance.cases import CASE_FILE, EXPECTED, Case, load_cases
from rollout_conformance.compare import Comparison, holds_pattern
from rollout_conformance.corpus_tools import ToolError
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.verdict import judge
from rollout_reference import jsontext

CHANGELOG = "CHANGELOG.md"
SECTION = "### Corpus"
MAX_TOLD = 20
"""Differences of one file that are shown."""

_ERROR = re.compile(r"(?ms)^error = \[.*?\]$")


class Change(Struct, frozen=True):
    """A case whose expectation changes, and how."""

    case: str
    told: list[str]
    outputs: dict[str, bytes] = {}
    code: str | None = None


def accept(corpus: Path, pattern: str, why: str) -> list[Change]:
    """Change the expectations that the reference does not meet; raises `ToolError`, then nothing changes."""
    project = corpus.resolve().parent
    changelog = project / CHANGELOG
    if not why.strip():
        raise ToolError("--why is empty; say in a sentence why expectations change")
    if not changelog.is_file() or SECTION not in changelog.read_text("utf-8"):
        raise ToolError(f"{changelog} has no section {SECTION!r} that could take the reason")
    if dirty := _changes_of(project / "reference"):
        raise ToolError(
            f"reference/ has changes that are not committed: {dirty}; expectations come from a commit"
        )
    chosen = [case for case in load_cases(corpus) if fnmatchcase(case.id, pattern)]
    if not chosen:
        raise ToolError(f"no case has an id that matches {pattern!r}")
    changes = [(case, change) for case in chosen if (change := _change(case))]
    for case, change in changes:
        _apply(case, change)
    if changes:
        _note(changelog, why.strip(), [case.id for case, _ in changes])
        index.write(corpus)
    return [change for _, change in changes]


def _change(case: Case) -> Change | None:
    """Return how a case changes, None if the reference meets it."""
    reference = Reference()
    answer = reference.perform(case.task)
    if judge(case, answer, reference.identity).outcome == "pass":
        return None
    match answer:
        case Accepted(outputs=outputs) if case.verdict == "must-accept":
            return Change(case.id, _told(case, outputs), outputs)
        case Refused(code=str(code)) if case.verdict == "must-reject":
            return Change(case.id, [f"error: {' or '.join(case.error)} becomes {code}"], code=code)
    did = answer.code if isinstance(answer, Refused) else type(answer).__name__.lower()
    raise ToolError(
        f"{case.folder / CASE_FILE}: {case.verdict}, but the reference: {did}; change that by hand"
    )


def _told(case: Case, outputs: dict[str, bytes]) -> list[str]:
    comparison, told = Comparison(case.compare, case.unordered), []
    expected = case.expected_outputs()
    for name, data in expected.items():
        if case.compare.get(name) == "json-iso" and holds_pattern(jsontext.parse(data)):
            raise ToolError(f"{case.folder / EXPECTED / name}: holds patterns; change it by hand")
        if name not in outputs:
            told.append(f"{name}: no longer made")
            continue
        lines = [f"{name}{difference}" for difference in comparison.differences(name, data, outputs[name])]
        told += lines[:MAX_TOLD] + [f"... and {len(lines) - MAX_TOLD} more"] * (len(lines) > MAX_TOLD)
    return told + [f"{name}: new" for name in outputs if name not in expected]


def _apply(case: Case, change: Change) -> None:
    if change.code is not None:
        path = case.folder / CASE_FILE
        line = f"error = [{json.dumps(change.code)}]"
        path.write_text(_ERROR.sub(line, path.read_text("utf-8"), count=1), encoding="utf-8")
        return
    for name in case.expected_outputs().keys() - change.outputs.keys():
        (case.folder / EXPECTED / name).unlink()
    for name, data in change.outputs.items():
        path = case.folder / EXPECTED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _note(changelog: Path, why: str, cases: list[str]) -> None:
    """Add the reason at the end of the newest section about the corpus."""
    lines = changelog.read_text("utf-8").splitlines()
    at = lines.index(SECTION) + 1
    while at < len(lines) and not lines[at].startswith("#"):
        at += 1
    while not lines[at - 1].strip():
        at -= 1
    shown = ", ".join(f"`{case}`" for case in cases[:5]) + (" ..." if len(cases) > 5 else "")
    lines.insert(at, f"- Expectations changed ({len(cases)}: {shown}): {why}")
    changelog.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _changes_of(folder: Path) -> str:
    """Return a file below a folder that differs from its commit; empty too where there is no git."""
    command = ["git", "-C", str(folder.parent), "status", "--porcelain", "--", folder.name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    lines = done.stdout.splitlines() if done.returncode == 0 else []
    return lines[0][3:] if lines else ""
