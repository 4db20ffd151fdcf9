"""`rolloutspec reduce`: a bundle in, its state out."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from rollout_conformance.cli.exits import UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec reduce trace-0199a213/                  state on standard output
  rolloutspec reduce trace-0199a213/ -o state.json    state into a file, written whole or not at all
"""


@click.command(epilog=EPILOG)
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the state to FILE."
)
def command(bundle: Path, output: Path | None) -> None:
    """Reduce the trace BUNDLE (a directory) to its state, as JSON.

    A bundle that the specification rejects gives one clear line, exit code 1 and no output.
    """
    from rollout_reference.errors import Rejected  # noqa: PLC0415
    from rollout_reference.trace.reduce import reduce  # noqa: PLC0415

    try:
        state = reduce(bundle).to_json()
    except Rejected as rejection:
        fail(f"rejected: {rejection}\n  {rejection.hint}", UNEXPECTED)
    if output is None:
        sys.stdout.buffer.write(state)
        return
    try:
        write_whole(output, state)
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from None


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place at once, so that nobody ever finds half of it.  Raises `OSError`."""
    with whole_file(path) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that is put in place when it is whole.  Raises `OSError`."""
    if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
        with path.open("wb") as file:
            yield file
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
