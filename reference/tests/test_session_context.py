"""The model context: what no case of the corpus shows, because it is large, or about what comes next."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rollout_reference.session.context import Settings, Window, context_of, differ
from rollout_reference.session.context.bounded import context_at
from rollout_reference.session.reading.loaded import load

THREAD = "019f0000-0000-7000-8000-00000000000a"
WINDOW = "019f0000-0000-7000-8000-0000000000a0"


def line(kind: str, **payload: Any) -> bytes:
    """Return a line in its envelope."""
    return (
        json.dumps({"timestamp": "t", "type": kind, "payload": payload}, ensure_ascii=False).encode() + b"\n"
    )


def header() -> bytes:
    """Return the header of a thread."""
    told = {"id": THREAD, "timestamp": "t", "cwd": "/", "originator": "o", "cli_version": "v"}
    return line("session_meta", **told, context_window={"window_id": WINDOW})


def said(text: str) -> bytes:
    """Return a message of the user."""
    content = [{"type": "input_text", "text": text}]
    return line("response_item", type="message", role="user", content=content)


def answered(text: str) -> bytes:
    """Return a message of the assistant."""
    content = [{"type": "output_text", "text": text}]
    return line("response_item", type="message", role="assistant", content=content)


def turn(number: int, *inside: bytes) -> bytes:
    """Return a turn with its settings."""
    turn_id = f"turn-{number}"
    sandbox = {"type": "danger-full-access"}
    settings = {"turn_id": turn_id, "cwd": "/", "approval_policy": "never", "sandbox_policy": sandbox}
    return b"".join(
        (
            line("event_msg", type="task_started", turn_id=turn_id, model_context_window=None),
            line("turn_context", **settings, model="m", summary="auto"),
            said(f"question {number}"),
            *inside,
            answered(f"answer {number}"),
            line("event_msg", type="task_complete", turn_id=turn_id, last_agent_message=None),
        )
    )


def compaction(number: int, **more: Any) -> bytes:
    """Return a compaction that keeps a summary in place of the history."""
    summary = json.loads(said("summary"))["payload"]
    window = {"window_number": number, "first_window_id": WINDOW, "window_id": WINDOW}
    return line("compacted", message="summary", replacement_history=[summary], **window | more)


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """Return where a rollout is to be written."""
    return tmp_path / "rollout.jsonl"


def texts_of(path: Path) -> list[str]:
    """Return the texts of the history of a rollout."""
    return [item["content"][0]["text"] for item in context_of(load(path).lines).history]


def test_texts_that_outlive_an_old_compaction_fit_into_a_budget(rollout: Path) -> None:
    """[SESSION-CONTEXT-19] 20,000 tokens of four bytes; the newest texts first, the last one cut."""
    texts = ["first", "x" * 40_001, "y" * 40_000]
    rollout.write_bytes(header() + b"".join(map(said, texts)) + line("compacted", message="summary"))

    kept = texts_of(rollout)

    assert kept == ["x" * 20_000 + "…1 tokens truncated…" + "x" * 20_000, "y" * 40_000, "summary"]


def test_texts_up_to_the_budget_are_whole(rollout: Path) -> None:
    """[SESSION-CONTEXT-19]"""
    texts = ["dropped", "ä" * 19_998, "abc", "x" * 40_000]
    rollout.write_bytes(header() + b"".join(map(said, texts)) + line("compacted", message="summary"))

    kept = texts_of(rollout)

    assert kept == [*texts[1:], "summary"]


@pytest.mark.parametrize(
    ("previous", "present", "expected"),
    [("a", "b", True), ("a", "a", False), (None, "b", False), ("a", None, False), (None, None, False)],
)
def test_a_model_changes_when_both_hashes_are_known(
    previous: str | None, present: str | None, *, expected: bool
) -> None:
    """[SESSION-CONTEXT-23]"""
    assert differ(Settings("m", previous, None), present) is expected


def test_no_model_changes_before_the_first_turn() -> None:
    """[SESSION-CONTEXT-23]"""
    assert not differ(None, "a")


def test_a_window_that_is_gone_on_with_gets_what_it_lacks() -> None:
    """[SESSION-WINDOW-5]"""
    fresh = map("fresh-{}".format, count(1)).__next__

    resumed = Window(3, None, None, None).resumed(fresh)

    assert resumed == Window(3, "fresh-1", None, "fresh-1")


def test_a_window_that_is_gone_on_with_keeps_what_it_has() -> None:
    """[SESSION-WINDOW-5]"""
    window = Window(3, "first", "previous", "own")

    assert window.resumed(lambda: "fresh") == window


def test_windows_form_a_chain() -> None:
    """[SESSION-WINDOW-6]"""
    fresh = map("fresh-{}".format, count(1)).__next__

    second = Window(0, "first", None, "first").following(fresh)
    third = second.following(fresh)

    assert second == Window(1, "first", "first", "fresh-1")
    assert third == Window(2, "first", "fresh-1", "fresh-2")


def test_a_late_compaction_is_read_from_the_end(rollout: Path) -> None:
    """[SESSION-CONTEXT-22]"""
    old = b"".join(turn(number, answered("x" * 10_000)) for number in range(300))
    rollout.write_bytes(header() + old + compaction(1) + turn(301) + turn(302))

    bounded = context_at(rollout)

    assert bounded.context == context_of(load(rollout).lines)
    assert bounded.bytes_read <= 64 * 1024
    assert bounded.size > 3_000_000


def test_a_file_without_compactions_is_read_to_its_beginning(rollout: Path) -> None:
    """[SESSION-CONTEXT-22]"""
    rollout.write_bytes(header() + b"".join(map(turn, range(300))))

    bounded = context_at(rollout)

    assert bounded.context == context_of(load(rollout).lines)
    assert bounded.bytes_read == bounded.size


def test_a_rolled_back_compaction_is_no_end_of_reading(rollout: Path) -> None:
    """[SESSION-CONTEXT-22, SESSION-ROLLBACK-7]"""
    back = line("event_msg", type="thread_rolled_back", num_turns=1)
    rollout.write_bytes(header() + turn(1) + turn(2, compaction(1)) + back)

    bounded = context_at(rollout)

    assert bounded.context == context_of(load(rollout).lines)
    assert texts_of(rollout) == ["question 1", "answer 1"]


def test_lines_are_shared_not_copied(rollout: Path) -> None:
    """[SESSION-CONTEXT-26]"""
    rollout.write_bytes(header() + turn(1))
    lines = load(rollout).lines

    history = context_of(lines).history

    assert history[0] is lines[3].payload
    assert history[1] is lines[4].payload


def test_many_rollbacks_take_the_time_of_their_lines(rollout: Path) -> None:
    """[SESSION-CONTEXT-26] Each takes back one turn of many thousands."""
    back = line("event_msg", type="thread_rolled_back", num_turns=1)
    rollout.write_bytes(header() + b"".join(turn(number) + back for number in range(5_000)))

    assert texts_of(rollout) == []
