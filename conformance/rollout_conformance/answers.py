"""What an implementation may answer to one operation."""

from typing import Any, Literal

from msgspec import Struct


class Identity(Struct, frozen=True, omit_defaults=True):
    """Who answers, and what it claims."""

    name: str
    version: str
    language: str = ""
    source: str = ""
    issues: str = ""
    profiles: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    deterministic: bool = True


class Accepted(Struct, frozen=True):
    """The input is fine; `outputs` are the files that were made, by name."""

    outputs: dict[str, bytes]


class Refused(Struct, frozen=True):
    """The input was rejected, by a code if the implementation knows codes, at a place if it tells."""

    code: str | None
    message: str
    at: dict[str, Any] | None = None


class Unsupported(Struct, frozen=True):
    """The implementation declares that it cannot do this."""

    capability: str


class Broken(Struct, frozen=True):
    """The implementation gave no usable answer."""

    kind: Literal["error", "crash", "timeout", "protocol-error"]
    detail: str


Answer = Accepted | Refused | Unsupported | Broken
