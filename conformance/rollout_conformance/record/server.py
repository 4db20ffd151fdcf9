"""The scripted model server: answers requests of each thread in the order the scenario gives.

Threads are told apart by the ``thread-id`` header and numbered by first appearance.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, cast

from rollout_conformance.record.answers import ANY_TERMINAL, Answer, Item, say
from rollout_conformance.record.websocket import accept_key, read_text, write_text

_ID_PREFIX = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "web_search_call": "ws",
    "image_generation_call": "ig",
    "compaction": "cmp",
    "tool_search_call": "tsc",
}
_LOOKUPS = {
    "{cell_id}": re.compile(r"cell ID (\w+)"),
    "{session_id}": re.compile(r"session ID (\w+)"),
    "{agent_id}": re.compile(r"agent_id\\*\"\s*:\s*\\*\"([0-9a-f-]{36})"),
}


class ScriptedModel:
    """Answers of a scenario, and what has been asked so far."""

    def __init__(self, script: dict[int, list[Answer]], compactions: list[list[Item]]) -> None:
        self._script = {number: list(answers) for number, answers in script.items()}
        self._compactions = list(compactions)
        self._threads: dict[str, int] = {}
        self._counts: dict[int, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._items = 0
        self.holding = threading.Event()
        self.sent: list[Item] = []
        self.surprises: list[str] = []

    def next_answer(self, thread: str) -> tuple[str, Answer]:
        """Return the response id and the answer for the next request of this thread."""
        with self._lock:
            number = self._threads.setdefault(thread, len(self._threads))
            self._counts[number] += 1
            response_id = f"resp_{number}_{self._counts[number]}"
            queue = self._script.get(number, [])
            if queue:
                return response_id, queue.pop(0)
            self.surprises.append(f"thread {number}: request {self._counts[number]} has no answer")
            return response_id, Answer(items=(say("Nothing more is scripted."),))

    def next_compaction(self) -> list[Item]:
        """Return the items of the next compaction by endpoint."""
        with self._lock:
            return self._compactions.pop(0) if self._compactions else []

    def left_over(self) -> list[str]:
        """Name the answers that nobody asked for."""
        return [
            f"thread {number}: {len(rest)} answers unused" for number, rest in self._script.items() if rest
        ]

    def finish(self, item: Item, request: dict[str, Any]) -> Item:
        """Give an item its id and fill in the handles which only the CLI knows."""
        with self._lock:
            self._items += 1
            number = self._items
        text = json.dumps(item, ensure_ascii=False)
        for mark, pattern in _LOOKUPS.items():
            if mark in text:
                found = pattern.findall(_newest_outputs(request))
                text = text.replace(mark, found[-1] if found else "unknown")
        finished: Item = json.loads(text)
        if finished.get("name") == ANY_TERMINAL:
            finished |= _offered_terminal(request, json.loads(finished["arguments"])["command"])
        if item["type"] in _ID_PREFIX:
            finished = {"type": item["type"], "id": f"{_ID_PREFIX[item['type']]}_{number}", **finished}
        with self._lock:
            self.sent.append(finished)
        return finished

    def serve(self) -> ThreadingHTTPServer:
        """Start serving on a free loopback port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def handler_of(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    """Return what answers the requests of one connection."""

    class Handler(_Handler):
        script = model

    return Handler


def _offered_terminal(request: dict[str, Any], command: str) -> Item:
    """Return name and arguments by which the terminal tool of this release is called."""
    arguments: dict[str, dict[str, Any]] = {
        "exec_command": {"cmd": command},
        "shell_command": {"command": command},
        "shell": {"command": ["bash", "-lc", command]},
    }
    offered = {tool.get("name", tool.get("type")) for tool in request.get("tools", [])}
    name = next((name for name in arguments if name in offered), "exec_command")
    return {"name": name, "arguments": json.dumps(arguments[name])}


def _newest_outputs(request: dict[str, Any]) -> str:
    return json.dumps(
        [item for item in request.get("input", []) if str(item.get("type")).endswith("_output")],
        ensure_ascii=False,
    )


class _Handler(BaseHTTPRequestHandler):
    script: ScriptedModel
    by_socket = False
    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - signature of the base class
        """Stay silent."""

    def do_GET(self) -> None:
        """Open a socket if asked to; there is nothing else to get."""
        key = self.headers.get("sec-websocket-key")
        if key is None:
            self._plain(404, {"error": {"message": "not here"}})
            return
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode()
        )
        self.wfile.flush()
        self.by_socket = True
        self.close_connection = True
        while (text := read_text(cast("BinaryIO", self.rfile), cast("BinaryIO", self.wfile))) is not None:
            self._answer_frame(json.loads(text))

    def _answer_frame(self, request: dict[str, Any]) -> None:
        if request.get("generate") is False:
            # The warm-up of a socket: nothing is generated, only an id to build upon.
            self._emit("response.created", {"response": {"id": "resp_warm"}})
            self._end("resp_warm", Answer(total_tokens=40))
            return
        response_id, answer = self.script.next_answer(self.headers.get("thread-id", "only"))
        time.sleep(answer.delay)
        self._say(response_id, answer, request)

    def do_POST(self) -> None:
        """Answer a model request or a compaction request."""
        request = json.loads(self.rfile.read(int(self.headers.get("content-length", "0"))) or b"{}")
        if self.path.endswith("/responses/compact"):
            items = [self.script.finish(item, request) for item in self.script.next_compaction()]
            self._plain(200, {"output": items})
            return
        response_id, answer = self.script.next_answer(self.headers.get("thread-id", "only"))
        time.sleep(answer.delay)
        if answer.status != 200:
            self._plain(answer.status, {"error": {"code": "server_error", "message": "scripted failure"}})
            return
        self._stream(response_id, answer, request)

    def _plain(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, response_id: str, answer: Answer, request: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("x-request-id", response_id.replace("resp", "req"))
        self.end_headers()
        self._say(response_id, answer, request)

    def _say(self, response_id: str, answer: Answer, request: dict[str, Any]) -> None:
        try:
            self._emit("response.created", {"response": {"id": response_id}})
            for index, item in enumerate(answer.items):
                finished = self.script.finish(item, request)
                self._emit(
                    "response.output_item.added", {"output_index": index, "item": _announced(finished)}
                )
                self._emit("response.output_item.done", {"output_index": index, "item": finished})
            for item in answer.opening:
                self._open(self.script.finish(item, request), len(answer.items))
            if answer.hold:
                self.script.holding.set()
                time.sleep(answer.hold)
            self._end(response_id, answer)
        except OSError:
            return

    def _open(self, item: Item, index: int) -> None:
        self._emit("response.output_item.added", {"output_index": index, "item": _announced(item)})
        for part in item.get("content", []):
            self._emit(
                "response.output_text.delta",
                {"item_id": item.get("id"), "output_index": index, "content_index": 0, "delta": part["text"]},
            )

    def _end(self, response_id: str, answer: Answer) -> None:
        if answer.ending == "completed":
            usage = {
                "input_tokens": answer.total_tokens - 40,
                "input_tokens_details": {"cached_tokens": 20},
                "output_tokens": 40,
                "output_tokens_details": {"reasoning_tokens": 10},
                "total_tokens": answer.total_tokens,
            }
            self._emit(
                "response.completed", {"response": {"id": response_id, "usage": usage, **answer.fields}}
            )
        elif answer.ending == "failed":
            error = {"code": "server_error", "message": "scripted failure"}
            self._emit("response.failed", {"response": {"id": response_id, "error": error}})
        elif answer.ending == "incomplete":
            details = {"reason": "max_output_tokens"}
            self._emit(
                "response.incomplete", {"response": {"id": response_id, "incomplete_details": details}}
            )

    def _emit(self, kind: str, body: dict[str, Any]) -> None:
        data = json.dumps({"type": kind, **body}, ensure_ascii=False)
        if self.by_socket:
            write_text(cast("BinaryIO", self.wfile), data)
            return
        self.wfile.write(f"event: {kind}\ndata: {data}\n\n".encode())
        self.wfile.flush()


def _announced(item: Item) -> Item:
    empty: dict[str, Any] = {"content": [], "summary": [], "arguments": "", "input": ""}
    return {key: empty.get(key, value) for key, value in item.items()}
