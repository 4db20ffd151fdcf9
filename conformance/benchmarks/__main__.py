"""Time and memory, as ratios where that is possible.

    python conformance/benchmarks reduce [--codex PATH] [--runs N] [--json FILE]
    python conformance/benchmarks reductions [--megabytes N] [--turns N] [--compactions N] [--runs N]
    python conformance/benchmarks runner [--cases N] [--many N] [--runs N] [--json FILE]
    python conformance/benchmarks session [--megabytes N] [--runs N] [--json FILE]
    python conformance/benchmarks threads [--codex PATH] [--rollouts N] [--runs N] [--json FILE]

Nothing here passes or fails: a slow machine is no defect.  The exit code is 0 unless a run breaks.
"""

import click
from reduce.benchmark import command as reduce
from reductions.benchmark import command as reductions
from runner.benchmark import command as runner
from session.benchmark import command as session
from threads.benchmark import command as threads


@click.group()
def main() -> None:
    """Measure time and memory; nothing passes or fails."""


main.add_command(reduce, "reduce")
main.add_command(reductions, "reductions")
main.add_command(runner, "runner")
main.add_command(session, "session")
main.add_command(threads, "threads")

if __name__ == "__main__":
    main()
