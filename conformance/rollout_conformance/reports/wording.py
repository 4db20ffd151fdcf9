"""Words and figures that all reports share."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from rollout_conformance.answers import View
from rollout_conformance.results import UNDECIDED, Footer, Header, Outcome, Result, Tally
from rollout_conformance.summary import next_step, views_of

LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def printable(text: str) -> str:
    """Return text in which control characters are spelled out: it may come from an implementation."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )


def on_one_line(text: str, width: int) -> str:
    """Return text without line breaks, cut to a number of characters."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= width else flat[: max(width - 1, 0)] + "…"


def event_on_one_line(text: str, width: int) -> str:
    """Return a line of a log, cut to a number of characters; what it tells counts more than its envelope."""
    flat = on_one_line(text, len(text) * 6)
    at = flat.find('"payload":')
    return on_one_line(flat if len(flat) <= width or at < 0 else f"…{flat[at:]}", width)


def without_links(sentence: str) -> str:
    """Return a sentence of the specification with its links as plain words."""
    return LINK.sub(r"\1", sentence)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 case`, `1,338 cases`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(tally: Tally) -> str:
    """Return the share that passed, rounded down: only all of them are 100 %."""
    if not tally.total:
        return "none"
    tenths = tally.passed * 1000 // tally.total
    return "100 %" if tenths == 1000 else f"{tenths / 10} %"


def area_of(result: Result) -> str:
    """Return the requirement area that a result belongs to: that of its first requirement."""
    return result.requirements[0].partition("@")[0].rpartition("-")[0]


def count_by_area(results: Iterable[Result]) -> dict[str, Counter[Outcome]]:
    """Return how often each outcome came in each area, in order of the areas."""
    counts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for result in results:
        counts[area_of(result)][result.outcome] += 1
    return dict(sorted(counts.items()))


def verdict_in_words(header: Header, footer: Footer) -> str:
    """Say why the verdict is what it is."""
    missed = footer.must.total - footer.must.passed
    undecided = sum(footer.counts.get(outcome, 0) for outcome in UNDECIDED)
    unsupported = footer.counts.get("unsupported", 0)
    if footer.verdict == "not-conformant":
        told = f"{missed:,} of {counted(footer.must.total, 'case')} that decide a MUST did not pass"
        return f"{told}; {counted(undecided, 'case')} did not run." if undecided else f"{told}."
    if footer.verdict == "conformant":
        left_out = f" {counted(unsupported, 'case')} left out by declaration." if unsupported else ""
        return f"Every case that decides a MUST passed.{left_out}"
    return _why_inconclusive(header, footer, undecided)


def _why_inconclusive(header: Header, footer: Footer, undecided: int) -> str:
    if undecided:
        return f"{counted(undecided, 'case')} did not run or failed in the suite itself."
    step = next_step(header, footer)
    if step is not None:
        return step
    partly = [name for name, view in views_of(header).items() if view.is_partial]
    if partly:
        return f"Of {' and '.join(partly)} only a part can be seen, and all of it is needed for a claim."
    if header.mode != "full":
        return f"Only a part of the corpus was run ({header.mode}), and all of it is needed for a claim."
    return "No case that decides a MUST applied."


def view_in_words(name: str, view: View) -> str:
    """Say what of an output file an implementation shows."""
    told = (
        ("in the form", [view.form] if view.form else []),
        ("not always told", view.may_lack),
        ("told only as being there", view.only_there),
        ("told only by keys", view.keys_only),
        ("keys added", dict.fromkeys(further.deviation for further in view.further)),
    )
    return f"{name} is seen " + "; ".join(f"{words} {', '.join(what)}" for words, what in told if what)
