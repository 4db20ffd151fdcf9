"""`rolloutspec catalogue`: every line type and field of a session rollout, and which versions wrote it."""

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec catalogue                    how much there is
  rolloutspec catalogue "*token*"          shapes and fields by name
  rolloutspec catalogue --check            exit 1 if the files do not follow from reference and history
  rolloutspec catalogue --write            make catalogue.json, catalogue.md and their schema again

\b
The data is spec/session/catalogue.json; its schema is spec/schema/session-catalogue.schema.json.
"""


@click.command(epilog=EPILOG)
@click.argument("pattern", default="")
@click.option("--write", is_flag=True, help="Make the generated files again.")
@click.option("--check", is_flag=True, help="Only say whether the generated files are as they should be.")
def command(pattern: str, write: bool, check: bool) -> None:
    """Look up shapes and fields whose name matches PATTERN in the catalogue of session rollouts."""
    from rollout_conformance import locations  # noqa: PLC0415
    from rollout_conformance.catalogue import files, page  # noqa: PLC0415
    from rollout_conformance.catalogue.history import HistoryError  # noqa: PLC0415
    from rollout_conformance.catalogue.model import load  # noqa: PLC0415

    if (write and check) or (pattern and (write or check)):
        raise click.UsageError("give a PATTERN, --write or --check")
    if not write and not check:
        click.echo(page.found(load(), pattern) if pattern else page.summary(load()))
        return
    spec = locations.spec_dir()
    try:
        stale = files.stale(spec)
    except HistoryError as error:
        fail(str(error), UNEXPECTED)
    if check and stale:
        names = "\n".join(f"{path}: not as the reference and the history have it" for path in stale)
        fail(f"{names}\nrun: rolloutspec catalogue --write", UNEXPECTED)
    try:
        for path, content in stale.items():
            path.write_bytes(content)
            click.echo(f"wrote {path}")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", SUITE_ERROR)
    click.echo(page.summary(load()))
