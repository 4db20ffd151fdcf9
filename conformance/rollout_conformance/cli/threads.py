"""`rolloutspec threads`: which threads a home holds, and where something was said."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollout_conformance.cli.exits import UNEXPECTED, fail
from rollout_conformance.cli.rollouts import print_json, wants_json

if TYPE_CHECKING:
    from rollout_reference.session.threads.entries import Heads

KINDS = (
    "cli",
    "vscode",
    "exec",
    "appServer",
    "subAgent",
    "subAgentReview",
    "subAgentCompact",
    "subAgentThreadSpawn",
    "subAgentOther",
    "unknown",
)

EPILOG = """\b
Examples:
  rolloutspec threads ~/.codex                      the newest threads, as a table
  rolloutspec threads HOME --json | jq .data[].path the document itself
  rolloutspec threads HOME --content "flaky test"   where something was said
  rolloutspec threads HOME --cwd . --sort-key updated_at
  rolloutspec threads HOME --cache /tmp/threads     faster the next time: only changed files are read again
  rolloutspec threads HOME --ancestor 0199a213-...  all agents below a thread
  rolloutspec threads HOME --thread 0199a213-...    all that one thread says about itself

\b
Paths of the answer start at the home. Nothing in the home is changed, and nothing beside the rollouts and the
names is read. Texts of the sessions are printed.

\b
Exit codes: 0 listed, also if there is none, 1 rejected, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.argument("home", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--archived", is_flag=True, help="Archived threads instead of active ones.")
@click.option("--cwd", multiple=True, metavar="DIR", help="Threads of a folder; may be repeated.")
@click.option("--source-kind", "source_kinds", multiple=True, type=click.Choice(KINDS), help="By source.")
@click.option("--model-provider", "model_providers", multiple=True, metavar="NAME", help="By provider.")
@click.option("--search-term", metavar="TEXT", help="Threads with a text in name, title or preview.")
@click.option("--content", metavar="TEXT", help="Threads in which something was said, with the place.")
@click.option("--parent", metavar="ID", help="Threads that a thread spawned.")
@click.option("--ancestor", metavar="ID", help="Threads below a thread, at any depth.")
@click.option("--thread", metavar="ID", help="One thread, with all that it says about itself.")
@click.option("--sort-key", type=click.Choice(("created_at", "updated_at", "recency_at")))
@click.option("--sort-direction", type=click.Choice(("desc", "asc")), help="Newest first without it.")
@click.option("--limit", type=int, metavar="N", help="Threads of a page, 1 to 100; 25 without it.")
@click.option("--cursor", metavar="TEXT", help="Go on where a page ended: its nextCursor.")
@click.option(
    "--cache", type=click.Path(dir_okay=False, path_type=Path), help="Remember in a file what was read."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on a terminal, too.")
def command(home: Path, *, cwd: tuple[str, ...], cache: Path | None, as_json: bool, **asked: Any) -> None:
    """List the threads of HOME, from the rollouts alone.

    Printed as a table on a terminal, else as JSON: data and nextCursor, as the CLI answers thread/list.
    """
    from rollout_conformance.implementations.threads_ops import options_of, threads_tree  # noqa: PLC0415
    from rollout_reference.errors import Rejected  # noqa: PLC0415

    given = {key: value for key, value in asked.items() if value not in (None, ())}
    if cwd:
        given["cwd"] = [str(Path(each).absolute()) for each in cwd]
    try:
        tree = threads_tree(home, options_of(given), _heads(cache))
    except Rejected as rejection:
        fail(f"rejected: {rejection}\n  {rejection.hint}", UNEXPECTED)
    except OSError as error:
        fail(f"cannot read {error.filename}: {error.strerror}\n  give a home that you may read", UNEXPECTED)
    if wants_json(asked=as_json):
        print_json(tree)
        return
    from rollout_conformance.reports.threads import show  # noqa: PLC0415

    show(tree)


def _heads(cache: Path | None) -> "Heads":
    """Return what looks at the rollouts; faults of the cache go to standard error."""
    from rollout_reference.session.threads.cache import HeadCache  # noqa: PLC0415
    from rollout_reference.session.threads.entries import scan_heads  # noqa: PLC0415

    return scan_heads if cache is None else HeadCache(cache, partial(click.echo, err=True)).heads
