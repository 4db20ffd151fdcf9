"""A home of many rollouts that begin as they usually do, the same each time."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from session.generate import Payload, Prose

from rollout_reference.session.names import RolloutName

START = datetime(2024, 6, 1, tzinfo=UTC)
APART = timedelta(minutes=7)
"""How long after a thread the next one is made."""
INSTRUCTIONS = 12_000
"""Characters of the base instructions, which stand in every header."""
ANSWERS = 10


def home_of(folder: Path, rollouts: int) -> int:
    """Write a home of so many rollouts; return their bytes."""
    prose = Prose()
    instructions = prose.text(INSTRUCTIONS, INSTRUCTIONS)
    size = 0
    for number in range(rollouts):
        thread = f"019f0000-0000-7000-8000-{number:012x}"
        made = START + number * APART
        path = folder / RolloutName(made.strftime("%Y-%m-%dT%H-%M-%S"), thread).active_path
        path.parent.mkdir(parents=True, exist_ok=True)
        size += path.write_bytes(b"".join(_lines(prose, thread, made, instructions)))
        os.utime(path, (made.timestamp() + 60, made.timestamp() + 60))
    return size


def _lines(prose: Prose, thread: str, made: datetime, instructions: str) -> Iterator[bytes]:
    for kind, payload in _records(prose, thread, _time(made), instructions):
        yield msgspec.json.encode({"timestamp": _time(made), "type": kind, "payload": payload}) + b"\n"


def _records(prose: Prose, thread: str, time: str, instructions: str) -> Iterator[tuple[str, Payload]]:
    known = {"id": thread, "timestamp": time, "cwd": "/project", "originator": "codex_cli_rs"}
    more = {"cli_version": "0.143.0", "source": "cli", "model_provider": "openai"}
    yield "session_meta", {**known, **more, "base_instructions": {"text": instructions}}
    yield "event_msg", {"type": "task_started", "turn_id": "turn-1", "model_context_window": 272000}
    yield "response_item", _message("developer", "input_text", prose.text(3000, 3000))
    yield "response_item", _message("user", "input_text", f"<environment_context>{prose.text(400, 500)}")
    yield (
        "turn_context",
        {
            "turn_id": "turn-1",
            "cwd": "/project",
            "approval_policy": "never",
            "sandbox_policy": {"type": "danger-full-access"},
            "permission_profile": {"type": "disabled"},
            "model": "model-1",
            "summary": "auto",
        },
    )
    for _ in range(ANSWERS):
        task, answer = prose.text(40, 400), prose.text(100, 900)
        yield "response_item", _message("user", "input_text", task)
        yield "event_msg", {"type": "user_message", "message": task, "local_images": [], "text_elements": []}
        yield "event_msg", {"type": "agent_message", "message": answer}
        yield "response_item", _message("assistant", "output_text", answer)


def _message(role: str, content: str, text: str) -> Payload:
    return {"type": "message", "role": role, "content": [{"type": content, "text": text}]}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
