"""Items, events and turn items as they are read: typed, in either spelling, and with what is unknown kept."""

import json
from typing import Any

import pytest

from rollout_reference.jsontext import Number
from rollout_reference.session.items.event_msg import ItemCompleted
from rollout_reference.session.items.events.agents import CollabCloseEnd, EndedStatus
from rollout_reference.session.items.events.lifecycle import TaskStarted
from rollout_reference.session.items.extensions import Extension, OtherAction, Sleep, WebSearch
from rollout_reference.session.items.response_items import Compaction, Other, WebSearchCall
from rollout_reference.session.items.web_actions import OtherAction as OtherWebAction
from rollout_reference.session.lines import Line, canonical_line, read_line
from rollout_reference.session.shapes.amounts import Base64, Duration, Float, Float32
from rollout_reference.session.shapes.shape import Mismatch

THREAD = "019f0000-0000-7000-8000-000000000001"


def line(kind: str, payload: Any) -> bytes:
    """Write a line of a rollout."""
    return json.dumps({"timestamp": "t", "type": kind, "payload": payload}).encode()


def read(kind: str, payload: Any) -> Line:
    """Read a line that is an item."""
    found = read_line(line(kind, payload), 1)
    assert isinstance(found, Line)
    return found


def written(kind: str, payload: Any) -> Any:
    """Return the payload of the canonical form of a line."""
    return json.loads(canonical_line(read(kind, payload)))["payload"]


def test_item_of_an_unknown_type_is_kept_as_it_stands() -> None:
    """It is read as the item that means nothing.  [SESSION-ITEM-2]"""
    payload = {"type": "item_of_tomorrow", "content": 5}

    found = read("response_item", payload)

    assert found.item == Other()
    assert found.payload == payload
    assert written("response_item", payload) == payload


def test_web_action_of_an_unknown_kind_is_kept_as_it_stands() -> None:
    """It is read as the action that says nothing.  [SESSION-ITEM-8]"""
    payload = {"type": "web_search_call", "action": {"type": "screenshot", "url": "u"}}

    found = read("response_item", payload)

    assert isinstance(found.item, WebSearchCall)
    assert found.item.action == OtherWebAction()
    assert written("response_item", payload) == payload


def test_older_names_are_read_as_the_present_ones() -> None:
    """Of items, and of events.  [SESSION-ITEM-9, SESSION-EVENT-4]"""
    assert read("response_item", {"type": "compaction_summary", "encrypted_content": "A"}).item == Compaction(
        encrypted_content="A"
    )
    assert read("event_msg", {"type": "turn_started", "turn_id": "t"}).item == TaskStarted(turn_id="t")


def test_state_is_a_name_or_an_object_with_one_key() -> None:
    """A state that ended holds how.  [SESSION-EVENT-8]"""
    event = {
        "type": "collab_close_end",
        "call_id": "c",
        "sender_thread_id": THREAD,
        "receiver_thread_id": THREAD,
    }

    running = read("event_msg", event | {"status": "running"}).item
    ended = read("event_msg", event | {"status": {"completed": None}}).item

    assert isinstance(running, CollabCloseEnd)
    assert running.status == "running"
    assert isinstance(ended, CollabCloseEnd)
    assert ended.status == EndedStatus(completed=None)


def test_extension_gives_its_content_by_its_kind() -> None:
    """What another kind would hold is passed over.  [SESSION-TURNITEM-3]"""
    item = {"type": "Extension", "kind": "clock.sleep", "id": "i", "durationMs": 5, "query": 7}
    event = {"type": "item_completed", "thread_id": THREAD, "turn_id": "t", "item": item}

    found = read("event_msg", event).item

    assert isinstance(found, ItemCompleted)
    assert isinstance(found.item, Extension)
    assert found.item.content == Sleep(id="i", duration_ms=5)


def test_extension_keeps_an_action_of_an_unknown_kind() -> None:
    """The search is read, its action means nothing, and both are written as they stood."""
    item = {
        "type": "Extension",
        "kind": "web.search",
        "id": "i",
        "query": "q",
        "action": {"type": "zoom", "by": 2},
    }
    event = {"type": "item_completed", "thread_id": THREAD, "turn_id": "t", "item": item}

    found = read("event_msg", event).item

    assert isinstance(found, ItemCompleted)
    assert isinstance(found.item, Extension)
    assert found.item.content == WebSearch(id="i", query="q", action=OtherAction())
    assert written("event_msg", event)["item"] == item | {"results": None}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (42, "42.0"),
        (0, "0.0"),
        (2**53 + 1, "9007199254740992.0"),
        (2**64 - 1, "1.8446744073709552e+19"),
        (Number("0.00001"), "0.00001"),
        (Number("0.00000015"), "1.5e-7"),
        (Number("1e16"), "1e+16"),
        (Number("-598642213199045.2"), "-598642213199045.3"),
    ],
)
def test_number_is_written_in_its_shortest_text(given: int | Number, text: str) -> None:
    """Of two texts as short and as near, the one further from zero.  [SESSION-EVENT-5]"""
    assert Float.canonical(given) == Number(text)


@pytest.mark.parametrize(
    "given", [Number("12.50"), Number("1e2"), Number("1e400"), Number("1e-5"), 2**64, True, "1", None]
)
def test_number_in_another_text_is_none(given: Any) -> None:
    """[SESSION-EVENT-5]"""
    with pytest.raises(Mismatch, match="shortest"):
        Float.canonical(given)


def test_number_of_single_precision_is_written_as_such() -> None:
    """A score is kept with 32 bits, so that digits beyond are not written again."""
    assert Float32.canonical(Number("0.123456789")) == Number("0.12345679")
    assert Float32.canonical(Number("0.75")) == Number("0.75")


def test_number_beyond_single_precision_is_refused() -> None:
    """It would be infinite."""
    with pytest.raises(Mismatch, match="binary32"):
        Float32.canonical(Number("1e+300"))


def test_duration_carries_nanoseconds_over() -> None:
    """Two and a half thousand million of them are two seconds and a half.  [SESSION-EVENT-6]"""
    assert Duration.prepare({"secs": 1, "nanos": 2_500_000_000}) == {"secs": 3, "nanos": 500_000_000}


def test_base64_gets_its_padding() -> None:
    """[SESSION-EVENT-7]"""
    assert Base64.canonical("aGk") == "aGk="
    assert Base64.canonical("aA=") == "aA=="
