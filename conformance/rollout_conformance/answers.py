"""What an implementation may answer to one operation."""

from typing import Literal

from msgspec import Struct


class Identity(Struct, frozen=True):
    """Who answers."""

    name: str
    version: str


class Accepted(Struct, frozen=True):
    """The input is fine; `outputs` are the files that were made, by name."""

    outputs: dict[str, bytes]


class Refused(Struct, frozen=True):
    """The input was rejected, by a code if the implementation knows codes."""

    code: str | None
    message: str


class Unsupported(Struct, frozen=True):
    """The implementation declares that it cannot do this."""

    capability: str


class Broken(Struct, frozen=True):
    """The implementation gave no usable answer."""

    kind: Literal["error", "crash", "timeout", "protocol-error"]
    detail: str


Answer = Accepted | Refused | Unsupported | Broken
