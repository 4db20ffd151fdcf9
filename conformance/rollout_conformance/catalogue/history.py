"""What the shapes cannot tell: when each part of the format was seen, and what else was ever written.

`spec/session/history.toml` is data of its own, from recordings, from the JSON Schemas that the CLI prints
of its own lines, and from binaries.  It has a row for every line type, shape and field of the reference,
and rows of names that no shape has.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from rollout_conformance.catalogue.model import EraEntry, Seen, Treatment
from rollout_conformance.tomlfile import TomlError, read_toml

FILE = Path("session", "history.toml")


class HistoryError(Exception):
    """The history cannot be read, or does not fit the shapes of the reference; the message says where."""


class Untyped(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that was written and that no shape has; versions as `0.34.0 recorded`."""

    type: str
    first: str
    last: str = ""
    read: Treatment = "ignored"


class ShapeHistory(Struct, frozen=True, forbid_unknown_fields=True):
    """When a shape and its fields were seen.

    `fields` has the names of fields by the version in which they were seen first, `gone` by the last one;
    a field that is not in `gone` stands in what the newest version prints.  `notes` has, by field, what the
    shape alone does not tell.
    """

    first: str
    last: str = ""
    fields: dict[str, str] = {}
    gone: dict[str, str] = {}
    notes: dict[str, str] = {}
    untyped: dict[str, Untyped] = {}


class UntypedShape(Struct, frozen=True, forbid_unknown_fields=True):
    """An object that was written and that the reference has no shape for."""

    first: str
    family: str = ""
    tag_key: str = ""
    tag: str = ""
    used_in: list[str] = []
    last: str = ""
    read: Treatment = "dropped"
    fields: dict[str, str] = {}
    """The type of each key."""


class UntypedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A line type that the reference does not know."""

    first: str
    payload: str
    last: str = ""
    read: Treatment = "dropped"


class LineHistory(Struct, frozen=True, forbid_unknown_fields=True):
    """When a line type was seen."""

    first: str
    last: str = ""


class History(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    newest: str
    examined: dict[str, list[str]]
    eras: list[EraEntry]
    lines: dict[str, LineHistory]
    shapes: dict[str, ShapeHistory]
    untyped_lines: dict[str, UntypedLine] = {}
    untyped_shapes: dict[str, UntypedShape] = {}

    def first(self, text: str) -> Seen:
        """Read a version with its evidence."""
        return _seen(text)

    def last(self, text: str) -> Seen:
        """Read the last version of something; what has none is still there."""
        return _seen(text or f"{self.newest} printed")


def read_history(spec: Path) -> History:
    """Return the history of a specification; raises `HistoryError`."""
    try:
        history = read_toml(spec / FILE, History)
    except TomlError as error:
        raise HistoryError(str(error)) from None
    return history


def _seen(text: str) -> Seen:
    version, _, evidence = text.partition(" ")
    try:
        seen = msgspec.convert({"version": version, "by": evidence}, Seen)
        if not seen.order:
            raise ValueError
    except (msgspec.ValidationError, ValueError):
        raise HistoryError(
            f"{FILE}: {text!r} is no version with its evidence, such as '0.34.0 recorded'"
        ) from None
    return seen
