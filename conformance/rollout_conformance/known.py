"""Known failures: what an implementer expects to fail, why, and until when.

The file lies beside the implementation, never in the corpus.  An entry excuses one way of failing
of one case; as soon as the case passes, fails otherwise or the entry expires, it excuses nothing.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct
from msgspec.structs import replace

from rollout_conformance import index as index_entries
from rollout_conformance.cases import Case, Version
from rollout_conformance.index import Index, current_id, renames
from rollout_conformance.results import Outcome, Result
from rollout_conformance.tomlfile import TomlError, read_toml

MAX_MATCHES = 20
"""Cases that one pattern may match."""

FLAKY_RUNS = 3
"""How often a flaky case runs; none of the runs decides anything."""

FailureKind = Literal["bug", "wontfix", "flaky"]
Failure = Literal["fail", "silent-zero", "fail-after", "error", "crash", "timeout", "protocol-error"]
FAILURES: frozenset[Outcome] = frozenset(get_args(Failure))
"""Outcomes that a file may list: what an implementation did, and did wrong."""

_ENTRY = re.compile(r"\s*\[\[\s*known\s*\]\]\s*(?:#.*)?$")


class KnownError(Exception):
    """A file of known failures that cannot be used; the message names file, line and what to do."""


class Known(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry; `spec/schema/known-failures.schema.json` says the same."""

    case: Annotated[str, Meta(pattern=r"^([a-z0-9]+|\*\*?)(-([a-z0-9]+|\*\*?))*$")]
    """A case id, or a pattern over its components: `*` is any one, `**` any number of them."""
    outcome: Failure
    digest: Annotated[str, Meta(pattern=r"^[0-9a-f]{8}$")] | None = None
    """The signature of the failure in a report; only a flaky one has none."""
    kind: FailureKind
    reason: Annotated[str, Meta(min_length=1)]
    issue: str = ""
    until: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    """The last day on which the entry counts; only what will not be fixed has none."""


class KnownFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    corpus: Version | None = None
    """The corpus version that it was written for; it applies to the same major only."""
    known: list[Known] = []


class Entry(Struct, frozen=True):
    """An entry with its line and the cases that it is about."""

    known: Known
    line: int
    cases: tuple[str, ...]


class KnownFailures:
    """The entries of a file, applied to results as they come; raises `KnownError`.

    What is wrong with the entries themselves is in `problems`.
    """

    def __init__(self, path: Path, index: Index, today: date) -> None:
        self.path = path
        self._today = today
        self._problems: set[tuple[int, str]] = set()
        contents, lines = _read(path)
        if contents.corpus and contents.corpus.split(".")[0] != index.version.split(".")[0]:
            raise KnownError(
                f"{path} line 1: written for corpus {contents.corpus}, this is {index.version}; "
                "look at each entry again, then change 'corpus'"
            )
        self._index = index
        self._indexed, cases = _matches(contents.known, index)
        self.entries = [
            Entry(known, line, found) for known, line, found in zip(contents.known, lines, cases, strict=True)
        ]
        self._by_case: dict[str, Entry] = {}
        for entry in self.entries:
            self._enter(entry)

    @property
    def problems(self) -> list[str]:
        """Return what is wrong with entries, in order of their lines."""
        return [f"{self.path} line {line}: {message}" for line, message in sorted(self._problems)]

    def settle(self, result: Result, again: Callable[[Case], Result]) -> Result:
        """Return what a result is worth beside the entry about it; a flaky case is judged again."""
        entry = self._by_case.get(result.case)
        if entry is None or result.outcome not in FAILURES | {"pass"}:
            return result
        if entry.known.kind == "flaky":
            case = self._index.case(self._indexed[result.case])
            return self._settle_flaky(entry, [result, *(again(case) for _ in range(FLAKY_RUNS - 1))])
        return self._settle(entry, result)

    def is_expired(self, entry: Entry) -> bool:
        """Tell whether the last day of an entry is over."""
        return entry.known.until is not None and date.fromisoformat(entry.known.until) < self._today

    def _enter(self, entry: Entry) -> None:
        at = f"{self.path} line {entry.line}"
        if len(entry.cases) > MAX_MATCHES:
            raise KnownError(
                f"{at}: {entry.known.case!r} matches {len(entry.cases)} cases, {MAX_MATCHES} are allowed"
            )
        if not entry.cases:
            self._problem(entry, f"{entry.known.case!r} matches no case; remove the entry")
        for case in entry.cases:
            if case in self._by_case:
                raise KnownError(f"{at}: {case} is already listed at line {self._by_case[case].line}")
            self._by_case[case] = entry

    def _settle(self, entry: Entry, result: Result) -> Result:
        known = entry.known
        if result.outcome == "pass":
            self._problem(entry, f"{result.case} passes; remove the entry with `rolloutspec known prune`")
            return result
        if self.is_expired(entry):
            return self._expired(entry, result)
        if (result.outcome, result.signature) != (known.outcome, known.digest):
            told = f"{result.outcome} {result.signature}, listed is {known.outcome} {known.digest}"
            self._problem(entry, f"{result.case} fails differently: {told}")
            return replace(result, reason=f"fails differently: {told}")
        return replace(result, outcome="known", reason=known.reason)

    def _settle_flaky(self, entry: Entry, results: list[Result]) -> Result:
        known = entry.known
        failed = [result for result in results if result.outcome in FAILURES]
        if failed and self.is_expired(entry):
            return self._expired(entry, failed[0])
        for result in results:
            if result.outcome not in ("pass", known.outcome):
                return replace(result, reason=f"known as flaky with {known.outcome}, this is another outcome")
        passed = len(results) - len(failed)
        shown = failed[0] if failed else results[0]
        detail = f"passed {passed} of {len(results)} runs"
        return replace(shown, outcome="flaky", detail=detail, reason=known.reason)

    def _expired(self, entry: Entry, result: Result) -> Result:
        self._problem(entry, f"the entry for {result.case} expired after {entry.known.until}")
        return replace(result, reason=f"known until {entry.known.until}: {entry.known.reason}")

    def _problem(self, entry: Entry, message: str) -> None:
        self._problems.add((entry.line, message))


def _read(path: Path) -> tuple[KnownFile, list[int]]:
    """Return a file and the line of each entry."""
    try:
        contents = read_toml(path, KnownFile)
    except TomlError as error:
        raise KnownError(str(error)) from None
    text = path.read_text("utf-8").splitlines()
    lines = [number for number, line in enumerate(text, start=1) if _ENTRY.match(line)]
    if len(lines) != len(contents.known):
        raise KnownError(f"{path} line 1: each entry begins with a line [[known]]")
    for known, line in zip(contents.known, lines, strict=True):
        for fault in _faults(known):
            raise KnownError(f"{path} line {line}: {fault}")
    return contents, lines


def _faults(known: Known) -> Iterable[str]:
    if (known.digest is None) != (known.kind == "flaky"):
        yield "an entry has a 'digest' exactly if its kind is not flaky"
    if known.until is None and known.kind != "wontfix":
        yield f"an entry of kind {known.kind} needs 'until', its last day"
    try:
        date.fromisoformat(known.until or "2000-01-01")
    except ValueError as error:
        yield f"'until' is no date: {error}"


def _matches(
    entries: list[Known], index: Index
) -> tuple[dict[str, index_entries.Entry], list[tuple[str, ...]]]:
    """Return the cases of the corpus that each entry is about; an old id means the case of today."""
    renamed = renames(index.corpus)
    expressions = [component_pattern(current_id(known.case, renamed)) for known in entries]
    indexed: dict[str, index_entries.Entry] = {}
    found: list[list[str]] = [[] for _ in entries]
    for case in index.entries():
        for matches, expression in zip(found, expressions, strict=True):
            if expression.fullmatch(f"-{case.id}"):
                matches.append(case.id)
                indexed[case.id] = case
    return indexed, [tuple(matches) for matches in found]


def component_pattern(pattern: str) -> re.Pattern[str]:
    """Return an expression for `-` and an id, of a pattern over the components between hyphens."""
    parts = {"*": "-[^-]+", "**": "(?:-[^-]+)*"}
    return re.compile("".join(parts.get(part, f"-{part}") for part in pattern.split("-")))
