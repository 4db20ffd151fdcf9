"""The document of usage: three numbers of a thread and of a home, each with the lines that prove it.

[SESSION-USAGE-1]
"""

from msgspec import Struct

from rollout_reference.session.usage.lineage import Kind
from rollout_reference.session.usage.tokens import Tokens


class Proof(Struct, frozen=True):
    """Lines of a rollout that tell a number; the file as a path from the home, in its plain form."""

    file: str
    lines: list[int]


class Counter(Struct, frozen=True):
    """The last total of a thread, as the CLI shows it for the thread."""

    tokens: Tokens
    proof: list[Proof]


class Begun(Struct, frozen=True):
    """What another thread brought; no tokens where that cannot be told."""

    kind: Kind
    thread_id: str | None
    tokens: Tokens | None
    proof: list[Proof]


class Own(Struct, frozen=True):
    """What the counter grew by in the thread itself; no tokens where that cannot be told."""

    tokens: Tokens | None
    proof: list[Proof]


class Recorded(Struct, frozen=True):
    """What is known to be spent, and whether it may have been more."""

    tokens: Tokens
    lower_bound: bool
    proof: list[Proof]


class OfModel(Struct, frozen=True):
    """What was spent on a model, null where no line names one."""

    model: str | None
    tokens: Tokens


class OfDay(Struct, frozen=True):
    """What was spent on a day in UTC, null where no time is told."""

    day: str | None
    tokens: Tokens


class ThreadUsage(Struct, frozen=True):
    """What one thread used."""

    thread_id: str
    file: str
    """The newest of its segments.  [SESSION-USAGE-2]"""
    counter: Counter
    inherited: Begun
    own: Own
    recorded: Recorded
    by_model: list[OfModel]
    by_day: list[OfDay]


class Unread(Struct, frozen=True):
    """A file that is not in the sums, and why."""

    file: str
    why: str


class Sum(Struct, frozen=True):
    """A sum over threads, and whether it may have been more."""

    tokens: Tokens
    lower_bound: bool


class HomeUsage(Struct, frozen=True):
    """What the threads of a home used.  The sum of counters counts what is inherited every time."""

    counters: Tokens
    own: Sum
    recorded: Sum
    by_model: list[OfModel]
    by_day: list[OfDay]
    threads: list[ThreadUsage]
    not_counted: list[Unread]
