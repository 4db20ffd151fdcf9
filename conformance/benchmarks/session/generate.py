"""Rollouts of a wanted size, the same bytes each time: turns with commands and texts of usual lengths."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import zstandard

SEED = 20260701
THREAD = "019f0000-0000-7000-8000-000000000001"
TIME = "2026-07-01T10:00:00.000Z"
LEVEL = 3
"""The level at which the CLI compresses."""

VOCABULARY = (
    "the a of to and in is that it for with as on be at by this from or an are not was but file line test "
    "value function class return error import module path name type string number list config build run "
    "check read write parse format index token thread turn session rollout größe naïve 日本 — “quoted” "
    "\\n \t { } [ ] ( ) ; = + "
)

Payload = dict[str, Any]


class Prose:
    """Texts of a wanted length out of one stock of words."""

    def __init__(self, vocabulary: str = VOCABULARY) -> None:
        self._random = Random(SEED)  # noqa: S311  (reproducible on purpose)
        words = vocabulary.split(" ")
        self._stock = " ".join(self._random.choice(words) for _ in range(200_000)).replace(" the ", "\nthe ")

    def text(self, least: int, most: int) -> str:
        """Return a text of `least` to `most` characters."""
        length = self._random.randint(least, most)
        begin = self._random.randrange(len(self._stock) - length)
        return self._stock[begin : begin + length]

    def sealed(self, least: int, most: int) -> str:
        """Return a text that does not compress."""
        return self._random.randbytes(self._random.randint(least, most) // 2).hex()


def ordinary(path: Path, size: int) -> int:
    """Write a rollout of about `size` bytes, in the form that the path names; return its plain size."""
    return _write(path, _lines(size))


def one_long_line(path: Path, length: int) -> int:
    """Write a rollout in which one line is longer than `length` bytes; return its size."""
    output = {
        "type": "function_call_output",
        "call_id": "call-1",
        "output": "0123456789abcdef" * (length // 16),
    }
    return _write(path, iter([_line("session_meta", _meta()), _line("response_item", output)]))


def _write(path: Path, lines: Iterator[bytes]) -> int:
    size = 0
    opened = (
        zstandard.open(path, "wb", cctx=zstandard.ZstdCompressor(LEVEL)) if path.suffix == ".zst" else None
    )
    with opened or path.open("wb") as file:
        for line in lines:
            size += file.write(line)
    return size


def _lines(size: int) -> Iterator[bytes]:
    prose = Prose()
    written, turn = 0, 0
    header = _line("session_meta", _meta())
    yield header
    while written < size:
        turn += 1
        for kind, payload in _turn(prose, turn):
            line = _line(kind, payload)
            written += len(line)
            yield line


def _turn(prose: Prose, turn: int) -> Iterator[tuple[str, Payload]]:
    """Give the lines of one turn, with twelve commands."""
    name = f"turn-{turn}"
    task = prose.text(100, 900)
    yield "event_msg", {"type": "task_started", "turn_id": name, "model_context_window": 272000}
    yield "response_item", _message("user", "input_text", task)
    yield "event_msg", {"type": "user_message", "message": task, "local_images": [], "text_elements": []}
    yield "turn_context", _context(name)
    for step in range(12):
        thought = prose.text(60, 300)
        yield "event_msg", {"type": "agent_reasoning", "text": thought}
        yield (
            "response_item",
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": thought}],
                "content": None,
                "encrypted_content": prose.sealed(400, 1600),
            },
        )
        call_id = f"call-{turn}-{step}"
        arguments = msgspec.json.encode({"cmd": prose.text(30, 200), "workdir": "/project"}).decode()
        call = {"type": "function_call", "name": "exec_command", "arguments": arguments, "call_id": call_id}
        yield "response_item", call
        yield "event_msg", _tokens(turn * 12 + step)
        yield (
            "response_item",
            {"type": "function_call_output", "call_id": call_id, "output": prose.text(200, 8000)},
        )
    answer = prose.text(200, 1500)
    yield "event_msg", {"type": "agent_message", "message": answer, "phase": None, "memory_citation": None}
    yield "response_item", _message("assistant", "output_text", answer)
    yield "event_msg", {"type": "task_complete", "turn_id": name, "last_agent_message": answer}


def _line(kind: str, payload: Payload) -> bytes:
    return msgspec.json.encode({"timestamp": TIME, "type": kind, "payload": payload}) + b"\n"


def _meta() -> Payload:
    known = {"id": THREAD, "timestamp": TIME, "cwd": "/project", "originator": "codex_exec"}
    return {"session_id": THREAD, **known, "cli_version": "0.143.0", "source": "exec", "model_provider": None}


def _message(role: str, content: str, text: str) -> Payload:
    return {"type": "message", "role": role, "content": [{"type": content, "text": text}]}


def _context(turn: str) -> Payload:
    sandbox = {"type": "workspace-write", "network_access": False, "exclude_slash_tmp": False}
    policy = {"approval_policy": "never", "sandbox_policy": {**sandbox, "exclude_tmpdir_env_var": False}}
    return {
        "turn_id": turn,
        "cwd": "/project",
        **policy,
        "model": "model-1",
        "effort": "high",
        "summary": "auto",
    }


def _tokens(number: int) -> Payload:
    usage = {"input_tokens": 900 * number, "cached_input_tokens": 800 * number, "output_tokens": 70 * number}
    usage |= {"reasoning_output_tokens": 20 * number, "total_tokens": 970 * number}
    info = {"total_token_usage": usage, "last_token_usage": usage, "model_context_window": 272000}
    return {"type": "token_count", "info": info, "rate_limits": None}
