"""The adapter's side of the protocol, for an implementation in Python.

`python -m rollout_conformance.protocol.server` serves the built-in reference.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from rollout_conformance.answers import Accepted, Answer, Identity, Refused, Unsupported
from rollout_conformance.implementations import Implementation
from rollout_conformance.protocol.messages import (
    VERSION,
    About,
    ErrorReply,
    OkReply,
    Place,
    RejectedReply,
    Reply,
    Request,
    UnsupportedReply,
    Welcome,
    encode,
)
from rollout_conformance.tasks import Task

Respond = Callable[[Request], Reply]


def serve(
    identity: Identity, respond: Respond, requests: BinaryIO, replies: BinaryIO, parallel: int = 1
) -> None:
    """Answer until `bye` or the end of input; so many processes may do so at once."""
    for line in requests:
        message = _read(line)
        if message is not None and message.get("op") == "bye":
            return
        replies.write(encode(_answer(identity, respond, message, parallel)))
        replies.flush()


def performing(implementation: Implementation) -> Respond:
    """Return the replies of an implementation in process, its outputs written where they belong."""

    def respond(request: Request) -> Reply:
        task = Task(request.op, Path(request.input), request.budget_ms, request.options, request.env)
        return _reply(request, implementation.perform(task))

    return respond


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        message = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _answer(identity: Identity, respond: Respond, message: dict[str, Any] | None, parallel: int) -> Struct:
    if message is None:
        return ErrorReply(id="", message="the line is not one JSON object")
    number = str(message.get("id", ""))
    if message.get("op") == "hello":
        return _welcome(number, identity, parallel, message.get("rcp"))
    try:
        return respond(msgspec.convert(message, Request))
    except Exception as error:  # whatever it is: the runner is told, the next one answered
        return ErrorReply(
            id=number, message=f"{type(error).__name__}: {error}", traceback=traceback.format_exc()
        )


def _welcome(number: str, identity: Identity, parallel: int, offered: object) -> Struct:
    if not isinstance(offered, list) or VERSION not in offered:
        return UnsupportedReply(id=number, capability="rcp", message=f"only version {VERSION} is spoken")
    about = About(identity.name, identity.version, identity.language, identity.source, identity.issues)
    return Welcome(
        id=number,
        rcp=VERSION,
        implementation=about,
        profiles=list(identity.profiles),
        capabilities=list(identity.capabilities),
        deterministic=identity.deterministic,
        parallel=parallel,
    )


def _reply(request: Request, answer: Answer) -> Reply:
    match answer:
        case Accepted(outputs=outputs):
            for name, data in outputs.items():
                path = Path(request.output, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            return OkReply(id=request.id, outputs=sorted(outputs))
        case Refused(code=code, message=text, at=at):
            return RejectedReply(
                id=request.id, code=code, message=text, at=msgspec.convert(at, Place) if at else None
            )
        case Unsupported(capability=capability):
            return UnsupportedReply(id=request.id, capability=capability)
        case _:
            return ErrorReply(id=request.id, message=answer.detail)


def main() -> None:
    """Serve the reference on the standard streams."""
    from rollout_conformance.implementations.reference import Reference  # noqa: PLC0415

    reference = Reference()
    standard = (sys.stdin.buffer, sys.stdout.buffer)
    serve(reference.identity, performing(reference), *standard, parallel=os.cpu_count() or 1)


if __name__ == "__main__":
    main()
