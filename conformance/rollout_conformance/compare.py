"""Compare two JSON documents and name the first place where they differ, as a JSON pointer."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from rollout_reference import jsontext

SHOWN = 60
"""Characters of a value that a difference shows."""


class Difference(Struct, frozen=True):
    """One place where a document is not what was expected."""

    pointer: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: expected {self.expected}, got {self.actual}"


def first_difference(expected: bytes, actual: bytes) -> Difference | None:
    """Return the first difference, key order and number text included; None for equal documents."""
    if expected == actual:
        return None
    try:
        document = jsontext.parse(actual)
    except jsontext.JsonError as error:
        return Difference("", "a JSON document", str(error))
    return next(_differences("", jsontext.parse(expected), document), None)


def _differences(pointer: str, expected: Any, actual: Any) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        yield from _of_objects(pointer, expected, actual)
    elif isinstance(expected, list) and isinstance(actual, list):
        for index, pair in enumerate(zip(expected, actual, strict=False)):
            yield from _differences(f"{pointer}/{index}", *pair)
        if len(expected) != len(actual):
            yield Difference(pointer, f"{len(expected)} elements", f"{len(actual)} elements")
    elif type(expected) is not type(actual) or expected != actual:
        yield Difference(pointer, _shown(expected), _shown(actual))


def _of_objects(pointer: str, expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[Difference]:
    for key, value in expected.items():
        place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in actual:
            yield from _differences(place, value, actual[key])
        else:
            yield Difference(place, _shown(value), "no such key")
    for key in actual.keys() - expected.keys():
        yield Difference(f"{pointer}/{key}", "no such key", _shown(actual[key]))
    if list(expected) != list(actual):
        yield Difference(pointer, f"keys in order {', '.join(expected)}"[:SHOWN], ", ".join(actual)[:SHOWN])


def _shown(value: Any) -> str:
    text = jsontext.compact(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
