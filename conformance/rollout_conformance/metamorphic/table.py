"""All transformations, and for each operation that one is for, what becomes of the answer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from rollout_conformance.compare import Mode
from rollout_conformance.metamorphic import amounts, answers, header, places, spelling, times
from rollout_conformance.metamorphic.answers import Answer
from rollout_conformance.metamorphic.given import Given

READERS = (
    "session.parse",
    "session.context",
    "session.history",
    "session.transcript",
    "session.threads",
    "session.usage",
)
"""The operations that read rollouts and say what is in them."""

_AS_BEFORE = dict.fromkeys(READERS, answers.same) | {"session.parse": answers.parsed}


class Transformation(Struct, frozen=True):
    """One way to say the same otherwise."""

    name: str
    says: str
    """What is changed."""
    change: Callable[[Given], Given]
    """Changes an input; one that it is not for stays equal."""
    answers: Mapping[str, Answer]
    """By operation: what is expected afterwards."""
    compared: Mode | None = None
    """How JSON documents are compared, where not as the case says."""
    needs: tuple[str, ...] = ()
    """Capabilities that only the changed input asks for."""


TRANSFORMATIONS = tuple(
    Transformation(name, says, change, MappingProxyType(dict(told)), **more)
    for name, says, change, told, more in (
        ("blanks", "blanks and tabs around every token of a line", spelling.with_blanks, _AS_BEFORE, {}),
        (
            "key-order",
            "the keys of all objects the other way round",
            spelling.with_keys_turned,
            _AS_BEFORE,
            {"compared": "json-iso"},
        ),
        ("escapes", "every letter of names and texts as an escape", spelling.with_escapes, _AS_BEFORE, {}),
        (
            "carriage-returns",
            "a carriage return before each line feed",
            spelling.with_carriage_returns,
            _AS_BEFORE,
            {},
        ),
        (
            "blank-lines",
            "a blank line before each line",
            spelling.with_blank_lines,
            _AS_BEFORE | {"session.parse": answers.parsed_apart, "session.usage": answers.proofs_apart},
            {},
        ),
        (
            "shifted",
            "all times a week later",
            times.shifted,
            _AS_BEFORE | {"session.threads": answers.shifted_threads, "session.usage": answers.shifted_days},
            {},
        ),
        (
            "stretched",
            "hours more between each line and the next",
            times.stretched,
            _AS_BEFORE | {"session.usage": answers.other_days},
            {},
        ),
        (
            "one-instant",
            "one time on all lines",
            times.in_one_instant,
            _AS_BEFORE | {"session.usage": answers.other_days},
            {},
        ),
        ("originator", "another originator in the headers", header.with_other_originator, _AS_BEFORE, {}),
        (
            "threefold",
            "three times as many tokens everywhere",
            amounts.threefold,
            {"session.usage": answers.threefold},
            {},
        ),
        (
            "distinct",
            "amounts of which no two grow alike",
            amounts.made_distinct,
            {"session.usage": answers.made_distinct},
            {},
        ),
        (
            "cold",
            "the cold form, in two frames, for the plain one",
            places.cold,
            _AS_BEFORE,
            {"needs": ("session.zst",)},
        ),
        ("thawed", "the plain form for the cold one", places.thawed, _AS_BEFORE, {}),
        (
            "archived",
            "active rollouts among the archived ones",
            places.archived,
            dict.fromkeys(READERS[1:4], answers.same)
            | {"session.threads": answers.archived_threads, "session.usage": answers.archived_usage},
            {},
        ),
    )
)
"""All transformations in the order in which they are shown."""

BY_NAME: Mapping[str, Transformation] = MappingProxyType({each.name: each for each in TRANSFORMATIONS})
