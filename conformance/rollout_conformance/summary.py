"""The arithmetic of verdicts: what a stream of results amounts to."""

from collections import Counter
from collections.abc import Iterable

from rollout_conformance.results import OUTCOMES, UNDECIDED, Footer, Header, Outcome, Result, Tally, Verdict

CONFORMING: frozenset[Outcome] = frozenset({"pass"})
"""Known, flaky and deviating results are expected, but they conform to nothing."""


class Summary:
    """Adds results up, one at a time; memory does not grow with their number."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter()
        self._levels: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._may: dict[str, str] = {}

    def add(self, result: Result) -> None:
        """Count one result; what was not supported by declaration counts for no level."""
        self.counts[result.outcome] += 1
        if result.branch is not None:
            self._may[result.case] = result.branch
        if result.outcome != "unsupported":
            self._levels[result.level] += 1
            self._passed[result.level] += result.outcome in CONFORMING

    def footer(self, header: Header) -> Footer:
        """Return the sums and the verdict of everything that was added."""
        return Footer(
            counts={outcome: self.counts[outcome] for outcome in OUTCOMES if self.counts[outcome]},
            must=self._tally("MUST"),
            should=self._tally("SHOULD"),
            may=self._may,
            verdict=self._verdict(header),
            claim=f"{header.profile}@{header.corpus[:12]}",
        )

    def _tally(self, level: str) -> Tally:
        return Tally(self._passed[level], self._levels[level])

    def _verdict(self, header: Header) -> Verdict:
        """Every MUST decides; nothing that did not run ever counts as conformant."""
        must = self._tally("MUST")
        if must.passed < must.total - sum(self.counts[outcome] for outcome in UNDECIDED):
            return "not-conformant"
        if header.mode != "full" or not must.total or any(self.counts[outcome] for outcome in UNDECIDED):
            return "inconclusive"
        return "conformant"


def summarise(header: Header, results: Iterable[Result]) -> Footer:
    """Return the footer of a whole stream."""
    summary = Summary()
    for result in results:
        summary.add(result)
    return summary.footer(header)
