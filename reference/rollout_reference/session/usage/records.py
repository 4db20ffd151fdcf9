"""What a thread is known to have spent: its recorded responses, and what the counter adds to them.

[SESSION-USAGE-14, SESSION-USAGE-15]
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from rollout_reference.session.usage.counters import Count
from rollout_reference.session.usage.tally import Record, Tally
from rollout_reference.session.usage.tokens import Tokens

Growth = tuple[Count, Tokens]


class Spent(Struct, frozen=True, kw_only=True, gc=False):
    """A part of what was spent."""

    line: int
    tokens: Tokens
    model: str | None
    day: str | None
    recorded: bool
    """Whether a record tells it, not the counter."""


def own_records(thread: Tally, own_from: int) -> list[Record]:
    """Return the records of the thread's own responses.  [SESSION-USAGE-14]"""
    return [
        record
        for record in thread.records
        if record.line >= own_from and record.thread_id == thread.thread_id
    ]


def spending(records: Sequence[Record], growths: Sequence[Growth]) -> Iterator[Spent]:
    """Yield every recorded response, and every growth of the counter that none of them explains.

    [SESSION-USAGE-14]
    """
    recorded = False
    for each in _by_line(records, growths):
        if isinstance(each, Record):
            recorded = True
            yield Spent(line=each.line, tokens=each.tokens, model=each.model, day=each.day, recorded=True)
            continue
        count, growth = each
        if not recorded:
            yield Spent(line=count.line, tokens=growth, model=count.model, day=count.day, recorded=False)
        recorded = False


def _by_line(records: Iterable[Record], growths: Iterable[Growth]) -> list[Record | Growth]:
    both: list[Record | Growth] = [*records, *growths]
    return sorted(both, key=lambda each: each.line if isinstance(each, Record) else each[0].line)
