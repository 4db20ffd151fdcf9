"""`python -m rollout_conformance.invariants.session`: how often each invariant of sessions ran."""

import tempfile
from itertools import chain
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from rollout_conformance.implementations.reference import Reference
from rollout_conformance.invariants.session import LAWS
from rollout_conformance.invariants.session.reader import Reader
from rollout_conformance.invariants.session.subjects import generated, subjects_of_cases
from rollout_conformance.invariants.session.survey import ORIGINS, Survey, survey

WIDTH = 140


@click.command()
@click.option("--generated", "count", default=50, show_default=True, help="Rollouts of each kind, and homes.")
@click.option("--seed", default="1", show_default=True, help="What they are made by.")
@click.option("--cases/--no-cases", default=True, help="Also the rollouts and homes of the cases.")
@click.option("--law", "chosen", multiple=True, metavar="ID", help="Only this law; may be repeated.")
def main(count: int, seed: str, *, cases: bool, chosen: tuple[str, ...]) -> None:
    """Try every invariant on the cases, the recorded rollouts and generated ones, and print a table."""
    laws = [law for law in LAWS if not chosen or law.id in chosen]
    given = chain(subjects_of_cases() if cases else (), generated(seed, count))
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as folder:
        found = survey(laws, given, Reader(Reference(), Path(folder, "given")))
    show(found)
    if found.breaches:
        raise SystemExit(1)


def show(found: Survey) -> None:
    """Print how often each law held, and what broke one."""
    table = Table("law", "says", *ORIGINS, width=WIDTH)
    for row in found.rows:
        table.add_row(row.id, row.says, *(f"{row.ran[origin]:,}" for origin in ORIGINS))
    console = Console(highlight=False, width=WIDTH)
    console.print(table)
    console.print(f"{found.runs:,} runs, {len(found.breaches):,} breaches")
    for breach in found.breaches:
        console.print(breach, style="red", markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
