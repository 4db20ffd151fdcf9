"""Laws of the history, one small function each: what holds between the histories of two rollouts.

A law is given a rollout as bytes of its plain form and a function that rebuilds histories; it fails with an
`AssertionError` that says how.  All of them hold for any lines.
"""

import re
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from rollout_reference import jsontext

Json = Any
Turns = list[dict[str, Json]]
Rebuild = Callable[[bytes], Turns]
"""Rebuilds the turns of a rollout; raises `Rejected`."""

Check = Callable[[bytes, Rebuild], None]


class HistoryLaw(Struct, frozen=True):
    """One law: its id in the list of invariants, its sentence, and what finds a breach of it."""

    id: str
    says: str
    check: Check


HISTORY_LAWS: list[HistoryLaw] = []

_TIME = "2026-01-02T03:04:05.678Z"
_STRANGER = "ffffffff-0000-7000-8000-000000000001"
_IMPLICIT = re.compile(r"rollout-[0-9]+")
_APPENDED = ("userMessage", "agentMessage", "reasoning", "hookPrompt", "contextCompaction")
"""Items of legacy rollouts that are appended, whatever their id."""

_ENDED = ("completed", "interrupted", "failed")
_NOISE = (
    b"\n"
    b"not json\n"
    b'{"timestamp":"t","type":"future_line","payload":{"x":1}}\n'
    b'{"timestamp":"t","type":"event_msg","payload":{"type":"future_event"}}\n'
    b'{"timestamp":"t","type":"response_item","payload":{"type":"future_item","x":1}}\n'
)


def law(law_id: str, says: str) -> Callable[[Check], Check]:
    """Register a law."""

    def register(check: Check) -> Check:
        HISTORY_LAWS.append(HistoryLaw(law_id, says, check))
        return check

    return register


# --- what changes nothing -------------------------------------------------------------------------


@law("I-1", "blank, damaged and unknown lines change nothing, ids of implicit turns included")
def noise(data: bytes, rebuild: Rebuild) -> None:
    """[I-1]"""
    header, *rest = data.splitlines(keepends=True)
    assert rebuild(header + b"".join(line + _NOISE for line in rest) + _NOISE) == rebuild(data)


@law("I-2", "lines that tell nothing of the history change no more than ids of implicit turns")
def inert(data: bytes, rebuild: Rebuild) -> None:
    """[I-2]"""
    header, *rest = data.splitlines(keepends=True)
    added = _event("token_count", info=None, rate_limits=None)
    changed = rebuild(header + b"".join(added + line for line in rest) + added)
    assert _without_implicit_ids(changed) == _without_implicit_ids(rebuild(data))


@law("I-4", "a torn last line is as none, and a carriage return before a line feed is white space")
def torn(data: bytes, rebuild: Rebuild) -> None:
    """[I-4]"""
    expected = rebuild(data)
    assert rebuild(data + b'{"timestamp":"t","type":"response_it') == expected
    assert rebuild(data.replace(b"\n", b"\r\n")) == expected


@law("I-5", "the same lines have the same history")
def same_twice(data: bytes, rebuild: Rebuild) -> None:
    """[I-5]"""
    assert rebuild(data) == rebuild(data)


@law("META", "another layout of the JSON, other times and another originator change nothing")
def another_layout(data: bytes, rebuild: Rebuild) -> None:
    """[SESSION-CONTEXT-1]"""
    expected = rebuild(data)
    trees = [jsontext.parse(line) for line in data.splitlines() if _is_json(line)]
    turned = [dict(reversed(tree.items())) | {"timestamp": "2001-01-01T00:00:00.000Z"} for tree in trees]
    text = b"".join(jsontext.pretty(tree).replace(b"\n", b" ") + b"\n" for tree in turned)
    assert rebuild(text) == expected
    assert rebuild(data.replace(b'"originator":"', b'"originator":"x', 1)) == expected


# --- prefixes and rollbacks -----------------------------------------------------------------------


@law("I-7", "what comes later changes an earlier turn only by its id, or takes it back")
def prefix(data: bytes, rebuild: Rebuild) -> None:
    """[I-7]"""
    if _rolls_back(data):
        return
    lines = data.splitlines(keepends=True)
    shorter = rebuild(b"".join(lines[: 1 + len(lines) // 2]))
    assert [turn["id"] for turn in rebuild(data)][: len(shorter)] == [turn["id"] for turn in shorter]


@law("I-15", "a rollback of nothing takes no turn back")
def rollback_nothing(data: bytes, rebuild: Rebuild) -> None:
    """[I-15]"""
    assert rebuild(data + _rollback(data, 0)) == rebuild(data)


@law("I-16", "two rollbacks are one of both")
def rollbacks_add_up(data: bytes, rebuild: Rebuild) -> None:
    """[I-16]"""
    twice = data + _rollback(data, 1)
    assert rebuild(twice + _rollback(twice, 2)) == rebuild(data + _rollback(data, 3))


@law("I-19", "a rollback takes the last turns and nothing else, and ids go on behind what is left")
def rollback_of_last(data: bytes, rebuild: Rebuild) -> None:
    """[I-19]"""
    if is_paginated(data):
        assert rebuild(data + _rollback(data, 1)) == rebuild(data)
        return
    for turns in (1, 2, 5):
        left = rebuild(data)[:-turns]
        after = rebuild(data + _rollback(data, turns) + _event("agent_message", message="next"))
        assert after[:-1] == left
        assert after[-1]["items"][0]["id"] == f"item-{1 + sum(len(turn['items']) for turn in left)}"


# --- shape ----------------------------------------------------------------------------------------


@law("I-28", "items that take each other's place have an id once in a turn")
def unique_ids(data: bytes, rebuild: Rebuild) -> None:
    """[I-28]"""
    for turn in rebuild(data):
        told = [item["id"] for item in turn["items"] if item["type"] not in _APPENDED]
        assert len(told) == len(set(told))


@law("I-29", "no turn of a thread that does not run is in progress")
def all_ended(data: bytes, rebuild: Rebuild) -> None:
    """[I-29]"""
    assert all(turn["status"] in _ENDED for turn in rebuild(data))


@law("I-30", "a late item changes its own turn only, and none if that is unknown")
def late_item(data: bytes, rebuild: Rebuild) -> None:
    """[I-30]"""
    turns = rebuild(data)
    told = {"call_id": "late", "stdout": "", "stderr": "", "success": True, "status": "completed"}
    late = _event("patch_apply_end", turn_id="no such turn", **told)
    assert rebuild(data + late) == turns
    if is_paginated(data) or not turns:
        return
    first = turns[0]["id"]
    changed = rebuild(data + _event("patch_apply_end", turn_id=first, **told))
    touched = [number for number, turn in enumerate(turns) if turn != changed[number]]
    assert len(touched) == 1
    assert turns[touched[0]]["id"] == first


@law("I-31", "a copy behind another header has the same items, and the same turns where they are told")
def copied(data: bytes, rebuild: Rebuild) -> None:
    """[I-31]"""
    header = data.splitlines(keepends=True)[0]
    tree = jsontext.parse(header)
    tree["payload"] |= {"id": _STRANGER, "forked_from_id": tree["payload"]["id"]}
    forked = rebuild((jsontext.compact(tree) + "\n").encode() + data)
    assert _without_implicit_ids(forked) == _without_implicit_ids(rebuild(data))


def is_paginated(data: bytes) -> bool:
    """Tell whether a rollout is paginated."""
    return b'"history_mode":"paginated"' in data.split(b"\n")[0]


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(jsontext.parse(line), dict)
    except jsontext.JsonError:
        return False


def _rolls_back(data: bytes) -> bool:
    return b'"thread_rolled_back"' in data


def _rollback(data: bytes, turns: int) -> bytes:
    return _event("thread_rolled_back", num_turns=turns)


def _event(name: str, **fields: Json) -> bytes:
    tree = {"timestamp": _TIME, "type": "event_msg", "payload": {"type": name, **fields}}
    return (jsontext.compact(tree) + "\n").encode()


def _without_implicit_ids(turns: Turns) -> Turns:
    return [turn | {"id": _IMPLICIT.sub("implicit", turn["id"])} for turn in turns]
