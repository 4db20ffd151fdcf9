"""The messages of the adapter protocol.  Unknown fields are ignored on both sides."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rollout_conformance.tasks import ENVIRONMENT, Environment

VERSION = 1

Positive = Annotated[int, Meta(gt=0)]
Text = Annotated[str, Meta(min_length=1)]


class Hello(Struct, frozen=True, kw_only=True):
    """The runner's greeting: the major versions of the protocol that it speaks."""

    id: str
    op: Literal["hello"] = "hello"
    rcp: Annotated[tuple[Positive, ...], Meta(min_length=1)] = (VERSION,)
    suite: str


class About(Struct, frozen=True, omit_defaults=True):
    """What is judged, and where to ask about it."""

    name: Text
    version: str
    language: str = ""
    source: str = ""
    issues: str = ""


class Welcome(Struct, frozen=True, kw_only=True):
    """The adapter's greeting: the version that it picked, who it is, and what it claims."""

    id: str
    rcp: Positive
    implementation: About
    profiles: list[str] = []
    capabilities: list[str] = []
    deterministic: bool = True
    parallel: Positive = 1


class Request(Struct, frozen=True, kw_only=True, rename={"input": "in", "output": "out"}):
    """One operation: read the folder `in`, write into the folder `out`, use `tmp` as you like."""

    id: str
    op: str
    input: str
    output: str
    tmp: str
    options: dict[str, Any] = {}
    env: Environment = ENVIRONMENT
    budget_ms: Positive


class Bye(Struct, frozen=True, kw_only=True):
    """The runner is done; the adapter exits."""

    id: str
    op: Literal["bye"] = "bye"


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where in the input something is wrong."""

    file: str | None = None
    line: Positive | None = None
    seq: int | None = None


class OkReply(Struct, frozen=True, kw_only=True, tag="ok", tag_field="outcome"):
    """The operation was done; `outputs` names what lies in `out`, a folder with a slash at its end."""

    id: str
    outputs: list[str]


class RejectedReply(
    Struct, frozen=True, kw_only=True, tag="rejected", tag_field="outcome", omit_defaults=True
):
    """The input breaks a rule; `code` is left out by who does not know the codes."""

    id: str
    code: str | None = None
    at: Place | None = None
    message: str = ""


class UnsupportedReply(
    Struct, frozen=True, kw_only=True, tag="unsupported", tag_field="outcome", omit_defaults=True
):
    """The adapter cannot do this; `capability` names what it lacks."""

    id: str
    capability: str
    message: str = ""


class ErrorReply(Struct, frozen=True, kw_only=True, tag="error", tag_field="outcome", omit_defaults=True):
    """The adapter failed, by its own account."""

    id: str
    message: str
    traceback: str = ""


Reply = OkReply | RejectedReply | UnsupportedReply | ErrorReply

MESSAGES: dict[str, Any] = {
    "hello": Hello,
    "welcome": Welcome,
    "request": Request,
    "reply": Reply,
    "bye": Bye,
}
"""Every message by the name of its schema, `spec/schema/protocol-NAME.schema.json`."""


def encode(message: Struct) -> bytes:
    """Return a message as its line."""
    return msgspec.json.encode(message) + b"\n"
