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
    """The input is fine; `outputs` are the files that were made, by name, `extra` those left besides."""

    outputs: dict[str, bytes]
    extra: tuple[str, ...] = ()


class Refused(Struct, frozen=True):
    """The input was rejected, by a code if the implementation knows codes, at a place if it tells."""

    code: str | None
    message: str
    at: dict[str, Any] | None = None
    extra: tuple[str, ...] = ()


class Unsupported(Struct, frozen=True):
    """The implementation declares that it cannot do this."""

    capability: str


class Broken(Struct, frozen=True):
    """The implementation gave no usable answer; `fail`: it did what no operation may do."""

    kind: Literal["fail", "error", "crash", "timeout", "protocol-error", "not-run"]
    detail: str
    words: str = ""
    """The end of what it said about that itself, in whole lines."""


def with_words(detail: str, words: str) -> str:
    """Return what happened, followed by the words that there are about it."""
    return f"{detail}: {words}" if words else detail


Answer = Accepted | Refused | Unsupported | Broken
