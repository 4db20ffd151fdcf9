"""What an implementation may answer to one operation."""

from typing import Any, Literal

from msgspec import Struct


class Further(Struct, frozen=True, omit_defaults=True):
    """Keys that a release adds to objects at a place, those with a `type` if one is given."""

    deviation: str
    at: str
    keys: tuple[str, ...]
    type: str = ""


class View(Struct, frozen=True, omit_defaults=True):
    """How much of an output file an implementation can tell, and what it adds.

    Places are JSON pointers in which a step `*` is any one step.
    """

    may_lack: tuple[str, ...] = ()
    """What an answer may leave out; what it does say there is compared."""
    only_there: tuple[str, ...] = ()
    """Values for which an answer may say `{}`: it is something, not null."""
    keys_only: tuple[str, ...] = ()
    """Objects of which an answer may tell the keys alone, each with the value `{}`."""
    form: str = ""
    """The form in which it shows the whole; one of `views.FORMS`."""
    further: tuple[Further, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Tell whether something of the file cannot be seen."""
        return bool(self.may_lack or self.only_there or self.keys_only or self.form)


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
    lacks: tuple[str, ...] = ()
    """What a release of the real CLI cannot be asked for, although it claims the operation."""
    views: dict[str, View] = {}
    """Output files of which a release of the real CLI shows a part only; no adapter can claim this."""


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
