"""Verify a report: is it whole, does its verdict follow, is its corpus ours, does a sample repeat?"""

import contextlib
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from jsonschema.exceptions import best_match
from msgspec import Struct, structs

from rollout_conformance.implementations import open_implementation
from rollout_conformance.implementations.files import files_of
from rollout_conformance.index import is_current
from rollout_conformance.library import Library
from rollout_conformance.replay import judge_again
from rollout_conformance.reports.document import Report, ReportError, read_report
from rollout_conformance.reports.wording import counted, printable
from rollout_conformance.results import Footer, Header, Outcome, Result
from rollout_conformance.schemas import validator
from rollout_conformance.summary import summarise
from rollout_conformance.vocabulary import vocabulary

NAMED = 5
"""Cases that a finding names."""

UNREPEATABLE: frozenset[Outcome] = frozenset({"flaky", "fail-after", "not-run", "suite-error"})
"""Outcomes that a sample cannot repeat: they depend on what came before, or on luck."""


class Check(Struct, frozen=True):
    """One thing that was looked at; `findings` say what differs, none means that nothing does."""

    name: str
    told: str
    findings: list[str]


def read_strictly(path: Path) -> Report:
    """Return a report each of whose lines is valid by the schema of the specification.

    Raises `ReportError` with the line at fault.
    """
    report = read_report(path)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            value = json.loads(line)
            error = best_match(validator("report", value["kind"]).iter_errors(value))
            if error is not None:
                place = "".join(f"/{key}" for key in error.absolute_path) or "/"
                raise ReportError(f"{path} line {number}: {place}: {printable(error.message)}")
    return report


def verify_arithmetic(report: Report) -> Check:
    """Compute the footer again from the results."""
    expected = structs.replace(summarise(report.header, report.results), stale=report.footer.stale)
    findings = [
        f"the footer says {name} {_shown(said)}, the results give {_shown(value)}"
        for name in Footer.__struct_fields__
        if (value := getattr(expected, name)) != (said := getattr(report.footer, name))
    ]
    return Check("arithmetic", f"counts, tallies and verdict ({report.footer.verdict}) follow", findings)


def verify_corpus(report: Report, library: Library) -> Check:
    """Compare the cases that were judged with those of the installed corpus."""
    header = report.header
    if library.root != header.corpus:
        advice = "install the suite that wrote the report, or name its corpus with --corpus"
        finding = f"the report is of {header.corpus[:12]}, installed is {library.root[:12]}; {advice}"
        return Check("corpus", "", [finding])
    operations = vocabulary().profiles[header.profile].operations
    version = library.version
    given = {
        entry.id: entry
        for entry in library.entries.values()
        if entry.op in operations and is_current(entry, version)
    }
    reported = {result.case: result for result in report.results}
    findings = list(_named("not in the corpus", sorted(reported.keys() - given.keys())))
    if header.mode == "full":
        findings += _named("without a result", sorted(given.keys() - reported.keys()))
    altered = [
        case
        for case in sorted(reported.keys() & given.keys())
        if (given[case].op, given[case].requirements) != (reported[case].op, reported[case].requirements)
    ]
    findings += _named("not told as the corpus tells them", altered)
    told = f"{counted(len(reported), 'case')} of the installed corpus {library.root[:12]}"
    return Check("corpus", told, findings)


def verify_adapter(report: Report, command: str) -> Check:
    """Compare the files of the adapter that was judged with those of the one that a command names.

    Raises `implementations.ImplementationError`.
    """
    was, now = report.header.adapter, files_of(command)
    if sorted(was.values()) == sorted(now.values()):
        told = f"the same {counted(len(now), 'file')} as in the report" if now else "has no file of its own"
        return Check("adapter", told, [])
    if not was:
        return Check("adapter", "the report does not tell its files", [])
    findings = [
        f"ANOTHER ADAPTER: {name} of the report has the digest {digest[:12]}, {_digest_shown(now.get(name))}"
        for name, digest in was.items()
        if digest not in now.values()
    ]
    findings += [
        f"ANOTHER ADAPTER: {name}, digest {digest[:12]}, is no part of the adapter of the report"
        for name, digest in now.items()
        if digest not in was.values() and name not in was
    ]
    return Check("adapter", "", findings or ["ANOTHER ADAPTER: a file is there more often, or less"])


def _digest_shown(digest: str | None) -> str:
    return f"on hand is {digest[:12]}" if digest else "no such file is on hand"


def verify_by_replay(report: Report, library: Library, command: str, count: int, seed: int) -> Check:
    """Judge a sample again with the implementation that a command names.

    Raises `implementations.ImplementationError`.
    """
    chosen = sample(report.results, count, seed)
    findings: list[str] = []
    with contextlib.closing(open_implementation(command)) as implementation:
        findings += _unlike(
            report.header, structs.replace(report.header, implementation=implementation.identity)
        )
        for replayed in judge_again(chosen, library, implementation):
            if not replayed.same:
                was, now = replayed.before, replayed.after
                findings.append(f"{was.case}: reported {_told(was)}, now {_told(now)}")
    told = f"{len(chosen)} of {counted(len(report.results), 'case')} (seed {seed}) came out as reported"
    return Check("replay", told, findings)


def sample(results: Sequence[Result], count: int, seed: int) -> list[Result]:
    """Return a random choice, always the same for a seed, in the order of the report."""
    repeatable = [result for result in results if result.outcome not in UNREPEATABLE]
    chosen = random.Random(seed).sample(range(len(repeatable)), min(count, len(repeatable)))  # noqa: S311
    return [repeatable[index] for index in sorted(chosen)]


def _unlike(reported: Header, present: Header) -> Iterator[str]:
    was, now = reported.implementation, present.implementation
    if was != now:
        yield f"the report is of {was.name} {was.version}, the command is {now.name} {now.version}"


def _named(what: str, cases: list[str]) -> Iterator[str]:
    if cases:
        more = f" and {len(cases) - NAMED} more" if len(cases) > NAMED else ""
        yield f"{counted(len(cases), 'case')} {what}: {', '.join(cases[:NAMED])}{more}"


def _told(result: Result) -> str:
    return f"{result.outcome} ({result.detail})" if result.detail else result.branch or result.outcome


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items()) or "nothing"
    if isinstance(value, Struct):
        return " of ".join(str(part) for part in structs.astuple(value))
    return str(value)
