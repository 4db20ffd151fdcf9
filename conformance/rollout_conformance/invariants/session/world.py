"""Laws of the world state: it is the fold of its records, and a patch leads from any state to any other."""

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import Json, Reader

_OTHERS: tuple[dict[str, Json], ...] = (
    {},
    {"cwd": "/tmp", "nested": {"a": [1, {"b": 2}], "c": {"d": "e"}}},  # noqa: S108
    {"nested": "no object any more", "list": []},
)
"""States without nulls, which a patch cannot give."""


@law("I-24", "the world state is the fold of its records since the last compaction", written=True)
def folded(data: bytes, reader: Reader) -> None:
    """[SESSION-WORLDSTATE-1 to SESSION-WORLDSTATE-5]"""
    only_if(not lines.rolls_back(data), lines.payloads(data, "world_state"))
    state: Json = None
    for tree in lines.trees(data):
        if tree["type"] == "compacted":
            state = None
        elif tree["type"] == "world_state":
            told = tree["payload"]
            patched = None if state is None else applied(state, told["state"])
            state = told["state"] if told["full"] else patched
            state = state if isinstance(state, dict) else None
    assert reader.context(data)["world_state"] == state


@law("I-25", "a record that tells what the model knows changes nothing")
def told_again(data: bytes, reader: Reader) -> None:
    """[SESSION-WORLDSTATE-1, SESSION-WORLDSTATE-3]"""
    known = reader.context(data)
    only_if(known["world_state"])
    turn = data + lines.started("one more turn")
    for told in ({"full": False, "state": {}}, {"full": True, "state": known["world_state"]}):
        assert reader.context(turn + lines.line("world_state", told)) == known


@law("I-26", "the patch from one state to another, applied to the one, gives the other")
def patched(data: bytes, reader: Reader) -> None:
    """[SESSION-WORLDSTATE-3]"""
    state = reader.context(data)["world_state"]
    for first in (state, *_OTHERS):
        begin = (
            data
            + lines.started("one more turn")
            + lines.line("world_state", {"full": True, "state": first or {}})
        )
        for second in _OTHERS:
            told = {"full": False, "state": patch(first or {}, second)}
            assert reader.context(begin + lines.line("world_state", told))["world_state"] == second


def patch(before: dict[str, Json], after: dict[str, Json]) -> dict[str, Json]:
    """Return the merge patch (RFC 7386) from one object to another one without nulls."""
    told: dict[str, Json] = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            told |= {key: patch(old, value)} if patch(old, value) else {}
        elif key not in before or old != value:
            told[key] = value
    return told


def applied(value: Json, told: Json) -> Json:
    """Return what a merge patch makes of a value."""
    if not isinstance(told, dict):
        return told
    merged = dict(value) if isinstance(value, dict) else {}
    for key, part in told.items():
        if part is None:
            merged.pop(key, None)
        else:
            merged[key] = applied(merged.get(key), part)
    return merged
