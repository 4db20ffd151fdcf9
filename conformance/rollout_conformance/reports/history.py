"""The history and the transcript of a thread for a person."""

from collections import Counter
from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rollout_conformance.reports.items import kind_of, told_in_short
from rollout_conformance.reports.rollouts import About, headlines
from rollout_conformance.reports.wording import counted, printable
from rollout_reference.session.history.answer import History, ThreadItem, Turn, TurnStatus
from rollout_reference.session.transcript import Transcript

_STYLES: dict[TurnStatus, str] = {
    "completed": "green",
    "interrupted": "yellow",
    "failed": "red",
    "inProgress": "cyan",
}
_SAID = {"user": "bold", "assistant": "none"}

_MARGIN = 2
"""Columns that items stand to the right of their turn."""


def show_history(history: History, about: About) -> None:
    """Print the turns of a thread, each with its items, one line each."""
    console = Console(highlight=False)
    for line in headlines(about):
        console.print(line, overflow="fold")
    console.print(_counts(history.turns), overflow="fold")
    width = max((len(kind_of(item)) for turn in history.turns for item in turn.items), default=0)
    for turn in history.turns:
        shown = _headline(turn).append_text(_items(turn.items, width))
        console.print(shown, no_wrap=True, overflow="ellipsis")


def _counts(turns: list[Turn]) -> str:
    statuses = Counter(turn.status for turn in turns)
    told = [f"{statuses[status]:,} {status}" for status in _STYLES if statuses[status]]
    by_status = f" ({', '.join(told)})" if told else ""
    return (
        f"{counted(len(turns), 'turn')}{by_status}, {counted(sum(len(turn.items) for turn in turns), 'item')}"
    )


def _headline(turn: Turn) -> Text:
    line = Text(f"\n{printable(turn.id)}  ")
    line.append(turn.status, _STYLES[turn.status])
    if turn.duration_ms is not None:
        line.append(f"  {turn.duration_ms / 1000:,.1f} s", "dim")
    if turn.started_at is not None:
        line.append(f"  {_moment(turn.started_at)}", "dim")
    if turn.error is not None:
        line.append(f"  {printable(turn.error.message)}", "red")
    return line


def _moment(seconds: int) -> str:
    """Return a time in UTC, or the number if it is none of a calendar."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _items(items: list[ThreadItem], width: int) -> Text:
    """Return a line for each item, its type in a column of that width."""
    lines = Text()
    for item in items:
        lines.append(f"\n{'':{_MARGIN}}{kind_of(item):{width}}  ", "dim")
        lines.append(printable(told_in_short(item)))
    return lines


def show_transcript(transcript: Transcript, about: About) -> None:
    """Print what was said, as it was said."""
    console = Console(highlight=False)
    for line in headlines(about):
        console.print(line, overflow="fold")
    turns = len({message.turn for message in transcript.messages})
    console.print(f"{counted(len(transcript.messages), 'message')} of {counted(turns, 'turn')}\n")
    turn = None
    for message in transcript.messages:
        if message.turn != turn:
            turn = message.turn
            console.print(Text(f"turn {printable(turn)}", "dim"))
        console.print(Text(f"{message.role}:", "cyan"))
        text = "\n".join(printable(line) for line in message.text.split("\n"))
        console.print(Padding(Text(text, _SAID[message.role]), (0, 0, 1, 2)))
