"""Usage for a person: the threads, then the sums by model and by day."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollout_conformance.reports.wording import counted, printable
from rollout_reference.session.usage import HomeUsage, ThreadUsage
from rollout_reference.session.usage.tokens import Tokens

_KINDS = {
    "input": "input_tokens",
    "cached": "cached_input_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_output_tokens",
    "total": "total_tokens",
}


def show(usage: HomeUsage) -> None:
    """Print a usage."""
    console = Console(highlight=False)
    console.print(_threads(usage))
    if usage.by_model:
        console.print(_parts("model", ((part.model, part.tokens) for part in usage.by_model)))
        console.print(_parts("day", ((part.day, part.tokens) for part in usage.by_day)))
    for left_out in usage.not_counted:
        console.print(Text(printable(f"not counted: {left_out.file} ({left_out.why})"), "yellow"))


def _threads(usage: HomeUsage) -> Table:
    table = Table(title=counted(len(usage.threads), "thread"), title_justify="left", show_footer=True)
    table.add_column("thread", "all", no_wrap=True)
    table.add_column("counter", f"{usage.counters.total_tokens:,}", justify="right")
    table.add_column("inherited", justify="right")
    own, recorded = usage.own, usage.recorded
    table.add_column("own", _amount(own.tokens, lower_bound=own.lower_bound), justify="right")
    table.add_column("recorded", _amount(recorded.tokens, lower_bound=recorded.lower_bound), justify="right")
    for thread in usage.threads:
        table.add_row(thread.thread_id, *_row(thread))
    return table


def _row(thread: ThreadUsage) -> tuple[str, str, str, str]:
    inherited, recorded = thread.inherited, thread.recorded
    return (
        f"{thread.counter.tokens.total_tokens:,}",
        "" if inherited.kind == "none" else _amount(inherited.tokens),
        _amount(thread.own.tokens),
        _amount(recorded.tokens, lower_bound=recorded.lower_bound),
    )


def _parts(name: str, parts: Iterable[tuple[str | None, Tokens]]) -> Table:
    table = Table(title=f"recorded, by {name}", title_justify="left")
    table.add_column(name)
    for kind in _KINDS:
        table.add_column(kind, justify="right")
    for part, tokens in parts:
        amounts = (f"{getattr(tokens, field):,}" for field in _KINDS.values())
        table.add_row("unknown" if part is None else Text(printable(part)), *amounts)
    return table


def _amount(tokens: Tokens | None, *, lower_bound: bool = False) -> str:
    if tokens is None:
        return "unknown"
    return f"{'>= ' if lower_bound else ''}{tokens.total_tokens:,}"
