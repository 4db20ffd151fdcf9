"""`rolloutspec replay`: judge the failures of a report again."""

import contextlib
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, UNUSABLE, fail
from rollout_conformance.cli.report import library_for, read

if TYPE_CHECKING:
    from rollout_conformance.library import Library
    from rollout_conformance.replay import Replayed
    from rollout_conformance.reports.document import Report
    from rollout_conformance.results import Result

EPILOG = """\b
Each case is
  FIXED          it failed and comes out as expected now
  STILL FAILS    in the same way
  DIFFERENT      it fails in another way now
  STILL PASSES, NOW FAILS    for a case that had not failed

\b
Examples:
  rolloutspec replay report.jsonl                            all failures
  rolloutspec replay report.jsonl#trace-thread-start-twice   one case
  rolloutspec replay report.jsonl --case "trace-tool-*"      those that match
  rolloutspec replay report.jsonl --impl ./my-adapter        with another command
"""


@click.command(epilog=EPILOG)
@click.argument("report", metavar="REPORT[#CASE]")
@click.option("--case", "pattern", help="The cases whose id matches, also such as had not failed.")
@click.option("--impl", help="Another implementation than the one that the report names.")
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
def command(report: str, pattern: str | None, impl: str | None, corpus: Path | None) -> None:
    """Judge the failures of a REPORT again, and say what became of each.

    Runs the command that the report names.  Exits with 0 when everything comes out as expected now,
    with 1 when something does not.
    """
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.implementations import ImplementationError, open_implementation  # noqa: PLC0415
    from rollout_conformance.replay import GOOD, judge_again  # noqa: PLC0415
    from rollout_conformance.requirements import SpecError  # noqa: PLC0415

    path, named = _path_and_case(report)
    stored = read(path)
    chosen = _chosen(stored, pattern or named)
    if not chosen:
        click.echo(f"{path}: no case failed, there is nothing to replay")
        return
    try:
        library = library_for(stored, corpus)
        missing = [result.case for result in chosen if library.find(result.case) is None]
        if missing:
            fail(
                f"{path}: the installed corpus has no case {missing[0]}; name its corpus with --corpus",
                SUITE_ERROR,
            )
        with contextlib.closing(open_implementation(impl or stored.header.command)) as implementation:
            replayed = list(judge_again(chosen, library, implementation))
    except ImplementationError as error:
        fail(f"implementation: {error}\n  name another one with --impl", UNUSABLE)
    except (CaseError, SpecError) as error:
        fail(f"suite: {error}", SUITE_ERROR)
    _show(replayed)
    if len(replayed) == 1 and replayed[0].change not in GOOD:
        _show_card(stored, replayed[0], path, library)
    if any(one.change not in GOOD for one in replayed):
        raise SystemExit(UNEXPECTED)


def _path_and_case(text: str) -> tuple[Path, str | None]:
    """Split `REPORT#CASE`; a file may have the mark in its name."""
    path, mark, case = text.rpartition("#")
    if not mark or Path(text).exists():
        return Path(text), None
    return Path(path), case


def _chosen(report: "Report", pattern: str | None) -> "list[Result]":
    from rollout_conformance.results import EXPECTED  # noqa: PLC0415

    if pattern is None:
        return [result for result in report.results if result.outcome not in EXPECTED]
    chosen = [result for result in report.results if fnmatchcase(result.case, pattern)]
    if not chosen:
        raise click.UsageError(f"the report has no case that matches {pattern!r}")
    return chosen


def _show(replayed: "list[Replayed]") -> None:
    from rollout_conformance.reports.wording import counted, on_one_line  # noqa: PLC0415

    for one in replayed:
        told = f"{one.after.outcome}: {one.after.detail}" if one.after.detail else ""
        if one.change == "DIFFERENT":
            told = f"was {one.before.outcome}: {one.before.detail}; is {told}"
        click.echo(f"{one.change:14}{one.after.case}  {on_one_line(told, 200)}".rstrip())
    sums = Counter(one.change for one in replayed)
    told = ", ".join(f"{count:,} {change.lower()}" for change, count in sums.items())
    click.echo(f"{told}, of {counted(len(replayed), 'case')}")


def _show_card(report: "Report", replayed: "Replayed", path: Path, library: "Library") -> None:
    from rich.console import Console  # noqa: PLC0415

    from rollout_conformance.reports.cards import card_of  # noqa: PLC0415
    from rollout_conformance.reports.terminal import show_card  # noqa: PLC0415

    click.echo()
    show_card(Console(highlight=False), card_of(replayed.after, report.header, library, path))
