"""`rolloutspec usage`: how many tokens a thread, or the threads of a home, used."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollout_conformance.cli.rollouts import home_of_file, print_json, refuse, wants_json

if TYPE_CHECKING:
    from rollout_reference.session.usage import HomeUsage

EPILOG = """\b
Examples:
  rolloutspec usage ~/.codex                             every thread of a home, as a table
  rolloutspec usage rollout-2026-01-05T10-00-00-0199.jsonl   one thread
  rolloutspec usage ~/.codex --json | jq .own            the document itself

\b
Three numbers for each thread: its counter, as the CLI shows it; what it spent itself, without what a fork
inherits; what is recorded of responses. A number marked >= is a lower bound. In JSON each comes with the
lines that prove it. A FILE below the folder `sessions` or `archived_sessions` of a home is read with what
it inherits, but without other segments of its thread: a reverted thread is counted in its HOME. Nothing of
the texts is printed.

\b
Exit codes: 0 counted, 1 rejected, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.argument("place", metavar="FILE|HOME", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(place: Path, *, as_json: bool) -> None:
    """Count the tokens of the rollout FILE, plain or cold, or of all threads of HOME.

    Printed as tables on a terminal, else as JSON: counters, own, recorded, by_model, by_day, threads,
    not_counted.
    """
    usage = _usage(place)
    if wants_json(asked=as_json):
        from rollout_conformance.implementations.usage_ops import usage_tree  # noqa: PLC0415

        print_json(usage_tree(usage))
        return
    from rollout_conformance.reports.usage import show  # noqa: PLC0415

    show(usage)


def _usage(place: Path) -> "HomeUsage":
    """Count a file or a home; end the command with its reason if that cannot be."""
    from rollout_reference.errors import Rejected  # noqa: PLC0415
    from rollout_reference.session.names import ARCHIVED, SESSIONS  # noqa: PLC0415
    from rollout_reference.session.usage import usage_of, usage_of_home  # noqa: PLC0415

    if place.is_dir():
        if not any((place / folder).is_dir() for folder in (SESSIONS, ARCHIVED)):
            raise click.UsageError(f"{place} is no home: it has neither {SESSIONS} nor {ARCHIVED}")
        return usage_of_home(place)
    file = place.absolute()
    try:
        return usage_of(file, home_of_file(file))
    except Rejected as rejection:
        refuse(place, rejection)
