"""`rolloutspec transcript`: what user and agent said to each other."""

from pathlib import Path

import click

from rollout_conformance.cli.rollouts import (
    INHERITED,
    print_json,
    reading,
    source_of,
    source_options,
    wants_json,
)

EPILOG = f"""\b
Examples:
  rolloutspec transcript rollout-2026-01-05T10-00-00-0199.jsonl       to read
  rolloutspec transcript FILE --json | jq -r '.messages[].text'       the texts alone
  rolloutspec transcript ~/.codex --thread 0199a213-...               of the thread as it goes on

\b
{INHERITED}
\b
Exit codes: 0 rebuilt, 1 rejected, 2 usage.
"""


@click.command(epilog=EPILOG)
@source_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(file: Path, *, home: Path | None, thread: str | None, as_json: bool) -> None:
    """List what was said in the rollout FILE, plain or cold, each text once.

    Printed as text on a terminal, else as JSON: messages with turn, role and text.
    """
    from rollout_reference.session.transcript import transcript_of  # noqa: PLC0415

    source = source_of(file, home, thread)
    with reading(source, "transcript") as rollout:
        transcript = transcript_of(rollout)
    if wants_json(asked=as_json):
        print_json(transcript)
        return
    from rollout_conformance.reports.history import show_transcript  # noqa: PLC0415
    from rollout_conformance.reports.rollouts import about  # noqa: PLC0415

    show_transcript(transcript, about(rollout, source.home))
