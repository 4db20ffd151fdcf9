"""The runner's side of the adapter protocol: one child process, one question at a time."""

import msgspec

from rollout_conformance.answers import Identity
from rollout_conformance.protocol.child import Child, ProtocolBroken, shown
from rollout_conformance.protocol.limits import Limits
from rollout_conformance.protocol.messages import (
    VERSION,
    Bye,
    Hello,
    Reply,
    Request,
    UnsupportedReply,
    Welcome,
    encode,
)
from rollout_conformance.protocol.sandbox import Folders
from rollout_conformance.tasks import Task
from rollout_conformance.vocabulary import vocabulary
from rollout_reference import __version__

_welcome_decoder: msgspec.json.Decoder[Welcome] = msgspec.json.Decoder(Welcome)
_reply_decoder: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for a line that is no message."""


class EarlierAnswer(Exception):
    """A second answer to an operation that was answered before; the one just asked was not answered."""


class AdapterProcess:
    """A running adapter that has said hello.  Raises `ProtocolBroken`."""

    def __init__(self, command: list[str], environment: dict[str, str], limits: Limits) -> None:
        self._limits = limits
        self._child = Child(command, environment, limits)
        self._last_id = 0
        self._answered: str | None = None  # the id of the last operation that was answered
        self.welcome = self._greet()
        self.identity = _identity(self.welcome)

    def ask(self, task: Task, folders: Folders) -> Reply:
        """Return the reply to one operation, whose input is that of the folders.

        Raises `EarlierAnswer` if what came back belongs to another operation of this process.
        """
        request = Request(
            id=self._new_id(),
            op=task.op,
            input=str(folders.given),
            output=str(folders.out),
            tmp=str(folders.tmp),
            options=task.options,
            env=task.env,
            budget_ms=task.budget_ms,
        )
        factor = 1 if self.has_answered else self._limits.first_operation_factor
        line = self._child.exchange(encode(request), task.budget_ms * factor)
        try:
            reply = _reply_decoder.decode(line)
        except UNREADABLE as error:
            raise self._no_message("reply", line, error) from None
        if reply.id != request.id:
            if reply.id == self._answered:
                self._child.kill()
                raise EarlierAnswer
            raise self._child.broken("protocol-error", f"it replied to {reply.id!r}, not to {request.id!r}")
        self._answered = reply.id
        return reply

    @property
    def has_answered(self) -> bool:
        """Tell whether it was asked for an operation before, and answered."""
        return self._answered is not None

    def unasked(self, wait_ms: int = 0) -> ProtocolBroken | None:
        """Return the fault of an adapter that said more than it was asked, or left; it is dead then."""
        if more := self._child.unasked(wait_ms):
            return self._child.broken("protocol-error", f"it said more than one line: {more}")
        if end := self._child.end():
            return ProtocolBroken(
                end.kind, f"it did not wait for bye after its answer: {end.detail}", end.words
            )
        return None

    @property
    def stderr(self) -> str:
        """Return the end of what it wrote to its error stream during the last operation."""
        return self._child.stderr

    def close(self) -> bool:
        """Say bye, give the child its grace, end its process group; tell whether it left by itself."""
        return self._child.farewell(encode(Bye(id=self._new_id())))

    def kill(self) -> None:
        """End it without a word."""
        self._child.kill()

    def _greet(self) -> Welcome:
        hello = Hello(id=self._new_id(), suite=__version__)
        line = self._child.exchange(encode(hello), self._limits.hello_ms)
        try:
            welcome = _welcome_decoder.decode(line)
        except UNREADABLE as error:
            raise self._refusal(line) or self._no_message("welcome", line, error) from None
        faults = list(_faults_of(hello, welcome))
        if more := self._child.unasked():
            faults.append(f"it said more than one line: {more}")
        if faults:
            raise self._child.broken("protocol-error", "; ".join(faults))
        return welcome

    def _refusal(self, line: bytes) -> ProtocolBroken | None:
        """Return what an adapter says that speaks none of the versions offered."""
        try:
            reply = _reply_decoder.decode(line)
        except UNREADABLE:
            return None
        if not isinstance(reply, UnsupportedReply):
            return None
        return self._child.broken(
            "protocol-error",
            f"it does not speak version {VERSION} of the protocol: {reply.message or reply.capability}",
        )

    def _no_message(self, name: str, line: bytes, error: Exception) -> ProtocolBroken:
        return self._child.broken("protocol-error", f"that is no {name}: {error}: {shown(line)}")

    def _new_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)


def _faults_of(hello: Hello, welcome: Welcome) -> list[str]:
    """Say what a runner cannot accept of a welcome."""
    faults = vocabulary().faults_of_claim(welcome.profiles, welcome.capabilities)
    if welcome.id != hello.id:
        faults.append(f"it replied to {welcome.id!r}, not to {hello.id!r}")
    if welcome.rcp not in hello.rcp:
        faults.append(f"it picked version {welcome.rcp} of the protocol, offered was {VERSION}")
    return faults


def _identity(welcome: Welcome) -> Identity:
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
