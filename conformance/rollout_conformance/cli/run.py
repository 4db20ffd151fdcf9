"""`rolloutspec run`: judge an implementation by the corpus."""

from pathlib import Path

import click

from rollout_conformance.cli.exits import INTERRUPTED, SUITE_ERROR, UNEXPECTED, UNUSABLE, fail
from rollout_conformance.cli.naming import one_implementation
from rollout_conformance.cli.report import check_writable, output_options, write
from rollout_conformance.vocabulary import vocabulary

EPILOG = """\b
IMPL is one of
  reference          the built-in reference (the default)
  codex=PATH         a binary of the real Codex CLI
  "COMMAND ARGS"     an adapter that speaks the protocol on its standard streams; mind the quotes
  adapter.toml       a file that names one, with its profile and known failures (rolloutspec init)

\b
Examples:
  rolloutspec run
  rolloutspec run --profile session-reader
  rolloutspec run codex=./codex --report report.jsonl --html report.html
  rolloutspec run codex=./codex --profile context-reader
  rolloutspec run "python -m rollout_conformance.protocol.server" --case "trace-tool-*"
"""


@click.command(epilog=EPILOG)
@click.argument("impl", nargs=-1, metavar="[IMPL]", callback=one_implementation)
@click.option(
    "--profile",
    help=f"The profile that is claimed: {', '.join(vocabulary().profiles)}.  "
    "[default: of adapter.toml, or trace-reader]",
)
@click.option("--fast", is_flag=True, help="One accepting and one rejecting case per requirement.")
@click.option("--case", "pattern", default="*", help="Only the cases whose id matches this pattern.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Operations at once, each in a process of its own.  [default: 1 process of an adapter]",
)
@click.option("--shuffle", "seed", type=int, metavar="SEED", help="Judge the cases in an order by SEED.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Stream the results to FILE, a JSON line each.",
)
@click.option(
    "--json", type=click.Path(dir_okay=False, path_type=Path), help="Write the results to FILE as one JSON."
)
@output_options
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
@click.option(
    "--known", type=click.Path(dir_okay=False, path_type=Path), help="The FILE of known failures to go by."
)
@click.option("--today", metavar="DATE", help="The day on which known failures are read; today if not given.")
def command(
    impl: str,
    profile: str | None,
    fast: bool,
    pattern: str,
    jobs: int | None,
    seed: int | None,
    report: Path | None,
    json: Path | None,
    corpus: Path | None,
    known: Path | None,
    today: str | None,
    **files: Path | None,
) -> None:
    """Judge the implementation IMPL by the cases of the corpus, and print a table by area.

    Exits with 0 when every case came out as expected, with 1 when one did not.
    """
    from rollout_conformance import campaign  # noqa: PLC0415
    from rollout_conformance.cases import CaseError  # noqa: PLC0415
    from rollout_conformance.cli.known import day_of  # noqa: PLC0415
    from rollout_conformance.implementations import ImplementationError, defaults_of  # noqa: PLC0415
    from rollout_conformance.known import KnownError  # noqa: PLC0415
    from rollout_conformance.library import Library  # noqa: PLC0415
    from rollout_conformance.reports.document import Collector  # noqa: PLC0415
    from rollout_conformance.reports.outputs import Outputs  # noqa: PLC0415
    from rollout_conformance.requirements import SpecError  # noqa: PLC0415
    from rollout_conformance.results import EXPECTED  # noqa: PLC0415
    from rollout_conformance.summary import nothing_judged  # noqa: PLC0415

    outputs = Outputs(**files)
    check_writable(outputs)
    if Path("-") in outputs.paths:
        raise click.UsageError("a run prints its own table; - is for `rolloutspec report REPORT`")
    stream = Collector() if outputs.paths else None
    try:
        defaults = defaults_of(impl)
        known, profile = known or defaults.known, profile or defaults.profile
        listed = (known, day_of(today)) if known else None
        plan = campaign.plan(
            profile=profile, fast=fast, pattern=pattern, seed=seed, corpus=corpus, known=listed
        )
        footer = campaign.judge(impl, plan, report, json, also=stream, jobs=jobs)
    except (campaign.NothingChosen, KnownError) as error:
        raise click.UsageError(str(error)) from None
    except ImplementationError as error:
        fail(f"implementation: {error}", UNUSABLE)
    except (CaseError, SpecError) as error:
        fail(f"suite: {error}", SUITE_ERROR)
    except OSError as error:
        raise click.FileError(str(error.filename), error.strerror) from None
    except KeyboardInterrupt:
        fail("interrupted: there is no verdict, and what was written so far is no report", INTERRUPTED)
    if stream is not None:
        write(outputs, stream.report(), Library(corpus), report)
    if footer.stale:
        fail("\n".join(footer.stale), UNEXPECTED)
    if not EXPECTED.issuperset(footer.counts) or nothing_judged(footer):
        raise SystemExit(UNEXPECTED)
