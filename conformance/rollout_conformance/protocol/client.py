"""The runner's side of the adapter protocol: one child process, one question at a time."""

import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from rollout_conformance.answers import Identity
from rollout_conformance.protocol.messages import (
    MAX_MESSAGE_BYTES,
    VERSION,
    Bye,
    Hello,
    Reply,
    Request,
    Welcome,
)
from rollout_conformance.vocabulary import vocabulary
from rollout_reference import __version__

GRACE_SECONDS = 2
"""How long an adapter may take to exit after its input has ended."""

STDERR_TAIL = 400
"""Characters of an adapter's error stream that a report shows."""

M = TypeVar("M", bound=Struct)


class ProtocolBroken(Exception):
    """An adapter that crashed, was silent for too long, or said something that is no reply."""

    def __init__(self, kind: Literal["crash", "timeout", "protocol-error"], detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class AdapterProcess:
    """A running adapter that has said hello.  Raises `ProtocolBroken`."""

    def __init__(self, command: list[str], budget_ms: int) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the object)
        try:
            self._child = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                start_new_session=True,
            )
        except OSError as error:
            raise ProtocolBroken("crash", f"cannot start: {error.strerror}") from None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self._next_id = 0
        self.identity = self._hello(budget_ms)

    def ask(self, op: str, given: Path, out: Path, budget_ms: int) -> Reply:
        """Return the reply to one operation."""
        request = Request(id=self._new_id(), op=op, input=str(given), output=str(out), budget_ms=budget_ms)
        return self._exchange(request, Reply, budget_ms)

    def close(self) -> None:
        """Say bye, give the child its grace, then end its whole process group."""
        try:
            self._send(Bye(id=self._new_id()))
            if self._child.stdin:
                self._child.stdin.close()
            self._child.wait(GRACE_SECONDS)
        except (ProtocolBroken, OSError, subprocess.TimeoutExpired):
            pass
        self._kill()

    def _hello(self, budget_ms: int) -> Identity:
        welcome = self._exchange(Hello(id=self._new_id(), suite=__version__), Welcome, budget_ms)
        if welcome.rcp != VERSION:
            raise self._broken("protocol-error", f"it picked protocol {welcome.rcp}, offered was {VERSION}")
        faults = vocabulary().faults_of_claim(welcome.profiles, welcome.capabilities)
        if faults:
            raise self._broken("protocol-error", f"it claims what cannot be claimed: {'; '.join(faults)}")
        about = welcome.implementation
        return Identity(
            about.name,
            about.version,
            about.language,
            about.source,
            about.issues,
            tuple(welcome.profiles),
            tuple(welcome.capabilities),
            welcome.deterministic,
        )

    def _exchange(self, message: Hello | Request, reply_type: type[M], budget_ms: int) -> M:
        self._send(message)
        try:
            line = self._lines.get(timeout=budget_ms / 1000)
        except queue.Empty:
            raise self._broken("timeout", f"no reply within {budget_ms} ms") from None
        if not line:
            raise self._broken("crash", self._last_words())
        try:
            reply = msgspec.json.decode(line, type=reply_type)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            shown = line[:80].decode(errors="replace").strip()
            raise self._broken(
                "protocol-error", f"its reply is no {reply_type.__name__}: {error}: {shown}"
            ) from None
        if getattr(reply, "id", None) != message.id:
            raise self._broken(
                "protocol-error", f"it replied to {getattr(reply, 'id', None)!r}, not {message.id!r}"
            )
        return reply

    def _send(self, message: Struct) -> None:
        try:
            if self._child.stdin:
                self._child.stdin.write(msgspec.json.encode(message) + b"\n")
                self._child.stdin.flush()
        except OSError:
            raise self._broken("crash", self._last_words()) from None

    def _read(self) -> None:
        """Hand over each line of the child; an empty one says that there are no more."""
        if self._child.stdout:
            while line := self._child.stdout.readline(MAX_MESSAGE_BYTES):
                self._lines.put(line)
        self._lines.put(b"")

    def _new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def _broken(self, kind: Literal["crash", "timeout", "protocol-error"], detail: str) -> ProtocolBroken:
        self._kill()
        return ProtocolBroken(kind, detail)

    def _kill(self) -> None:
        """End the child and whatever it started: a grandchild would keep the pipe open."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()

    def _last_words(self) -> str:
        """Return how the child ended and the end of its error stream."""
        try:
            status = self._child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        self._stderr.seek(0)
        words = self._stderr.read().decode(errors="replace").strip()[-STDERR_TAIL:]
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        return f"{how}{': ' + words if words else ''}"
