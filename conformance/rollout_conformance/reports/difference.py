"""What changed between two reports, case by case."""

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import counted, on_one_line, printable
from rollout_conformance.results import OUTCOMES, Header, Outcome, Result

DETAIL_WIDTH = 200


class Changes(Struct, frozen=True):
    """Cases that came out otherwise, grouped by the outcomes before and after."""

    worse: dict[tuple[Outcome, Outcome], list[Result]]
    better: dict[tuple[Outcome, Outcome], list[Result]]
    otherwise: list[Result]
    """Same outcome, but it failed in another way or took another allowed branch."""
    gone: list[Result]
    new: list[Result]
    unlike: list[str]
    """What the two headers do not share."""


def changes(before: Report, after: Report) -> Changes:
    """Return how the second report differs from the first; outcomes are ordered from best to worst."""
    old = {result.case: result for result in before.results}
    new = {result.case: result for result in after.results}
    both = [(old[case], new[case]) for case in sorted(old.keys() & new.keys())]
    worse: defaultdict[tuple[Outcome, Outcome], list[Result]] = defaultdict(list)
    better: defaultdict[tuple[Outcome, Outcome], list[Result]] = defaultdict(list)
    for was, now in both:
        step = OUTCOMES.index(now.outcome) - OUTCOMES.index(was.outcome)
        if step:
            (worse if step > 0 else better)[was.outcome, now.outcome].append(now)
    return Changes(
        worse=dict(worse),
        better=dict(better),
        otherwise=[now for was, now in both if was.outcome == now.outcome and _otherwise(was, now)],
        gone=[old[case] for case in sorted(old.keys() - new.keys())],
        new=[new[case] for case in sorted(new.keys() - old.keys())],
        unlike=list(_unlike(before.header, after.header)),
    )


def _otherwise(was: Result, now: Result) -> bool:
    return (was.signature, was.branch) != (now.signature, now.branch)


def _unlike(before: Header, after: Header) -> Iterator[str]:
    for name in ("suite", "corpus", "profile", "mode"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield f"{name}: {was} before, {now} after"


def show(found: Changes, before: Report, after: Report) -> None:
    """Print the groups, the worst first."""
    console = Console(highlight=False, soft_wrap=True)
    for text in found.unlike:
        console.print(Text(f"not the same {printable(text)}", "yellow"))
    for word, style, groups in (("worse", "red", found.worse), ("better", "green", found.better)):
        for (was, now), results in sorted(groups.items(), key=lambda item: _rank(*item[0]), reverse=True):
            _group(console, f"{word}: {was} -> {now}", results, style)
    _group(console, "same outcome in another way", found.otherwise, "yellow")
    for heading, results in (("no longer judged", found.gone), ("new", found.new)):
        for outcome in reversed(OUTCOMES):
            _group(console, f"{heading}: {outcome}", [r for r in results if r.outcome == outcome], "yellow")
    worse, better = (sum(map(len, groups.values())) for groups in (found.worse, found.better))
    verdict = f"{before.footer.verdict} -> {after.footer.verdict}"
    console.print(Text(f"{counted(worse, 'case')} worse, {better:,} better; {verdict}", "bold"))


def _rank(was: Outcome, now: Outcome) -> tuple[int, int]:
    return OUTCOMES.index(now), OUTCOMES.index(was)


def _group(console: Console, heading: str, results: list[Result], style: str) -> None:
    if not results:
        return
    console.print(Text(f"{heading} ({len(results):,})", f"bold {style}"))
    for result in results:
        told = result.detail if result.outcome != "pass" else result.branch or ""
        console.print(Text(f"  {printable(result.case)}  {on_one_line(told, DETAIL_WIDTH)}".rstrip()))
    console.print()
