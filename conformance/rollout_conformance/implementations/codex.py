"""The real Codex CLI, without a network and with a home of its own.

A bundle is reduced by a process of its own; what is rebuilt from rollouts is asked of app-servers.
"""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported
from rollout_conformance.implementations import ImplementationError
from rollout_conformance.implementations.codex_session.operations import Sessions
from rollout_conformance.implementations.codex_session.releases import release_of
from rollout_conformance.tasks import Task

PANIC = 101
"""The exit code of a Rust program that panicked."""

PATIENCE = 10
"""How many budgets the real CLI has: it may have to start first."""


class Codex:
    """A binary of the real CLI as an implementation of what its release offers."""

    def __init__(self, binary: Path) -> None:
        if not (binary.is_file() and os.access(binary, os.X_OK)):
            raise ImplementationError(f"{binary} is no executable file; give codex=PATH-OF-THE-BINARY")
        self._binary = binary.resolve()
        self._home = tempfile.mkdtemp(prefix="rolloutspec-home-")
        self._environment = {"CODEX_HOME": self._home, "HOME": self._home, "PATH": os.defpath}
        self.identity = _identity(self._version())
        self.parallel = os.cpu_count() or 1
        self._sessions = Sessions(self._binary, self.parallel, frozenset(self.identity.lacks))

    def perform(self, task: Task) -> Answer:
        """Perform an operation on a bundle, a rollout or a home."""
        budget_ms = task.budget_ms * PATIENCE
        if task.op == "trace.reduce":
            return self._reduce(task, budget_ms)
        return self._sessions.perform(task, budget_ms) or Unsupported(task.op)

    def close(self) -> None:
        """End the servers and remove the scratch home."""
        self._sessions.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _reduce(self, task: Task, budget_ms: int) -> Answer:
        with tempfile.TemporaryDirectory(prefix="rolloutspec-") as out:
            state = Path(out) / "state.json"
            try:
                done = self._call("debug", "trace-reduce", str(task.input), "-o", str(state), ms=budget_ms)
            except subprocess.TimeoutExpired:
                return Broken("timeout", f"no answer within {budget_ms} ms")
            if done.returncode == 0:
                return Accepted({"state.json": state.read_bytes()})
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [""]
        if done.returncode == 1:
            return Refused(None, lines[-1].strip())
        return Broken("crash", f"exit code {done.returncode}{' (panic)' if done.returncode == PANIC else ''}")

    def _version(self) -> str:
        try:
            done = self._call("--version", ms=20_000)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ImplementationError(f"{self._binary} does not answer --version: {error}") from None
        words = done.stdout.decode(errors="replace").split()
        if done.returncode != 0 or not words:
            raise ImplementationError(f"{self._binary} does not answer --version; is it the Codex CLI?")
        return words[-1]

    def _call(self, *arguments: str, ms: int) -> subprocess.CompletedProcess[bytes]:
        command = [*without_network(), str(self._binary), *arguments]
        return subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            timeout=ms / 1000,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )


def _identity(version: str) -> Identity:
    release = release_of(version)
    profiles = ("trace-reader", *release.profiles)
    return Identity(
        "codex",
        version,
        "rust",
        profiles=profiles,
        lacks=release.lacks,
        views=release.views,
        capabilities=("session.zst", "session.paginated"),
    )


@cache
def without_network() -> tuple[str, ...]:
    """Return the command that cuts a process off the network, empty where that is not allowed."""
    command = ("unshare", "--net", "--")
    try:
        usable = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        usable = False
    return command if usable else ()
