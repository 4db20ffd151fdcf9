"""One app-server of the real CLI, with a scripted model beside it, that serves task after task.

It starts when it is first asked, in a scratch home and with nothing but loopback for a network, and anew
when it broke.  Every task has a time within which all its requests are answered.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rollout_conformance.implementations.codex_session.threads import memory
from rollout_conformance.record.app_server import AppServer, AppServerError, RequestRefused
from rollout_conformance.record.model_beside import CONFIG, RequestLog, command_of

FEATURES = "[features]\ntoken_budget = true\nitem_ids = true\n"
"""A full context tells its window, and items are sent with their ids."""

OTHER_PROVIDER = """\
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"
"""
"""A paginated thread is resumed only if its provider is known; nobody asks this one."""

ENVIRONMENT = {"PATH": "/nonexistent", "SSL_CERT_FILE": os.devnull}
"""No thread runs a program or leaves the machine: looking for either takes half of the time of a turn."""

LEAST_SECONDS = 0.01
"""What a request is given when the time is over: it will not do."""

LIFE = 200
"""Threads that a server is given before another one takes its place."""


class OutOfTime(AppServerError):
    """The time of a task is over."""


class Server:
    """The server of the moment; give it back with `close`."""

    def __init__(self, codex: Path, lacks: frozenset[str] = frozenset()) -> None:
        self.lacks = lacks
        """What the binary cannot be asked for."""
        self._codex = codex
        self._running: AppServer | None = None
        self._threads = 0
        self._until = 0.0
        self.renamed: dict[str, str] = {}
        """The ids of the task and those that stand for them in the home."""
        self.began_ms = 0
        """When the task began: ids that the server made for it are not older."""
        self.fronts: dict[str, list[dict[str, Any]]] = {}
        """What every request to a model begins with, as far as somebody has found out."""

    @property
    def home(self) -> Path:
        """Return the home of the running server."""
        return self._started().home

    def begin(self, budget_ms: int) -> None:
        """Begin a task that has so many milliseconds; what came before is forgotten."""
        if self._threads >= LIFE:
            self.close()
        server = self._started()
        server.notifications.clear()
        self.renamed = {}
        self._log.new()
        self._until = time.monotonic() + budget_ms / 1000
        self.began_ms = int(time.time() * 1000)

    def fresh_id(self) -> str:
        """Return the id of a thread that this server never saw."""
        self._threads += 1
        return f"00000000-0000-7000-9000-{self._threads:012x}"

    def in_terms_of_task(self, text: str) -> str:
        """Return what the server said with the ids of the task and without the place of the home."""
        for own, fresh in self.renamed.items():
            text = text.replace(fresh, own)
        return text.replace(f"{self.home}/", "")

    def ask(self, method: str, **parameters: Any) -> Any:
        """Return the result of a request.

        Raises `RequestRefused`, `OutOfTime`, or `AppServerError` if the server is gone.
        """
        return self._in_time(lambda left: self._started().request(method, parameters, seconds=left))

    def turn(self, method: str, thread_id: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a turn of a thread to its end and return what the model was asked.  Raises as `ask` does."""
        self.ask(method, threadId=thread_id, **parameters)
        while self._in_time(self._next_turn_over)["threadId"] != thread_id:
            pass
        return self._log.new()

    def _next_turn_over(self, seconds: float) -> dict[str, Any]:
        return self._started().notified("turn/completed", seconds=seconds)

    def _in_time(self, act: Callable[[float], Any]) -> Any:
        """Do something that takes no longer than what is left of the task's time."""
        left = self._until - time.monotonic()
        try:
            return act(max(left, LEAST_SECONDS))
        except RequestRefused:
            raise
        except AppServerError as error:
            if time.monotonic() < self._until:
                raise
            raise OutOfTime(str(error)) from None

    def warnings(self, thread_id: str) -> list[str]:
        """Return what the server warned of about a thread."""
        told = (message for message in self._started().notifications if message.get("method") == "warning")
        return [each["params"]["message"] for each in told if each["params"].get("threadId") == thread_id]

    def close(self) -> None:
        """Let go of the process and the home; the next task starts another."""
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            shutil.rmtree(running.home.parent, ignore_errors=True)

    def _started(self) -> AppServer:
        if self._running is None:
            folder = Path(tempfile.mkdtemp(prefix="rolloutspec-", dir=memory()))
            config = CONFIG.replace("[features]\n", FEATURES) + OTHER_PROVIDER
            program = command_of(self._codex, folder, ENVIRONMENT)
            server = AppServer(program, folder / "home", config=config)
            try:
                server.__enter__()
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise AppServerError(f"the server does not start: {error}") from None
            except AppServerError:
                server.kill()
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._running = server
            self._log = RequestLog(folder)
            self._threads = 0
            self.fronts = {}
        return self._running


def lines_after(path: Path, offset: int) -> list[dict[str, Any]]:
    """Return the whole lines of a rollout behind an offset in bytes."""
    with path.open("rb") as file:
        file.seek(offset)
        whole = file.read().rpartition(b"\n")[0]
    return [json.loads(line) for line in whole.splitlines()]
