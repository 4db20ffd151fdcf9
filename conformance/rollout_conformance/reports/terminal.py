"""Results for a person at a terminal: progress, a card for each surprise, a table by area."""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from rollout_conformance.library import Library
from rollout_conformance.reports.cards import Card, card_of
from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import (
    area_of,
    counted,
    event_on_one_line,
    percent,
    printable,
    verdict_in_words,
    view_in_words,
    without_links,
)
from rollout_conformance.results import EXPECTED, OUTCOMES, Footer, Header, Outcome, Result
from rollout_conformance.summary import views_of

CARDS = 20
"""Surprises that are shown in full; the report file has them all."""

ALWAYS_SHOWN: tuple[Outcome, ...] = ("pass", "deviation", "fail")
INDENT = 2


def with_progress(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Pass results on while a bar shows how far they are; silent when nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(results, total=total)


class Terminal:
    """Collects what the terminal shows of a run: the first surprise of each sort, and counts by area."""

    def __init__(self, library: Library, report: Path | None = None) -> None:
        self._library = library
        self._report = report
        self._by_area: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self._shown: dict[str, Result] = {}
        self._alike: Counter[str] = Counter()
        self._deviations: Counter[str] = Counter()

    def add(self, result: Result) -> None:
        """Take in one result; those that fail as an earlier one did are only counted."""
        self._by_area[area_of(result)][result.outcome] += 1
        if result.outcome == "deviation":
            self._deviations.update((result.reason or "without an id").split(", "))
        if result.outcome in EXPECTED:
            return
        sort = result.signature or f"{result.outcome} {result.detail}"
        if sort in self._shown or len(self._shown) < CARDS:
            self._shown.setdefault(sort, result)
            self._alike[sort] += 1

    def show(self, header: Header, footer: Footer) -> None:
        """Print the cards, the table, and the verdict."""
        console = Console(highlight=False)
        for sort, result in self._shown.items():
            show_card(console, card_of(result, header, self._library, self._report))
            if self._alike[sort] > 1:
                _print(console, f"{self._alike[sort] - 1:,} more in the same way", "yellow")
            console.print()
        hidden = sum(n for outcome, n in footer.counts.items() if outcome not in EXPECTED)
        hidden -= self._alike.total()
        if hidden:
            console.print(
                f"... and {hidden:,} more in other ways; --report FILE or --html FILE has them all\n"
            )
        console.print(self._table(footer))
        if self._deviations:
            told = (f"{name} ({count})" for name, count in sorted(self._deviations.items()))
            console.print(printable(f"deviations: {', '.join(told)}"))
        console.print(_summary(header, footer))

    def _table(self, footer: Footer) -> Table:
        columns = [outcome for outcome in OUTCOMES if outcome in footer.counts or outcome in ALWAYS_SHOWN]
        table = Table(show_footer=True)
        table.add_column("area", footer="all", no_wrap=True)
        table.add_column("cases", justify="right", footer=str(sum(footer.counts.values())))
        for outcome in columns:
            table.add_column(outcome, justify="right", footer=str(footer.counts.get(outcome, 0)))
        for area in sorted(self._by_area):
            counts = self._by_area[area]
            cells = [str(counts[outcome]) if counts[outcome] else "" for outcome in columns]
            table.add_row(
                area, str(counts.total()), *cells, style="" if EXPECTED.issuperset(counts) else "red"
            )
        return table


def show_report(report: Report, library: Library, path: Path) -> None:
    """Print a stored report as its run did."""
    shown = Terminal(library, path)
    for result in report.results:
        shown.add(result)
    shown.show(report.header, report.footer)


def show_card(console: Console, card: Card) -> None:
    """Print one card; a command is left on one line, so that it can be copied."""
    result = card.result
    _print(console, f"{result.outcome.upper()} {result.case}", "bold red", indent=0)
    _print(console, result.title)
    for rule in card.main_rules:
        _print(console, f"[{rule.id}] {rule.level}. {without_links(rule.sentence)}", "dim")
    if card.other_rules:
        _print(console, f"and {counted(len(card.other_rules), 'rule')} more", "dim")
    _print(console, result.detail)
    if result.reason:
        _print(console, f"known: {result.reason}")
    if result.difference is not None:
        _print(console, result.difference.pointer or "/", "bold")
        _print(console, f"expected {result.difference.expected}", "green", indent=2 * INDENT)
        _print(console, f"got      {result.difference.actual}", "red", indent=2 * INDENT)
    for line in card.lines:
        _print(console, f"{line.place} ({line.why})", "cyan")
        _print(console, event_on_one_line(line.text, console.width - 2 * INDENT), "dim", indent=2 * INDENT)
    for note in card.notes:
        _print(console, f"{note.key}: {note.text}", "dim")
    if card.neighbour:
        _print(console, f"accepted neighbour: {card.neighbour}", "dim")
    console.print(Text(f"{' ' * INDENT}again: {card.replay}", "dim"), soft_wrap=True)


def _print(console: Console, text: str, style: str = "", indent: int = INDENT) -> None:
    """Print a paragraph; words that are longer than a line, such as pointers, stay whole."""
    filled = textwrap.fill(
        printable(text),
        max(console.width, 2 * INDENT + 1),
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(Text(filled, style), soft_wrap=True)


def _summary(header: Header, footer: Footer) -> Text:
    told = ", ".join(f"{count} {outcome}" for outcome, count in footer.counts.items())
    total = sum(footer.counts.values())
    who = printable(f"{header.implementation.name} {header.implementation.version}")
    text = f"{who}: {told} of {counted(total, 'case')}\n"
    text += f"{footer.verdict}: {header.profile}, MUST {footer.must.passed} of {footer.must.total}"
    if footer.should.total:
        text += f", SHOULD {footer.should.passed} of {footer.should.total} ({percent(footer.should)})"
    if footer.verdict != "conformant":
        text += f"\n{verdict_in_words(header, footer)}"
    for name, view in views_of(header).items():
        text += f"\n{printable(view_in_words(name, view))}"
    expected = "bold green" if footer.verdict == "conformant" else "bold yellow"
    return Text(text, style=expected if EXPECTED.issuperset(footer.counts) else "bold red")
