"""The adapter's side of the protocol, for an implementation in Python.

`python -m rollout_conformance.protocol.server` serves the built-in reference.
"""

import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from rollout_conformance.answers import Accepted, Answer, Refused, Unsupported
from rollout_conformance.implementations import Implementation
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.protocol.messages import VERSION, About, Reply, Request, Welcome


def serve(implementation: Implementation, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer until `bye` or the end of input."""
    for line in requests:
        message = msgspec.json.decode(line)
        if message["op"] == "bye":
            return
        replies.write(msgspec.json.encode(_respond(implementation, message)) + b"\n")
        replies.flush()


def _respond(implementation: Implementation, message: dict[str, object]) -> Welcome | Reply:
    if message["op"] == "hello":
        identity = implementation.identity
        return Welcome(
            id=str(message["id"]),
            rcp=VERSION,
            implementation=About(identity.name, identity.version, identity.language),
            profiles=list(identity.profiles),
            capabilities=list(identity.capabilities),
        )
    request = msgspec.convert(message, Request)
    answer = implementation.perform(request.op, Path(request.input), request.budget_ms)
    return _reply(request, answer)


def _reply(request: Request, answer: Answer) -> Reply:
    match answer:
        case Accepted(outputs=outputs):
            for name, data in outputs.items():
                Path(request.output, name).write_bytes(data)
            return Reply(id=request.id, outcome="ok", outputs=sorted(outputs))
        case Refused(code=code, message=text, at=at):
            return Reply(id=request.id, outcome="rejected", code=code, message=text, at=at or {})
        case Unsupported(capability=capability):
            return Reply(id=request.id, outcome="unsupported", capability=capability)
        case _:
            return Reply(id=request.id, outcome="error", message=answer.detail)


if __name__ == "__main__":
    serve(Reference(), sys.stdin.buffer, sys.stdout.buffer)
