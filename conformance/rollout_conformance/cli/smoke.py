"""`rolloutspec smoke`: five short questions before the long run."""

import contextlib
from typing import TYPE_CHECKING

import click

from rollout_conformance.cli.exits import UNEXPECTED, UNUSABLE, fail
from rollout_conformance.cli.naming import one_implementation

if TYPE_CHECKING:
    from rollout_conformance.smoke import Check

EPILOG = """\b
Examples:
  rolloutspec smoke adapter.toml
  rolloutspec smoke "node my-adapter.js"
  rolloutspec smoke "rolloutspec shim -- ./my-tool"

\b
Exit codes: 0 a good partner (what it does not claim may be missing), 1 a check failed,
3 it cannot be used at all.
"""

COLOURS = {"ok": "green", "failed": "red", "not yet": "yellow"}

HELLO = """\
The first line on its standard input is {"id": "1", "op": "hello", "rcp": [1], ...}; the answer is one line:
  {"id": "1", "rcp": 1, "implementation": {"name": "...", "version": "..."}, "profiles": []}
`rolloutspec init` writes an adapter that does so; spec/conformance/protocol.md has the rules."""

AFTER = "\nnext: rolloutspec run {0!r} --fast"


@click.command(epilog=EPILOG)
@click.argument("impl", nargs=-1, required=True, metavar="IMPL", callback=one_implementation)
def command(impl: str) -> None:
    """Ask the implementation IMPL five short questions, and say what to repair."""
    from rollout_conformance.implementations import ImplementationError, open_implementation  # noqa: PLC0415
    from rollout_conformance.smoke import smoke  # noqa: PLC0415

    try:
        implementation = open_implementation(impl)
    except ImplementationError as error:
        fail(f"implementation: {error}\n{HELLO}", UNUSABLE)
    checks: list[Check] = []
    with contextlib.closing(implementation):
        for check in smoke(implementation):
            checks.append(check)
            _show(check)
    failed = sum(check.outcome == "failed" for check in checks)
    waiting = sum(check.outcome == "not yet" for check in checks)
    if failed:
        fail(f"\n{failed} of {len(checks)} checks failed", UNEXPECTED)
    click.echo(
        f"\nnext: implement trace.reduce; {waiting} checks wait for it" if waiting else AFTER.format(impl)
    )


def _show(check: "Check") -> None:
    word = click.style(f"{check.outcome:8}", fg=COLOURS[check.outcome], bold=True)
    click.echo(f"{word} {check.name}{': ' + check.detail if check.detail else ''}")
    if check.outcome == "failed" and check.advice:
        click.echo(f"         -> {check.advice}")
