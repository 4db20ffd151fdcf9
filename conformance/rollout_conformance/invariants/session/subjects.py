"""What laws are tried on: rollouts and homes of the cases, recorded ones, and ones made by a seed."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from rollout_conformance.cases import Case, load_cases
from rollout_conformance.generators.histories import Histories, Projections
from rollout_conformance.generators.homes import Homes
from rollout_conformance.generators.rollouts import Generator, document
from rollout_conformance.generators.turn_items import TurnItems
from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import About
from rollout_conformance.invariants.session.reader import Files
from rollout_conformance.locations import corpus_dir
from rollout_conformance.metamorphic.given import Given, read_given

Origin = Literal["case", "recorded", "generated"]
_OPERATIONS = ("session.context", "session.history", "session.transcript", "session.threads", "session.usage")
_HOME = "home/"


class Subject(Struct, frozen=True):
    """Something that laws are tried on, by a name; a rollout is a home of one file."""

    name: str
    origin: Origin
    about: About
    files: Files
    written: bool = False
    """Whether a writer left it so."""

    @property
    def rollout(self) -> bytes:
        """Return the lines of a rollout."""
        return next(iter(self.files.values()))


def subjects_of_cases() -> Iterator[Subject]:
    """Yield the rollouts and homes that cases are accepted with: each rollout once, those of homes too.

    Rollouts of the bare era, without a line feed at the end, or that begin with another's history are left
    out: laws change lines.
    """
    seen: set[bytes] = set()
    for case in load_cases(corpus_dir()):
        if case.verdict == "must-accept" and (case.op in _OPERATIONS or _is_recorded(case)):
            yield from _of_case(case, seen)


def generated(seed: str, count: int) -> Iterator[Subject]:
    """Yield so many rollouts of each kind, and homes, made by a seed."""
    for number in range(count):
        own = f"{seed} {number}"
        made = {
            "wild": document(Generator(own).wild()),
            "written": document(Generator(own).canonical()),
            "paginated": document(Generator(own, paginated=True).canonical(), paginated=True),
            "mixed": document(Histories(own).rollout()[1]),
            "projected": document(Projections(own).rollout()[1], paginated=True),
            "items": document(TurnItems(own).rollout(), paginated=True),
        }
        for kind, data in made.items():
            written = kind in ("written", "paginated", "items")
            yield Subject(f"{kind} {own}", "generated", "rollout", {"": data}, written)
        yield Subject(f"home {own}", "generated", "home", Homes(own).home())


def _of_case(case: Case, seen: set[bytes]) -> Iterator[Subject]:
    given = read_given(case.op, case.input, case.options)
    origin: Origin = "recorded" if _is_recorded(case) else "case"
    for number, data in enumerate(_rollouts(given)):
        digest = hashlib.sha256(data).digest()
        if digest not in seen and is_whole(data):
            seen.add(digest)
            name = f"{case.id} {number}" if number else case.id
            yield Subject(name, origin, "rollout", {"": data}, origin == "recorded")
    home = {path.removeprefix(_HOME): data for path, data in given.files.items() if path.startswith(_HOME)}
    if home:
        yield Subject(case.id, origin, "home", home)


def _rollouts(given: Given) -> Iterable[bytes]:
    return filter(None, map(given.plain, given.rollouts))


def is_whole(data: bytes) -> bool:
    """Tell whether a rollout is of the enveloped era, ends with a line feed and holds all of its history."""
    is_begun = lines.is_header(data.partition(b"\n")[0]) and data.endswith(b"\n")
    return is_begun and lines.header(data).get("history_base") is None


def _is_recorded(case: Case) -> bool:
    return case.op.startswith("session.") and case.source.get("kind") == "recorded"
