"""Try laws on subjects, and count how often each had something to say."""

from collections import Counter
from collections.abc import Iterable
from itertools import product

from msgspec import Struct

from rollout_conformance.invariants.session.laws import Law, NothingToCheck
from rollout_conformance.invariants.session.reader import Reader
from rollout_conformance.invariants.session.subjects import Origin, Subject

ORIGINS: tuple[Origin, ...] = ("case", "recorded", "generated")


class Row(Struct, frozen=True):
    """A law, and on how many subjects of each origin it held."""

    id: str
    says: str
    ran: dict[Origin, int]


class Survey(Struct, frozen=True):
    """How often each law held, in the order of the laws, and what broke one."""

    rows: list[Row]
    breaches: list[str]

    @property
    def runs(self) -> int:
        """Return how often laws held altogether."""
        return sum(sum(row.ran.values()) for row in self.rows)


def survey(laws: Iterable[Law], subjects: Iterable[Subject], reader: Reader) -> Survey:
    """Try each law on each subject that it is about."""
    laws = list(laws)
    ran: Counter[tuple[int, Origin]] = Counter()
    breaches: list[str] = []
    for subject, (number, law) in product(subjects, enumerate(laws)):
        if law.about != subject.about or (law.written and not subject.written):
            continue
        try:
            law.check(subject.files if law.about == "home" else subject.rollout, reader)
        except NothingToCheck:
            continue
        except AssertionError as error:
            breaches.append(f"{law.id} ({law.check.__name__}) on {subject.name}: {error}")
        else:
            ran[number, subject.origin] += 1
    return Survey(
        [
            Row(law.id, law.says, {origin: ran[number, origin] for origin in ORIGINS})
            for number, law in enumerate(laws)
        ],
        breaches,
    )
