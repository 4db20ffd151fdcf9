"""One HTML file that tells everything: no scripts, nothing loaded from elsewhere."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape
from msgspec import Struct

from rollout_conformance.library import Library
from rollout_conformance.reports.cards import Card, card_of
from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import (
    area_of,
    count_by_area,
    counted,
    percent,
    printable,
    verdict_in_words,
    view_in_words,
    without_links,
)
from rollout_conformance.results import EXPECTED, OUTCOMES, UNDECIDED, Outcome, Result
from rollout_conformance.summary import views_of

TEMPLATES = Path(__file__).with_name("templates")
OPEN_CARDS = 3
"""Failures that are unfolded from the start."""

LINE_CHARACTERS = 400
CODE = re.compile(r"`([^`]+)`")
EMPHASIS = re.compile(r"(?<![\w*])\*([^*<>]+)\*(?![\w*])")
WEB = re.compile(r"https?://[^\s]+")


class Area(Struct, frozen=True):
    """One row of the table by area."""

    name: str
    counts: Counter[Outcome]

    @property
    def outcomes(self) -> list[tuple[Outcome, int]]:
        """Return the outcomes with their numbers, from best to worst."""
        return in_order(self.counts)


class Failures(Struct, frozen=True):
    """The failures of one area."""

    area: str
    cards: list[Card]


def render(report: Report, library: Library, path: Path | None = None) -> str:
    """Return the page; `path` is the file that holds the report, for the replay commands."""
    header, results, footer = report
    surprises = [result for result in results if result.outcome not in EXPECTED | UNDECIDED]
    return _template().render(
        header=header,
        footer=footer,
        total=len(results),
        sentence=verdict_in_words(header, footer),
        seconds=sum(result.ms for result in results) / 1000,
        outcomes=in_order(footer.counts),
        areas=[Area(name, counts) for name, counts in count_by_area(results).items()],
        surprises=surprises,
        failures=_by_area([card_of(result, header, library, path) for result in surprises]),
        unfolded={result.case for result in surprises[:OPEN_CARDS]},
        tolerated=_by_outcome([result for result in results if result.outcome in EXPECTED - {"pass"}]),
        undecided=_by_outcome([result for result in results if result.outcome in UNDECIDED]),
        failed_areas={area_of(result) for result in surprises},
        choices=[result for result in results if result.branch is not None],
        views=views_of(header),
        view_in_words=view_in_words,
        has_cases=library.root == header.corpus,
        every_outcome=OUTCOMES,
    )


def _by_area(cards: list[Card]) -> list[Failures]:
    groups: dict[str, list[Card]] = {}
    for card in cards:
        groups.setdefault(area_of(card.result), []).append(card)
    return [Failures(area, groups[area]) for area in sorted(groups)]


def _by_outcome(results: list[Result]) -> list[tuple[Outcome, list[Result]]]:
    groups = [(name, [result for result in results if result.outcome == name]) for name in OUTCOMES]
    return [(name, group) for name, group in groups if group]


def in_order(counts: dict[Outcome, int] | Counter[Outcome]) -> list[tuple[Outcome, int]]:
    """Return outcomes that occurred, from best to worst."""
    return [(outcome, counts[outcome]) for outcome in OUTCOMES if counts.get(outcome)]


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {"prose": _prose, "cut": _cut, "web": _web, "percent": percent, "counted": counted}
    return environment.get_template("report.html")


def _finalize(value: object) -> object:
    """Spell out control characters of whatever text an implementation told."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """Return a sentence of the specification, its code and emphasis marked as such."""
    escaped = str(escape(printable(without_links(text))))
    parts = CODE.split(escaped)
    parts[::2] = [EMPHASIS.sub(r"<em>\1</em>", part) for part in parts[::2]]
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return Markup("".join(parts))  # noqa: S704  (escaped)


def _cut(text: str) -> str:
    return text if len(text) <= LINE_CHARACTERS else text[:LINE_CHARACTERS] + "…"


def _web(address: str) -> str:
    """Return an address if it is one of the web: an implementation may claim any text."""
    return address if WEB.fullmatch(address) else ""
