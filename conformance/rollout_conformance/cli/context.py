"""`rolloutspec context`: what the model would be given if a thread went on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollout_conformance.cli.exits import UNEXPECTED, fail
from rollout_conformance.cli.rollouts import INHERITED, home_of_file, print_json, wants_json

if TYPE_CHECKING:
    from rollout_conformance.implementations.context_options import Cut
    from rollout_reference.session.context import ModelContext

EPILOG = f"""\b
Examples:
  rolloutspec context rollout-2026-01-05T10-00-00-0199.jsonl   after a resume, as a table
  rolloutspec context FILE --json | jq .window                 the document itself
  rolloutspec context FILE --rollback 2                        after its last two turns are taken back
  rolloutspec context FILE --last-turn 0199a213-...            of a fork that ends with this turn
  rolloutspec context FILE --sent                              every call with its output, as it is sent

\b
{INHERITED}
\b
Exit codes: 0 rebuilt, 1 rejected, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rollback", type=click.IntRange(min=1), metavar="N", help="Take back the last N turns first.")
@click.option("--fork", is_flag=True, help="The context of a fork of the thread.")
@click.option("--last-turn", metavar="ID", help="The context of a fork that ends with a turn.")
@click.option("--before-turn", metavar="ID", help="The context of a fork that ends before a turn.")
@click.option("--sent", "send", is_flag=True, help="The history as a request holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(
    file: Path,
    *,
    rollback: int | None,
    fork: bool,
    last_turn: str | None,
    before_turn: str | None,
    send: bool,
    as_json: bool,
) -> None:
    """Rebuild the model context of the rollout FILE, plain or cold.

    Printed as a table on a terminal, else as JSON: history, window, world_state, previous_settings,
    reference_context.
    """
    from rollout_conformance.implementations.reduction_ops import context_tree  # noqa: PLC0415
    from rollout_reference.errors import Rejected  # noqa: PLC0415

    cut = _cut(rollback, fork=fork, last_turn=last_turn, before_turn=before_turn)
    try:
        tree = context_tree(_context(file, cut), send=send)
    except Rejected as rejection:
        fail(f"rejected: {rejection}\n  {rejection.hint}", UNEXPECTED)
    if wants_json(asked=as_json):
        print_json(tree)
        return
    from rollout_conformance.reports.context import show  # noqa: PLC0415

    show(tree)


def _cut(rollback: int | None, *, fork: bool, last_turn: str | None, before_turn: str | None) -> "Cut":
    """Return the cut that the flags ask for.  Raises `click.UsageError` if they ask for several."""
    from rollout_conformance.implementations.context_options import Fork, Resume, Rollback  # noqa: PLC0415

    asked = [rollback is not None, fork, last_turn is not None, before_turn is not None]
    if sum(asked) > 1:
        raise click.UsageError("--rollback, --fork, --last-turn and --before-turn exclude each other")
    if rollback is not None:
        return Rollback(turns=rollback)
    return Fork(last_turn=last_turn, before_turn=before_turn) if any(asked) else Resume()


def _context(file: Path, cut: "Cut") -> "ModelContext":
    """Return the context after a cut; without one, no more of the file is read than it takes."""
    from rollout_conformance.implementations.context_options import Resume  # noqa: PLC0415
    from rollout_reference.session.context import context_of  # noqa: PLC0415
    from rollout_reference.session.context.bounded import context_at  # noqa: PLC0415
    from rollout_reference.session.inherited import load_lineage  # noqa: PLC0415

    home = home_of_file(file)
    if isinstance(cut, Resume):
        return context_at(file, home).context
    return context_of(cut.of(load_lineage(file, home, cut.operation).lines, None))
