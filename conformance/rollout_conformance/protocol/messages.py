"""The messages of the adapter protocol.  Unknown fields are ignored on both sides."""

from typing import Any, Literal

from msgspec import Struct

VERSION = 1
MAX_MESSAGE_BYTES = 1 << 20


class Hello(Struct, frozen=True, kw_only=True):
    """The runner's greeting: the protocol versions that it speaks."""

    id: str
    op: Literal["hello"] = "hello"
    rcp: tuple[int, ...] = (VERSION,)
    suite: str


class About(Struct, frozen=True, omit_defaults=True):
    """Who made the adapter, and where to ask about it."""

    name: str
    version: str
    language: str = ""
    source: str = ""
    issues: str = ""


class Welcome(Struct, frozen=True, kw_only=True):
    """The adapter's greeting: the version that it picked, and who it is."""

    id: str
    rcp: int
    implementation: About
    profiles: list[str] = []
    capabilities: list[str] = []
    deterministic: bool = True


class Request(Struct, frozen=True, kw_only=True, rename={"input": "in", "output": "out"}):
    """One operation: read the folder `in`, write into the folder `out`."""

    id: str
    op: str
    input: str
    output: str
    options: dict[str, str] = {}
    budget_ms: int


class Reply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to one operation; which fields count depends on the outcome."""

    id: str
    outcome: Literal["ok", "rejected", "unsupported", "error"]
    outputs: list[str] = []
    code: str | None = None
    at: dict[str, Any] = {}
    capability: str | None = None
    message: str = ""


class Bye(Struct, frozen=True, kw_only=True):
    """The runner is done; the adapter exits."""

    id: str
    op: Literal["bye"] = "bye"
