"""Damage to what is read and written of the payload of a line."""

from collections.abc import Callable, Iterator
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_reference import jsontext
from rollout_reference.session import lines
from rollout_reference.session.items.response_items import Other
from rollout_reference.session.lines import Defect, Line

Json = Any
Read = Callable[[bytes, int], Line | Defect | None]
When = Callable[[Json], bool]
"""Tells of a payload whether a mutant is wrong about it."""


def takes(reference: Patch, line_type: str, code: str, when: When) -> None:
    """Let lines that are defects of a kind be items."""

    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        found = original(data, number)
        if not isinstance(found, Defect) or found.code != code:
            return found
        tree = jsontext.parse(data)
        if tree.get("type") != line_type or not when(tree.get("payload")):
            return found
        return Line(
            number=number,
            timestamp=tree["timestamp"],
            ordinal=None,
            type=line_type,
            payload=tree["payload"],
            item=Other(),
            extra={},
        )

    reference.wrap(lines.read_line, read)


def refuses(reference: Patch, line_type: str, code: str, when: When) -> None:
    """Let lines that are items be defects of a kind."""

    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        found = original(data, number)
        if isinstance(found, Line) and found.type == line_type and when(found.payload):
            return Defect(number, code, "", "")
        return found

    reference.wrap(lines.read_line, read)


def writes(reference: Patch, change: Callable[[Json], Json]) -> None:
    """Let a writer print another payload."""

    def write(original: Callable[[Line], bytes], line: Line) -> bytes:
        tree = jsontext.parse(original(line))
        return jsontext.compact(tree | {"payload": change(tree["payload"])}).encode()

    reference.wrap(lines.canonical_line, write)


def method(owner: type, name: str) -> Callable[..., Any]:
    """Return the plain function of a class method."""
    function: Callable[..., Any] = vars(owner)[name].__func__
    return function


def typed(payload: Json, *names: str) -> bool:
    """Tell whether a payload has one of the types."""
    return isinstance(payload, dict) and payload.get("type") in names


def inside(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object within a value, itself included."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(child)


def part(payload: Json, *steps: str) -> Json:
    """Return what stands below a payload, null where nothing does."""
    for step in steps:
        payload = payload.get(step) if isinstance(payload, dict) else None
    return payload


def writes_as_it_stood(reference: Patch, key: str) -> None:
    """Let a writer copy what stands under a key of the payload."""

    def write(original: Callable[[Line], bytes], line: Line) -> bytes:
        tree = jsontext.parse(original(line))
        stood = {key: line.payload[key]} if line.payload.get(key) else {}
        return jsontext.compact(tree | {"payload": tree["payload"] | stood}).encode()

    reference.wrap(lines.canonical_line, write)
