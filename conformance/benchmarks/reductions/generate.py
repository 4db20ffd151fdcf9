"""A long rollout of a wanted size, the same bytes each time: turns, commands, compactions, one late tail."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import ascii_letters, digits

import msgspec
from session.generate import THREAD, TIME, VOCABULARY, Payload, Prose

SEED = 20261121
FIXED = 4_150
"""Bytes of a turn without the output of its command, about."""
OUTPUT_EVERY = 2
"""Turns of which one runs a command, and half of these show what the model thought."""
OUTPUTS = ((0.60, 0.1), (0.25, 0.6), (0.10, 3.0), (0.05, 10.0))
"""How often the output of a command is how much longer than the mean of all."""
LONGEST = 20_000
FOREIGN = 1 / 8
"""The share of outputs that hold letters beyond Latin 1."""
KEPT = 24
"""Messages of the user that a compaction keeps."""

Record = tuple[str, Payload]


def rollout(path: Path, size: int, turns: int, compactions: int) -> int:
    """Write a legacy rollout of about `size` bytes, the last compaction near its end; return its size."""
    every = max(turns // compactions, 1) if compactions else turns + 1
    told = Telling(mean=OUTPUT_EVERY * max(size / turns - FIXED, 100))
    written = 0
    with path.open("wb") as file:
        written += file.write(line("session_meta", header(THREAD)))
        for turn in range(turns):
            for kind, payload in told.turn(turn):
                written += file.write(line(kind, payload))
            if turn % every == every - 2:
                for kind, payload in told.compaction():
                    written += file.write(line(kind, payload))
    return written


def line(kind: str, payload: Payload, time: str = TIME) -> bytes:
    """Return one line."""
    return msgspec.json.encode({"timestamp": time, "type": kind, "payload": payload}) + b"\n"


def header(thread: str, source: str = "cli") -> Payload:
    """Return the payload of a header."""
    known = {"session_id": thread, "id": thread, "timestamp": TIME, "cwd": "/project"}
    told = {"originator": "codex_cli", "cli_version": "0.143.0", "source": source, "model_provider": "openai"}
    window = {"context_window": {"window_id": window_id(0)}}
    return known | told | {"base_instructions": {"text": "Work in small steps."}} | window


def window_id(number: int) -> str:
    """Return the id of a context window."""
    return f"019f0000-0001-7000-8000-{number:012x}"


class Telling:
    """Makes the lines of a thread, turn by turn."""

    def __init__(self, mean: float) -> None:
        self._random = Random(SEED)  # noqa: S311  (reproducible on purpose)
        self._plain = Prose(" ".join(word for word in VOCABULARY.split(" ") if word.isascii()))
        self._foreign = Prose()
        self._mean = mean / sum(share * times for share, times in OUTPUTS)
        self._kept: list[Payload] = []
        self._compacted = 0
        self._spent = 0

    def turn(self, number: int) -> Iterator[Record]:
        """Give the lines of one turn."""
        turn_id = self._turn_id()
        task, answer = self._plain.text(20, 300), self._plain.text(40, 400)
        asked = _message("user", "input_text", task, turn_id)
        self._kept = [*self._kept[1 - KEPT :], asked]
        window = {"model_context_window": 258400, "collaboration_mode_kind": "default"}
        yield "event_msg", {"type": "task_started", "turn_id": turn_id, "started_at": 1782900000, **window}
        yield "turn_context", _settings(turn_id)
        yield "response_item", asked
        yield "event_msg", {"type": "user_message", "message": task, "local_images": [], "text_elements": []}
        if number % OUTPUT_EVERY == 0:
            yield from self._command(turn_id, self._call_id(), thought=number % (OUTPUT_EVERY * 2) == 0)
        said = {"type": "agent_message", "message": answer, "phase": "final_answer", "memory_citation": None}
        yield "event_msg", said
        yield "response_item", _message("assistant", "output_text", answer, turn_id)
        yield "event_msg", self._tokens()
        ended = {"completed_at": 1782900060, "duration_ms": 60000, "time_to_first_token_ms": 130}
        yield (
            "event_msg",
            {"type": "task_complete", "turn_id": turn_id, "last_agent_message": answer, **ended},
        )

    def compaction(self) -> Iterator[Record]:
        """Give the lines of a compaction that keeps the last messages of the user."""
        self._compacted += 1
        summary = {"type": "compaction", "encrypted_content": self._plain.sealed(4000, 12000)}
        windows = {
            "window_number": self._compacted,
            "first_window_id": window_id(0),
            "previous_window_id": window_id(self._compacted - 1),
            "window_id": window_id(self._compacted),
        }
        yield "compacted", {"message": "", "replacement_history": [*self._kept, summary], **windows}
        yield "event_msg", {"type": "context_compacted"}

    def _command(self, turn_id: str, call_id: str, *, thought: bool) -> Iterator[Record]:
        if thought:
            yield from self._thought(turn_id)
        arguments = msgspec.json.encode({"cmd": self._plain.text(10, 100), "workdir": "/project"}).decode()
        call = {"type": "function_call", "name": "exec_command", "arguments": arguments, "call_id": call_id}
        yield "response_item", call | _belongs(turn_id)
        told = {"type": "function_call_output", "call_id": call_id, "output": self._output()}
        yield "response_item", told | _belongs(turn_id)
        yield "event_msg", self._tokens()

    def _turn_id(self) -> str:
        end = f"{self._random.getrandbits(76):019x}"
        return f"019f1a2b-{end[:4]}-7{end[4:7]}-8{end[7:10]}-{end[7:]}"

    def _call_id(self) -> str:
        return "call_" + "".join(self._random.choices(ascii_letters + digits, k=24))

    def _thought(self, turn_id: str) -> Iterator[Record]:
        thought = self._plain.text(60, 300)
        yield "event_msg", {"type": "agent_reasoning", "text": thought}
        summary = [{"type": "summary_text", "text": thought}]
        sealed = {"content": None, "encrypted_content": self._plain.sealed(400, 1600)}
        yield "response_item", {"type": "reasoning", "summary": summary, **sealed, **_belongs(turn_id)}

    def _output(self) -> str:
        shares, times = zip(*OUTPUTS, strict=True)
        length = int(min(self._mean * self._random.choices(times, shares)[0], LONGEST))
        prose = self._foreign if self._random.random() < FOREIGN else self._plain
        return prose.text(length // 2, length * 3 // 2)

    def _tokens(self) -> Payload:
        self._spent += 1
        last = _counts(9000)
        info = {"total_token_usage": _counts(9000 * self._spent), "last_token_usage": last}
        primary = {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1782910000}
        limits = {"limit_id": "codex", "limit_name": None, "primary": primary, "secondary": None}
        rates = limits | {"credits": None, "plan_type": "plus", "rate_limit_reached_type": None}
        return {
            "type": "token_count",
            "info": info | {"model_context_window": 258400},
            "rate_limits": rates,
        }


def _counts(total: int) -> Payload:
    parts = {"input_tokens": total * 8 // 10, "cached_input_tokens": total * 7 // 10}
    return parts | {
        "output_tokens": total - total * 8 // 10,
        "reasoning_output_tokens": 0,
        "total_tokens": total,
    }


def _message(role: str, kind: str, text: str, turn_id: str) -> Payload:
    content = [{"type": kind, "text": text}]
    return {"type": "message", "role": role, "content": content, **_belongs(turn_id)}


def _belongs(turn_id: str) -> Payload:
    return {"internal_chat_message_metadata_passthrough": {"turn_id": turn_id}}


def _settings(turn_id: str) -> Payload:
    sandbox = {"type": "workspace-write", "network_access": False, "exclude_slash_tmp": False}
    where = {"turn_id": turn_id, "cwd": "/project", "workspace_roots": ["/project"], "timezone": "Etc/UTC"}
    policy = {"approval_policy": "never", "sandbox_policy": {**sandbox, "exclude_tmpdir_env_var": False}}
    mode = {"model": "gpt-5.2", "reasoning_effort": "high", "developer_instructions": None}
    return {
        **where,
        **policy,
        "model": "gpt-5.2",
        "personality": "pragmatic",
        "collaboration_mode": {"mode": "default", "settings": mode},
        "realtime_active": False,
        "effort": "high",
        "summary": "auto",
    }
