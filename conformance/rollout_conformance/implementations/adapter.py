"""An adapter in any language: a long-lived child that answers over a pipe."""

import logging
import os
import shutil
import sys

import msgspec

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported, with_words
from rollout_conformance.implementations import ImplementationError
from rollout_conformance.implementations.codex import without_network
from rollout_conformance.protocol.child import ProtocolBroken, last_lines
from rollout_conformance.protocol.client import AdapterProcess, EarlierAnswer
from rollout_conformance.protocol.limits import LIMITS, Limits
from rollout_conformance.protocol.messages import (
    ErrorReply,
    OkReply,
    RejectedReply,
    Reply,
    UnsupportedReply,
)
from rollout_conformance.protocol.sandbox import BadOutput, Folders, Sandbox, listed
from rollout_conformance.tasks import Task

_log = logging.getLogger(__name__)


class Adapter:
    """An implementation behind the adapter protocol, version 1.

    What an adapter does wrong is charged to the operation during which it was done; a process that
    broke is replaced, so that the next operation finds a clean one.
    """

    def __init__(self, command: list[str], limits: Limits = LIMITS) -> None:
        self._command = [*without_network(), *_startable(command)]
        self._limits = limits
        self._sandbox = Sandbox()
        self._process: AdapterProcess | None = None
        self._starts = self._reruns = 0
        self._had_history = False
        self._late: Broken | None = None
        try:
            greeted = self._running()
        except ProtocolBroken as broken:
            self._sandbox.close()
            told = with_words(broken.detail, broken.words)
            raise ImplementationError(f"the adapter does not say hello: {told}") from None
        self.identity: Identity = greeted.identity
        self.parallel: int = greeted.welcome.parallel

    def perform(self, task: Task) -> Answer:
        """Ask for one operation on a copy of the input; a process that breaks is replaced."""
        self._notice_more(0)
        try:
            return self._attempt(task)
        except EarlierAnswer:
            self._late = Broken("protocol-error", "it answered a second time, after its answer was taken")
            self._process = None
            return self._attempt(task)

    def alone(self, task: Task) -> Answer | None:
        """Ask again for the last operation, in a fresh process that is asked nothing else.

        None if the process of the last operation had answered nothing before, or after too many reruns.
        """
        if not self._had_history or self._reruns >= self._limits.reruns:
            return None
        self._reruns += 1
        folders = self._sandbox.folders(task.input)
        try:
            process = self._start()
            try:
                return self._ask(process, task, folders)
            finally:
                process.kill()
        except ProtocolBroken as broken:
            return Broken(broken.kind, broken.detail, broken.words)
        finally:
            folders.remove()

    def afterthought(self, *, at_end: bool = False) -> Broken | None:
        """Return, once, the fault that showed only after the answer to the operation before the last.

        At the end of a run it is the fault of the last one.
        """
        if at_end:
            self._notice_more(self._limits.settle_ms)
        late, self._late = self._late, None
        return late

    def close(self) -> None:
        """End the adapter's process and remove its folders."""
        if self._process is not None and not self._process.close():
            _log.warning(
                "adapter: it did not exit within %d ms after bye and the end of its input, and was killed",
                self._limits.exit_ms,
            )
        self._process = None
        self._sandbox.close()

    def _attempt(self, task: Task) -> Answer:
        folders = self._sandbox.folders(task.input)
        try:
            process = self._running()
            self._had_history = process.has_answered
            return self._ask(process, task, folders)
        except ProtocolBroken as broken:
            self._process = None
            return Broken(broken.kind, broken.detail, broken.words)
        except _WornOut as worn_out:
            return Broken("not-run", str(worn_out))
        finally:
            folders.remove()

    def _running(self) -> AdapterProcess:
        if self._process is None:
            if self._starts > self._limits.restarts:
                raise _WornOut(f"not asked: the adapter broke {self._starts} times and is not started again")
            self._starts += 1
            self._process = self._start()
        return self._process

    def _start(self) -> AdapterProcess:
        return AdapterProcess(self._command, self._sandbox.environment(), self._limits)

    def _ask(self, process: AdapterProcess, task: Task, folders: Folders) -> Answer:
        reply = process.ask(task, folders)
        if changed := folders.changes():
            return Broken("fail", f"it changed its input: {listed(changed)}")
        named = reply.outputs if isinstance(reply, OkReply) else []
        extra = tuple(folders.unnamed(named))
        answer = _answer(reply, folders, extra, process)
        if more := process.unasked():
            raise more
        return answer

    def _notice_more(self, wait_ms: int) -> None:
        """Find out whether the process said something since its last answer; it is replaced then."""
        if self._process is None or not self._process.has_answered:
            return
        if more := self._process.unasked(wait_ms):
            self._late = Broken(more.kind, more.detail, more.words)
            self._process = None


class _WornOut(Exception):
    """An adapter that was started too often."""


def _startable(command: list[str]) -> list[str]:
    """Return the command if there is such a program; raise `ImplementationError` that says what to do."""
    if not command or not command[0]:
        raise ImplementationError("no command; give 'reference', codex=PATH or the command of an adapter")
    name = command[0]
    beside = shutil.which(name, path=os.path.dirname(sys.executable))
    if shutil.which(name) is None and beside is not None:
        return [beside, *command[1:]]  # "rolloutspec shim" where only the full path of rolloutspec is known
    if shutil.which(name) is None:
        if os.path.isdir(name):
            raise ImplementationError(f"{name!r} is a folder, not a program")
        if os.path.exists(name):
            raise ImplementationError(
                f"{name!r} is not executable; use chmod +x, or name its interpreter, such as 'python3 {name}'"
            )
        raise ImplementationError(
            f"there is no program {name!r}; give 'reference', codex=PATH or the command of an adapter"
        )
    return command


def _answer(reply: Reply, folders: Folders, extra: tuple[str, ...], process: AdapterProcess) -> Answer:
    """Return the answer that a reply stands for, its output files read."""
    match reply:
        case OkReply(outputs=names):
            try:
                return Accepted(folders.outputs(names), extra)
            except BadOutput as bad:
                return Broken("protocol-error", str(bad))
        case RejectedReply(code=code, message=message, at=at):
            return Refused(code, message, (msgspec.to_builtins(at) or None) if at else None, extra)
        case UnsupportedReply(capability=capability):
            return Unsupported(capability)
        case ErrorReply(message=message, traceback=traceback):
            words = last_lines(traceback or process.stderr)
            return Broken("error", message, "" if words in message else words)
