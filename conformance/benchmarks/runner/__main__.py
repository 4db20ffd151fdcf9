"""What the runner itself costs: time a case, time of a whole run, memory with very many cases.

    python conformance/benchmarks/runner [--cases N] [--many N] [--json FILE]

Nothing here passes or fails: a slow machine is no defect.  The exit code is 0 unless a run breaks.
"""

import contextlib
import json
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import click
from generate import corpus
from measure import cost_of
from rich.console import Console
from rich.table import Table

from rollout_conformance import locations
from rollout_conformance.cases import load_cases
from rollout_conformance.implementations import Implementation, open_implementation
from rollout_conformance.requirements import load_requirements
from rollout_conformance.runner import Runner

NOTHING = shlex.join([sys.executable, "-E", "-S", str(Path(__file__).with_name("nothing.py"))])
REFERENCE = shlex.join([sys.executable, "-m", "rollout_conformance.protocol.server"])
FEW = 1_000


@dataclass
class Figure:
    """One thing measured, beside what is wanted; `value` is None where it could not be measured."""

    name: str
    value: float | None
    unit: str
    target: str
    how: str

    @property
    def shown(self) -> str:
        """Return the value for a person."""
        return "-" if self.value is None else f"{self.value:.2f} {self.unit}".strip()


@click.command()
@click.option(
    "--cases", type=click.IntRange(min=10), default=2_000, show_default=True, help="For the overhead."
)
@click.option(
    "--many",
    type=click.IntRange(min=FEW, min_open=True),
    default=100_000,
    show_default=True,
    help="For memory.",
)
@click.option("--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Best of so many.")
@click.option("--json", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here.")
def main(cases: int, many: int, runs: int, report: Path | None) -> None:
    """Measure the runner with an adapter that does nothing, and with the reference behind the pipe."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        figures = [
            *overhead(corpus(Path(scratch, "some"), cases, files=True), runs),
            *whole_runs(Path(scratch)),
            *memory(Path(scratch), many),
        ]
    Console(highlight=False, width=None if sys.stdout.isatty() else 120).print(table_of(figures))
    if report is not None:
        report.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")


def overhead(folder: Path, runs: int) -> Iterator[Figure]:
    """Judge cases of three files by an adapter that does nothing: all of the time is the runner's."""
    cases, rules = load_cases(folder), load_requirements(locations.spec_dir())

    def seconds(implementation: Implementation) -> tuple[float, float]:
        begin, begin_of_processor = perf_counter(), process_time()
        outcomes = {result.outcome for result in Runner(implementation, rules).run(cases)}
        if outcomes != {"pass"}:
            raise RuntimeError(f"the adapter that does nothing gets {outcomes}")
        return perf_counter() - begin, process_time() - begin_of_processor

    with contextlib.closing(open_implementation(NOTHING)) as adapter:
        best = [
            min(times) / len(cases) * 1000
            for times in zip(*(seconds(adapter) for _ in range(runs)), strict=True)
        ]
    how = f"best of {runs} runs over {len(cases)} cases"
    yield Figure("overhead a case, adapter that does nothing", best[0], "ms", "< 1", how)
    yield Figure("of that, processor time of the runner", best[1], "ms", "", "whatever else the machine does")


def whole_runs(scratch: Path) -> Iterator[Figure]:
    """Judge the reference by the real corpus, as a user does."""
    for name, arguments, target in (
        ("whole corpus, reference behind the pipe", (REFERENCE,), "< 20"),
        ("the same with --fast", (REFERENCE, "--fast"), "< 5"),
        ("whole corpus, reference in process", ("reference",), ""),
    ):
        cost = cost_of(scratch, "run", *arguments)
        peak = f", {cost.peak_mb:.0f} MB" if cost.peak_mb else ""
        yield Figure(name, cost.seconds, "s", target, f"rolloutspec run, whole process{peak}")


def memory(scratch: Path, many: int) -> Iterator[Figure]:
    """Judge few and very many cases; the memory of a run has to stay what it is."""
    costs = {}
    for count in (FEW, many):
        folder = corpus(scratch / f"of-{count}", count, files=False)
        report = str(scratch / "report.jsonl")
        costs[count] = cost_of(scratch, "run", NOTHING, "--corpus", str(folder), "--report", report)
        yield Figure(
            f"peak memory of the runner, {count:,} cases",
            costs[count].peak_mb,
            "MB",
            "",
            f"{costs[count].seconds:.1f} s, with --report",
        )
    few, all_of_them = costs[FEW].peak_mb, costs[many].peak_mb
    ratio = all_of_them / few if few and all_of_them else None
    yield Figure(f"memory of {many:,} cases / {FEW:,}", ratio, "", "< 1.5", "")


def table_of(figures: list[Figure]) -> Table:
    """Return the figures as a table."""
    table = Table("what", "measured", "wanted", "from")
    for figure in figures:
        table.add_row(figure.name, figure.shown, figure.target, figure.how)
    return table


if __name__ == "__main__":
    main()
