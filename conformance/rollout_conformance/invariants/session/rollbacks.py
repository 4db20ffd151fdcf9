"""Laws of compactions and rollbacks: what they leave, and that they add up."""

from itertools import pairwise

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import Json, Reader
from rollout_reference.session.context.boundaries import goes_with_next, is_boundary


@law("I-14", "nothing before a compaction with a replacement is left in the history")
def replaced(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-14]"""
    after = reader.context(data + lines.compaction({"window_number": 1}))
    assert after["history"] == [lines.said("kept")]
    assert after["world_state"] is None
    assert after["reference_context"] is None


@law("I-15", "a rollback of no turn changes nothing")
def rolled_back_nothing(data: bytes, reader: Reader) -> None:
    """[SESSION-ROLLBACK-6, SESSION-TURN-10]"""
    after = data + lines.rollback(0)
    assert reader.context(after) == reader.context(data)
    assert reader.history(after) == reader.history(data)


@law("I-16", "two rollbacks are one of as many turns, in context, world state and history")
def rolled_back_twice(data: bytes, reader: Reader) -> None:
    """[SESSION-ROLLBACK-1, SESSION-TURN-10]"""
    for one, other in ((1, 1), (1, 2), (2, 1)):
        twice, once = (
            data + lines.rollback(one) + lines.rollback(other),
            data + lines.rollback(one + other),
        )
        assert reader.context(twice) == reader.context(once)
        assert reader.history(twice) == reader.history(once)


@law("I-17, I-18", "a rollback gives back the context before the turns, compacted or not", written=True)
def rolled_back_to(data: bytes, reader: Reader) -> None:
    """[SESSION-ROLLBACK-2, SESSION-ROLLBACK-7, SESSION-WINDOW-4]"""
    only_if(not lines.rolls_back(data), not lines.is_paginated(data))
    only_if(not any(map(_is_old, lines.payloads(data, "compacted"))))
    told = lines.split(data)
    starts = lines.starts(told)
    checked = 0
    for turns, start in enumerate(reversed(starts[1:]), start=1):
        before = reader.context(b"".join(told[:start]))
        if not _has_boundary_each(told, [*starts, len(told)], turns):
            break
        if not any(map(is_boundary, before["history"])):
            break  # what stands before the first boundary of all is never taken back
        while goes_with_next(before["history"][-1]):
            before["history"].pop()  # also where it belongs to the turn before
        after = reader.context(data + lines.rollback(turns))
        if before["window"]["window_id"] is None:  # compactions are counted, those taken back too
            after["window"] = before["window"]
        assert after == before, turns
        checked += 1
    only_if(checked)


@law("I-19", "a rollback takes the last turns and nothing else, and ids go on behind what is left")
def rolled_back_history(data: bytes, reader: Reader) -> None:
    """[SESSION-TURN-10, SESSION-HISTORY-5, SESSION-HISTORY-23]"""
    if lines.is_paginated(data):
        assert reader.history(data + lines.rollback(1)) == reader.history(data)
        return
    for turns in (1, 2, 5):
        left = reader.history(data)[:-turns]
        after = reader.history(data + lines.rollback(turns) + lines.event("agent_message", message="next"))
        assert after[:-1] == left
        assert after[-1]["items"][0]["id"] == f"item-{1 + sum(len(turn['items']) for turn in left)}"


@law("I-20", "where each turn has one message of the user, context and history have as many", written=True)
def as_many_turns(data: bytes, reader: Reader) -> None:
    """[SESSION-ROLLBACK-3, SESSION-TURN-10]"""
    told = lines.split(data)
    starts = lines.starts(told)
    only_if(starts, not lines.is_paginated(data), not lines.payloads(data, "compacted"))
    only_if(not any(map(lines.begins_turn, told[: starts[0]])), b'"agent_message"' not in _items(told))
    only_if(_has_boundary_each(told, [*starts, len(told)], len(starts)))
    shown = [turn for turn in reader.history(data) if not turn["id"].startswith("rollout-")]
    assert sum(map(is_boundary, reader.context(data)["history"])) == len(shown)


@law("I-20", "a further turn with one message of the user is one more in context and history")
def one_turn_more(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-7, SESSION-TURN-1]"""
    message = lines.line("response_item", lines.said("more"))
    end = lines.event("task_complete", turn_id="one more turn", last_agent_message=None)
    longer = data + lines.started("one more turn") + message + end
    before, after = reader.context(data)["history"], reader.context(longer)["history"]
    assert sum(map(is_boundary, after)) == sum(map(is_boundary, before)) + 1
    assert len(reader.history(longer)) == len(reader.history(data)) + 1


def _items(told: list[bytes]) -> bytes:
    return b"".join(each for each in told if b'"response_item"' in each)


def _is_old(compaction: Json) -> bool:
    return compaction.get("replacement_history") is None or compaction.get("window_number") is None


def _has_boundary_each(told: list[bytes], bounds: list[int], turns: int) -> bool:
    """Tell whether each of the last turns has exactly one boundary and one id."""
    spans = [told[start:end] for start, end in pairwise(bounds)][-turns:]
    return all(sum(map(lines.begins_turn, span)) == 1 and len(lines.turn_ids(span)) == 1 for span in spans)
