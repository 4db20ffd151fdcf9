"""Large bundles by seed: long histories in full snapshots, and many incremental calls."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import msgspec

SEED = 20
START_MS = 1_720_000_000_000
ROOT = "019f0000-0000-7000-8000-000000000000"
VOCABULARY = (
    "the parser reads every line once and keeps what it has seen so that a later request is cheap to check "
    "against it when a test fails look at the first difference between both trees then follow it back to "
    'the event which made it naïve café "quoted" — path/to/module.py:42: error, value = {1: [2, 3]};'
)

Json = dict[str, Any]


class Log:
    """A bundle under construction: payload files first, then the events that name them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.payload_bytes = 0
        self._payloads = 0
        self._lines: list[bytes] = []
        (folder / "payloads").mkdir(parents=True)

    def payload(self, kind: str, value: Any) -> Json:
        """Write a payload file and return the reference to it."""
        self._payloads += 1
        path = f"payloads/{self._payloads}.json"
        text = msgspec.json.format(msgspec.json.encode(value), indent=2)
        (self.folder / path).write_bytes(text)
        self.payload_bytes += len(text)
        return {"raw_payload_id": f"raw_payload:{self._payloads}", "kind": {"type": kind}, "path": path}

    def event(self, thread_id: str | None, turn_id: str | None, event_type: str, /, **fields: Any) -> None:
        """Append an event; each comes 5 ms after the one before."""
        seq = len(self._lines) + 1
        self._lines.append(
            msgspec.json.encode(
                {
                    "schema_version": 1,
                    "seq": seq,
                    "wall_time_unix_ms": START_MS + 5 * seq,
                    "rollout_id": ROOT,
                    "thread_id": thread_id,
                    "codex_turn_id": turn_id,
                    "payload": {"type": event_type, **fields},
                }
            )
        )

    def finish(self) -> None:
        """Write the manifest and the event log."""
        manifest = {
            "schema_version": 1,
            "trace_id": "0b8a3a3e-6d2f-4a5e-9a0b-3f6d2b1c4e5f",
            "rollout_id": ROOT,
            "root_thread_id": ROOT,
            "started_at_unix_ms": START_MS,
            "raw_event_log": "trace.jsonl",
            "payloads_dir": "payloads",
        }
        (self.folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
        (self.folder / "trace.jsonl").write_bytes(b"".join(line + b"\n" for line in self._lines))


class Prose:
    """Texts of a wanted length, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  (reproducible on purpose)
        vocabulary = VOCABULARY.split(" ")
        words = (self._random.choice(vocabulary) for _ in range(40_000))
        self._stock = " ".join(words).replace(" the ", "\nthe ")

    def __call__(self, least: int, most: int) -> str:
        """Return a text of `least` to `most` characters."""
        begin = self._random.randrange(len(self._stock) - most)
        return self._stock[begin : begin + self._random.randint(least, most)]


class Agent:
    """One thread that asks the model, runs the command it wants, and asks again."""

    def __init__(self, log: Log, prose: Prose, number: int, calls_of_turn: int) -> None:
        self.log = log
        self.prose = prose
        self.number = number
        self.thread_id = f"{ROOT[:-4]}{number:04d}"
        self.turn_id = ""
        self.calls = 0
        self.history: list[Json] = []
        self.response_id: str | None = None
        self._calls_of_turn = calls_of_turn
        self._task: list[Json] = []

    def start(self) -> None:
        """Start the thread; all but the first were spawned by the first."""
        spawn = {"parent_thread_id": ROOT, "depth": 1, "agent_path": f"/root/agent_{self.number}"}
        source: Any = {"subagent": {"thread_spawn": spawn}} if self.number else "cli"
        metadata = {"thread_id": self.thread_id, "session_source": source, "model": "model-1"}
        self.log.event(
            None,
            None,
            "thread_started",
            thread_id=self.thread_id,
            agent_path="/root",
            metadata_payload=self.log.payload("session_metadata", metadata),
        )

    def step(self, *, full: bool) -> None:
        """Make one model call, with the whole history or with what is new, and run its command."""
        if self.calls % self._calls_of_turn == 0:
            self._start_turn()
        new, self._task = self._task, []
        self.history += new
        produced = self._ask(self.history if full or self.response_id is None else new, full=full)
        self.history += [
            {k: v for k, v in item.items() if k not in {"id", "content"}} | _content(item)
            for item in produced
        ]
        self._task = [self._run(produced[-1])]
        self.calls += 1
        if self.calls % self._calls_of_turn == 0:
            self._event("codex_turn_ended", codex_turn_id=self.turn_id, status="completed")

    def end(self) -> None:
        """Shut the thread down."""
        self.log.event(None, None, "thread_ended", thread_id=self.thread_id, status="completed")

    def _event(self, event_type: str, /, **fields: Any) -> None:
        self.log.event(self.thread_id, self.turn_id, event_type, **fields)

    def _start_turn(self) -> None:
        self.turn_id = f"turn-{self.number}-{self.calls}"
        self._event("codex_turn_started", codex_turn_id=self.turn_id, thread_id=self.thread_id)
        self._task.append(_message("user", "input_text", self.prose(100, 600)))

    def _ask(self, shown: list[Json], *, full: bool) -> list[Json]:
        """Record a request and its response; return the items of the response."""
        name = f"{self.number}-{self.calls}"
        request: Json = {
            "model": "model-1",
            "instructions": "Work in small steps.",
            "input": shown,
            "tools": [{"type": "function", "name": "exec_command"}],
            "store": False,
            "stream": True,
        }
        if not full and self.response_id is not None:
            request["previous_response_id"] = self.response_id
        self._event(
            "inference_started",
            inference_call_id=f"inference-{name}",
            thread_id=self.thread_id,
            codex_turn_id=self.turn_id,
            model="model-1",
            provider_name="provider",
            request_payload=self.log.payload("inference_request", request),
        )
        produced = self._produce(name, full=full)
        self.response_id = f"response-{name}"
        usage = {"input_tokens": 900, "cached_input_tokens": 800, "output_tokens": 70}
        response = {
            "response_id": self.response_id,
            "upstream_request_id": f"request-{name}",
            "token_usage": {**usage, "reasoning_output_tokens": 20, "total_tokens": 970},
            "output_items": produced,
        }
        self._event(
            "inference_completed",
            inference_call_id=f"inference-{name}",
            response_id=self.response_id,
            upstream_request_id=f"request-{name}",
            response_payload=self.log.payload("inference_response", response),
        )
        return produced

    def _produce(self, name: str, *, full: bool) -> list[Json]:
        call = {
            "type": "function_call",
            "id": f"fc-{name}",
            "name": "exec_command",
            "arguments": msgspec.json.encode({"cmd": self.prose(30, 140), "workdir": "/project"}).decode(),
            "call_id": f"call-{name}",
        }
        message = _message("assistant", "output_text", self.prose(60, 300)) | {"id": f"msg-{name}"}
        if not full:
            return [message, call]
        reasoning = {
            "type": "reasoning",
            "id": f"rs-{name}",
            "summary": [{"type": "summary_text", "text": self.prose(60, 240)}],
            "content": None,
            "encrypted_content": f"{name}:" + self.prose(200, 400).encode().hex()[:500],
        }
        return [reasoning, message, call]

    def _run(self, call: Json) -> Json:
        """Record the command that a call asks for; return the output that the model is shown."""
        call_id = call["call_id"]
        output = self.prose(100, 1950)
        invocation = {
            "tool_name": "exec_command",
            "tool_namespace": None,
            "payload": {"type": "function", "arguments": call["arguments"]},
        }
        self._event(
            "tool_call_started",
            tool_call_id=call_id,
            model_visible_call_id=call_id,
            code_mode_runtime_tool_id=None,
            requester={"type": "model"},
            kind={"type": "exec_command"},
            summary={"type": "generic", "label": "exec_command", "input_preview": call["arguments"][:160]},
            invocation_payload=self.log.payload("tool_invocation", invocation),
        )
        begin = {
            "call_id": call_id,
            "turn_id": self.turn_id,
            "process_id": f"{self.number}{self.calls:04d}",
            "command": ["/bin/bash", "-lc", "run"],
            "cwd": "/project",
        }
        self._event(
            "tool_call_runtime_started",
            tool_call_id=call_id,
            runtime_payload=self.log.payload("tool_runtime_event", begin),
        )
        end = {"stdout": output, "stderr": "", "aggregated_output": output, "formatted_output": output}
        self._event(
            "tool_call_runtime_ended",
            tool_call_id=call_id,
            status="completed",
            runtime_payload=self.log.payload("tool_runtime_event", begin | end | {"exit_code": 0}),
        )
        shown = {"type": "function_call_output", "call_id": call_id, "output": output}
        result = {"type": "direct_response", "response_item": shown}
        self._event(
            "tool_call_ended",
            tool_call_id=call_id,
            status="completed",
            result_payload=self.log.payload("tool_result", result),
        )
        return shown


def full_snapshots(folder: Path, calls: int, threads: int) -> int:
    """Write a bundle whose requests each show the whole history; return its payload bytes."""
    return _record(folder, calls, threads, calls_of_turn=20, full=True)


def incremental(folder: Path, calls: int, threads: int) -> int:
    """Write a bundle whose requests each show what is new; return its payload bytes."""
    return _record(folder, calls, threads, calls_of_turn=10, full=False)


def _record(folder: Path, calls: int, threads: int, *, calls_of_turn: int, full: bool) -> int:
    log, prose = Log(folder), Prose(SEED)
    agents = [Agent(log, prose, number, calls_of_turn) for number in range(threads)]
    log.event(None, None, "rollout_started", trace_id="0b8a3a3e", root_thread_id=ROOT)
    _each(agents, Agent.start)
    for _ in range(calls // threads):  # the threads work side by side
        for agent in agents:
            agent.step(full=full)
    _each(agents, Agent.end)
    log.event(None, None, "rollout_ended", status="completed")
    log.finish()
    return log.payload_bytes


def _each(agents: Iterable[Agent], act: Any) -> None:
    for agent in agents:
        act(agent)


def _message(role: str, content_type: str, text: str) -> Json:
    return {"type": "message", "role": role, "content": [{"type": content_type, "text": text}]}


def _content(item: Json) -> Json:
    """Return the content of a message; requests show reasoning without it."""
    return {"content": item["content"]} if item["type"] == "message" else {}
