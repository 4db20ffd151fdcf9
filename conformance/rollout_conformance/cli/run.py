"""`rolloutspec run`: judge an implementation by the corpus."""

from pathlib import Path

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, UNUSABLE, fail

EPILOG = """\b
IMPL is one of
  reference          the built-in reference (the default)
  codex=PATH         a binary of the real Codex CLI
  "COMMAND ARGS"     an adapter that speaks the protocol on its standard streams

\b
Examples:
  rolloutspec run
  rolloutspec run codex=./codex --json report.json
  rolloutspec run "python -m rollout_conformance.protocol.server" --case "trace-tool-*"
"""


@click.command(epilog=EPILOG)
@click.argument("impl", default="reference")
@click.option(
    "--json", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to FILE."
)
@click.option("--case", "pattern", default="*", help="Only the cases whose id matches this pattern.")
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
def command(impl: str, report: Path | None, pattern: str, corpus: Path | None) -> None:
    """Judge the implementation IMPL by the cases of the corpus, and print a table by area.

    Exits with 0 when every case came out as expected, with 1 when one did not.
    """
    from fnmatch import fnmatchcase  # noqa: PLC0415

    from rollout_conformance import cases, locations, runner  # noqa: PLC0415
    from rollout_conformance.implementations import ImplementationError, open_implementation  # noqa: PLC0415
    from rollout_conformance.reports import document, terminal  # noqa: PLC0415
    from rollout_conformance.verdict import UNEXPECTED as UNEXPECTED_OUTCOMES  # noqa: PLC0415

    try:
        found = cases.load_cases(corpus or locations.corpus_dir())
    except cases.CaseError as error:
        fail(f"corpus: {error}", SUITE_ERROR)
    chosen = [case for case in found if fnmatchcase(case.id, pattern)]
    if not chosen:
        raise click.BadParameter(f"no case id matches {pattern!r}", param_hint="--case")
    try:
        implementation = open_implementation(impl)
    except (ImplementationError, ValueError) as error:
        fail(f"implementation: {error}", UNUSABLE)
    try:
        results = list(terminal.with_progress(runner.run(chosen, implementation), len(chosen)))
    finally:
        implementation.close()
    terminal.show(implementation.identity, results)
    if report is not None:
        report.write_bytes(document.of(implementation.identity, results))
    if any(result.outcome in UNEXPECTED_OUTCOMES for result in results):
        raise SystemExit(UNEXPECTED)
