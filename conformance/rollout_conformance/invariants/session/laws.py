"""What an invariant of sessions is: an id, a sentence, and a function that fails where it does not hold.

A law is given a rollout as bytes of its plain form, or a home as files by path, and a reader that is
asked about it.  It fails with an `AssertionError`, and says by `only_if` what it has nothing to say about.
"""

from collections.abc import Callable
from typing import Literal, TypeVar

from msgspec import Struct

from rollout_conformance.invariants.session.reader import Files, Reader

About = Literal["rollout", "home"]
OfRollout = Callable[[bytes, Reader], None]
OfHome = Callable[[Files, Reader], None]
R = TypeVar("R", bound=OfRollout)
H = TypeVar("H", bound=OfHome)


class NothingToCheck(Exception):
    """The law says nothing about what it was given."""


class Law(Struct, frozen=True):
    """An invariant: its id, what it says, what it is about and what finds a breach."""

    id: str
    says: str
    about: About
    check: Callable[..., None]
    written: bool
    """Whether it holds for what a writer leaves only, not for any lines."""


LAWS: list[Law] = []


def law(law_id: str, says: str, *, written: bool = False) -> Callable[[R], R]:
    """Register a function as a law of rollouts."""

    def register(check: R) -> R:
        LAWS.append(Law(law_id, says, "rollout", check, written))
        return check

    return register


def law_of_homes(law_id: str, says: str) -> Callable[[H], H]:
    """Register a function as a law of homes."""

    def register(check: H) -> H:
        LAWS.append(Law(law_id, says, "home", check, written=False))
        return check

    return register


def only_if(*conditions: object) -> None:
    """Go on only if the law speaks of what it was given.  Raises `NothingToCheck`."""
    if not all(conditions):
        raise NothingToCheck
