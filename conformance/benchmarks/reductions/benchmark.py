"""What the reductions of a long rollout cost, as ratios to reading and parsing its lines."""

import tempfile
from pathlib import Path

import click
from children import Cost, costs_of
from figures import Figure, publish, with_options
from reductions import measure
from reductions.generate import rollout
from session.generate import THREAD

from rollout_reference.session.names import RolloutName

REDUCTIONS = {
    "read": "",
    "context": "<= 4",
    "history": "<= 4",
    "transcript": "",
    "metadata": "<= 4",
    "usage": "",
}
"""What is measured, and what is wanted of it."""
STARTED = "2026-07-01T10-00-00"


@click.command()
@click.option(
    "--megabytes", type=click.IntRange(min=2), default=120, show_default=True, help="Size of the rollout."
)
@click.option("--turns", type=click.IntRange(min=1), default=20_000, show_default=True, help="Its turns.")
@click.option(
    "--compactions", type=click.IntRange(min=0), default=30, show_default=True, help="Its compactions."
)
@with_options
def command(megabytes: int, turns: int, compactions: int, runs: int, report: Path | None) -> None:
    """Measure the reference reductions on a long generated rollout, and on half of it."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        whole, half = Path(scratch) / "whole", Path(scratch) / "half"
        size = _generate(whole, megabytes * 1_000_000, turns, compactions)
        _generate(half, megabytes * 500_000, max(turns // 2, 1), compactions // 2)
        publish(_figures(_costs(whole, runs), _costs(half, runs), size / 1e6), report)


def _generate(home: Path, size: int, turns: int, compactions: int) -> int:
    path = _rollout(home)
    path.parent.mkdir(parents=True)
    return rollout(path, size, turns, compactions)


def _costs(home: Path, runs: int) -> dict[str, Cost]:
    jobs = {job: [_rollout(home)] for job in measure.JOBS} | {"metadata": [home, Path(THREAD)]}
    return costs_of(measure.__file__, jobs, runs)


def _rollout(home: Path) -> Path:
    return home / RolloutName(STARTED, THREAD).active_path


def _figures(costs: dict[str, Cost], halves: dict[str, Cost], size: float) -> list[Figure]:
    floor, held = costs["floor"], costs["held"]
    read, whole = costs["bounded"].told
    figures = [Figure("floor", floor.seconds, "s", "", f"{size:.0f} MB read and parsed, line by line")]
    for name, wanted in REDUCTIONS.items():
        cost = costs[name]
        how = f"{cost.seconds:.2f} s / {floor.seconds:.2f} s"
        figures.append(Figure(f"{name} / floor", cost.seconds / floor.seconds, "", wanted, how))
    for name in ("context", "history"):
        twice = costs[name].seconds / halves[name].seconds
        how = f"{costs[name].seconds:.2f} s / {halves[name].seconds:.2f} s"
        figures.append(Figure(f"{name}, whole / half", twice, "", "<= 2.2", how))
    for name in REDUCTIONS:
        peak = costs[name].peak_mb
        how = (
            f"{peak:.0f} MB / {size:.0f} MB of lines; {peak / held.peak_mb:.2f} of all lines parsed and held"
        )
        figures.append(Figure(f"peak memory, {name}", peak / size, "", "<= 2.5", f"{how}, whole process"))
    bounded = Figure("context from the end", read / 1e6, "MB", "the tail", f"of {whole / 1e6:.0f} MB")
    return [*figures, bounded]
