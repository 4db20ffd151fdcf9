"""Any one-shot command as an adapter: `CMD OP --in DIR --out DIR`, a process for each operation."""

import os
import signal
import subprocess
from typing import BinaryIO

import msgspec
from msgspec import Struct

from rollout_conformance.answers import Identity
from rollout_conformance.protocol.limits import LIMITS
from rollout_conformance.protocol.messages import (
    ErrorReply,
    OkReply,
    Place,
    RejectedReply,
    Reply,
    Request,
    UnsupportedReply,
)
from rollout_conformance.protocol.server import serve

OK, REJECTED, UNSUPPORTED = 0, 3, 4
"""The exit codes of a command; any other is an error."""


class Told(Struct, frozen=True):
    """What a command may print: one JSON object.  Unknown fields are ignored."""

    code: str | None = None
    at: Place | None = None
    message: str = ""
    capability: str | None = None


class Unreadable(Exception):
    """A command that printed something else than one small JSON object."""


class Shim:
    """Runs the command once for each operation."""

    def __init__(self, command: list[str]) -> None:
        self._command = command

    def respond(self, request: Request) -> Reply:
        """Run the command, and put its exit code and its words into a reply."""
        arguments = [*self._command, request.op, "--in", request.input, "--out", request.output]
        if request.options:
            arguments += ["--options", msgspec.json.encode(request.options).decode()]
        try:
            status, printed = _run(arguments, _environment(request))
            told = _told(printed)
        except OSError as error:
            return ErrorReply(id=request.id, message=f"cannot start {self._command[0]!r}: {error.strerror}")
        except Unreadable as error:
            return ErrorReply(id=request.id, message=str(error))
        if status == OK:
            return OkReply(id=request.id, outputs=_written(request.output))
        if status == REJECTED:
            return RejectedReply(id=request.id, code=told.code, at=told.at, message=told.message)
        if status == UNSUPPORTED:
            lacking = told.capability or request.op
            return UnsupportedReply(id=request.id, capability=lacking, message=told.message)
        return ErrorReply(id=request.id, message=_failure(status, told.message))


def serve_command(
    command: list[str], identity: Identity, requests: BinaryIO, replies: BinaryIO, parallel: int = 1
) -> None:
    """Answer for a command, that may run so often at once, until `bye` or the end of input."""
    serve(identity, Shim(command).respond, requests, replies, parallel)


def _environment(request: Request) -> dict[str, str]:
    """Return the environment of a command: the shim's own, and what a request says of time and ids."""
    env = request.env
    return {**os.environ, "TMPDIR": request.tmp, "NOW_MS": str(env.now_ms), "ID_SEED": env.id_seed}


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[int, bytes]:
    """Return the exit status and what was printed; the error stream is the shim's own.

    No time limit here: the runner has the budget, and ends the shim's whole process group.
    """
    with subprocess.Popen(  # noqa: S603
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        printed = process.stdout.read(LIMITS.line_bytes + 1) if process.stdout else b""
        if len(printed) > LIMITS.line_bytes:
            process.kill()
            raise Unreadable(f"the command printed more than {LIMITS.line_bytes} bytes")
    return process.returncode, printed


def _told(printed: bytes) -> Told:
    if not printed.strip():
        return Told()
    try:
        return msgspec.json.decode(printed, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        beginning = printed[:80].decode(errors="replace").strip()
        raise Unreadable(f"the command printed what is not one JSON object: {error}: {beginning}") from None


def _written(out: str) -> list[str]:
    """Return the paths of all files in a folder, in order."""
    names: list[str] = []
    for folder, _, files in os.walk(out):
        names += [os.path.relpath(os.path.join(folder, file), out).replace(os.sep, "/") for file in files]
    return sorted(names)


def _failure(status: int, message: str) -> str:
    how = f"exit code {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
    return f"{how}: {message}" if message else how
