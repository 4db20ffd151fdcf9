"""The arithmetic of verdicts: what a stream of results amounts to."""

from collections import Counter
from collections.abc import Iterable

from rollout_conformance.answers import View
from rollout_conformance.results import OUTCOMES, UNDECIDED, Footer, Header, Outcome, Result, Tally, Verdict
from rollout_conformance.vocabulary import vocabulary

CONFORMING: frozenset[Outcome] = frozenset({"pass"})
"""Known, flaky and deviating results are expected, but they conform to nothing."""


class Summary:
    """Adds results up, one at a time; memory does not grow with their number."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter()
        self._levels: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._undecided_musts = 0
        self._may: dict[str, str] = {}

    def add(self, result: Result) -> None:
        """Count one result; what was not supported by declaration counts for no level."""
        self.counts[result.outcome] += 1
        if result.branch is not None:
            self._may[result.case] = result.branch
        if result.outcome != "unsupported":
            self._levels[result.level] += 1
            self._passed[result.level] += result.outcome in CONFORMING
        if result.outcome in UNDECIDED and result.level == "MUST":
            self._undecided_musts += 1

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
        """Every MUST decides; nothing that did not run or was not claimed ever counts as conformant."""
        must = self._tally("MUST")
        if must.passed < must.total - self._undecided_musts:
            return "not-conformant"
        if header.mode != "full" or not must.total or any(self.counts[outcome] for outcome in UNDECIDED):
            return "inconclusive"
        if header.profile not in header.implementation.profiles or _in_part(header):
            return "inconclusive"
        return "conformant"


def views_of(header: Header) -> dict[str, View]:
    """Return through what the outputs are seen that the profile's operations make, by file."""
    views = header.implementation.views
    operations = vocabulary().profiles[header.profile].operations if views else ()
    outputs = (name for operation in operations for name in vocabulary().operations[operation].outputs)
    return {name: views[name] for name in outputs if name in views}


def _in_part(header: Header) -> bool:
    """Tell whether only a part of what the profile's operations make is seen."""
    return any(view.is_partial for view in views_of(header).values())


def summarise(header: Header, results: Iterable[Result]) -> Footer:
    """Return the footer of a whole stream."""
    summary = Summary()
    for result in results:
        summary.add(result)
    return summary.footer(header)


def nothing_judged(footer: Footer) -> bool:
    """Tell whether no case was decided: everything that was asked for was not supported."""
    return set(footer.counts) == {"unsupported"}


def next_step(header: Header, footer: Footer) -> str | None:
    """Return what keeps a claim from being decided and what to do about it; None if nothing does."""
    about = header.implementation
    if header.profile in about.profiles:
        return None
    claims = f"claims {', '.join(about.profiles)}" if about.profiles else "claims no profile"
    begin = "Nothing was judged: the implementation" if nothing_judged(footer) else "The implementation"
    return (
        f"{begin} {claims} in its hello, so there is no verdict about {header.profile}. "
        f"Implement its operations, then add {header.profile!r} to 'profiles' in the answer to hello."
    )
