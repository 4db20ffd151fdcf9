"""Lines of a rollout as laws read and write them."""

from collections.abc import Iterator
from typing import Any

from rollout_conformance.mutation.jsontree import Members, parse
from rollout_reference import jsontext
from rollout_reference.session.context.boundaries import is_boundary

Json = Any
TIME = "2026-01-02T03:04:05.678Z"
STRANGER = "ffffffff-0000-7000-8000-000000000001"
NOISE = (
    b"\n"
    b"not json\n"
    b'{"timestamp":"t","type":"future_line","payload":{"x":1}}\n'
    b'{"timestamp":"t","type":"event_msg","payload":{"type":"future_event"}}\n'
    b'{"timestamp":"t","type":"response_item","payload":{"type":"future_item","x":1}}\n'
)
"""Lines that are no items."""


def line(kind: str, payload: Json) -> bytes:
    """Print a line."""
    return jsontext.compact({"timestamp": TIME, "type": kind, "payload": payload}).encode() + b"\n"


def event(name: str, **fields: Json) -> bytes:
    """Print an event."""
    return line("event_msg", {"type": name, **fields})


def rollback(turns: int) -> bytes:
    """Print a rollback."""
    return event("thread_rolled_back", num_turns=turns)


def started(turn_id: str) -> bytes:
    """Print the beginning of a turn."""
    return event("task_started", turn_id=turn_id, model_context_window=None)


def said(text: str) -> Json:
    """Return a message of the user."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def compaction(window: dict[str, Json]) -> bytes:
    """Print a turn in which the context is compacted, and nothing else happens."""
    told = {"message": "s", "replacement_history": [said("kept")], **window}
    end = event("task_complete", turn_id="compaction", last_agent_message=None)
    return started("compaction") + line("compacted", told) + end


def trees(data: bytes) -> Iterator[dict[str, Json]]:
    """Yield the lines that have an envelope."""
    for each in data.split(b"\n"):
        tree = tree_of(each)
        if tree is not None:
            yield tree


def tree_of(text: bytes) -> dict[str, Json] | None:
    """Return a line that has an envelope as a tree; None for any other."""
    if not isinstance(parse(text), Members):
        return None
    try:
        tree = jsontext.parse(text)
    except jsontext.JsonError:
        return None
    return tree if "type" in tree and isinstance(tree.get("payload"), dict) else None


def payloads(data: bytes, kind: str) -> list[Json]:
    """Return the payloads of the lines of a type."""
    return [tree["payload"] for tree in trees(data) if tree["type"] == kind]


def events(data: bytes, *names: str) -> list[Json]:
    """Return the events of some names."""
    return [told for told in payloads(data, "event_msg") if told.get("type") in names]


def header(data: bytes) -> Json:
    """Return the payload of the header."""
    return payloads(data, "session_meta")[0]


def is_header(text: bytes) -> bool:
    """Tell whether a line is a header that names a thread and a history mode that is known."""
    tree = tree_of(text)
    told = tree["payload"] if tree is not None and tree["type"] == "session_meta" else {}
    return isinstance(told.get("id"), str) and told.get("history_mode", "legacy") in ("legacy", "paginated")


def is_paginated(data: bytes) -> bool:
    """Tell whether a rollout is paginated."""
    return bool(header(data).get("history_mode") == "paginated")


def rolls_back(data: bytes) -> bool:
    """Tell whether turns are taken back somewhere."""
    return b'"thread_rolled_back"' in data


def parts(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the header and the lines behind it."""
    first, *rest = split(data)
    return first, rest


def split(data: bytes) -> list[bytes]:
    """Return the lines, each with its line feed."""
    return [each + b"\n" for each in data.split(b"\n")[:-1]]


def begins_turn(text: bytes) -> bool:
    """Tell whether somebody tells the agent something in a line."""
    tree = tree_of(text)
    if tree is None:
        return False
    item = tree["payload"]
    is_message = tree["type"] == "response_item" and is_boundary(item)
    return tree["type"] == "inter_agent_communication" or is_message


def turn_ids(span: list[bytes]) -> set[str]:
    """Return the ids by which turns begin and end in some lines; those of a review differ."""
    told = events(b"".join(span), "task_started", "task_complete", "turn_aborted")
    return {each["turn_id"] for each in told if each.get("turn_id")}


def starts(lines: list[bytes]) -> list[int]:
    """Return the places at which turns begin."""
    return [index for index, each in enumerate(lines) if b'"task_started"' in each]
