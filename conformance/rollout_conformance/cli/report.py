"""`rolloutspec report`: read, compare and verify stored reports, and make other forms of them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, UNUSABLE, fail
from rollout_conformance.cli.reduce import whole_file

if TYPE_CHECKING:
    from rollout_conformance.library import Library
    from rollout_conformance.reports.document import Report
    from rollout_conformance.reports.outputs import Outputs

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = """\b
Examples:
  rolloutspec report report.jsonl                          show it, as the run did
  rolloutspec report report.jsonl --html report.html       one page for people
  rolloutspec report report.jsonl --junit junit.xml --badge badge.json
  rolloutspec report report.jsonl --markdown - >> "$GITHUB_STEP_SUMMARY"
  rolloutspec report diff before.jsonl after.jsonl         which cases changed
  rolloutspec report verify report.jsonl                   does it hold?

\b
`rolloutspec run IMPL --report report.jsonl` writes a report.
"""


class _ShowByDefault(click.Group):
    """A group whose subcommand `show` may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read a first word that is no subcommand as the file of `show`."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)


def output_options(function: F) -> F:
    """Add the options that name the files to make from a report."""
    kind = click.Path(dir_okay=False, path_type=Path, allow_dash=True)
    for name, form in (
        ("--markdown", "Markdown, for the summary of a CI run"),
        ("--badge", "the JSON of a badge, for the endpoint of shields.io"),
        ("--junit", "JUnit XML"),
        ("--html", "one HTML page"),
    ):
        function = click.option(name, type=kind, help=f"Write FILE (- for standard output): {form}.")(
            function
        )
    return function


@click.group(cls=_ShowByDefault, epilog=EPILOG)
def command() -> None:
    """Show a stored REPORT, make other forms of it, compare it with another, or verify it.

    Exits with 4 and the file and line for a file that is no whole report.
    """


@command.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
@output_options
def show(report: Path, corpus: Path | None, **files: Path | None) -> None:
    """Show a REPORT on the terminal, or write the files that are asked for."""
    from rollout_conformance.reports import terminal  # noqa: PLC0415
    from rollout_conformance.reports.outputs import Outputs  # noqa: PLC0415

    outputs = Outputs(**files)
    check_writable(outputs)
    stored = read(report)
    library = library_for(stored, corpus)
    if outputs.paths:
        write(outputs, stored, library, report)
    else:
        terminal.show_report(stored, library, report)


@command.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def diff(before: Path, after: Path) -> None:
    """Say which cases changed between the reports BEFORE and AFTER, in groups.

    Exits with 1 when a case became worse; cases that only one report has make nothing worse.
    """
    from rollout_conformance.reports import difference  # noqa: PLC0415

    old, new = read(before), read(after)
    found = difference.changes(old, new)
    difference.show(found, old, new)
    if found.worse:
        raise SystemExit(UNEXPECTED)


@command.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--no-replay", is_flag=True, help="Run nothing: check the file alone.")
@click.option("--impl", help="Replay against this implementation instead of the one that the report names.")
@click.option("--sample", type=click.IntRange(min=1), default=20, show_default=True, help="Cases to replay.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses the sample.")
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
def verify(
    report: Path, no_replay: bool, impl: str | None, sample: int, seed: int, corpus: Path | None
) -> None:
    """Check that a REPORT is whole, adds up, is of the installed corpus, and can be repeated.

    The replay runs the command that the report names: use --no-replay or --impl for a report that you
    do not trust.  Exits with 1 when something differs.
    """
    from rollout_conformance import verification  # noqa: PLC0415
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.implementations import ImplementationError  # noqa: PLC0415
    from rollout_conformance.library import Library  # noqa: PLC0415
    from rollout_conformance.reports.document import ReportError  # noqa: PLC0415
    from rollout_conformance.reports.wording import printable  # noqa: PLC0415
    from rollout_conformance.requirements import SpecError  # noqa: PLC0415

    try:
        stored = verification.read_strictly(report)
        checks = [verification.Check("form", f"{len(stored.results):,} results, each as its schema says", [])]
        checks.append(verification.verify_arithmetic(stored))
        library = Library(corpus)
        checks.append(verification.verify_corpus(stored, library))
        if not no_replay and not checks[-1].findings:
            named = impl or stored.header.command
            checks.append(verification.verify_adapter(stored, named))
            checks.append(verification.verify_by_replay(stored, library, named, sample, seed))
    except (ReportError, CaseError, SpecError) as error:
        fail(str(error), SUITE_ERROR)
    except ImplementationError as error:
        fail(f"implementation: {error}\n  give --impl, or --no-replay to check the file alone", UNUSABLE)
    for check in checks:
        if not check.findings:
            click.echo(f"ok       {check.name}: {check.told}")
        for finding in check.findings:
            click.echo(f"differs  {check.name}: {printable(finding)}")
    if any(check.findings for check in checks):
        fail(f"{report} does not hold", UNEXPECTED)
    click.echo(f"OK: {stored.footer.verdict}, {stored.footer.claim}")


def read(path: Path) -> "Report":
    """Return a stored report, or say in one line why it is none."""
    from rollout_conformance.reports.document import ReportError, read_report  # noqa: PLC0415

    try:
        return read_report(path)
    except ReportError as error:
        fail(str(error), SUITE_ERROR)


def library_for(report: "Report", corpus: Path | None) -> "Library":
    """Return what is installed; says so when the report is of another corpus."""
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.library import Library  # noqa: PLC0415
    from rollout_conformance.requirements import SpecError  # noqa: PLC0415

    library = Library(corpus)
    try:
        if library.root != report.header.corpus:
            click.echo("the report is of another corpus: input lines and notes are left out", err=True)
    except (CaseError, SpecError) as error:
        fail(f"suite: {error}", SUITE_ERROR)
    return library


def check_writable(outputs: "Outputs") -> None:
    """Refuse files whose folder is missing, before anything is run."""
    for path in outputs.paths:
        if not path.parent.is_dir():
            raise click.UsageError(f"{path} cannot be written: there is no folder {path.parent}")


def write(outputs: "Outputs", report: "Report", library: "Library", path: Path | None) -> None:
    """Write each file that is asked for, whole."""
    for target, fill in outputs.writers(report, library, path).items():
        if str(target) == "-":
            fill(sys.stdout.buffer)
            continue
        try:
            with whole_file(target) as file:
                fill(file)
        except OSError as error:
            raise click.UsageError(f"{target} cannot be written: {error.strerror}") from None
