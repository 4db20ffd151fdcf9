"""Forks and rollbacks that are asked for: the lines that the new context is rebuilt from.

A cut takes lines and gives lines; nothing is written.
[SESSION-FORK-1 to 7, SESSION-FORK-11, SESSION-FORK-12, SESSION-ROLLBACK-8, SESSION-ROLLBACK-9]
"""

from collections.abc import Sequence
from typing import Any

from rollout_reference.session.context.boundaries import delivery_of, is_boundary, is_user_message
from rollout_reference.session.errors import NothingToRollBack, TurnNotFound
from rollout_reference.session.history import Turn
from rollout_reference.session.history.reducer import Reducer
from rollout_reference.session.items.events.lifecycle import (
    TaskComplete,
    TaskStarted,
    ThreadRolledBack,
    TurnAborted,
)
from rollout_reference.session.items.inter_agent import InterAgentCommunication, InterAgentMetadata
from rollout_reference.session.items.response_items import AgentMessage, Message
from rollout_reference.session.items.response_items import Item as TypedItem
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.lines import Line
from rollout_reference.session.shapes.shape import convert

Lines = Sequence[Line]


def rolled_back(lines: Lines, turns: int) -> list[Line]:
    """Return the lines after a rollback is appended.  Raises `NothingToRollBack`.  [SESSION-ROLLBACK-8]"""
    if turns < 1:
        raise NothingToRollBack(turns)
    return [*lines, made(lines, "event_msg", {"type": "thread_rolled_back", "num_turns": turns})]


def after_turn(lines: Lines, turn_id: str) -> list[Line]:
    """Return the lines up to the end of a turn, with what stands before the next one.

    Raises `TurnNotFound`.  [SESSION-FORK-3, SESSION-FORK-4]
    """
    start = _start_of(lines, turn_id)
    running = _running(lines)
    if running is not None and running.id == turn_id:
        raise TurnNotFound(turn_id, "it is not over")
    following = (
        index for index in range(start + 1, len(lines)) if isinstance(lines[index].item, TaskStarted)
    )
    return list(lines[: next(following, len(lines))])


def before_turn(lines: Lines, turn_id: str) -> list[Line]:
    """Return the lines before a turn begins, which are also those of a revert to it.

    Raises `TurnNotFound`.  [SESSION-FORK-3, SESSION-FORK-5, SESSION-ROLLBACK-9]
    """
    return list(lines[: _start_of(lines, turn_id)])


def before_message(lines: Lines, number: int) -> list[Line]:
    """Return the lines before a surviving message of the user, counted from 0.  [SESSION-FORK-12]"""
    places = _messages_of_user(lines)
    if number < len(places):
        return list(lines[: places[number]])
    running = _running(lines)
    if running is not None:
        return list(lines[: _last_start(lines, running.id)])
    return list(lines[: places[-1]] if _left_open(lines) else lines)


def interrupted(lines: Lines, marker: dict[str, Any] | None) -> list[Line]:
    """Return the lines of a fork: with a marker and an end if the thread is in the middle of a turn.

    The marker is a message, None for none.  [SESSION-FORK-6]
    """
    running = _running(lines)
    if running is None and not _left_open(lines):
        return list(lines)
    aborted: dict[str, Any] = {"type": "turn_aborted", "turn_id": None, "reason": "interrupted"}
    if running is not None:
        aborted["turn_id"] = running.id
        aborted |= {"started_at": running.started_at} if running.started_at is not None else {}
    end = [made(lines, "response_item", marker)] if marker is not None else []
    return [*lines, *end, made(lines, "event_msg", aborted)]


def last_turns(lines: Lines, turns: int | None) -> list[Line]:
    """Return the lines that a sub-agent begins with: of the last turns of its parent, None for all.

    [SESSION-FORK-7, SESSION-FORK-11]
    """
    if turns is None:
        return interrupted(lines, None)
    return [line for line in _from_turn(lines, turns) if _passes_on(line)]


def made(lines: Lines, kind: str, payload: dict[str, Any]) -> Line:
    """Return a line that a writer would append, at the time of the last one."""
    return Line(
        number=lines[-1].number + 1 if lines else 1,
        timestamp=lines[-1].timestamp if lines else "",
        ordinal=None,
        type=kind,
        payload=payload,
        item=convert(payload, LINE_TYPES[kind].shape),
        extra={},
    )


def _start_of(lines: Lines, turn_id: str) -> int:
    """Return where a surviving turn begins.  Raises `TurnNotFound`.  [SESSION-FORK-3]"""
    starts = (
        index
        for index, line in enumerate(lines)
        if isinstance(line.item, TaskStarted) and line.item.turn_id == turn_id
    )
    start = next(starts, None)
    if start is None:
        raise TurnNotFound(turn_id, "no task_started begins it")
    if _turns(lines).named(turn_id) is None:
        raise TurnNotFound(turn_id, "a rollback took it back")
    return start


def _turns(lines: Lines) -> Reducer:
    reducer = Reducer()
    reducer.take(lines)
    return reducer


def _running(lines: Lines) -> Turn | None:
    """Return the turn that a `task_started` began and that is neither completed nor aborted."""
    last = _turns(lines).open
    running = last is not None and last.explicit and last.turn.status == "inProgress"
    return last.turn if last is not None and running else None


def _left_open(lines: Lines) -> bool:
    """Tell whether no turn ended after the last surviving message of the user.  [SESSION-FORK-6]"""
    places = _messages_of_user(lines)
    if not places:
        return False
    return not any(isinstance(line.item, TaskComplete | TurnAborted) for line in lines[places[-1] + 1 :])


def _messages_of_user(lines: Lines) -> list[int]:
    """Return where the messages of the user stand that no rollback took back."""
    places: list[int] = []
    for index, line in enumerate(lines):
        if isinstance(line.item, Message) and is_user_message(line.payload):
            places.append(index)
        elif isinstance(line.item, ThreadRolledBack):
            del places[max(len(places) - line.item.num_turns, 0) :]
    return places


def _last_start(lines: Lines, turn_id: str) -> int:
    """Return where the last turn of an id begins; there is one."""
    return max(
        index
        for index, line in enumerate(lines)
        if isinstance(line.item, TaskStarted) and line.item.turn_id == turn_id
    )


def _from_turn(lines: Lines, turns: int) -> Lines:
    """Return the lines from one of the last fork turns on; no line if there is none."""
    told: list[int] = []
    begun: list[int] = []
    for index, line in enumerate(lines):
        if isinstance(line.item, ThreadRolledBack):
            _take_back(told, begun, line.item.num_turns)
            continue
        if _tells(lines, index):
            told.append(index)
        if _begins(line):
            begun.append(index)
    if not turns or not begun:
        return []
    return lines[begun[max(len(begun) - turns, 0)] :]


def _take_back(told: list[int], begun: list[int], turns: int) -> None:
    if not turns or not told:
        return
    cut = told[max(len(told) - turns, 0)]
    del told[max(len(told) - turns, 0) :]
    begun[:] = [place for place in begun if place < cut]


def _tells(lines: Lines, index: int) -> bool:
    """Tell whether a rollback counts a line; a delivery and its message count once."""
    item = lines[index].item
    if isinstance(item, InterAgentCommunication | InterAgentMetadata):
        return True
    if not isinstance(item, TypedItem) or not is_boundary(lines[index].payload):
        return False
    delivered = index > 0 and isinstance(lines[index - 1].item, InterAgentMetadata)
    return not (isinstance(item, AgentMessage) and delivered)


def _begins(line: Line) -> bool:
    """Tell whether a turn that a fork counts begins with a line."""
    item = line.item
    if isinstance(item, InterAgentCommunication | InterAgentMetadata):
        return item.trigger_turn
    if not isinstance(item, Message):
        return False
    if item.role == "assistant":
        delivery = delivery_of(line.payload)
        return delivery is not None and delivery.trigger_turn
    return is_user_message(line.payload)


_PASSED_ON = frozenset({"compacted", "event_msg", "session_meta"})


def _passes_on(line: Line) -> bool:
    """Tell whether a sub-agent is given a line of its parent's last turns.  [SESSION-FORK-11]"""
    if line.type in _PASSED_ON:
        return True
    item = line.item
    if not isinstance(item, Message):
        return False
    return item.role in ("system", "developer", "user") or item.phase == "final_answer"
