"""The threads of a large home: the first list and a warm one, beside those of the real CLI."""

import tempfile
from pathlib import Path

import click
from figures import Figure, publish, with_options
from threads.generate import home_of
from threads.measure import Listing, listed_by_real, listed_by_reference, seconds_of_warm


@click.command()
@click.option("--codex", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The real CLI.")
@click.option(
    "--rollouts", type=click.IntRange(min=1), default=20_000, show_default=True, help="How many the home has."
)
@with_options
def command(codex: Path | None, rollouts: int, runs: int, report: Path | None) -> None:
    """Measure how long one waits for the threads of a large home."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        publish(measure(Path(scratch), codex, rollouts, runs), report)


def measure(folder: Path, codex: Path | None, rollouts: int, runs: int) -> list[Figure]:
    """Generate the home and return all figures; the first lists are made once, one after the other."""
    home, cache = folder / "home", folder / "cache"
    size = home_of(home, rollouts) / 1e6
    first = listed_by_reference(home, cache)
    warm = min(listed_by_reference(home, cache) for _ in range(runs))
    alone = min(seconds_of_warm(home, cache) for _ in range(runs))
    figures = [
        Figure("first list", first.seconds, "s", "", f"{rollouts} rollouts, {size:.0f} MB, {_how(first)}"),
        Figure("warm list", warm.seconds * 1000, "ms", "< 300", f"best of {runs}, {_how(warm)}"),
        Figure("warm list, by itself", alone * 1000, "ms", "< 300", f"best of {runs}, no start of a process"),
    ]
    if codex is None:
        return [*figures, Figure("real CLI / reference, first list", None, "", ">= 1", "give --codex PATH")]
    real, _ = listed_by_real(codex, home)
    if real.ids != first.ids:
        raise click.ClickException("the real CLI lists other threads than the reference")
    again = [listed_by_real(codex, home) for _ in range(runs)]
    real_warm = min(listing for listing, _ in again)
    same_server = min(seconds for _, seconds in again)
    return [
        *figures,
        _ratio("real CLI / reference, first list", real, first, ">= 1"),
        _ratio("real CLI / reference, warm list", real_warm, warm, ""),
        Figure("real CLI, second list of one server", same_server * 1000, "ms", "", "no start of a process"),
    ]


def _ratio(name: str, real: Listing, ours: Listing, target: str) -> Figure:
    elapsed = f"{real.seconds:.2f} s / {ours.seconds:.2f} s"
    how = f"{elapsed}, processors {real.processor:.2f} s / {ours.processor:.2f} s"
    return Figure(name, real.seconds / ours.seconds, "", target, how)


def _how(listing: Listing) -> str:
    return f"whole process, {listing.processor:.2f} s of processors"
