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
  rolloutspec run codex=./codex --report report.jsonl
  rolloutspec run "python -m rollout_conformance.protocol.server" --case "trace-tool-*"
"""


@click.command(epilog=EPILOG)
@click.argument("impl", default="reference")
@click.option("--profile", default="trace-reader", help="The profile that is claimed.", show_default=True)
@click.option("--fast", is_flag=True, help="One accepting and one rejecting case per requirement.")
@click.option("--case", "pattern", default="*", help="Only the cases whose id matches this pattern.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Stream the results to FILE, a JSON line each.",
)
@click.option(
    "--json", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to FILE as one JSON."
)
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
def command(
    impl: str,
    profile: str,
    fast: bool,
    pattern: str,
    report: Path | None,
    json: Path | None,
    corpus: Path | None,
) -> None:
    """Judge the implementation IMPL by the cases of the corpus, and print a table by area.

    Exits with 0 when every case came out as expected, with 1 when one did not.
    """
    from rollout_conformance import campaign  # noqa: PLC0415
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.implementations import ImplementationError  # noqa: PLC0415
    from rollout_conformance.requirements import SpecError  # noqa: PLC0415
    from rollout_conformance.results import EXPECTED  # noqa: PLC0415

    try:
        plan = campaign.plan(profile=profile, fast=fast, pattern=pattern, corpus=corpus)
        footer = campaign.judge(impl, plan, report, json)
    except campaign.NothingChosen as error:
        raise click.UsageError(str(error)) from None
    except ImplementationError as error:
        fail(f"implementation: {error}", UNUSABLE)
    except (CaseError, SpecError) as error:
        fail(f"suite: {error}", SUITE_ERROR)
    except OSError as error:
        raise click.FileError(str(error.filename), error.strerror) from None
    if not EXPECTED.issuperset(footer.counts):
        raise SystemExit(UNEXPECTED)
