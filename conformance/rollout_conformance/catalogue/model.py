"""The catalogue as data: every line type, shape and field, when it was seen, and how it is read."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from rollout_conformance.locations import spec_dir

FILE = Path("session", "catalogue.json")
"""Where the catalogue lies below the specification."""

Evidence = Literal["recorded", "printed", "binary", "commit", "read"]
"""How a version is known: by a file that it wrote; by the JSON Schema that it prints of its lines; as a
string in its binary; by the date of a commit; from its source."""

Era = Literal["bare", "legacy", "paginated"]
Treatment = Literal["typed", "ignored", "dropped", "inert"]
"""What a reader does with it: checks it; ignores the key; drops the line; keeps an item without meaning."""

Written = Literal["always", "null", "skipped", "never"]
"""How 0.143.0 writes a field without a value: its default; as null; not at all; it never writes it."""


class Seen(Struct, frozen=True):
    """A version of the CLI and how it is known."""

    version: str
    by: Evidence

    @property
    def order(self) -> tuple[int, ...]:
        """What versions are ordered by."""
        return tuple(int(part) for part in self.version.split("."))


class Field(Struct, frozen=True, kw_only=True):
    """One key of an object."""

    name: str
    type: str
    values: list[str] = []
    """The names that it may have, when they are a closed set."""
    old_values: list[str] = []
    """Older spellings of names."""
    old_names: list[str] = []
    """Older names of the key."""
    required: bool
    nullable: bool
    written: Written
    numeric: bool = False
    read: Treatment
    eras: list[Era]
    first: Seen
    last: Seen
    note: str = ""
    """What the shape alone does not tell."""


class Shape(Struct, frozen=True, kw_only=True):
    """One object of the format."""

    id: str
    family: str = ""
    """The line type or family whose variant it is: `response_item`, `event_msg`, `turn_item`, ..."""
    tag_key: str = ""
    tag: str = ""
    old_tags: list[str] = []
    catches_all: bool = False
    """It stands for every tag that is not known."""
    used_in: list[str] = []
    """Shapes and lines that hold it."""
    read: Treatment
    eras: list[Era]
    first: Seen
    last: Seen
    fields: list[Field] = []

    @property
    def tags(self) -> frozenset[str]:
        """Every name that tells the shape."""
        return frozenset([self.tag, *self.old_tags]) - {""}


class LineEntry(Struct, frozen=True, kw_only=True):
    """One line type."""

    type: str
    payload: str
    read: Treatment
    eras: list[Era]
    first: Seen
    last: Seen


class EraEntry(Struct, frozen=True):
    """One way to write a file; `last` is empty while it is written."""

    name: Era
    first: str
    last: str
    told_by: str


class Catalogue(Struct, frozen=True, kw_only=True):
    """The whole catalogue; `examined` has the versions of each kind of evidence."""

    version: int = 1
    newest: str
    examined: dict[str, list[str]]
    eras: list[EraEntry]
    lines: list[LineEntry]
    shapes: list[Shape]

    def json(self) -> bytes:
        """Return the file's content."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


@cache
def load() -> Catalogue:
    """Return the installed catalogue."""
    return msgspec.json.decode((spec_dir() / FILE).read_bytes(), type=Catalogue)
