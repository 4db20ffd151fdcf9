"""The policy is one table: it decides every variant that is known, and the text has the same one."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from rollout_reference.session.items.event_msg import EVENT_TYPES
from rollout_reference.session.items.extensions import EXTENSION_KINDS
from rollout_reference.session.items.response_items import RESPONSE_ITEM_TYPES
from rollout_reference.session.items.turn_items import TURN_ITEM_TYPES
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.shapes.shape import Shape
from rollout_reference.session.writing.item_ids import PREFIXES, with_id
from rollout_reference.session.writing.policy import (
    EVENTS,
    LINES,
    RESPONSE_ITEMS,
    TURN_ITEMS,
    Kept,
    Row,
    Undecided,
    is_persisted,
    kept,
    memories_take,
    rows,
)

TEXT = Path(__file__).parents[2] / "spec" / "session" / "30-writer.md"
LINES_WITH_VARIANTS = {"response_item", "event_msg"}
EVENTS_WITH_VARIANTS = {"item_completed"}
ITEMS_WITH_VARIANTS = {"Extension"}


def tags(shapes: Iterable[type[Shape]]) -> set[object]:
    """Return the names by which variants are told apart."""
    return {shape.__struct_config__.tag for shape in shapes}


# --- every variant is decided ---------------------------------------------------------------------------


def test_line_types_are_decided() -> None:
    """A new line type needs a row.  [SESSION-POLICY-3]"""
    assert set(LINE_TYPES) - LINES_WITH_VARIANTS <= set(LINES)


def test_response_items_are_decided() -> None:
    """A new response item needs a row, and no row is of an item that nobody knows.  [SESSION-POLICY-4]"""
    assert set(RESPONSE_ITEMS) == tags(RESPONSE_ITEM_TYPES)


def test_events_are_decided() -> None:
    """A new event needs a row.  [SESSION-POLICY-5]"""
    assert set(EVENTS) | EVENTS_WITH_VARIANTS == tags(EVENT_TYPES)


def test_completed_items_are_decided() -> None:
    """A new turn item and a new kind of extension need a row.  [SESSION-POLICY-6]"""
    extensions = {f"Extension/{kind}" for kind in EXTENSION_KINDS}

    assert set(TURN_ITEMS) == (tags(TURN_ITEM_TYPES) - ITEMS_WITH_VARIANTS) | extensions


def test_text_has_the_same_table() -> None:
    """Row by row.  [SESSION-POLICY-1, SESSION-POLICY-8]"""
    assert set(rows_of_text()) == set(rows())


def rows_of_text() -> list[Row]:
    """Read the table of the specification."""
    table = TEXT.read_text("utf-8").split("| Line | Variant |")[1].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return [
        Row(line, variant, DECISIONS[legacy, paginated], memories == "yes")
        for lines, variants, legacy, paginated, memories in cells
        for line in re.findall(r"`(.+?)`", lines)
        for variant in re.findall(r"`(.+?)`", variants) or [""]
    ]


DECISIONS = {
    ("yes", "yes"): Kept.BOTH,
    ("yes", "-"): Kept.LEGACY,
    ("-", "yes"): Kept.PAGINATED,
    ("-", "-"): Kept.NEVER,
}


def test_prefixes_are_of_kept_items() -> None:
    """Only what is written has an id.  [SESSION-WRITER-8]"""
    assert {RESPONSE_ITEMS[name] for name in PREFIXES} == {Kept.BOTH}


def test_text_has_the_same_prefixes() -> None:
    """The sentence below the rule names each of them.  [SESSION-WRITER-8]"""
    (sentence,) = re.findall(r"^Prefixes: (.+?)\. ", TEXT.read_text("utf-8"), re.MULTILINE)

    told = {name: part.split()[-1] for part in sentence.split(", ") for name in re.findall(r"`(.+?)`", part)}

    assert told == dict(PREFIXES)


# --- what the table is asked ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line_type", "payload"),
    [
        ("song", {}),
        ("event_msg", {"type": "song"}),
        ("event_msg", {}),
        ("event_msg", {"type": "item_completed", "item": {"type": "Song"}}),
        ("event_msg", {"type": "item_completed", "item": {"type": "Extension", "kind": "song"}}),
        ("event_msg", {"type": "item_completed"}),
    ],
)
def test_what_has_no_row_is_not_guessed(line_type: str, payload: object) -> None:
    """Neither kept nor dropped.  [SESSION-POLICY-2]"""
    with pytest.raises(Undecided):
        kept(line_type, payload)


def test_unknown_response_item_is_other() -> None:
    """The model's provider may send anything.  [SESSION-POLICY-2]"""
    assert kept("response_item", {"type": "song"}) is Kept.NEVER


@pytest.mark.parametrize(
    ("old", "new"), [("turn_started", "task_started"), ("turn_complete", "task_complete")]
)
def test_old_name_is_the_new_one(old: str, new: str) -> None:
    """Only the name has changed.  [SESSION-POLICY-5]"""
    assert kept("event_msg", {"type": old}) is kept("event_msg", {"type": new})


def test_mode_decides_between_events_and_items() -> None:
    """Nothing is told twice.  [SESSION-POLICY-5, SESSION-POLICY-6]"""
    event = {"type": "user_message", "message": "hi"}
    item = {"type": "item_completed", "item": {"type": "UserMessage"}}

    assert is_persisted("event_msg", event, "legacy") is not is_persisted("event_msg", event, "paginated")
    assert is_persisted("event_msg", item, "legacy") is not is_persisted("event_msg", item, "paginated")


@pytest.mark.parametrize(
    ("payload", "taken"),
    [
        ({"type": "message", "role": "user"}, True),
        ({"type": "message", "role": "developer"}, False),
        ({"type": "function_call"}, True),
        ({"type": "reasoning"}, False),
        ({"type": "compaction_summary"}, False),
        ({"type": "song"}, False),
    ],
)
def test_memories_are_made_of_what_was_said_and_done(payload: object, taken: bool) -> None:
    """Neither of thoughts nor of instructions.  [SESSION-POLICY-8]"""
    assert memories_take("response_item", payload) is taken


def test_memories_are_made_of_response_items_only() -> None:
    """A turn context says nothing worth remembering.  [SESSION-POLICY-8]"""
    assert not memories_take("turn_context", {})


def test_empty_id_is_none() -> None:
    """An item without a name gets one, one of a type without names does not.  [SESSION-WRITER-8]"""
    new_id = iter(["1", "2"]).__next__

    assert with_id({"id": "", "type": "reasoning"}, new_id) == {"type": "reasoning", "id": "rs_1"}
    assert with_id({"type": "configuration_update"}, new_id) == {"type": "configuration_update"}
