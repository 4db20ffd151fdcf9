"""A scripted model beside a program that asks it, in the same network namespace.

As a program: `model_beside LOG COMMAND...` serves the model on `PORT` of the loopback, writes each request
that it gets as a line of JSON to LOG, and becomes COMMAND; the model ends with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rollout_conformance.record.answers import Item, answer, say
from rollout_conformance.record.server import ScriptedModel, handler_of

PORT = 8009
ANSWERS = 50
"""Requests that get an answer of their own, `Answer 1.` and so on."""

CONFIG = f"""\
model = "gpt-5.2"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
[features]
plugins = false
apps = false
remote_plugin = false
[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:{PORT}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
supports_websockets = false
"""
"""The settings of a CLI that asks this model."""

NO_MORE: Mapping[str, str] = MappingProxyType({})

_PR_SET_PDEATHSIG = 1


class LoggingModel(ScriptedModel):
    """A model that keeps what it is asked."""

    def __init__(self, log: Path) -> None:
        """Answer every thread the same way."""
        answers = [answer(say(f"Answer {number}.")) for number in range(1, ANSWERS + 1)]
        super().__init__({0: answers}, [])
        self._log = log

    def next_answer(self, thread: str) -> Any:
        """Give the next answer, whichever thread asks."""
        return super().next_answer("")

    def finish(self, item: Item, request: dict[str, Any]) -> Item:
        """Note the request that an item answers."""
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(request) + "\n")
        return super().finish(item, request)


def command_of(codex: Path, folder: Path, environment: Mapping[str, str] = NO_MORE) -> Path:
    """Return a program in a folder that is `codex` with the model beside it; requests go to `requests_of`.

    It runs with more in its `environment` than it is given.
    """
    program = folder / "codex-with-model"
    more = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    words = [sys.executable, "-m", __name__, str(folder / "requests.jsonl"), str(codex)]
    program.write_text(f'#!/bin/sh\n{more}exec {shlex.join(words)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def requests_of(folder: Path) -> list[dict[str, Any]]:
    """Return what the model was asked, in order."""
    return RequestLog(folder).new()


class RequestLog:
    """What the model is asked, read as it comes: each request once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "requests.jsonl"
        self._read = 0

    def new(self) -> list[dict[str, Any]]:
        """Return the requests since the last call, in order."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as log:
            log.seek(self._read)
            whole, end, _ = log.read().rpartition(b"\n")
        self._read += len(whole + end)
        return [json.loads(line) for line in whole.splitlines()]


def main(log: str, *command: str) -> None:
    """Serve in a child, become the command."""
    server = ThreadingHTTPServer(("127.0.0.1", PORT), handler_of(LoggingModel(Path(log))))
    server.daemon_threads = True
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        server.serve_forever()
    server.server_close()
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
