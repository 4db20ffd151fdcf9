"""Typed shapes of JSON values, read as strictly as the real reader does.

A shape is a `Shape` (an object with known keys), a union of tagged shapes, a `Literal` (a closed
set of names), a `Checked` scalar, `list`, `dict`, `str`, `bool`, a bounded `int` or `Any`.  Keys
that a shape does not know are ignored; keys that it knows are checked.  `read` is fast: one pass in
C for a value in ordinary form.  Everything else (old names, odd forms, mismatches) goes through
`canonical`, which walks the value in Python.  [SESSION-LINE-7, SESSION-LINE-8]
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self, TypeVar, dataclass_transform

import msgspec
from msgspec import UNSET, Meta, Struct, StructMeta

from rollout_reference.jsontext import Number

T = TypeVar("T")

REMEMBERED = 4096
MAX_REMEMBERED = 200
"""How many scalars that were made of a text are kept, and how long a text may be: most lines name the
same folder, thread and turn again."""

U32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
I32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
I64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Skip:
    """Marks a field that is not written when it has its default."""


Skipped = Annotated[T, Skip]
"""`name: Skipped[str | None] = None` may be absent or null and is then not written; a plain
`name: str | None = None` may be absent or null and is written as null."""


class NewerKey:
    """Marks a field that CLI 0.143.0 does not know; a later version does.

    It is checked as the later version does, and written behind the others, if it stood in the line.
    """


Newer = Annotated[T, NewerKey]


@dataclass(frozen=True)
class Alias:
    """Marks a field that is also read under older names, of which only one may be there."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


class Names:
    """Marks a `Literal` some of whose names have older spellings: `Names(old="new")`.

    The present form of a name may be any value, for instance `{"custom": ""}`.
    """

    def __init__(self, **old: Any) -> None:
        self.old = old


class Rest:
    """Marks a `Literal` that reads every other name, except those in `but`, as `name`."""

    def __init__(self, name: str, *, but: tuple[str, ...] = ()) -> None:
        self.name = name
        self.but = but


class Mismatch(ValueError):
    """A value has not the shape; `pointer` (JSON pointer) leads to the first place that differs.

    The message tells what was expected and the kind of what was found, never the content.
    """

    def __init__(self, pointer: str, expected: str, found: Any = ...) -> None:
        self.pointer = pointer
        self.expected = expected
        self.found = "" if found is ... else kind_of(found)
        super().__init__(expected + (f", found {self.found}" if self.found else ""))


class ShapeMeta(StructMeta):
    """Makes every shape frozen, and lets required fields follow optional ones."""

    def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any], **config: Any) -> Any:
        """Make the class; its values hold values of JSON only, so none is part of a cycle."""
        config = {"kw_only": True, "frozen": True, "gc": False} | config
        return super().__new__(mcls, name, bases, body, **config)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Shape(Struct, metaclass=ShapeMeta, frozen=True):
    """An object with known keys; the order of its fields is the order in which they are written."""

    old_tags: ClassVar[tuple[str, ...]] = ()
    """Older names of the tag."""

    catches_all: ClassVar[bool] = False
    """Whether this variant stands for every tag that its union does not know."""

    reads_untagged: ClassVar[bool] = False
    """Whether `prepare` of this variant also takes an object without the tag."""

    old_names: ClassVar[tuple[str, ...]] = ()
    """Keys and names that only `prepare` knows: a line that holds one is read on the slow path."""

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Turn an older form of the object into the present one; the argument stays as it is.

        Called on the slow path only: an older form must not read as the present one by itself.
        """
        return tree


class Choice(Shape, forbid_unknown_fields=True):
    """An object with exactly one key, which names a variant; its fields default to `UNSET`."""

    def __post_init__(self) -> None:
        if sum(getattr(self, name) is not UNSET for name in self.__struct_fields__) != 1:
            raise ValueError("exactly one key")


class NoOther(Shape, tag_field="type", tag="no other"):
    """A variant that no value has, for `Lone | NoOther`.

    A shape with a tag that stands alone would be read without its tag too.
    """


class Checked:
    """A scalar with a rule of its own; subclasses also derive from `str`, `int` or `float`."""

    @classmethod
    def canonical(cls, value: Any) -> Any:
        """Return the value as it is written, or raise `Mismatch` with an empty pointer."""
        raise NotImplementedError

    @classmethod
    def made(cls, value: Any) -> Self:
        """Return the typed value."""
        return cls(cls.canonical(value))  # type: ignore[call-arg]


class U64(int, Checked):
    """An integer from 0 to 2^64-1."""

    @classmethod
    def canonical(cls, value: Any) -> int:
        """Return the value as it is written, or raise `Mismatch`."""
        if type(value) is not int or not 0 <= value < 2**64:
            raise Mismatch("", "an integer from 0 to 18446744073709551615", value)
        return value


def kind_of(value: Any) -> str:
    """Name the JSON kind of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, dict):
        return "an object"
    return "a number"


def convert(tree: Any, shape: Any) -> Any:
    """Turn a value in ordinary form into its typed form; raise `msgspec.ValidationError`."""
    return msgspec.convert(tree, shape, dec_hook=checked)


def checked(kind: Any, value: Any) -> Any:
    """Make a `Checked` scalar, for msgspec; raise `Mismatch`."""
    if type(value) is str and len(value) <= MAX_REMEMBERED:
        return _made_of_text(kind, value)
    if type(value) is Number:
        return _made_of_number(kind, value.text)
    return _made(kind, value)


def _made(kind: Any, value: Any) -> Any:
    if issubclass(kind, Checked):
        return kind.made(value)
    raise NotImplementedError(kind)


_made_of_text = lru_cache(REMEMBERED)(_made)


@lru_cache(REMEMBERED)
def _made_of_number(kind: Any, text: str) -> Any:
    return _made(kind, Number(text))
