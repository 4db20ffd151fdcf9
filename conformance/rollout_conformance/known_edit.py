"""Change a file of known failures as text, so that its comments and order stay."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from rollout_conformance.known import FAILURES, Entry, Failure, FailureKind, KnownFailures
from rollout_conformance.results import Result

_TABLE = re.compile(r"\s*\[")


class Excuse(Struct, frozen=True):
    """Why failures are known: what every entry has to say."""

    kind: FailureKind
    reason: str
    issue: str
    until: str | None


def add(path: Path, known: KnownFailures | None, results: Iterable[Result], excuse: Excuse) -> list[str]:
    """List the failures of a report that the file does not excuse; return the cases.

    An entry of one case that fails differently is replaced.
    """
    failed = [result for result in results if result.outcome in FAILURES]
    text = path.read_text("utf-8") if known else ""
    if known:
        listed = {case: entry for entry in known.entries for case in entry.cases}
        replaced = [listed[result.case] for result in failed if result.case in listed]
        text = without(text, [entry for entry in replaced if len(entry.cases) == 1])
    blocks = [text.rstrip("\n")] if text.strip() else []
    blocks += [_block(result, excuse) for result in failed]
    path.write_text("\n\n".join(blocks) + "\n" if blocks else "", encoding="utf-8")
    return [result.case for result in failed]


def prune(known: KnownFailures, results: Iterable[Result]) -> list[Entry]:
    """Remove the entries that match nothing, or whose cases all pass by a report; return them."""
    passed = {result.case for result in results if result.outcome == "pass"}
    stale = [entry for entry in known.entries if passed.issuperset(entry.cases)]
    known.path.write_text(without(known.path.read_text("utf-8"), stale), encoding="utf-8")
    return stale


def without(text: str, entries: Iterable[Entry]) -> str:
    """Return the text of a file without some entries; comments above an entry go with it."""
    lines = text.splitlines(keepends=True)
    gone: set[int] = set()
    for entry in entries:
        first, last = entry.line - 1, entry.line
        while last < len(lines) and not _TABLE.match(lines[last]):
            last += 1
        while last > entry.line and (not lines[last - 1].strip() or lines[last - 1].startswith("#")):
            last -= 1
        while first > 0 and lines[first - 1].startswith("#"):
            first -= 1
        while first > 0 and not lines[first - 1].strip():
            first -= 1
        gone.update(range(first, last))
    return "".join(line for number, line in enumerate(lines) if number not in gone).lstrip("\n")


def _block(result: Result, excuse: Excuse) -> str:
    outcome: Failure = result.outcome  # type: ignore[assignment]
    values = {
        "case": result.case,
        "outcome": outcome,
        "digest": None if excuse.kind == "flaky" else result.signature,
        "kind": excuse.kind,
        "reason": excuse.reason,
        "issue": excuse.issue or None,
        "until": excuse.until,
    }
    told = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value]
    return "\n".join([f"# {result.detail or result.title}".replace("\n", " "), "[[known]]", *told])
