"""The kill matrix: mutants x cases.  A case kills a mutant when it tells it from the reference."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rollout_conformance.answers import Answer, Broken
from rollout_conformance.cases import Case, CaseError
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.mutants.elsewhere import KILLED_BY_TEST
from rollout_conformance.mutants.patch import patched
from rollout_conformance.mutants.registry import Mutant, order_of
from rollout_conformance.protocol.sandbox import Sandbox
from rollout_conformance.requirements import Level, Requirement
from rollout_conformance.results import Outcome
from rollout_conformance.verdict import judge

CRASHES: frozenset[Outcome] = frozenset({"crash", "error", "timeout"})
"""Outcomes of a mutant that broke down before it could be wrong."""


class Kill(Struct, frozen=True):
    """A case that tells a mutant from the reference."""

    case: str
    outcome: Outcome
    detail: str
    cites: bool
    """The case cites the requirement that the mutant breaks."""

    @property
    def clean(self) -> bool:
        """Tell whether the mutant gave a wrong answer, and did not just break down."""
        return self.outcome not in CRASHES


class Row(Struct, frozen=True):
    """What the cases did to one mutant."""

    requirement: str
    mutant: str
    wrong: str
    kills: list[Kill]
    asked: int
    """How many cases it was asked."""

    @property
    def verdict(self) -> Literal["killed", "crash", "survived"]:
        """Tell how the mutant ended: `crash` where no case got a wrong answer out of it."""
        if any(kill.clean for kill in self.kills):
            return "killed"
        return "crash" if self.kills else "survived"

    @property
    def decisive(self) -> Kill | None:
        """Return the kill that says most: a wrong answer before a crash, a citing case before another."""
        return min(self.kills, key=lambda kill: (not kill.clean, not kill.cites), default=None)


class Matrix(Struct, frozen=True):
    """All rows, and the rules that nothing breaks."""

    rows: list[Row]
    by_test: dict[str, str]
    """Rules whose breach a test finds and no case can, with that test."""
    unbroken: list[str]
    """Rules of level MUST without a mutant and without such a test."""
    cases: int

    @property
    def survivors(self) -> list[Row]:
        """Return the mutants that no case tells from the reference."""
        return [row for row in self.rows if not row.kills]

    @property
    def complete(self) -> bool:
        """Tell whether every rule has a mutant and every mutant dies."""
        return not self.survivors and not self.unbroken


class Judge:
    """The cases, and what the reference answers to each.

    Raises `cases.CaseError` for a case that the reference itself fails.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        self._reference = Reference()
        self._answers: dict[str, Answer] = {}
        self._cases: list[Case] = []
        for case in cases:
            answer = self._ask(case, case.input)
            outcome = judge(case, answer, self._reference.identity).outcome
            if outcome == "pass":
                self._answers[case.id] = answer
                self._cases.append(case)
            elif outcome != "unsupported":
                raise CaseError(f"{case.folder}: the reference does not pass this case ({outcome})")

    def __len__(self) -> int:
        return len(self._cases)

    def row(self, mutant: Mutant, *, every_case: bool = False) -> Row:
        """Ask a mutant case after case: those that cite its rule first, the most specific ones before.

        It stops at the first kill, or asks every case; after a crash the other citing cases get a
        chance to kill cleanly.  Raises `patch.StaleMutant`.
        """
        kills: list[Kill] = []
        asked = 0
        with patched(mutant.damage), closing(Sandbox()) as sandbox:
            for case in self._for(mutant):
                cites = mutant.requirement in case.cited
                if kills and not every_case and (kills[-1].clean or not cites):
                    break
                asked += 1
                kill = self._kill(mutant, case, sandbox)
                if kill is not None:
                    kills.append(kill)
        return Row(mutant.requirement, mutant.name, mutant.wrong, kills, asked)

    def _for(self, mutant: Mutant) -> list[Case]:
        return sorted(
            self._cases,
            key=lambda case: (mutant.requirement not in case.cited, len(case.requirements), case.id),
        )

    def _kill(self, mutant: Mutant, case: Case, sandbox: Sandbox) -> Kill | None:
        cites = mutant.requirement in case.cited
        if mutant.touches_input:
            folders = sandbox.folders(case.input)
            answer = self._ask(case, Path(folders.given))
            changes = folders.changes()
            folders.remove()
            if changes:
                return Kill(case.id, "fail", f"changed its input: {', '.join(changes)}", cites)
        else:
            answer = self._ask(case, case.input)
        if answer == self._answers[case.id]:
            return None
        judgement = judge(case, answer, self._reference.identity)
        if judgement.outcome == "pass":
            return None
        detail = judgement.detail
        if judgement.difference is not None:
            detail = f"{detail}: {judgement.difference}"
        return Kill(case.id, judgement.outcome, detail, cites)

    def _ask(self, case: Case, given: Path) -> Answer:
        try:
            return self._reference.perform(replace(case.task, input=given))
        except Exception as error:  # a mutant may break in any way
            return Broken("crash", f"{type(error).__name__}: {error}")


def build(
    mutants: list[Mutant],
    rules: dict[str, Requirement],
    judge: Judge,
    *,
    every_case: bool = False,
    watch: Callable[[Iterator[Row]], Iterator[Row]] = iter,
) -> Matrix:
    """Ask all mutants; `watch` passes the rows on as they come.  Raises `patch.StaleMutant`."""
    rows = list(watch(judge.row(mutant, every_case=every_case) for mutant in mutants))
    broken = {mutant.requirement for mutant in mutants}
    unbroken = [
        rule.id
        for rule in rules.values()
        if rule.level is Level.MUST and rule.id not in broken and rule.id not in KILLED_BY_TEST
    ]
    by_test = {rule: test for rule, test in KILLED_BY_TEST.items() if rule in rules}
    return Matrix(rows, by_test, sorted(unbroken, key=order_of), len(judge))
