"""`rolloutspec history`: the turns of a thread and what happened in them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollout_conformance.cli.rollouts import (
    INHERITED,
    print_json,
    reading,
    source_of,
    source_options,
    wants_json,
)

if TYPE_CHECKING:
    from rollout_reference.session.history.answer import ItemsView

EPILOG = f"""\b
Examples:
  rolloutspec history rollout-2026-01-05T10-00-00-0199.jsonl   as a table
  rolloutspec history FILE --json | jq '.turns[-1].status'     the document itself
  rolloutspec history FILE --items summary                     of each turn what was asked and answered
  rolloutspec history FILE --from-ordinal 120                  what a paginated thread did since a line
  rolloutspec history FILE --running                           as a running thread shows it
  rolloutspec history ~/.codex --thread 0199a213-...           where the thread goes on

\b
{INHERITED}
\b
Exit codes: 0 rebuilt, 1 rejected, 2 usage.
"""

VIEWS = ("full", "summary", "notLoaded")


@click.command(epilog=EPILOG)
@source_options
@click.option("--items", type=click.Choice(VIEWS), default="full", help="Which items of a turn are shown.")
@click.option(
    "--from-ordinal",
    type=click.IntRange(min=0),
    metavar="N",
    default=0,
    help="Of a paginated rollout, look at the lines from this ordinal on alone.",
)
@click.option("--running", is_flag=True, help="Of all lines, with turns that are in progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(
    file: Path,
    *,
    home: Path | None,
    thread: str | None,
    items: "ItemsView",
    from_ordinal: int,
    running: bool,
    as_json: bool,
) -> None:
    """Rebuild the turns of the rollout FILE, plain or cold.

    Printed as a table on a terminal, else as JSON in the shape of the CLI's answer to thread/read.
    """
    from rollout_reference.session.history import history_of, running_history_of  # noqa: PLC0415

    source = source_of(file, home, thread)
    told = running_history_of if running else history_of
    with reading(source, "history") as rollout:
        history = told(rollout, items, from_ordinal)
    if wants_json(asked=as_json):
        print_json(history)
        return
    from rollout_conformance.reports.history import show_history  # noqa: PLC0415
    from rollout_conformance.reports.rollouts import about  # noqa: PLC0415

    show_history(history, about(rollout, source.home))
