"""The history and the transcript of a thread for a person."""

from typing import Any

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rollout_conformance.reports.wording import counted, printable
from rollout_reference import jsontext
from rollout_reference.session.history.answer import History, ThreadItem, Turn
from rollout_reference.session.transcript import Transcript, text_of

_STYLES = {"completed": "green", "interrupted": "yellow", "failed": "red", "inProgress": "cyan"}
_SAID = {"user": "bold", "assistant": "none"}

_TEXT = 2_000
"""Characters of an item that are looked at; the table cuts them to its width."""


def show_history(history: History) -> None:
    """Print the turns of a thread, each with its items, one line each."""
    console = Console(highlight=False)
    console.print(counted(len(history.turns), "turn"), style="bold")
    for turn in history.turns:
        console.print(_headline(turn), no_wrap=True, overflow="ellipsis")
        if turn.items:
            console.print(Padding(_items(turn.items), (0, 0, 0, 2)))


def _headline(turn: Turn) -> Text:
    line = Text(f"\n{printable(turn.id)}  ")
    line.append(turn.status, _STYLES[turn.status])
    if turn.duration_ms is not None:
        line.append(f"  {turn.duration_ms / 1000:,.1f} s", "dim")
    if turn.error is not None:
        line.append(f"  {printable(turn.error.message)}", "red")
    return line


def _items(items: list[ThreadItem]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True, overflow="ellipsis")
    for item in items:
        told: dict[str, Any] = msgspec.json.decode(jsontext.compact(item))
        table.add_row(told["type"], Text(printable(said_by(item) or _content(told))))
    return table


def said_by(item: ThreadItem) -> str:
    """Return the text of a message on one line, nothing for another item."""
    said = text_of(item)
    return " ".join(said[1][:_TEXT].split()) if said else ""


def _content(told: dict[str, Any]) -> str:
    """Return the part of an item that tells it from others of its type, on one line."""
    for key in ("command", "review", "query", "path"):
        if isinstance(told.get(key), str):
            return " ".join(told[key][:_TEXT].split())
    rest = {
        key: value for key, value in told.items() if key not in ("type", "id") and value not in (None, [])
    }
    return jsontext.compact(rest)[:_TEXT]


def show_transcript(transcript: Transcript) -> None:
    """Print what was said, as it was said."""
    console = Console(highlight=False)
    turn = None
    for message in transcript.messages:
        if message.turn != turn:
            turn = message.turn
            console.print(Text(f"turn {printable(turn)}", "dim"))
        console.print(Text(f"{message.role}:", "cyan"))
        text = "\n".join(printable(line) for line in message.text.split("\n"))
        console.print(Padding(Text(text, _SAID[message.role]), (0, 0, 1, 2)))
