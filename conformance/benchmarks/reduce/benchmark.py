"""Time and memory of the reference reducer on two large bundles, as ratios to what they are measured by."""

import tempfile
from pathlib import Path

import click
from figures import Figure, publish, with_options
from reduce.generate import full_snapshots, incremental
from reduce.measure import Cost, costs_of, seconds_of_real, seconds_to_start

from rollout_reference import trace

CALLS, THREADS = 400, 4
MANY_CALLS, CALLS_OF_THREAD = 8_000, 40


@click.command()
@click.option("--codex", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The real CLI.")
@with_options
def command(codex: Path | None, runs: int, report: Path | None) -> None:
    """Measure the reference reducer on two large generated bundles."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        publish(measure(Path(scratch), codex, runs), report)


def measure(folder: Path, codex: Path | None, runs: int) -> list[Figure]:
    """Generate both bundles and return all figures."""
    size = full_snapshots(folder / "full", CALLS, THREADS) / 1e6
    floor, full = costs_of(("floor", folder / "full"), ("reduce", folder / "full"), runs=runs)
    incremental(folder / "many", MANY_CALLS, MANY_CALLS // CALLS_OF_THREAD)
    incremental(folder / "half", MANY_CALLS // 2, MANY_CALLS // 2 // CALLS_OF_THREAD)
    many, half = costs_of(("reduce", folder / "many"), ("reduce", folder / "half"), runs=runs)
    start = seconds_to_start(runs * 2)
    return [
        against_real(folder / "full", codex, full),
        Figure(
            f"full snapshots ({CALLS} calls, {size:.0f} MB) / reading and parsing them",
            full.seconds / floor.seconds,
            "",
            "<= 2.5",
            f"{full.seconds:.2f} s / {floor.seconds:.2f} s",
        ),
        Figure(
            f"{MANY_CALLS} incremental calls / {MANY_CALLS // 2}",
            many.seconds / half.seconds,
            "",
            "<= 2.2",
            f"{many.seconds:.2f} s / {half.seconds:.2f} s",
        ),
        Figure("peak memory, full snapshots", full.peak_mb, "MB", "< 300", "whole process"),
        Figure("peak memory, incremental calls", many.peak_mb, "MB", "", "whole process"),
        Figure(
            "rolloutspec --version",
            None if start is None else start * 1000,
            "ms",
            "< 150",
            "whole process" if start is not None else "no such command beside this Python",
        ),
    ]


def against_real(bundle: Path, codex: Path | None, full: Cost) -> Figure:
    """Compare with the real CLI, whose state must be the same."""
    name, target = "real CLI / reference, full snapshots", ">= 25"
    if codex is None:
        return Figure(name, None, "", target, "give --codex PATH")
    seconds, state = seconds_of_real(codex.resolve(), bundle)
    if state != trace.reduce(bundle).to_json():
        raise click.ClickException("the real CLI gives another state than the reference")
    return Figure(name, seconds / full.seconds, "", target, f"{seconds:.1f} s / {full.seconds:.2f} s")
