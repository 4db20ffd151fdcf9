"""Laws of the model context, one small function each: what holds between the contexts of two rollouts.

A law is given a rollout as bytes of its plain form and a function that rebuilds contexts; it fails with an
`AssertionError` that says how.  Laws of *written* rollouts hold for what a writer leaves, the others for
any lines.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.session.context.boundaries import goes_with_next, is_boundary

Json = Any
Context = dict[str, Json]
Rebuild = Callable[..., Context]
"""Rebuilds the context of a rollout: `rebuild(data)`, `rebuild(data, options)`; raises `Rejected`."""

Check = Callable[[bytes, Rebuild], None]


class SessionLaw(Struct, frozen=True):
    """One law: its id in the list of invariants, its sentence, and what finds a breach of it."""

    id: str
    says: str
    check: Check
    written: bool


CONTEXT_LAWS: list[SessionLaw] = []

_TIME = "2026-01-02T03:04:05.678Z"
_STRANGER = "ffffffff-0000-7000-8000-000000000001"
_IDS = [f"eeeeeeee-0000-7000-8000-{number:012x}" for number in range(4)]
_NOISE = (
    b"\n"
    b"not json\n"
    b'{"timestamp":"t","type":"future_line","payload":{"x":1}}\n'
    b'{"timestamp":"t","type":"event_msg","payload":{"type":"future_event"}}\n'
    b'{"timestamp":"t","type":"response_item","payload":{"type":"future_item","x":1}}\n'
)
_MARKER = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_text", "text": "<turn_aborted>x</turn_aborted>"}],
}


def law(law_id: str, says: str, *, written: bool = False) -> Callable[[Check], Check]:
    """Register a law; `written` says that it holds for what a writer leaves only."""

    def register(check: Check) -> Check:
        CONTEXT_LAWS.append(SessionLaw(law_id, says, check, written))
        return check

    return register


# --- what changes nothing -------------------------------------------------------------------------


@law("I-1", "blank, damaged and unknown lines change nothing")
def noise(data: bytes, rebuild: Rebuild) -> None:
    """[I-1]"""
    lines = data.splitlines(keepends=True)
    assert rebuild(lines[0] + b"".join(line + _NOISE for line in lines[1:]) + _NOISE) == rebuild(data)


@law("I-2", "lines that tell nothing of the context change nothing")
def inert(data: bytes, rebuild: Rebuild) -> None:
    """[I-2]"""
    header, *rest = data.splitlines(keepends=True)
    stranger = _payload(header) | {"id": _STRANGER}
    stranger.pop("context_window", None)
    added = _line("session_meta", stranger) + _line(
        "event_msg", {"type": "token_count", "info": None, "rate_limits": None}
    )
    assert rebuild(header + b"".join(added + line for line in rest) + added) == rebuild(data)


@law("I-4", "a torn last line is as none, and a carriage return before a line feed is white space")
def torn(data: bytes, rebuild: Rebuild) -> None:
    """[I-4]"""
    expected = rebuild(data)
    assert rebuild(data + b'{"timestamp":"t","type":"response_it') == expected
    assert rebuild(data.replace(b"\n", b"\r\n")) == expected


@law("I-5", "the same lines have the same context")
def determined(data: bytes, rebuild: Rebuild) -> None:
    """[I-5]"""
    assert rebuild(data) == rebuild(data)


@law("I-21", "old forms of messages between agents and of window numbers mean the same as the new ones")
def upgraded(data: bytes, rebuild: Rebuild) -> None:
    """[I-21]"""
    assert rebuild(b"".join(map(_upgraded, data.splitlines(keepends=True)))) == rebuild(data)


# --- windows --------------------------------------------------------------------------------------


@law("I-10, I-11", "windows form a chain from the initial one, and the context is in the last", written=True)
def chained(data: bytes, rebuild: Rebuild) -> None:
    """[I-10, I-11]"""
    told = [_payload(line) for line in _of_type(data, "compacted")]
    initial = next((_payload(line).get("context_window") for line in _of_type(data, "session_meta")), None)
    copied = sum(1 for _ in _of_type(data, "session_meta")) > 1  # a fork's lines tell of its parent's windows
    if initial is None or copied or _rolls_back(data):
        return
    if any("window_number" not in window for window in told):
        return
    first = {"window_number": 0, "first_window_id": initial["window_id"], "window_id": initial["window_id"]}
    for before, after in pairwise([first, *told]):
        assert after["window_number"] == before["window_number"] + 1
        assert after["previous_window_id"] == before["window_id"]
        assert after["first_window_id"] == initial["window_id"]
    last = [first, *told][-1]
    window = rebuild(data)["window"]
    assert (window["number"], window["window_id"]) == (last["window_number"], last["window_id"])


@law("I-12", "a further compaction opens the window that it tells")
def opened(data: bytes, rebuild: Rebuild) -> None:
    """[I-12]"""
    window = rebuild(data)["window"]
    number = min(window["number"] + 1, 2**64 - 1)
    told = {
        "window_number": number,
        "first_window_id": _IDS[0],
        "previous_window_id": _IDS[1],
        "window_id": _IDS[2],
    }
    after = rebuild(data + _compaction(told))["window"]
    assert after == {"number": number, **{key: told[key] for key in after if key != "number"}}


@law("I-13", "compactions that tell no number are counted")
def counted(data: bytes, rebuild: Rebuild) -> None:
    """[I-13]"""
    told = [_payload(line) for line in _of_type(data, "compacted")]
    if any("window_number" in window or type(window.get("window_id")) is int for window in told):
        return
    if told:
        assert rebuild(data)["window"]["number"] == len(told)


# --- compactions and rollbacks --------------------------------------------------------------------


@law("I-14", "nothing before a compaction with a replacement is left in the history")
def replaced(data: bytes, rebuild: Rebuild) -> None:
    """[I-14]"""
    after = rebuild(data + _compaction({"window_number": 1}))
    assert after["history"] == [_said("kept")]
    assert after["world_state"] is None
    assert after["reference_context"] is None


@law("I-15", "a rollback of no turn changes nothing")
def rolled_back_nothing(data: bytes, rebuild: Rebuild) -> None:
    """[I-15]"""
    assert rebuild(data + _rollback(0)) == rebuild(data)


@law("I-16", "two rollbacks are one of as many turns")
def rolled_back_twice(data: bytes, rebuild: Rebuild) -> None:
    """[I-16]"""
    for one, other in ((1, 1), (1, 2), (2, 1)):
        assert rebuild(data + _rollback(one) + _rollback(other)) == rebuild(data + _rollback(one + other))


@law("I-17, I-18", "a rollback gives back the context before the turns", written=True)
def rolled_back_to(data: bytes, rebuild: Rebuild) -> None:
    """[I-17, I-18]"""
    if (
        _rolls_back(data)
        or b'"paginated"' in data
        or any(_is_old(line) for line in _of_type(data, "compacted"))
    ):
        return
    lines = data.splitlines(keepends=True)
    starts = [index for index, line in enumerate(lines) if b'"task_started"' in line]
    for turns, start in enumerate(reversed(starts[1:]), start=1):
        if not _has_boundary_each(lines, [*starts, len(lines)], turns):
            return
        before = rebuild(b"".join(lines[:start]))
        if not any(map(is_boundary, before["history"])):
            return  # what stands before the first boundary of all is never taken back
        while goes_with_next(before["history"][-1]):
            before["history"].pop()  # also where it belongs to the turn before
        assert rebuild(data + _rollback(turns)) == before, turns


@law("I-31", "a fork of all lines has the history, state and window of its parent")
def forked(data: bytes, rebuild: Rebuild) -> None:
    """[I-31]"""
    fork, expected = rebuild(data, {"cut": {"kind": "fork"}}), rebuild(data)
    for key in ("history", "window", "world_state"):
        assert fork[key] == expected[key], key


@law("I-33", "a fork in the middle of a turn ends with the marker, and has no other difference")
def fork_marked(data: bytes, rebuild: Rebuild) -> None:
    """[I-33]"""
    options = {"cut": {"kind": "fork"}, "interrupted_marker": _MARKER}
    fork, expected = rebuild(data, options)["history"], rebuild(data)["history"]
    assert fork in (expected, [*expected, _MARKER])
    open_turn = _line("event_msg", {"type": "task_started", "turn_id": "open", "model_context_window": None})
    assert rebuild(data + open_turn, options)["history"] == [*expected, _MARKER]


# --- items ----------------------------------------------------------------------------------------


@law("I-22", "what is sent has an output for each call and a call for each output")
def paired(data: bytes, rebuild: Rebuild) -> None:
    """[I-22]"""
    sent = rebuild(data, {"form": "sent"})["history"]
    calls = {(_OUTPUT_OF[item["type"]], item.get("call_id")) for item in sent if item["type"] in _OUTPUT_OF}
    outputs = {
        (item["type"], item.get("call_id"))
        for item in sent
        if item["type"] in _OUTPUT_OF.values() and item.get("execution") != "server"
    }
    assert {pair for pair in calls if pair[1]} == {pair for pair in outputs if pair[1]}


@law("I-23", "no system message, trigger or unknown item is in the history", written=True)
def known(data: bytes, rebuild: Rebuild) -> None:
    """[I-23]"""
    for item in rebuild(data)["history"]:
        assert item.get("role") != "system"
        assert item["type"] not in ("compaction_trigger", "future_item")


@law("I-24", "the world state is the fold of its records since the last compaction", written=True)
def folded(data: bytes, rebuild: Rebuild) -> None:
    """[I-24]"""
    if _rolls_back(data):
        return
    state: Json = None
    for line in map(jsontext.parse, data.splitlines()):
        if line["type"] == "compacted":
            state = None
        elif line["type"] == "world_state":
            told = line["payload"]
            state = told["state"] if told["full"] else state and _merged(state, told["state"])
            state = state if isinstance(state, dict) else None
    assert rebuild(data)["world_state"] == state


@law("I-40", "every item of the history stands in the file, or is made of one line that does")
def stored(data: bytes, rebuild: Rebuild) -> None:
    """[I-40]"""
    stood = {jsontext.compact(item) for item in _items(data)}
    for item in rebuild(data)["history"]:
        made = item["type"] == "agent_message" or (item["type"] == "message" and "id" not in item)
        assert jsontext.compact(item) in stood or made  # of an old delivery, of an old compaction


_OUTPUT_OF = {
    "function_call": "function_call_output",
    "local_shell_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "tool_search_call": "tool_search_output",
}


# --- lines ----------------------------------------------------------------------------------------


def _line(kind: str, payload: Json) -> bytes:
    return jsontext.compact({"timestamp": _TIME, "type": kind, "payload": payload}).encode() + b"\n"


def _payload(line: bytes) -> Json:
    return jsontext.parse(line)["payload"]


def _of_type(data: bytes, kind: str) -> Iterator[bytes]:
    return (line for line in data.splitlines() if jsontext.parse(line)["type"] == kind)


def _rollback(turns: int) -> bytes:
    return _line("event_msg", {"type": "thread_rolled_back", "num_turns": turns})


def _rolls_back(data: bytes) -> bool:
    return b'"thread_rolled_back"' in data


def _said(text: str) -> Json:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def _compaction(window: dict[str, Json]) -> bytes:
    """Return a turn in which the context is compacted, and nothing else happens."""
    begin = {"type": "task_started", "turn_id": "compaction", "model_context_window": None}
    end = {"type": "task_complete", "turn_id": "compaction", "last_agent_message": None}
    told = {"message": "s", "replacement_history": [_said("kept")], **window}
    return _line("event_msg", begin) + _line("compacted", told) + _line("event_msg", end)


def _is_old(compaction: bytes) -> bool:
    told = _payload(compaction)
    return told.get("replacement_history") is None or told.get("window_number") is None


def _begins_turn(line: bytes) -> bool:
    """Tell whether somebody tells the agent something in a line."""
    told = jsontext.parse(line)
    item = told["payload"]
    return told["type"] == "inter_agent_communication" or (
        told["type"] == "response_item" and is_boundary(item)
    )


def _has_boundary_each(lines: list[bytes], bounds: list[int], turns: int) -> bool:
    """Tell whether each of the last turns has exactly one boundary and one id."""
    spans = [lines[start:end] for start, end in pairwise(bounds)][-turns:]
    return all(sum(map(_begins_turn, span)) == 1 and len(_turn_ids(span)) == 1 for span in spans)


def _turn_ids(span: list[bytes]) -> set[str]:
    """Return the ids by which turns begin and end in some lines; those of a review differ."""
    events = [_payload(line) for line in span if b'"event_msg"' in line]
    ends = ("task_started", "task_complete", "turn_aborted")
    return {event["turn_id"] for event in events if event["type"] in ends and event.get("turn_id")}


def _upgraded(line: bytes) -> bytes:
    told = jsontext.parse(line)
    payload = told["payload"]
    if told["type"] == "compacted" and type(payload.get("window_id")) is int:
        number = payload.pop("window_id")
        return _line("compacted", {"window_number": number} | payload)
    if told["type"] != "inter_agent_communication" or payload.get("encrypted_content") is not None:
        return line
    content = [{"type": "input_text", "text": payload["content"]}]
    message = {
        "type": "agent_message",
        "author": payload["author"],
        "recipient": payload["recipient"],
        "content": content,
    }
    delivery = {"trigger_turn": payload["trigger_turn"]}
    return _line("inter_agent_communication_metadata", delivery) + _line("response_item", message)


def _merged(value: Json, patch: Json) -> Json:
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for key in patch:
        if patch[key] is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), patch[key])
    return merged


def _items(data: bytes) -> Iterable[Json]:
    for line in map(jsontext.parse, data.splitlines()):
        if line["type"] == "response_item":
            yield line["payload"]
        elif line["type"] == "compacted":
            yield from line["payload"].get("replacement_history") or ()
