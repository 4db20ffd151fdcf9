"""What a benchmark found: figures beside what is wanted, as a table and as JSON."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 140
"""Columns of a table that goes into a pipe."""


@dataclass
class Figure:
    """One thing measured; `value` is None where it could not be measured, `how` tells from what it comes."""

    name: str
    value: float | None
    unit: str
    target: str
    how: str

    @property
    def shown(self) -> str:
        """Return the value for a person."""
        return "-" if self.value is None else f"{self.value:.2f} {self.unit}".strip()


def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all benchmarks have: `runs` and `report`."""
    runs = click.option(
        "--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Best of so many."
    )
    kind = click.Path(dir_okay=False, path_type=Path)
    return runs(click.option("--json", "report", type=kind, help="Write figures here.")(function))


def publish(figures: Iterable[Figure], report: Path | None) -> None:
    """Print figures as a table, without lines when it goes into a pipe, and write them if that is wanted."""
    found = list(figures)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    table = Table("what", "measured", "wanted", "from", box=box.HEAVY_HEAD if console.is_terminal else None)
    for figure in found:
        table.add_row(figure.name, figure.shown, figure.target, figure.how)
    console.print(table)
    if report is not None:
        report.write_text(json.dumps([asdict(figure) for figure in found], indent=2) + "\n")
