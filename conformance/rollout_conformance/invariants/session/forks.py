"""Laws of forks: of all lines, cut at a turn, and in the middle of one."""

from collections import Counter

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import Json, Reader
from rollout_conformance.invariants.session.unchanged import without_implicit_ids
from rollout_reference import jsontext

_FORK = {"cut": {"kind": "fork"}}
_MARKER = lines.said("<turn_aborted>x</turn_aborted>")
_MOST = 3
"""Turns of a rollout at which it is cut."""


@law("I-31", "a fork of all lines has the history, state and window of its parent")
def forked(data: bytes, reader: Reader) -> None:
    """[SESSION-FORK-1, SESSION-FORK-2]"""
    fork, expected = reader.context(data, _FORK), reader.context(data)
    for key in ("history", "window", "world_state"):
        assert fork[key] == expected[key], key


@law("I-31", "a copy behind another header has the same items, and the same turns where they are told")
def copied(data: bytes, reader: Reader) -> None:
    """[SESSION-TURN-3]"""
    tree = jsontext.parse(lines.split(data)[0])
    tree["payload"] |= {"id": lines.STRANGER, "forked_from_id": tree["payload"]["id"]}
    child = jsontext.compact(tree).encode() + b"\n" + data
    assert without_implicit_ids(reader.history(child)) == without_implicit_ids(reader.history(data))
    row = reader.thread(child, lines.STRANGER)
    assert row["forkedFromId"] == lines.header(data)["id"].lower()


@law("I-32", "a fork cut at a turn is the fork of the lines up to there, and history goes on from there")
def cut(data: bytes, reader: Reader) -> None:
    """[SESSION-FORK-4, SESSION-FORK-5]"""
    told = lines.split(data)
    starts = lines.starts(told)
    ids = [_turn_id(told[start]) for start in starts]
    once = Counter(ids)
    turns = [turn for turn in range(len(starts)) if once[ids[turn]] == 1]
    only_if(turns, not lines.rolls_back(data))
    whole = reader.history(data)
    for turn in turns[:_MOST]:
        before = b"".join(told[: starts[turn]])
        assert reader.context(data, _at("before_turn", ids[turn])) == reader.context(before, _FORK)
        if turn + 1 < len(starts):
            after = b"".join(told[: starts[turn + 1]])
            assert reader.context(data, _at("last_turn", ids[turn])) == reader.context(after, _FORK)
        left = [each["id"] for each in reader.history(before)]
        assert [each["id"] for each in whole][: len(left)] == left


@law("I-33", "a fork in the middle of a turn ends with the marker, and history shows that it was cut off")
def cut_off(data: bytes, reader: Reader) -> None:
    """[SESSION-FORK-6, SESSION-TURN-12]"""
    options = _FORK | {"interrupted_marker": _MARKER}
    fork, expected = reader.context(data, options)["history"], reader.context(data)["history"]
    assert fork in (expected, [*expected, _MARKER])
    running = data + lines.started("a turn that is open")
    assert reader.context(running, options)["history"] == [*expected, _MARKER]
    last = reader.history(running)[-1]
    assert (last["id"], last["status"]) == ("a turn that is open", "interrupted")


def _at(key: str, turn_id: str) -> dict[str, Json]:
    return {"cut": {"kind": "fork", key: turn_id}}


def _turn_id(start: bytes) -> str:
    told = lines.tree_of(start)
    return told["payload"]["turn_id"] if told else ""
