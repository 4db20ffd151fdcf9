"""`rolloutspec scrub`: a copy of sessions that can be shown to others."""

from pathlib import Path

import click

from rollout_conformance.cli.exits import UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec scrub rollout-2026-01-05T10-00-00-0199.jsonl -o shareable/
  rolloutspec scrub ~/.codex -o shareable/           every rollout of a home, active and archived
  rolloutspec scrub broken.jsonl -o shareable/ --keep future_event

\b
What stays: every line and its length in bytes, damaged ones damaged, type and field names, enumerations,
counters, white space, the version of the CLI. What is replaced: all texts, names and paths, tools that are
not the CLI's; ids and times, alike in all files of one run and in their names. The lengths of words can
still be seen: look before you share.

\b
Exit codes: 0 copied, 1 some files could not be read, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The new folder for the copy."
)
@click.option(
    "--keep", "names", multiple=True, metavar="NAME", help="Leave this key or whole value as it is."
)
def command(path: Path, output: Path, names: tuple[str, ...]) -> None:
    """Copy the rollout PATH, or every rollout below it, without its content into a new folder.

    The same input gives the same bytes. Files that are no rollouts are left out.
    """
    from rollout_conformance.scrubbing.files import scrub  # noqa: PLC0415
    from rollout_conformance.scrubbing.words import format_words  # noqa: PLC0415

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise click.BadParameter(f"{output} is there already; nothing is overwritten", param_hint="--output")
    words = format_words()
    if names:
        words = words.with_names(frozenset(names))
    try:
        done = scrub(path, output, words)
    except OSError as error:
        raise click.FileError(str(error.filename or output), error.strerror) from None
    for new in done.written:
        click.echo(click.format_filename(output / new))
    for new in done.cut:
        click.echo(f"{click.format_filename(output / new)}: cut, as damaged as its original", err=True)
    left_out = sum(done.left_out.values())
    if left_out:
        click.echo(f"left out: {left_out} that are no rollouts", err=True)
    if done.refused:
        fail(
            "\n".join(f"not copied: {click.format_filename(old)}: {why}" for old, why in done.refused),
            UNEXPECTED,
        )
