"""A client of `codex app-server`: the real CLI, cut off from every network, asked over its stdio.

The process runs in a network namespace of its own that has only loopback, with an environment that names
nothing but the given home.  Notifications are kept until somebody waits for one.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

ANSWER_SECONDS = 60.0
STOP_SECONDS = 15.0
_LOOPBACK_ONLY = ["unshare", "--net"]
_ENTER = 'ip link set lo up && exec "$0" "$@"'

CONFIG = """\
model = "gpt-5.1"
model_provider = "nowhere"
approval_policy = "never"
sandbox_mode = "danger-full-access"
[features]
plugins = false
apps = false
remote_plugin = false
[model_providers.nowhere]
name = "nowhere"
base_url = "http://127.0.0.1:9/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""
"""Settings under which no answer comes from any model."""


class AppServerError(RuntimeError):
    """The server answered a request with an error, or not at all."""


class RequestRefused(AppServerError):
    """The server answered a request with an error."""


class NoAnswer(AppServerError):
    """The server did not answer in time."""


class AppServer:
    """One running `codex app-server`; use as a context manager."""

    def __init__(
        self,
        codex: Path,
        home: Path,
        *,
        config: str = CONFIG,
        logs: str = "",
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Prepare a server on `home`, which is made if need be; a configuration that is there stays.

        `logs` says what the server's log, `app-server.log` in the home, is to tell; `seconds` how long it has
        for an answer, also for the first one, before which it reads the whole home.
        """
        self.codex = codex.resolve()
        self.home = home.resolve()
        self.home.mkdir(parents=True, exist_ok=True)
        if not (self.home / "config.toml").exists():
            (self.home / "config.toml").write_text(config, encoding="utf-8")
        self._logs = logs
        self._seconds = seconds
        self.notifications: list[dict[str, Any]] = []
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._last_id = 0

    def __enter__(self) -> Self:
        private = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        command = [*_LOOPBACK_ONLY, *private, "sh", "-c", _ENTER, str(self.codex), "app-server"]
        with (self.home / "app-server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                command, cwd=self.home, env=self._environment(), stdin=-1, stdout=-1, stderr=log
            )
        self._stdin, self._stdout = (
            cast("BinaryIO", self._process.stdin),
            cast("BinaryIO", self._process.stdout),
        )
        threading.Thread(target=self._read, daemon=True).start()
        client = {"name": "rolloutspec", "title": None, "version": "1"}
        self.request("initialize", {"clientInfo": client, "capabilities": {"experimentalApi": True}})
        self._write({"method": "initialized"})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the server as a client does, by closing its input."""
        self._stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End the server as a crash does."""
        self._process.kill()
        self._process.wait()

    def request(self, method: str, params: dict[str, Any], *, seconds: float | None = None) -> Any:
        """Send a request and return its result.

        Raises `RequestRefused` for an error, `AppServerError` for no answer.
        """
        self._last_id += 1
        self._write({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._next(seconds or self._seconds, method)
            if message.get("id") != self._last_id or "method" in message:
                self.notifications.append(message)
            elif "error" in message:
                raise RequestRefused(f"{method}: {message['error'].get('message')}")
            else:
                return message["result"]

    def notified(self, method: str, *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """Return the parameters of the first notification of this method that nobody took yet."""
        taken = 0
        while True:
            for index in range(taken, len(self.notifications)):
                if self.notifications[index].get("method") == method:
                    params: dict[str, Any] = self.notifications.pop(index)["params"]
                    return params
            taken = len(self.notifications)
            self.notifications.append(self._next(seconds, method))

    def _next(self, seconds: float, method: str) -> dict[str, Any]:
        try:
            message = self._messages.get(timeout=seconds)
        except queue.Empty:
            raise NoAnswer(f"{method}: no answer within {seconds:g} s") from None
        if message is None:
            raise AppServerError(f"{method}: the server ended; see {self.home / 'app-server.log'}")
        return message

    def _write(self, message: dict[str, Any]) -> None:
        try:
            self._stdin.write(json.dumps(message).encode() + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            raise AppServerError(f"the server ended; see {self.home / 'app-server.log'}") from None

    def _read(self) -> None:
        for line in self._stdout:
            self._messages.put(json.loads(line))
        self._messages.put(None)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.home),
            "CODEX_HOME": str(self.home),
            "SCRIPTED_KEY": "none",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "SHELL": "/bin/bash",
            "RUST_LOG": self._logs,
            "NO_COLOR": "1",
        }
