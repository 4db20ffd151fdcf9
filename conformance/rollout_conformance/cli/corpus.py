"""`rolloutspec corpus`: make, change, compare and check the cases."""

from __future__ import annotations

from pathlib import Path

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec corpus new trace-thread-start-late --op trace.reduce --from BUNDLE
      --requirement TRACE-THREAD-1@1 --title "a thread may start after its first event"
  rolloutspec corpus lint                          what is wrong with the corpus
  rolloutspec corpus hash                          write corpus/index.json
  rolloutspec corpus accept "trace-thread-*" --why "nicknames are kept"
  rolloutspec corpus diff v0.1.0 corpus --depth pointer
"""

CORPUS = click.option(
    "--corpus", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Another folder of cases."
)


@click.group(epilog=EPILOG)
def command() -> None:
    """Edit the corpus; cases are data, but their expectations change only through these."""


@command.command()
@click.argument("case_id", metavar="ID")
@click.option("--op", default="trace.reduce", show_default=True, help="The operation.")
@click.option("--profile", default="trace-reader", show_default=True, help="The profile it belongs to.")
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that becomes the input.",
)
@click.option(
    "--requirement", "requirements", multiple=True, required=True, metavar="ID@REV", help="What it decides."
)
@click.option("--title", required=True, help="The fact that the case shows.")
@click.option("--neighbour", metavar="ID", help="The nearest accepted case, for a rejected one.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where below the corpus; found if not given.")
@CORPUS
def new(
    case_id: str,
    op: str,
    profile: str,
    source: Path,
    requirements: tuple[str, ...],
    title: str,
    neighbour: str | None,
    folder: Path | None,
    corpus: Path | None,
) -> None:
    """Make the case ID from an input; the reference says what is expected of it."""
    from rollout_conformance import locations  # noqa: PLC0415
    from rollout_conformance.corpus_tools import ToolError, scaffold  # noqa: PLC0415

    draft = scaffold.Draft(case_id, title, op, profile, list(requirements), neighbour)
    try:
        case = scaffold.make(corpus or locations.corpus_dir(), draft, source, folder)
    except ToolError as error:
        fail(str(error), UNEXPECTED)
    told = f", {case.error[0]}" if case.error else ""
    click.echo(f"{case.folder}: {case.verdict}{told}\nNext: look at it, then `rolloutspec corpus lint`")


@command.command()
@click.argument("pattern", default="*")
@click.option("--why", required=True, help="Why expectations change; goes into CHANGELOG.md.")
@CORPUS
def accept(pattern: str, why: str, corpus: Path | None) -> None:
    """Take over what the reference does as the expectation of the cases that match PATTERN."""
    from rollout_conformance import locations  # noqa: PLC0415
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.corpus_tools import ToolError, acceptance  # noqa: PLC0415

    try:
        changes = acceptance.accept(corpus or locations.corpus_dir(), pattern, why)
    except ToolError as error:
        fail(str(error), UNEXPECTED)
    except CaseError as error:
        fail(f"suite: {error}", SUITE_ERROR)
    for change in changes:
        click.echo(change.case)
        for line in change.told:
            click.echo(f"  {line}")
    click.echo(f"{len(changes)} cases changed")


@command.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--depth",
    type=click.Choice(["root", "dir", "case", "pointer"]),
    default="case",
    show_default=True,
    help="How far to look.",
)
def diff(old: str, new: str, depth: str) -> None:
    """Show what differs between two corpora, each a folder or a git revision."""
    from rollout_conformance.corpus_tools import ToolError, difference  # noqa: PLC0415

    try:
        lines = list(difference.compare(old, new, depth))  # type: ignore[arg-type]
    except ToolError as error:
        fail(str(error), SUITE_ERROR)
    for line in lines:
        click.echo(line)


@command.command()
@CORPUS
def lint(corpus: Path | None) -> None:
    """Say what is wrong with the corpus; exit 1 if anything is."""
    from rollout_conformance import locations  # noqa: PLC0415
    from rollout_conformance.corpus_tools import lint as linter  # noqa: PLC0415

    found = linter.problems(corpus or locations.corpus_dir(), locations.spec_dir())
    if found:
        fail("\n".join(found), UNEXPECTED)
    click.echo("nothing is wrong")


@command.command("hash")
@click.argument("corpus", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set-version", "version", metavar="X.Y.Z", help="The version that the corpus gets.")
def hash_(corpus: Path | None, version: str | None) -> None:
    """Write the index of a CORPUS and print its root hash."""
    from rollout_conformance import index, locations  # noqa: PLC0415
    from rollout_conformance.cases import CaseError  # noqa: PLC0415

    if version is not None and not index.is_version(version):
        raise click.BadParameter(f"{version!r} is no version such as 1.2.0", param_hint="--set-version")
    folder = corpus or locations.corpus_dir()
    try:
        head = index.write(folder, version)
    except CaseError as error:
        fail(f"suite: {error}", SUITE_ERROR)
    except OSError as error:
        raise click.FileError(str(error.filename), error.strerror) from None
    click.echo(f"{head.root}  {folder / index.INDEX_FILE}  version {head.version}, {len(head.cases)} cases")
