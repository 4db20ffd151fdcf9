"""Results for a person at a terminal: progress, a table by area, a card for each surprise."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from rollout_conformance.answers import Identity
from rollout_conformance.verdict import OUTCOMES, UNEXPECTED, Result

CARDS = 20
"""Surprises that are shown in full; the report file has them all."""

ALWAYS_SHOWN = ("pass", "deviation", "fail")


def with_progress(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Pass results on while a bar shows how far they are; silent when nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(results, total=total)


def show(identity: Identity, results: list[Result]) -> None:
    """Print cards for what was not expected, then the table and one line of summary."""
    console = Console(highlight=False)
    surprises = [result for result in results if result.outcome in UNEXPECTED]
    for result in surprises[:CARDS]:
        console.print(_card(result))
    if len(surprises) > CARDS:
        console.print(f"... and {len(surprises) - CARDS} more; --json FILE has them all\n")
    console.print(_table(results))
    console.print(_summary(identity, results))


def area_of(result: Result) -> str:
    """Return the requirement area that a case belongs to: that of its first requirement."""
    return next(iter(result.case.cited)).rpartition("-")[0]


def _card(result: Result) -> Text:
    rules = ", ".join(result.case.cited)
    card = Text(f"{result.outcome.upper()} {result.case.id}\n", style="bold red")
    card.append(f"  {result.case.title}  [{rules}]\n", style="not bold default")
    card.append(f"  {result.detail}\n", style="not bold default")
    return card


def _table(results: list[Result]) -> Table:
    by_area: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        by_area[area_of(result)][result.outcome] += 1
    seen = {result.outcome for result in results}
    columns = [outcome for outcome in OUTCOMES if outcome in seen or outcome in ALWAYS_SHOWN]
    table = Table(show_footer=True)
    table.add_column("area", footer="all")
    table.add_column("cases", justify="right", footer=str(len(results)))
    for outcome in columns:
        total = sum(counts[outcome] for counts in by_area.values())
        table.add_column(outcome, justify="right", footer=str(total))
    for area in sorted(by_area):
        counts = by_area[area]
        style = "red" if UNEXPECTED.intersection(counts) else ""
        cells = [str(counts[outcome]) if counts[outcome] else "" for outcome in columns]
        table.add_row(area, str(counts.total()), *cells, style=style)
    return table


def _summary(identity: Identity, results: list[Result]) -> Text:
    counts = Counter(result.outcome for result in results)
    unexpected = sum(counts[outcome] for outcome in UNEXPECTED)
    seconds = sum(result.ms for result in results) / 1000
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])
    style = "bold red" if unexpected else "bold green"
    return Text(
        f"{identity.name} {identity.version}: {told} of {len(results)} cases in {seconds:.1f} s", style=style
    )
