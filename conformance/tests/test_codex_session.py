"""How what the real CLI adds to a history is told apart from it: by what it wrote, never by its look."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.implementations.codex_session.normalise import (
    PROBE,
    Unexpected,
    added_by_turn,
    history_in,
    in_front,
)
from rollout_conformance.implementations.codex_session.told import is_fresh, own_keys
from rollout_conformance.record.model_beside import RequestLog

HOUR_MS = 3_600_000


def message(text: str, role: str = "user") -> dict[str, Any]:
    """Return a message."""
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


BASE = message("You are an agent.", "developer")
CONTEXT = message("<environment_context>\n</environment_context>")
ASKED = message(PROBE)
SAID = message("<environment_context> is what I ask about")


def line(payload: dict[str, Any], kind: str = "response_item") -> dict[str, Any]:
    """Return a line of a rollout."""
    return {"timestamp": "", "type": kind, "payload": payload}


def test_items_of_a_turn_end_with_the_probe() -> None:
    """What the turn appends after it, the answer above all, was not sent."""
    answer = message("Answer 1.", "assistant")
    lines = [line({"type": "task_started"}, "event_msg"), line(CONTEXT), line(ASKED), line(answer)]

    assert added_by_turn(lines) == [CONTEXT, ASKED]


def test_turn_without_its_message_is_no_turn() -> None:
    """Nothing is guessed."""
    with pytest.raises(Unexpected):
        added_by_turn([line(CONTEXT)])


def test_history_stands_between_what_is_added() -> None:
    """A message that looks injected stays, whoever said it; only what the turn wrote goes."""
    front = in_front([BASE, CONTEXT, ASKED], [CONTEXT, ASKED])

    history = history_in([BASE, SAID, CONTEXT, CONTEXT, ASKED], front, [CONTEXT, ASKED])

    assert front == [BASE]
    assert history == [SAID, CONTEXT]


@pytest.mark.parametrize(
    "request_input", [[SAID, CONTEXT, ASKED], [BASE, SAID, ASKED], [BASE, CONTEXT, ASKED, SAID], [ASKED]]
)
def test_other_request_is_not_taken_apart(request_input: list[dict[str, Any]]) -> None:
    """Front and end must be what they are in every request."""
    with pytest.raises(Unexpected):
        history_in(request_input, [BASE], [CONTEXT, ASKED])


def test_ids_made_for_the_question_are_none() -> None:
    """An id of version 7 tells when it was made; what the rollout holds is older, or of no real time."""
    now = int(time.time() * 1000)
    made = f"{now:012x}"
    fresh, older, later = (
        f"{each[:8]}-{each[8:]}-7000-8000-000000000000"
        for each in (made, f"{now - 1:012x}", f"{now + HOUR_MS:012x}")
    )

    assert [is_fresh(each, now) for each in (fresh, older, later, fresh.replace("-7", "-4", 1), "item")] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert own_keys({"id": f"msg_{fresh}", "role": "user", "phase": None}, now) == {"role": "user"}
    assert own_keys({"id": f"msg_{older}"}, now) == {"id": f"msg_{older}"}


def test_request_is_read_once(tmp_path: Path) -> None:
    """A log is followed: what was read is not read again, and half a line waits for its end."""
    log = RequestLog(tmp_path)
    before = log.new()
    file = tmp_path / "requests.jsonl"
    file.write_text(json.dumps({"n": 1}) + "\n" + '{"n":')

    first = log.new()
    file.write_text(file.read_text() + " 2}\n")

    assert (before, first, log.new(), log.new()) == ([], [{"n": 1}], [{"n": 2}], [])
