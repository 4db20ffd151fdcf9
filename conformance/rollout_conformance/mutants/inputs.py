"""Where a mutant can get between an input and the reducer: lines, parsed lines, payloads."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_reference.trace.bundle import Bundle
from rollout_reference.trace.events import EventTable
from rollout_reference.trace.vocabulary import PayloadRef

Lines = Iterable[tuple[int, bytes]]


def on_lines(reference: Patch, change: Callable[[Bundle, Lines], Lines]) -> None:
    """Change the numbered lines of a log before they are decoded."""

    def lines(original: Callable[[Bundle], Lines], bundle: Bundle) -> Lines:
        return change(bundle, original(bundle))

    reference.wrap(Bundle.lines, lines)


def on_line(reference: Patch, change: Callable[[bytes], bytes]) -> None:
    """Change each line on its own."""
    on_lines(reference, lambda _, lines: ((number, change(line)) for number, line in lines))


def fields_of(line: bytes) -> dict[str, Any]:
    """Return the envelope of a line with its `payload`; empty ones where there are none."""
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    fields = value if isinstance(value, dict) else {}
    payload = fields.get("payload")
    return {**fields, "payload": payload if isinstance(payload, dict) else {}}


def on_envelope(reference: Patch, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the object of each line, in place, before it is checked."""

    def envelope_of(original: Callable[..., Any], table: EventTable, value: Any) -> Any:
        if isinstance(value, dict):
            change(value)
        return original(table, value)

    reference.wrap(EventTable._envelope_of, envelope_of)


def on_event(reference: Patch, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the event in each line, in place, before it is checked."""

    def envelope(value: dict[str, Any]) -> None:
        if isinstance(value.get("payload"), dict):
            change(value["payload"])

    on_envelope(reference, envelope)


def on_references(reference: Patch, change: Callable[[dict[str, Any]], object]) -> None:
    """Change each payload reference of an event, in place, before it is checked."""

    def event(payload: dict[str, Any]) -> None:
        for ref in _references(payload):
            change(ref)

    on_event(reference, event)


def on_payload(reference: Patch, read: Callable[[Callable[[], Any], Bundle, PayloadRef], Any]) -> None:
    """Let `read(original, bundle, ref)` give the value of a payload."""

    def read_payload(original: Callable[..., Any], bundle: Bundle, ref: PayloadRef, known: Any = ()) -> Any:
        return read(lambda: original(bundle, ref), bundle, ref)

    reference.wrap(Bundle.read_payload, read_payload)


def _references(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, member in payload.items():
        if name.endswith("_payload") and isinstance(member, dict):
            yield member
