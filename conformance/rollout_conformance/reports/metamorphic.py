"""What variants of cases showed, for a person: a table of laws, and the first breach of each."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollout_conformance.metamorphic.judging import Breach, Survey
from rollout_conformance.reports.wording import counted, on_one_line

_WIDTH = 400


def show(survey: Survey, kept: Path) -> None:
    """Print a survey."""
    console = Console(highlight=False)
    for breach in _first_of_each(survey.breaches):
        console.print(Text(f"broken: {breach.case} under {breach.transformation}", "red"), soft_wrap=True)
        told = ": ".join(filter(None, (breach.detail, str(breach.difference or ""))))
        console.print(Text(f"  {on_one_line(told, _WIDTH)}"), soft_wrap=True)
        console.print(Text(f"  {breach.kept}  [{', '.join(breach.requirements)}]"), soft_wrap=True)
    if survey.breaches:
        console.print()
    console.print(_table(survey))
    left = sum(survey.left_out.values())
    told = f", {counted(left, 'case')} left out: {_outcomes(survey)}" if left else ""
    console.print(f"{counted(survey.cases, 'case')} of {survey.profile} transformed{told}", soft_wrap=True)
    if survey.breaches:
        told = counted(len(survey.breaches), "variant")
        console.print(f"{told} answered otherwise; again with", style="red")
        console.print(f"  rolloutspec run IMPL --profile {survey.profile} --corpus {kept}", soft_wrap=True)


def _first_of_each(breaches: list[Breach]) -> list[Breach]:
    firsts: dict[tuple[str, str], Breach] = {}
    for breach in breaches:
        firsts.setdefault((breach.op, breach.transformation), breach)
    return list(firsts.values())


def _table(survey: Survey) -> Table:
    operations = list(dict.fromkeys(count.op for count in survey.laws))
    names = list(dict.fromkeys(count.transformation for count in survey.laws))
    cells = {(count.op, count.transformation): (count.held, count.broken) for count in survey.laws}
    table = Table("transformation")
    for op in operations:
        table.add_column(op, justify="right")
    for name in names:
        table.add_row(name, *(_cell(*cells.get((op, name), (0, 0))) for op in operations))
    return table


def _cell(held: int, broken: int) -> Text:
    if broken:
        return Text(f"{broken:,} of {held + broken:,} broken", "red")
    return Text(f"{held:,}" if held else "-")


def _outcomes(survey: Survey) -> str:
    return ", ".join(f"{count:,} {outcome}" for outcome, count in survey.left_out.items())
