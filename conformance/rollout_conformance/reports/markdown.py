"""Markdown for the summary page of a CI run; GitHub takes at most 1 MiB of it."""

import re
from pathlib import Path

from rollout_conformance.library import Library
from rollout_conformance.reports.cards import Card, card_of
from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import (
    count_by_area,
    counted,
    event_on_one_line,
    on_one_line,
    percent,
    printable,
    verdict_in_words,
    without_links,
)
from rollout_conformance.results import EXPECTED, OUTCOMES, UNDECIDED, Result

CARDS = 50
"""Failures that are shown in full."""

NAMED = 500
"""Further failures that are named."""

LINE_WIDTH = 300

MARKS = {"conformant": "✅", "not-conformant": "❌", "inconclusive": "❔"}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&@!])")
BACKTICKS = re.compile(r"`+")


def render(report: Report, library: Library, path: Path | None = None) -> str:
    """Return the page: the verdict, a table by area, a card for each of the first failures."""
    failures = [result for result in report.results if result.outcome not in EXPECTED | UNDECIDED]
    undecided = [result for result in report.results if result.outcome in UNDECIDED]
    parts = [_verdict(report), *_stale(report), _areas(report)]
    if failures:
        parts.append(f"### {counted(len(failures), 'failure')}")
        parts += [_card(card_of(result, report.header, library, path)) for result in failures[:CARDS]]
        parts += _named("And {} more", failures[CARDS:])
    parts += _named("{} did not run", undecided)
    return "\n\n".join(parts) + "\n"


def _verdict(report: Report) -> str:
    header, footer = report.header, report.footer
    who = escaped(f"{header.implementation.name} {header.implementation.version}")
    figures = [
        f"MUST **{footer.must.passed:,} of {footer.must.total:,}**",
        f"SHOULD {percent(footer.should)}" if footer.should.total else "",
        f"{counted(len(footer.may), 'choice')} of MAY" if footer.may else "",
    ]
    return (
        f"## {MARKS[footer.verdict]} {who}: {footer.verdict.replace('-', ' ')}\n\n"
        f"{verdict_in_words(header, footer)} {', '.join(filter(None, figures))}.\n\n"
        f"Claim `{_code(footer.claim)}`, suite {escaped(header.suite)}, {header.mode} run."
    )


def _stale(report: Report) -> list[str]:
    """Say what is wrong with the list of known failures."""
    if not report.footer.stale:
        return []
    lines = "\n".join(f"- {escaped(problem)}" for problem in report.footer.stale)
    return [f"**The list of known failures is out of date.**\n\n{lines}"]


def _areas(report: Report) -> str:
    outcomes = [name for name in OUTCOMES if name in report.footer.counts or name == "pass"]
    rows = [
        f"| area | cases | {' | '.join(outcomes)} |",
        f"|---|---:|{'---:|' * len(outcomes)}",
    ]
    for area, counts in count_by_area(report.results).items():
        cells = " | ".join(str(counts[name]) if counts[name] else "" for name in outcomes)
        rows.append(
            f"| {'' if EXPECTED.issuperset(counts) else '❌ '}{escaped(area)} | {counts.total()} | {cells} |"
        )
    total = sum(report.footer.counts.values())
    sums = " | ".join(f"**{report.footer.counts.get(name, 0)}**" for name in outcomes)
    return "\n".join([*rows, f"| **all** | **{total}** | {sums} |"])


def _card(card: Card) -> str:
    result = card.result
    body = [f"- **{rule.id}** {rule.level}. {without_links(rule.sentence)}" for rule in card.main_rules]
    if card.other_rules:
        body.append("- " + ", ".join(rule.id for rule in card.other_rules))
    told = [printable(result.detail)]
    if result.difference is not None:
        told += [
            printable(result.difference.pointer) or "/",
            f"  expected {printable(result.difference.expected)}",
            f"  got      {printable(result.difference.actual)}",
        ]
    for line in card.lines:
        told += ["", f"{line.place} ({line.why})", f"  {event_on_one_line(line.text, LINE_WIDTH)}"]
    if card.neighbour:
        told += ["", f"accepted neighbour: {card.neighbour}"]
    told += ["", f"again: {card.replay}"]
    body.append(_fenced("\n".join(told)))
    return (
        f"<details><summary><b>{escaped_html(result.outcome)}</b> <code>{escaped_html(result.case)}</code> "
        f"{escaped_html(result.title)}</summary>\n\n" + "\n\n".join(body) + "\n\n</details>"
    )


def _named(told: str, results: list[Result]) -> list[str]:
    if not results:
        return []
    names = ", ".join(f"`{_code(result.case)}`" for result in results[:NAMED])
    rest = len(results) - NAMED
    told = told.format(f"{len(results):,}")
    return [f"{told}: {names}{f' and {rest:,} others' if rest > 0 else ''}."]


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", on_one_line(text, LINE_WIDTH))


def escaped_html(text: str) -> str:
    """Return text that HTML inside of Markdown shows as it is."""
    plain = on_one_line(text, LINE_WIDTH)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str) -> str:
    return on_one_line(text, LINE_WIDTH).replace("`", "'")


def _fenced(text: str) -> str:
    """Return a block of code whose fence is longer than any in the text."""
    fence = "`" * max(3, 1 + max((len(run) for run in BACKTICKS.findall(text)), default=0))
    return f"{fence}text\n{text}\n{fence}"
