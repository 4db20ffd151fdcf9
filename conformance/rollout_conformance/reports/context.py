"""A model context for a person: its items one line each, then what a writer knows."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollout_conformance.reports.rollouts import About, headlines
from rollout_conformance.reports.wording import counted, printable
from rollout_reference import jsontext

_WINDOW = {
    "number": "window number",
    "first_window_id": "first window",
    "previous_window_id": "previous window",
    "window_id": "window id",
}

_FRAME = 10
"""Columns that lines and spaces between three cells take."""

_TEXT = 2_000
"""Characters of an item that are looked at; the table cuts them to its width."""


def show(tree: dict[str, Any], about: About) -> None:
    """Print a context, given as its JSON."""
    console = Console(highlight=False)
    for line in headlines(about):
        console.print(line, overflow="fold")
    console.print(_history(tree["history"], console.width))
    console.print(_facts(tree))


def _history(items: list[dict[str, Any]], width: int) -> Table:
    kinds = [printable(" ".join(filter(None, (item["type"], item.get("role"))))) for item in items]
    table = Table(title=f"history: {counted(len(items), 'item')}", title_justify="left")
    count = len(f"{len(items):,}")
    kind_width = max(map(len, kinds), default=len("item"))
    table.add_column("#", justify="right", style="dim", width=count)
    table.add_column("item", no_wrap=True, width=kind_width)
    table.add_column(
        "content", no_wrap=True, overflow="ellipsis", max_width=width - count - kind_width - _FRAME
    )
    for number, (kind, item) in enumerate(zip(kinds, items, strict=True), start=1):
        table.add_row(f"{number:,}", Text(kind), Text(printable(_content(item))))
    return table


def _content(item: dict[str, Any]) -> str:
    """Return the part of an item that tells it from others of its type, on one line."""
    content = item.get("content")
    if isinstance(content, list):
        texts = [part.get("text") or f"({part['type']})" for part in content]
        told = " ".join(texts)
    else:
        known = {key: value for key, value in item.items() if key not in ("type", "id", "role")}
        told = jsontext.compact(known)
    return " ".join(told[:_TEXT].split())


def _facts(tree: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in tree["window"].items():
        table.add_row(_WINDOW[name], _value(value))
    for name, value in (tree["previous_settings"] or {"settings": None}).items():
        table.add_row(f"previous {name}", _value(value))
    reference = tree["reference_context"]
    table.add_row("reference context", _value(reference and reference.get("turn_id")))
    world = tree["world_state"]
    table.add_row("world state", _value(None if world is None else ", ".join(world) or "{}"))
    return table


def _value(value: Any) -> Text:
    return Text("none", "dim") if value is None else Text(printable(str(value)))
