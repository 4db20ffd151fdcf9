"""What the runner itself costs: time a case, time of a whole run, memory with very many cases."""

import contextlib
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import click
from figures import Figure, publish, with_options
from runner.generate import corpus
from runner.measure import cost_of

from rollout_conformance import locations
from rollout_conformance.cases import load_cases
from rollout_conformance.implementations import Implementation, open_implementation
from rollout_conformance.requirements import load_requirements
from rollout_conformance.runner import Runner

NOTHING = shlex.join([sys.executable, "-E", "-S", str(Path(__file__).with_name("nothing.py"))])
REFERENCE = shlex.join([sys.executable, "-m", "rollout_conformance.protocol.server"])
FEW = 1_000


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
@with_options
def command(cases: int, many: int, runs: int, report: Path | None) -> None:
    """Measure the runner with an adapter that does nothing, and with the reference behind the pipe."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        figures = [
            *overhead(corpus(Path(scratch, "some"), cases, files=True), runs),
            *whole_runs(Path(scratch)),
            *memory(Path(scratch), many),
        ]
    publish(figures, report)


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
    """Judge few and very many cases; the memory of a run and of its reports has to stay what it is."""
    costs, reports = {}, {}
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
        made = cost_of(scratch, "report", report, "--junit", str(scratch / "junit.xml"))
        reports[count] = made
        yield Figure(
            f"peak memory of report --junit, {count:,} cases", made.peak_mb, "MB", "", f"{made.seconds:.1f} s"
        )
    for name, found, target in (("run", costs, "< 1.5"), ("report --junit", reports, "< 2")):
        few, all_of_them = found[FEW].peak_mb, found[many].peak_mb
        ratio = all_of_them / few if few and all_of_them else None
        yield Figure(f"memory of {name}, {many:,} cases / {FEW:,}", ratio, "", target, "")
