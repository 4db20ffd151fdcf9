"""`rolloutspec validate`: is this a rollout, what is wrong with it, and what is it that no version knows?"""

import os
import sys
from pathlib import Path

import click

from rollout_conformance.cli.exits import UNEXPECTED

EPILOG = """\b
Examples:
  rolloutspec validate rollout-2026-01-05T10-00-00-0199.jsonl   one file, plain or .zst
  rolloutspec validate ~/.codex                                 a home: every thread, active and archived
  rolloutspec validate sessions/2026/01 --verbose               a tree, with unknown fields and notes
  rolloutspec validate ~/.codex --json > report.json            one JSON document
  rolloutspec validate sessions --sarif > rollouts.sarif        for a code host

\b
No content of a session is printed unless you ask with --show-content: only names of types and fields, line
numbers and ids.

\b
Exit codes: 0 clean, 1 problems, 2 usage.
"""


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="List notes and unknown fields, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print a SARIF 2.1.0 log.")
@click.option("--show-content", is_flag=True, help="Show how the lines in question begin. They are private.")
def command(
    paths: tuple[Path, ...], verbose: bool, as_json: bool, as_sarif: bool, show_content: bool
) -> None:
    """Check session rollouts: files, trees of them, or whole homes of Codex.

    Every line that readers drop is named with its requirement and the nearest form that is known. A file in
    which not one line is recognised is an outcome of its own.
    """
    from rollout_conformance.validate import document, sarif  # noqa: PLC0415
    from rollout_conformance.validate.run import Selection, check  # noqa: PLC0415
    from rollout_conformance.validate.terminal import Terminal, progress  # noqa: PLC0415

    if as_json and as_sarif:
        raise click.UsageError("--json and --sarif exclude each other")
    for path in paths:
        if not os.path.lexists(path):
            raise click.BadParameter(f"there is no {path}, or it is out of reach", param_hint="PATH")
    selection = Selection(paths)
    if not selection.files and not selection.found:
        raise click.BadParameter("there is nothing below it", param_hint="PATH")
    shown = None if as_json or as_sarif else Terminal(verbose=verbose)
    with progress(selection.bytes) as watch:
        report = check(selection, show_content=show_content, watch=watch, each=shown.file if shown else None)
    if shown is None:
        sys.stdout.buffer.write(sarif.document(report) if as_sarif else document.document(report))
    else:
        for place in report.places:
            shown.place(place)
        shown.summary(report)
    if not report.clean:
        raise SystemExit(UNEXPECTED)
