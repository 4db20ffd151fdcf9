"""What the commands that print a rollout have in common: reading it, and choosing the form."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollout_conformance.cli.exits import UNEXPECTED, fail

if TYPE_CHECKING:
    from rollout_reference.session.reading.loaded import Operation, Rollout

INHERITED = """\
A FILE below the folder `sessions` or `archived_sessions` of a home is read with what it inherits from other
threads. Texts of the session are printed.
"""


def read(file: Path, operation: "Operation") -> "Rollout":
    """Read a rollout with what it inherits; end the command with its reason if it is rejected."""
    from rollout_reference.errors import Rejected  # noqa: PLC0415
    from rollout_reference.session.inherited import load_lineage  # noqa: PLC0415

    try:
        return load_lineage(file, home_of_file(file), operation)
    except Rejected as rejection:
        fail(f"rejected: {rejection}\n  {rejection.hint}", UNEXPECTED)


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
