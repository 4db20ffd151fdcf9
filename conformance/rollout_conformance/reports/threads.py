"""The threads of a home for a person: one line each, then where the next page begins."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollout_conformance.reports.wording import counted, printable

_WIDE = 120
"""Columns of a terminal from which on there is room for the folder."""
_TEXT = 500
"""Characters of a text that are looked at; the table cuts them to its width."""


def show(tree: dict[str, Any]) -> None:
    """Print a page of threads, given as its JSON."""
    console = Console(highlight=False)
    console.print(_table(tree["data"], folders=console.width >= _WIDE))
    for each in tree["data"]:
        if "metadata" in each:
            console.print(_facts(each["metadata"]))
    if tree["nextCursor"] is not None:
        console.print(f"more: --cursor '{printable(tree['nextCursor'])}'", soft_wrap=True, markup=False)


def _table(data: list[dict[str, Any]], *, folders: bool) -> Table:
    table = Table(title=counted(len(data), "thread"), title_justify="left")
    table.add_column("created (UTC)", no_wrap=True, min_width=16)
    table.add_column("thread", no_wrap=True, style="dim", min_width=36)
    if folders:
        table.add_column("folder", no_wrap=True, overflow="ellipsis", max_width=30)
    table.add_column("what it is about", no_wrap=True, overflow="ellipsis")
    for each in data:
        thread = each.get("thread", each)
        said = each.get("snippet") or thread["name"] or thread["preview"]
        cells = [_moment(thread["createdAt"]), printable(thread["id"])]
        cells += [printable(thread["cwd"])] if folders else []
        table.add_row(*map(Text, cells), Text(printable(" ".join(said[:_TEXT].split()))))
    return table


def _facts(metadata: dict[str, Any]) -> Table:
    table = Table(show_header=False, box=None)
    for key, value in metadata.items():
        table.add_row(key, Text("" if value is None else printable(str(value))))
    return table


def _moment(seconds: int) -> str:
    """Return a time for a person; one that no calendar has is shown as its number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return str(seconds)
