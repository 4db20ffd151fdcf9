"""What the commands that print a rollout have in common: finding it, reading it, choosing the form."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from msgspec import Struct

from rollout_conformance.cli.exits import UNEXPECTED, fail

if TYPE_CHECKING:
    from rollout_reference.errors import Rejected
    from rollout_reference.session.reading.loaded import Opened, Operation

INHERITED = """\
A FILE below the folder `sessions` or `archived_sessions` of a home is read with what it inherits from other
files of that home; --home names the home of a FILE that lies elsewhere. Texts of the session are printed.
"""


class Source(Struct, frozen=True):
    """Which rollout a command reads, and in which home its bases are looked for."""

    path: Path
    home: Path | None


def source_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the argument and the options that say which rollout is read."""
    for decorate in (
        click.option("--thread", metavar="ID", help="Read where a thread goes on; FILE is its home then."),
        click.option(
            "--home",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="Where to look for what FILE inherits.",
        ),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


def source_of(file: Path, home: Path | None, thread: str | None) -> Source:
    """Return the rollout that arguments name; end the command with a reason if there is none."""
    if thread is None:
        return Source(file, home or home_of_file(file))
    if home is not None or not file.is_dir():
        raise click.UsageError("--thread takes a home, which is a folder, in place of FILE, and no --home")
    from rollout_reference.errors import Rejected  # noqa: PLC0415
    from rollout_reference.session.segments import current_segment  # noqa: PLC0415

    try:
        return Source(current_segment(file, thread), file)
    except Rejected as rejection:
        refuse(file, rejection)
    except OSError as error:
        fail(f"cannot read {error.filename or file}: {error.strerror}", UNEXPECTED)


@contextmanager
def reading(source: Source, operation: "Operation") -> "Iterator[Opened]":
    """Give a rollout with what it inherits; its lines may be looked at once.

    The command ends with its reason if the rollout is rejected, also while its lines are looked at.
    """
    from rollout_reference.errors import Rejected  # noqa: PLC0415
    from rollout_reference.session.inherited import passing_lineage  # noqa: PLC0415

    try:
        with passing_lineage(source.path, source.home, operation) as rollout:
            yield rollout
    except Rejected as rejection:
        refuse(source.path, rejection)


def refuse(file: Path, rejection: "Rejected") -> NoReturn:
    """End the command with the reason of a rejection: where, what, by which rule, and what to do."""
    where = "" if rejection.place else f"{file}: "
    how = " (--home)" if rejection.code == "session.base_missing" else ""
    fail(f"rejected: {where}{rejection}\n  {rejection.hint}{how}", UNEXPECTED)


def wants_json(*, asked: bool) -> bool:
    """Tell whether JSON is printed: where it is asked for, and where nobody reads it on a terminal."""
    return asked or not sys.stdout.isatty()


def print_json(value: Any) -> None:
    """Print a document."""
    from rollout_reference import jsontext  # noqa: PLC0415

    sys.stdout.buffer.write(jsontext.pretty(value) + b"\n")


def home_of_file(file: Path) -> Path | None:
    """Return the home that a file lies in, None if it lies in none."""
    from rollout_reference.session.errors import OutsideHome  # noqa: PLC0415
    from rollout_reference.session.storage.locks import home_of  # noqa: PLC0415

    try:
        return home_of(file.absolute())
    except OutsideHome:
        return None
