"""Which module performs which session operation, and what becomes of what goes wrong."""

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from rollout_conformance.answers import Answer, Broken, Refused
from rollout_conformance.implementations.codex_session.context import context_answer
from rollout_conformance.implementations.codex_session.history import history_answer
from rollout_conformance.implementations.codex_session.normalise import Unexpected
from rollout_conformance.implementations.codex_session.server import OutOfTime, Server
from rollout_conformance.implementations.codex_session.threads import threads_answer
from rollout_conformance.implementations.codex_session.transcript import transcript_answer
from rollout_conformance.record.app_server import AppServerError, RequestRefused
from rollout_conformance.script_error import ScriptError
from rollout_conformance.tasks import Task

SERVED: dict[str, Callable[[Server, Task], Answer]] = {
    "session.context": context_answer,
    "session.history": history_answer,
    "session.transcript": transcript_answer,
}
"""Operations that share a server: each thread gets an id of its own."""

ALONE: dict[str, Callable[[Path, Task], Answer]] = {"session.threads": threads_answer}
"""Operations on a whole home, for which a server is started."""


class Sessions:
    """Performs session operations with a binary, as many at once as there are servers."""

    def __init__(self, codex: Path, servers: int, lacks: frozenset[str]) -> None:
        self._codex = codex
        self._servers = [Server(codex, lacks) for _ in range(servers)]
        self._idle: SimpleQueue[Server] = SimpleQueue()
        for server in self._servers:
            self._idle.put(server)

    def perform(self, task: Task, budget_ms: int) -> Answer | None:
        """Perform an operation within a time in milliseconds; None for one that is not of sessions."""
        try:
            if task.op in ALONE:
                return ALONE[task.op](self._codex, task)
            return self._served(task, budget_ms) if task.op in SERVED else None
        except ScriptError as error:
            return Broken("error", str(error))

    def close(self) -> None:
        """End all servers."""
        for server in self._servers:
            server.close()

    def _served(self, task: Task, budget_ms: int) -> Answer:
        server = self._idle.get()
        try:
            server.begin(budget_ms)
            return SERVED[task.op](server, task)
        except RequestRefused as refusal:
            return Refused(None, server.in_terms_of_task(str(refusal)))
        except Unexpected as error:
            return Broken("error", str(error))
        except OutOfTime as error:
            server.close()
            return Broken("timeout", str(error))
        except AppServerError as error:
            server.close()
            return Broken("crash", str(error))
        finally:
            self._idle.put(server)
