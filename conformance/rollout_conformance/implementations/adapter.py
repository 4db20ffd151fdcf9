"""An adapter in any language: a long-lived child that answers over a pipe."""

import shutil
import tempfile
from pathlib import Path

from rollout_conformance.answers import Accepted, Answer, Broken, Refused, Unsupported
from rollout_conformance.implementations import ImplementationError
from rollout_conformance.protocol.client import AdapterProcess, ProtocolBroken
from rollout_conformance.protocol.messages import Reply

START_BUDGET_MS = 10_000
FIRST_OPERATION_FACTOR = 4
"""The first operation of a process may take this many times its budget: it may still be loading."""


class Adapter:
    """An implementation behind the adapter protocol, version 1."""

    parallel = 1

    def __init__(self, command: list[str]) -> None:
        if not command or shutil.which(command[0]) is None:
            raise ImplementationError(
                f"no program {' '.join(command)!r}; give 'reference', codex=PATH or a command"
            )
        self._command = command
        self._process: AdapterProcess | None = None
        self._asked = 0
        self.identity = self._start().identity

    def perform(self, op: str, input_dir: Path, budget_ms: int) -> Answer:
        """Ask for one operation on a copy of the input; a process that breaks is replaced."""
        with tempfile.TemporaryDirectory(prefix="rolloutspec-") as sandbox:
            given, out = Path(sandbox, "in"), Path(sandbox, "out")
            shutil.copytree(input_dir, given)
            out.mkdir()
            try:
                process = self._process or self._start()
                first = self._asked == 0
                self._asked += 1
                reply = process.ask(op, given, out, budget_ms * (FIRST_OPERATION_FACTOR if first else 1))
                return _answer(reply, out)
            except ProtocolBroken as broken:
                self.close()
                return Broken(broken.kind, broken.detail)

    def close(self) -> None:
        """End the adapter's process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _start(self) -> AdapterProcess:
        try:
            self._process = AdapterProcess(self._command, START_BUDGET_MS)
        except ProtocolBroken as broken:
            if hasattr(self, "identity"):
                raise
            raise ImplementationError(f"the adapter does not say hello: {broken.detail}") from None
        self._asked = 0
        return self._process


def _answer(reply: Reply, out: Path) -> Answer:
    """Return the answer that a reply stands for, its output files read."""
    match reply.outcome:
        case "ok":
            names = [name for name in reply.outputs if (out / name).is_file() and Path(name).name == name]
            return Accepted({name: (out / name).read_bytes() for name in names})
        case "rejected":
            return Refused(reply.code, reply.message, reply.at or None)
        case "unsupported":
            return Unsupported(reply.capability or "the operation")
        case "error":
            return Broken("error", reply.message)
