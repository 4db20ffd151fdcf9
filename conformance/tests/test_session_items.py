"""What stands in several places about items, events and turn items says the same everywhere."""

import json
from typing import Any

import pytest

from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.session_tables import renewed
from rollout_reference.session.items.event_msg import EVENT_TYPES, ItemCompleted, ItemStarted
from rollout_reference.session.items.extensions import EXTENSION_KINDS
from rollout_reference.session.items.response_items import RESPONSE_ITEM_TYPES
from rollout_reference.session.items.turn_items import TURN_ITEM_TYPES
from rollout_reference.session.lines import Line, canonical_line, read_line
from rollout_reference.session.shapes.shape import Shape
from rollout_reference.session.writing.policy import is_persisted

Json = Any

WITHOUT_KEYS = {"compaction_trigger", "shutdown_complete"}
"""Nothing can be wrong with them."""


def tags(shapes: tuple[type[Shape], ...]) -> set[str]:
    """Return the names of the variants, but for the one that stands for all others."""
    return {str(shape.__struct_config__.tag) for shape in shapes if not shape.catches_all}


def lines_of(area: str) -> list[bytes]:
    """Return all lines of the cases of an area that hold a payload of it, in order."""
    files = sorted((corpus_dir() / "session" / area).glob("*/input/rollout.jsonl"))
    return [line for file in files for line in file.read_bytes().split(b"\n")[1:] if line]


def named(area: str, key: str, *, read: bool) -> set[str]:
    """Return the types of the payloads in an area's lines that are items, or that are defects."""
    found = set()
    for line in lines_of(area):
        if isinstance(read_line(line, 1), Line) is read:
            value = json.loads(line)["payload"]
            value = value.get("item") if key == "item" and isinstance(value, dict) else value
            found.add(str(value.get("type")) if isinstance(value, dict) else "")
    return found


EVENTS_ALONE = tuple(shape for shape in EVENT_TYPES if shape not in (ItemStarted, ItemCompleted))
"""The events that hold no turn item."""


@pytest.mark.parametrize(
    ("area", "key", "shapes"),
    [
        ("items", "payload", RESPONSE_ITEM_TYPES),
        ("events", "payload", EVENTS_ALONE),
        ("turn-items", "item", TURN_ITEM_TYPES),
    ],
)
def test_each_variant_has_a_case_that_reads_it_and_one_that_refuses_it(
    area: str, key: str, shapes: tuple[type[Shape], ...]
) -> None:
    """A new variant that no case shows fails here."""
    assert tags(shapes) - named(area, key, read=True) == set()
    assert tags(shapes) - named(area, key, read=False) - WITHOUT_KEYS == set()


def test_policy_decides_every_variant() -> None:
    """A new variant that nobody decided fails here.  [SESSION-POLICY-2]"""
    items = [{"type": tag} for tag in tags(RESPONSE_ITEM_TYPES)]
    events = [{"type": tag} for tag in tags(EVENT_TYPES) - {"item_completed"}]
    turn_items = [{"type": tag} for tag in tags(TURN_ITEM_TYPES) - {"Extension"}]
    extensions = [{"type": "Extension", "kind": kind} for kind in EXTENSION_KINDS]
    completed = [{"type": "item_completed", "item": item} for item in turn_items + extensions]

    decided = [is_persisted("response_item", item, "legacy") for item in items]
    decided += [is_persisted("event_msg", event, "paginated") for event in events + completed]

    assert {len(items), len(events), len(completed)} == {17, 83, 22}
    assert set(decided) == {True, False}


def test_tables_of_the_text_are_those_of_the_shapes() -> None:
    """The text is as `python -m rollout_conformance.session_tables` leaves it."""
    text = (spec_dir() / "session" / "20-lines.md").read_text(encoding="utf-8")

    assert renewed(text) == text


@pytest.mark.parametrize("area", ["items", "events", "turn-items"])
def test_canonical_form_is_read_and_stays(area: str) -> None:
    """A line in canonical form is an item, and its canonical form is itself.  [SESSION-LINE-12]"""
    found = [read for line in lines_of(area) if isinstance(read := read_line(line, 1), Line)]

    written = [canonical_line(read) for read in found]
    again = [read_line(line, 1) for line in written]

    assert len(again) > 100
    assert [canonical_line(read) for read in again if isinstance(read, Line)] == written


def test_examples_of_the_text_are_in_canonical_form() -> None:
    """Each block of the text that shows a line shows it as a writer prints it."""
    text = (spec_dir() / "session" / "20-lines.md").read_text(encoding="utf-8")
    examples = [block.partition("\n")[0].encode() for block in text.split("```json line\n")[1:]]

    found = [read for example in examples if isinstance(read := read_line(example, 1), Line)]

    assert len(examples) >= 5
    assert [canonical_line(read) for read in found] == examples
