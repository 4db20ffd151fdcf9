"""Judge cases of a report again, and say what became of them."""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from rollout_conformance.implementations import Implementation
from rollout_conformance.library import Library
from rollout_conformance.results import EXPECTED, Outcome, Result
from rollout_conformance.runner import Runner

Change = Literal["FIXED", "STILL FAILS", "DIFFERENT", "STILL PASSES", "NOW FAILS"]

GOOD: frozenset[Change] = frozenset({"FIXED", "STILL PASSES"})

SOFTENED: frozenset[Outcome] = frozenset({"known", "flaky"})
"""Outcomes that stand for a failure which somebody listed: a replay has no list."""


class Replayed(Struct, frozen=True):
    """A case as it was reported and as it is now."""

    before: Result
    after: Result

    @property
    def same(self) -> bool:
        """Tell whether nothing changed: the outcome, how it failed, which branch was taken."""
        was, now = self.before, self.after
        return (was.signature, was.branch) == (now.signature, now.branch) and (
            was.outcome == now.outcome or was.outcome in SOFTENED
        )

    @property
    def change(self) -> Change:
        """Return what became of the case."""
        good = self.after.outcome in EXPECTED
        if self.before.outcome in EXPECTED - SOFTENED:
            return "STILL PASSES" if good else "NOW FAILS"
        if good:
            return "FIXED"
        return "STILL FAILS" if self.same else "DIFFERENT"


def judge_again(
    results: Iterable[Result], library: Library, implementation: Implementation
) -> Iterator[Replayed]:
    """Yield each result with its new one; those whose case the corpus does not have are left out."""
    known = {result.case: (result, case) for result in results if (case := library.find(result.case))}
    runner = Runner(implementation, library.requirements)
    for after in runner.run([case for _, case in known.values()]):
        yield Replayed(known[after.case][0], after)
