"""The findings for a person: each problem as it is found, then a table by era and outcome."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from rollout_conformance.reports.wording import counted, printable
from rollout_conformance.validate.file import Watch
from rollout_conformance.validate.problems import FileReport, Outcome, Place, Problem, Report

STYLES = {"error": "red", "warning": "yellow", "note": "dim"}
TABLE_WIDTH = 100
"""Columns of the table where there is no terminal whose width counts."""

OUTCOME_STYLES = {"clean": "green", "problems": "red", "unrecognised": "bold red", "rejected": "bold red"}


@contextmanager
def progress(total: int) -> Iterator[Watch | None]:
    """Show how far a check is, on a terminal; silent when nobody looks."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("checking"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("checking", total=total)
        yield lambda size: shown.advance(task, size)


class Terminal:
    """Prints problems as they come; notes and unknown fields only if all is to be shown."""

    def __init__(self, *, verbose: bool) -> None:
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console.width = TABLE_WIDTH
        self._verbose = verbose

    def file(self, report: FileReport) -> None:
        """Print the problems of one file."""
        for problem in report.problems:
            self._problem(report.path, problem)
        if self._verbose and report.unknown_fields:
            told = ", ".join(f"{name} {count:,}" for name, count in report.unknown_fields.items())
            self._print(f"{report.path}: unknown fields, which readers ignore: {told}", "dim")

    def place(self, place: Place) -> None:
        """Print a problem that lies between files."""
        self._problem(place.path, place.problem)

    def summary(self, report: Report) -> None:
        """Print the table and the verdict."""
        self._console.print(_table(report.files))
        others = sum(report.others.values())
        if others:
            told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.others.items()))
            self._print(f"not rollouts: {told}", "dim")
        self._verdict(report)

    def _verdict(self, report: Report) -> None:
        levels = Counter(p.level for each in report.files for p in each.problems)
        levels.update(place.problem.level for place in report.places)
        lost = [each for each in report.files if each.outcome == "unrecognised"]
        if lost:
            self._print(
                f"NOTHING RECOGNISED in {counted(len(lost), 'file')}: no line is an item of any version",
                "bold red",
            )
        told = f"{counted(levels['error'], 'error')}, {counted(levels['warning'], 'warning')}"
        if levels["note"]:
            told += f", {counted(levels['note'], 'note')}" + (
                "" if self._verbose else " (--verbose shows them)"
            )
        drift = Counter[str]()
        for each in report.files:
            drift.update(each.unknown_fields)
        if drift:
            told += f"; {counted(len(drift), 'unknown field')}" + (
                "" if self._verbose else " (--verbose lists them)"
            )
        self._print(told, "bold green" if report.clean else "bold red")

    def _problem(self, path: str, problem: Problem) -> None:
        if problem.level == "note" and not self._verbose:
            return
        where = path + (f" line {problem.lines[0]:,}" if problem.lines else "")
        more = f" ({counted(problem.count, 'line')}, from this one on)" if problem.count > 1 else ""
        self._print(
            f"{problem.level}: {where}: {problem.message}{more}  [{problem.rule}]", STYLES[problem.level]
        )
        if problem.nearest:
            self._print(f"  {problem.nearest}")
        if problem.excerpt:
            self._print(f"  | {problem.excerpt}", "dim")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(printable(text), style), soft_wrap=True)


def _table(files: list[FileReport]) -> Table:
    outcomes = get_args(Outcome)
    table = Table(show_footer=True)
    table.add_column("era", footer="all")
    for name, total in (("files", len(files)), ("lines", sum(each.lines for each in files))):
        table.add_column(name, justify="right", footer=f"{total:,}")
    items = sum(each.items for each in files)
    table.add_column("items", justify="right", footer=f"{items:,}")
    for outcome in outcomes:
        count = sum(each.outcome == outcome for each in files)
        table.add_column(
            outcome, justify="right", footer=Text(f"{count:,}", OUTCOME_STYLES[outcome] if count else "")
        )
    for era in ("bare", "legacy", "paginated", "unknown"):
        of_era = [each for each in files if each.era == era]
        if of_era:
            ends = Counter(each.outcome for each in of_era)
            table.add_row(
                era,
                f"{len(of_era):,}",
                f"{sum(each.lines for each in of_era):,}",
                f"{sum(each.items for each in of_era):,}",
                *(f"{ends[outcome]:,}" if ends[outcome] else "" for outcome in outcomes),
            )
    return table
