"""`rolloutspec known`: keep the file of known failures true."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollout_conformance.cli.exits import SUITE_ERROR, fail

if TYPE_CHECKING:
    from rollout_conformance.known import Entry, KnownFailures
    from rollout_conformance.results import Result

EPILOG = """\b
Examples:
  rolloutspec run "./adapter" --report report.jsonl
  rolloutspec known write known.toml report.jsonl --reason "keeps the first end" --issue URL
  rolloutspec run "./adapter" --known known.toml      exit 0 as long as nothing else fails
  rolloutspec known explain known.toml                what each entry excuses
  rolloutspec known prune known.toml report.jsonl     drop what passes now
"""

USAGE = 2
DAYS = 90
"""How long a new entry counts if nobody says."""

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
REPORT = click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
CORPUS = click.option(
    "--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases."
)
TODAY = click.option("--today", metavar="DATE", help="Another day than today, such as 2026-12-31.")


@click.group(epilog=EPILOG)
def command() -> None:
    """List failures that are known, with a reason and an end, so that only new ones are red."""


@command.command()
@FILE
@REPORT
@click.option("--reason", required=True, help="Why it fails.")
@click.option("--issue", default="", help="Where it is tracked.")
@click.option(
    "--kind",
    type=click.Choice(["bug", "wontfix", "flaky"]),
    default="bug",
    help="What kind of failure it is.",
)
@click.option("--until", metavar="DATE", help=f"Its last day; {DAYS} days from today if not given.")
@click.option("--case", "pattern", default="*", help="Only failures of cases that match this pattern.")
@CORPUS
@TODAY
def write(
    file: Path,
    report: Path,
    reason: str,
    issue: str,
    kind: str,
    until: str | None,
    pattern: str,
    corpus: Path | None,
    today: str | None,
) -> None:
    """Add the failures of a REPORT to FILE, which is made if it does not exist."""
    from fnmatch import fnmatchcase  # noqa: PLC0415

    from rollout_conformance import known_edit  # noqa: PLC0415

    day = day_of(today)
    last = until or ("" if kind == "wontfix" else (day + timedelta(days=DAYS)).isoformat())
    if last:
        day_of(last)
    known = open_known(file, corpus, day) if file.exists() else None
    failed = [result for result in _results(report) if fnmatchcase(result.case, pattern)]
    excuse = known_edit.Excuse(kind, reason, issue, last or None)  # type: ignore[arg-type]
    cases = known_edit.add(file, known, failed, excuse)
    click.echo(f"{file}: {len(cases)} failures listed")
    for case in cases:
        click.echo(f"  {case}")


@command.command()
@FILE
@REPORT
@CORPUS
@TODAY
def prune(file: Path, report: Path, corpus: Path | None, today: str | None) -> None:
    """Remove the entries of FILE that match nothing or pass by a REPORT."""
    from rollout_conformance import known_edit  # noqa: PLC0415

    known = open_known(file, corpus, day_of(today))
    removed = known_edit.prune(known, _results(report))
    click.echo(f"{file}: {len(removed)} of {len(known.entries)} entries removed")
    for entry in removed:
        click.echo(f"  {entry.known.case}")


@command.command()
@FILE
@click.argument("report", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CORPUS
@TODAY
def explain(file: Path, report: Path | None, corpus: Path | None, today: str | None) -> None:
    """Say of each entry of FILE what it excuses, and how it stands by a REPORT."""
    from rollout_conformance import locations, requirements  # noqa: PLC0415
    from rollout_conformance.index import Index  # noqa: PLC0415

    known = open_known(file, corpus, day_of(today))
    results = {result.case: result for result in _results(report)} if report else {}
    named = {case for entry in known.entries for case in entry.cases}
    index = Index(corpus or locations.corpus_dir())
    cases = {each.id: index.case(each) for each in index.entries() if each.id in named}
    rules = requirements.load_requirements(locations.spec_dir())
    for entry in known.entries:
        click.echo(f"line {entry.line}: {entry.known.case}: {_standing(known, entry, results)}")
        click.echo(f"  {entry.known.kind}, {entry.known.outcome}: {entry.known.reason}")
        click.echo(f"  until {entry.known.until or 'ever'}  {entry.known.issue}".rstrip())
        for case in map(cases.__getitem__, entry.cases):
            click.echo(f"  {case.id}: {case.title}")
            for cited in case.cited:
                click.echo(f"    [{cited}] {rules[cited].sentence if cited in rules else 'no such rule'}")


def open_known(file: Path, corpus: Path | None, today: date) -> KnownFailures:
    """Return the entries of a file; says what is wrong with one and exits."""
    from rollout_conformance import locations  # noqa: PLC0415
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.index import Index  # noqa: PLC0415
    from rollout_conformance.known import KnownError, KnownFailures  # noqa: PLC0415

    try:
        return KnownFailures(file, Index(corpus or locations.corpus_dir()), today)
    except KnownError as error:
        fail(f"known failures: {error}", USAGE)
    except CaseError as error:
        fail(f"suite: {error}", SUITE_ERROR)


def day_of(text: str | None) -> date:
    """Return a day, today if none is given; the only place where the suite looks at a clock."""
    if text is None:
        return date.today()  # noqa: DTZ011  (an entry ends with the day of whoever runs the suite)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date such as 2026-12-31") from None


def _results(report: Path) -> list[Result]:
    from rollout_conformance.reports.document import ReportError, read_report  # noqa: PLC0415

    try:
        return list(read_report(report)[1])
    except ReportError as error:
        fail(str(error), USAGE)


def _standing(known: KnownFailures, entry: Entry, results: dict[str, Result]) -> str:
    """Say how an entry stands: by itself, and by the results if there are any."""
    if not entry.cases:
        return "matches no case"
    told = ["expired"] if known.is_expired(entry) else []
    for case in entry.cases:
        result = results.get(case)
        if result is None:
            continue
        settled = known.settle(result, lambda _, result=result: result)  # type: ignore[misc]
        told.append("as listed" if settled.outcome in ("known", "flaky") else settled.reason or "passes")
    return ", ".join(dict.fromkeys(told)) or "in force"
