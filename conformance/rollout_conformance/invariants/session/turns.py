"""Laws of turns and items of a history."""

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import Reader

_APPENDED = ("userMessage", "agentMessage", "reasoning", "hookPrompt", "contextCompaction")
"""Items of legacy rollouts that are appended, whatever their id."""

_ENDED = ("completed", "interrupted", "failed")
_PATCH = {"call_id": "late", "stdout": "", "stderr": "", "success": True, "status": "completed"}


@law("I-7", "what comes later changes an earlier turn only by its id, or takes it back")
def prefix(data: bytes, reader: Reader) -> None:
    """[SESSION-HISTORY-7, SESSION-HISTORY-22]"""
    only_if(not lines.rolls_back(data))
    told = lines.split(data)
    shorter = [turn["id"] for turn in reader.history(b"".join(told[: 1 + len(told) // 2]))]
    assert [turn["id"] for turn in reader.history(data)][: len(shorter)] == shorter


@law("I-28", "items that take each other's place have an id once in a turn, and turns the order of lines")
def unique_ids(data: bytes, reader: Reader) -> None:
    """[SESSION-HISTORY-6, SESSION-HISTORY-22]"""
    turns = reader.history(data)
    for turn in turns:
        told = [item["id"] for item in turn["items"] if item["type"] not in _APPENDED]
        assert len(told) == len(set(told))
    begun = iter([each["turn_id"] for each in lines.events(data, "task_started")])
    explicit = [turn["id"] for turn in turns if not turn["id"].startswith("rollout-")]
    only_if(turns, not lines.rolls_back(data), not lines.is_paginated(data), b"_review_mode" not in data)
    assert all(each in begun for each in explicit)


@law("I-29", "no turn of a thread that does not run is in progress")
def all_ended(data: bytes, reader: Reader) -> None:
    """[SESSION-TURN-12]"""
    turns = reader.history(data)
    only_if(turns)
    assert all(turn["status"] in _ENDED for turn in turns)


@law("I-30", "a late item changes its own turn only, and none if that is unknown")
def late_item(data: bytes, reader: Reader) -> None:
    """[SESSION-HISTORY-7]"""
    turns = reader.history(data)
    late = lines.event("patch_apply_end", turn_id="no such turn", changes={}, **_PATCH)
    assert reader.history(data + late) == turns
    if lines.is_paginated(data) or not turns:
        return
    first = turns[0]["id"]
    changed = reader.history(data + lines.event("patch_apply_end", turn_id=first, changes={}, **_PATCH))
    touched = [number for number, turn in enumerate(turns) if turn != changed[number]]
    assert len(touched) == 1
    assert turns[touched[0]]["id"] == first


@law("TRANSCRIPT", "a transcript tells in their order what turns of the history show")
def transcript(data: bytes, reader: Reader) -> None:
    """[SESSION-TRANSCRIPT-1, SESSION-TRANSCRIPT-3]"""
    shown = [turn["id"] for turn in reader.history(data)]
    messages = reader.transcript(data)
    only_if(messages)
    assert all(message["text"] for message in messages)
    places = iter(shown)
    told = [message["turn"] for message in messages]
    changes = [each for number, each in enumerate(told) if number == 0 or told[number - 1] != each]
    assert all(each in places for each in changes)
