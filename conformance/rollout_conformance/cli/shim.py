"""`rolloutspec shim`: any one-shot command as an adapter."""

import shutil
import sys
from pathlib import Path

import click

from rollout_conformance.cli.exits import UNUSABLE, fail

EPILOG = """\b
For each operation the command is run as
  CMD ... OP --in DIR --out DIR        such as: CMD trace.reduce --in /s/in --out /s/out
and tells by its exit code how that went:
  0 ok, the files in the folder out are the result
  3 rejected
  4 unsupported
  any other code: an error
It may print one JSON object, such as {"code": "trace.unknown_turn", "at": {"line": 3}, "message": "..."}.

\b
Examples:
  rolloutspec run "rolloutspec shim -- ./my-tool"
  rolloutspec run "rolloutspec shim --profile session-reader -- ./my-tool" --profile session-reader
  rolloutspec smoke "rolloutspec shim --profile none -- python3 my_tool.py"
"""


@click.command(epilog=EPILOG, context_settings={"ignore_unknown_options": True})
@click.option("--name", help="The name of the implementation.  [default: that of the program]")
@click.option("--release", default="0", show_default=True, help="The version of the implementation.")
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    default=("trace-reader",),
    show_default=True,
    help="A profile that is claimed, or none; may be given several times.",
)
@click.option(
    "--capability",
    "capabilities",
    multiple=True,
    help="A capability that is claimed, such as session.zst; may be given several times.",
)
@click.option(
    "--parallel",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How often CMD may run at once.",
)
@click.argument("words", metavar="-- CMD ...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(
    name: str | None,
    release: str,
    profiles: tuple[str, ...],
    capabilities: tuple[str, ...],
    parallel: int,
    words: tuple[str, ...],
) -> None:
    """Speak the adapter protocol for a command that takes an input folder and an output folder."""
    from rollout_conformance.answers import Identity  # noqa: PLC0415
    from rollout_conformance.protocol.shim import serve_command  # noqa: PLC0415

    if shutil.which(words[0]) is None:
        fail(f"shim: there is no program {words[0]!r}, or it is not executable", UNUSABLE)
    claimed = tuple(profile for profile in profiles if profile != "none")
    identity = Identity(name or Path(words[0]).name, release, profiles=claimed, capabilities=capabilities)
    serve_command(list(words), identity, sys.stdin.buffer, sys.stdout.buffer, parallel)
