"""A process that is not trusted: one line in, one line out, each within a budget.

Nothing here waits without a limit or keeps more than a limit, whatever the process does.
"""

import contextlib
import os
import resource
import select
import signal
import subprocess
import time
from typing import Literal

from rollout_conformance.protocol.limits import Limits

LOOK_SECONDS = 0.05
"""How often a silent process is looked at: is it alive, how much memory has it?"""

CHUNK = 1 << 16
WORDS = 400
"""Characters of an adapter's own words that a report shows."""


class ProtocolBroken(Exception):
    """An adapter that crashed, was silent for too long, or said something that is no reply."""

    def __init__(
        self, kind: Literal["crash", "timeout", "protocol-error"], detail: str, words: str = ""
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.words = words


class Child:
    """A running process in a session of its own.  Raises `ProtocolBroken`, and is dead after that."""

    def __init__(self, command: list[str], environment: dict[str, str], limits: Limits) -> None:
        self._limits = limits
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env=environment,
            )
        except OSError as error:
            raise ProtocolBroken("crash", f"cannot start: {error.strerror}") from None
        _limit(self._process.pid, limits)
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = (pipe.fileno() for pipe in pipes if pipe is not None)
        self._poll = select.poll()
        for descriptor in (self._in, self._out, self._err):
            os.set_blocking(descriptor, False)
        for descriptor in (self._out, self._err):
            self._poll.register(descriptor, select.POLLIN)
        self._said = bytearray()
        self._tail = bytearray()
        self._silent = self._mute = False  # its output, its error stream has ended
        self._next_look = 0.0

    def exchange(self, line: bytes, budget_ms: int) -> bytes:
        """Send a line and return the line that comes back, its newline cut off."""
        deadline = time.monotonic() + budget_ms / 1000
        self._tail.clear()
        self._send(line, deadline, budget_ms)
        while (end := self._said.find(b"\n")) < 0:
            if len(self._said) > self._limits.line_bytes:
                raise self.broken(
                    "protocol-error", f"a line longer than {self._limits.line_bytes} bytes, and no end of it"
                )
            if self._silent:
                raise self._ended()
            self._wait(deadline, budget_ms)
        answer = bytes(self._said[:end])
        del self._said[: end + 1]
        if end > self._limits.line_bytes:
            raise self.broken("protocol-error", f"a line longer than {self._limits.line_bytes} bytes")
        return answer

    def unasked(self, wait_ms: int = 0) -> str:
        """Return the beginning of what was said since the last answer; empty if it was nothing."""
        deadline = time.monotonic() + wait_ms / 1000
        while not self._said and not self._silent:
            left = max(0, int((deadline - time.monotonic()) * 1000))
            ready = self._poll.poll(left)
            for descriptor, _ in ready:
                self._take(descriptor)
            if not ready or not left:
                break
        return shown(bytes(self._said))

    def end(self) -> ProtocolBroken | None:
        """Return how it ended, if it did so without being told; None while it lives."""
        return self._ended() if self._silent or self._process.poll() is not None else None

    @property
    def stderr(self) -> str:
        """Return the end of what was written to the error stream since the last question."""
        self._drain_errors()
        return self._tail.decode(errors="replace").strip()

    def farewell(self, line: bytes) -> bool:
        """Send the last line, end the input, and tell whether the process then exits by itself."""
        deadline = time.monotonic() + self._limits.exit_ms / 1000
        try:
            self._send(line, deadline, self._limits.exit_ms)
            if self._process.stdin:
                self._process.stdin.close()
            while self._process.poll() is None and time.monotonic() < deadline:
                for descriptor, _ in self._poll.poll(5):
                    self._take(descriptor)
                    self._said.clear()
        except ProtocolBroken:
            return True  # it was gone before it was told
        exited = self._process.poll() is not None
        self.kill()
        return exited

    def broken(
        self, kind: Literal["crash", "timeout", "protocol-error"], detail: str, words: str = ""
    ) -> ProtocolBroken:
        """End the process and return the error that says why."""
        self.kill()
        return ProtocolBroken(kind, detail, words)

    def terminate(self) -> None:
        """Ask the process and its group to end, and do not take no for an answer."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self._limits.terminate_ms / 1000)
        self.kill()

    def kill(self) -> None:
        """End the process and whatever it started: a grandchild would keep the pipes open."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._silent = True
        self._drain_errors()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _send(self, line: bytes, deadline: float, budget_ms: int) -> None:
        """Write a line; a child that no longer reads may still have said something, so that is no error."""
        left = memoryview(line)
        try:
            while left := left[os.write(self._in, left) :]:
                pass
            return
        except BlockingIOError:
            self._poll.register(self._in, select.POLLOUT)
        except OSError:
            return
        try:
            while left:
                if len(self._said) > self._limits.line_bytes:
                    raise self.broken("protocol-error", "it floods its output and does not read its input")
                if self._wait(deadline, budget_ms):
                    left = left[os.write(self._in, left) :]
        except OSError:
            return
        finally:
            self._poll.unregister(self._in)

    def _wait(self, deadline: float, budget_ms: int) -> bool:
        """Wait for something to happen, take in what was said, and tell whether there is room to write."""
        now = time.monotonic()
        if now >= deadline:
            self.terminate()
            raise ProtocolBroken("timeout", f"no reply within {budget_ms} ms")
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._look()
        room = False
        for descriptor, _ in self._poll.poll(max(1, int(min(LOOK_SECONDS, deadline - now) * 1000))):
            if descriptor == self._in:
                room = True
            else:
                self._take(descriptor)
        return room

    def _look(self) -> None:
        """Find out what no pipe tells: a child that died while a grandchild keeps the pipe, and memory."""
        if self._process.poll() is not None and not self._poll.poll(0):
            raise self._ended()
        used = resident_bytes(self._process.pid)
        if used > self._limits.memory_bytes:
            limit = self._limits.memory_bytes >> 20
            raise self.broken("crash", f"it was ended: it uses more memory than {limit} MiB")

    def _take(self, descriptor: int) -> None:
        if descriptor == self._err:
            self._drain_errors()
            return
        try:
            data = os.read(self._out, CHUNK)
        except BlockingIOError:
            return
        self._said += data
        if not data:
            self._silent = True
            self._poll.unregister(self._out)

    def _drain_errors(self) -> None:
        """Keep the end of the error stream; a flood of it is left in the pipe."""
        if self._process.stderr is None or self._process.stderr.closed:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._err, CHUNK)
            if not data and not self._mute:
                self._mute = True
                self._poll.unregister(self._err)
            self._tail += data
            del self._tail[: -self._limits.stderr_bytes]

    def _ended(self) -> ProtocolBroken:
        """Return how the process ended, and what it said about that; it has ended then."""
        try:
            status = self._process.wait(self._limits.terminate_ms / 1000)
        except subprocess.TimeoutExpired:
            how = "it closed its output"
        else:
            how = f"killed by {_signal_name(-status)}" if status < 0 else f"exit code {status}"
        return self.broken("crash", how, last_lines(self.stderr))


def last_lines(words: str) -> str:
    """Return the last lines that a report has room for, each whole; a last one that is too long is cut."""
    words = words.strip()
    if len(words) <= WORDS:
        return words
    _, cut, whole = words[-WORDS - 1 :].partition("\n")
    return whole if cut else words.rpartition("\n")[2][:WORDS] + "…"


def shown(data: bytes) -> str:
    """Return the beginning of what was said, for a person."""
    return data[:80].decode(errors="replace").strip() or ("(blank)" if data else "")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _limit(pid: int, limits: Limits) -> None:
    """Set what the system can enforce.

    Private memory is limited rather than address space: runtimes reserve far more of that than they use.
    It is the wall behind the limit of resident memory, for what grows between two looks.
    """
    if not hasattr(resource, "prlimit"):
        return
    walls = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_DATA, 2 * limits.memory_bytes),
    )
    for kind, wanted in walls:
        with contextlib.suppress(OSError, ValueError):  # gone already, or the caller has a lower limit
            resource.prlimit(pid, kind, (wanted, wanted))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
