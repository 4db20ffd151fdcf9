"""`rolloutspec history`: the turns of a thread and what happened in them."""

from pathlib import Path

import click

from rollout_conformance.cli.rollouts import INHERITED, print_json, read, wants_json

EPILOG = f"""\b
Examples:
  rolloutspec history rollout-2026-01-05T10-00-00-0199.jsonl   as a table
  rolloutspec history FILE --json | jq '.turns[-1].status'     the document itself
  rolloutspec history FILE --running                           as a running thread shows it

\b
{INHERITED}
\b
Exit codes: 0 rebuilt, 1 rejected, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--running", is_flag=True, help="Of all lines, with turns that are in progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(file: Path, *, running: bool, as_json: bool) -> None:
    """Rebuild the turns of the rollout FILE, plain or cold.

    Printed as a table on a terminal, else as JSON in the shape of the CLI's answer to thread/read.
    """
    from rollout_reference.session.history import history_of, running_history_of  # noqa: PLC0415

    rollout = read(file, "history")
    history = running_history_of(rollout) if running else history_of(rollout)
    if wants_json(asked=as_json):
        print_json(history)
        return
    from rollout_conformance.reports.history import show_history  # noqa: PLC0415

    show_history(history)
