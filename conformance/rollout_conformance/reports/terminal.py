"""Results for a person at a terminal: progress, a table by area, a card for each surprise."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from rollout_conformance.requirements import Requirement
from rollout_conformance.results import EXPECTED, OUTCOMES, Footer, Header, Outcome, Result

CARDS = 20
"""Surprises that are shown in full; the report file has them all."""

ALWAYS_SHOWN: tuple[Outcome, ...] = ("pass", "deviation", "fail")


def with_progress(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Pass results on while a bar shows how far they are; silent when nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(results, total=total)


class Terminal:
    """Collects what the terminal shows of a run: the first surprises, and counts by area."""

    def __init__(self, requirements: dict[str, Requirement]) -> None:
        self._requirements = requirements
        self._by_area: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self._cards: list[Result] = []
        self._surprises = 0

    def add(self, result: Result) -> None:
        """Take in one result."""
        self._by_area[area_of(result)][result.outcome] += 1
        if result.outcome not in EXPECTED:
            self._surprises += 1
            if len(self._cards) < CARDS:
                self._cards.append(result)

    def show(self, header: Header, footer: Footer) -> None:
        """Print the cards, the table, and one line of summary."""
        console = Console(highlight=False)
        for result in self._cards:
            console.print(self._card(result))
        if self._surprises > len(self._cards):
            console.print(f"... and {self._surprises - len(self._cards)} more; --report FILE has them all\n")
        console.print(self._table(footer))
        console.print(_summary(header, footer))

    def _card(self, result: Result) -> Text:
        card = Text(f"{result.outcome.upper()} {result.case}\n", style="bold red")
        card.append(f"  {result.title}\n", style="not bold default")
        for cited in result.requirements:
            rule = self._requirements.get(cited.partition("@")[0])
            if rule is not None:
                card.append(f"  [{rule.id}] {rule.sentence}\n", style="not bold dim default")
        card.append(f"  {result.detail}\n", style="not bold default")
        if result.difference is not None:
            card.append(f"  {result.difference}\n", style="not bold default")
        return card

    def _table(self, footer: Footer) -> Table:
        columns = [outcome for outcome in OUTCOMES if outcome in footer.counts or outcome in ALWAYS_SHOWN]
        table = Table(show_footer=True)
        table.add_column("area", footer="all")
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


def area_of(result: Result) -> str:
    """Return the requirement area that a result belongs to: that of its first requirement."""
    return result.requirements[0].partition("@")[0].rpartition("-")[0]


def _summary(header: Header, footer: Footer) -> Text:
    told = ", ".join(f"{count} {outcome}" for outcome, count in footer.counts.items())
    total = sum(footer.counts.values())
    text = f"{header.implementation.name} {header.implementation.version}: {told} of {total} cases\n"
    text += f"{footer.verdict}: {header.profile}, MUST {footer.must.passed} of {footer.must.total}"
    if footer.should.total:
        text += f", SHOULD {footer.should.passed} of {footer.should.total}"
    return Text(text, style="bold green" if EXPECTED.issuperset(footer.counts) else "bold red")
