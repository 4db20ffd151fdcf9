"""Time and memory of reading generated rollouts, as ratios to reading and parsing the same bytes."""

import tempfile
from pathlib import Path

import click
from figures import Figure, publish, with_options
from session.generate import one_long_line, ordinary
from session.measure import Cost, costs_of

LONG_LINE = 100_000_000
"""Bytes of the long line."""


@click.command()
@click.option(
    "--megabytes", type=click.IntRange(min=2), default=100, show_default=True, help="Size of the rollout."
)
@with_options
def command(megabytes: int, runs: int, report: Path | None) -> None:
    """Measure the reference reader on generated rollouts."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        publish(measure(Path(scratch), megabytes, runs), report)


def measure(folder: Path, megabytes: int, runs: int) -> list[Figure]:
    """Generate the rollouts and return all figures."""
    plain, half, cold = folder / "plain.jsonl", folder / "half.jsonl", folder / "cold.jsonl.zst"
    size = ordinary(plain, megabytes * 1_000_000) / 1e6
    ordinary(half, megabytes * 500_000)
    ordinary(cold, megabytes * 1_000_000)
    floor, read, read_half, read_cold = costs_of(
        ("floor", plain), ("read", plain), ("read", half), ("read", cold), runs=runs
    )
    length = one_long_line(folder / "long.jsonl", LONG_LINE) / 1e6
    (long,) = costs_of(("read", folder / "long.jsonl"), runs=1)
    return [
        Figure("speed, plain", size / read.seconds, "MB/s", ">= 40", f"{size:.0f} MB, processor time"),
        _ratio("plain / reading and parsing the lines", read, floor, ""),
        _ratio("cold / plain", read_cold, read, "<= 1.5"),
        _ratio(f"{megabytes} MB / {megabytes // 2} MB", read, read_half, "<= 2.2"),
        Figure("peak memory, plain", read.peak_mb, "MB", "< 100", f"{size:.0f} MB, whole process"),
        Figure("peak memory, cold", read_cold.peak_mb, "MB", "< 100", f"{size:.0f} MB, whole process"),
        Figure(
            "peak memory / longest line",
            long.peak_mb / length,
            "",
            "< 4",
            f"{long.peak_mb:.0f} MB / {length:.0f} MB, whole process",
        ),
    ]


def _ratio(name: str, cost: Cost, base: Cost, target: str) -> Figure:
    how = f"{cost.seconds:.2f} s / {base.seconds:.2f} s"
    return Figure(name, cost.seconds / base.seconds, "", target, how)
