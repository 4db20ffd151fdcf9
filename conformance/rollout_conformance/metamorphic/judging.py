"""Ask an implementation for cases and for their variants; what it answers to both has to go together.

Only cases that pass as they are have their variants asked for: what fails anyway shows nothing new.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from rollout_conformance import index
from rollout_conformance.answers import Identity
from rollout_conformance.cases import Case
from rollout_conformance.compare import Difference
from rollout_conformance.implementations import Implementation
from rollout_conformance.metamorphic.table import READERS, Transformation
from rollout_conformance.metamorphic.variants import Variant, describe, variants_of
from rollout_conformance.requirements import Requirement
from rollout_conformance.results import EXPECTED, Outcome, Result
from rollout_conformance.runner import Runner

KEPT = 5
"""Breaches of each kind that are kept as cases; the report names all."""


class Count(Struct, frozen=True):
    """How often a transformation of an operation's input held, and how often it did not."""

    op: str
    transformation: str
    held: int
    broken: int


class Breach(Struct, frozen=True, omit_defaults=True):
    """A variant that was answered in another way than the case allows."""

    case: str
    transformation: str
    op: str
    requirements: list[str]
    outcome: Outcome
    detail: str = ""
    difference: Difference | None = None
    kept: str | None = None
    """The folder of the variant as a case, if it was kept."""


class Survey(Struct, frozen=True):
    """What all variants together showed."""

    implementation: Identity
    profile: str
    corpus: str
    cases: int
    """Cases that passed as they are, and were transformed."""
    left_out: dict[Outcome, int]
    """Cases that were not: how many came out how."""
    laws: list[Count]
    breaches: list[Breach]


class Judge:
    """Judges variants; the counts and breaches so far can be read at any time."""

    def __init__(
        self,
        implementation: Implementation,
        requirements: dict[str, Requirement],
        transformations: Iterable[Transformation],
        keep: Path,
    ) -> None:
        """Judge an implementation; breaches go below `keep`, which is made for the first one."""
        self._implementation = implementation
        self._runner = Runner(implementation, requirements)
        self._transformations = tuple(transformations)
        self._keep = keep
        self._held: Counter[tuple[str, str]] = Counter()
        self._broken: Counter[tuple[str, str]] = Counter()
        self._under_way: dict[str, Variant] = {}
        self.breaches: list[Breach] = []
        self.left_out: Counter[Outcome] = Counter()
        self.passed: list[Case] = []

    def run(self, cases: Iterable[Case], scratch: Path) -> None:
        """Judge cases, and then the variants of those that pass; `scratch` is a folder to write to."""
        found = {case.id: case for case in cases if case.op in READERS and case.verdict != "may"}
        for result in self._runner.run(found.values()):
            if result.outcome == "pass":
                self.passed.append(found[result.case])
            else:
                self.left_out[result.outcome] += 1
        for result in self._runner.run(self._variants(scratch)):
            self._take(result, self._under_way.pop(result.case))
        if self.breaches:
            index.write(self._keep)

    def survey(self, profile: str, corpus: str) -> Survey:
        """Return what was found; `corpus` is the root hash of the cases."""
        pairs = [(op, each.name) for op in READERS for each in self._transformations if op in each.answers]
        counts = [Count(*pair, self._held[pair], self._broken[pair]) for pair in pairs]
        return Survey(
            self._implementation.identity,
            profile,
            corpus,
            len(self.passed),
            {outcome: self.left_out[outcome] for outcome in sorted(self.left_out)},
            [count for count in counts if count.held or count.broken],
            self.breaches,
        )

    def _variants(self, scratch: Path) -> Iterator[Case]:
        for case in self.passed:
            for variant in variants_of(case, scratch, self._transformations):
                self._under_way[variant.case.id] = variant
                yield variant.case

    def _take(self, result: Result, variant: Variant) -> None:
        kind = (result.op, variant.transformation)
        if result.outcome in EXPECTED:
            self._held[kind] += result.outcome == "pass"
        else:
            self._broken[kind] += 1
            self.breaches.append(
                Breach(
                    variant.of,
                    variant.transformation,
                    result.op,
                    result.requirements,
                    result.outcome,
                    result.detail,
                    result.difference,
                    self._kept(variant.case) if self._broken[kind] <= KEPT else None,
                )
            )
        shutil.rmtree(variant.case.folder, ignore_errors=True)

    def _kept(self, case: Case) -> str:
        """Keep a variant: as a case of a corpus of its own, which can be run like any other."""
        folder = self._keep / case.id
        shutil.copytree(case.folder, folder)
        describe(case, folder)
        return str(folder)
