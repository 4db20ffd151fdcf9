"""`rolloutspec context`: what the model would be given if a thread went on."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollout_conformance.cli.rollouts import (
    INHERITED,
    Source,
    print_json,
    refuse,
    source_of,
    source_options,
    wants_json,
)

if TYPE_CHECKING:
    from rollout_conformance.implementations.context_options import Cut
    from rollout_reference.session.context import ModelContext

EPILOG = f"""\b
Examples:
  rolloutspec context rollout-2026-01-05T10-00-00-0199.jsonl   after a resume, as a table
  rolloutspec context FILE --json | jq .window                 the document itself
  rolloutspec context FILE --rollback 2                        after its last two turns are taken back
  rolloutspec context FILE --revert 0199a213-...               of a paginated thread before a turn
  rolloutspec context FILE --last-turn 0199a213-...            of a fork that ends with this turn
  rolloutspec context FILE --before-message 3                  of a fork before the fourth message of the user
  rolloutspec context FILE --spawn 2                           of a sub-agent with the last two turns
  rolloutspec context FILE --sent                              every call with its output, as it is sent
  rolloutspec context ~/.codex --thread 0199a213-...           of a thread as it goes on

\b
{INHERITED}
\b
Exit codes: 0 rebuilt, 1 rejected, 2 usage.
"""


ALL = "all"


class Turns(click.IntRange):
    """A number of turns, or `all` of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or `all`."""
        return value if value == ALL else super().convert(value, param, ctx)


@click.command(epilog=EPILOG)
@source_options
@click.option("--rollback", type=click.IntRange(min=1), metavar="N", help="Take back the last N turns first.")
@click.option(
    "--revert", metavar="ID", help="Take back a turn of a paginated thread, and all after it, first."
)
@click.option("--fork", is_flag=True, help="The context of a fork of the thread.")
@click.option("--last-turn", metavar="ID", help="The context of a fork that ends with a turn.")
@click.option("--before-turn", metavar="ID", help="The context of a fork that ends before a turn.")
@click.option(
    "--before-message",
    type=click.IntRange(min=0),
    metavar="N",
    help="The context of a fork that ends before a message of the user, counted from 0.",
)
@click.option(
    "--spawn", type=Turns(min=0), metavar="N|all", help="The context of a sub-agent, with the last N turns."
)
@click.option("--sent", "send", is_flag=True, help="The history as a request holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(
    file: Path,
    *,
    home: Path | None,
    thread: str | None,
    send: bool,
    as_json: bool,
    **cuts: Any,
) -> None:
    """Rebuild the model context of the rollout FILE, plain or cold.

    Printed as a table on a terminal, else as JSON: history, window, world_state, previous_settings,
    reference_context.
    """
    from rollout_conformance.implementations.reduction_ops import context_tree  # noqa: PLC0415
    from rollout_reference.errors import Rejected  # noqa: PLC0415

    asked = [name for name, value in cuts.items() if value is not None and value is not False]
    if len(asked) > 1:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in asked)
        raise click.UsageError(f"a context has one cut; {flags} exclude each other")
    source = source_of(file, home, thread)
    try:
        tree = context_tree(_context(source, _cut(asked[0] if asked else None, cuts)), send=send)
    except Rejected as rejection:
        refuse(source.path, rejection)
    if wants_json(asked=as_json):
        print_json(tree)
        return
    from rollout_conformance.reports.context import show  # noqa: PLC0415
    from rollout_conformance.reports.rollouts import about_file  # noqa: PLC0415

    show(tree, about_file(source.path, source.home))


def _cut(asked: str | None, told: dict[str, Any]) -> "Cut":
    """Return the cut that a flag asks for, with its value."""
    from rollout_conformance.implementations import context_options as cuts  # noqa: PLC0415

    match asked:
        case None:
            return cuts.Resume()
        case "rollback":
            return cuts.Rollback(turns=told["rollback"])
        case "revert":
            return cuts.Revert(before_turn=told["revert"])
        case "spawn":
            return cuts.Spawn(turns=None if told["spawn"] == ALL else told["spawn"])
        case "fork":
            return cuts.Fork()
        case _:
            return cuts.Fork(**{asked: told[asked]})


def _context(source: Source, cut: "Cut") -> "ModelContext":
    """Return the context after a cut; without one, no more of the file is read than it takes."""
    from rollout_conformance.implementations.context_options import Resume  # noqa: PLC0415
    from rollout_reference.session.context import context_of  # noqa: PLC0415
    from rollout_reference.session.context.bounded import context_at  # noqa: PLC0415
    from rollout_reference.session.inherited import load_lineage  # noqa: PLC0415

    if isinstance(cut, Resume):
        return context_at(source.path, source.home).context
    return context_of(cut.of(load_lineage(source.path, source.home, cut.operation).lines, None))
