"""One thing that an implementation is asked for."""

from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

NowMs = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since 1970-01-01 UTC, to the end of the year 9999: later times have no date everywhere."""


class Environment(Struct, frozen=True):
    """What is taken instead of the clock and of random numbers."""

    now_ms: NowMs
    id_seed: str


ENVIRONMENT = Environment(now_ms=1_720_000_000_000, id_seed="c0ffee")
"""What holds unless a case says otherwise: nothing that is made depends on when it is made."""


class Task(Struct, frozen=True):
    """An operation on a folder, within a budget in milliseconds."""

    op: str
    input: Path
    budget_ms: int
    options: dict[str, Any] = {}
    """What the operation is told besides: any JSON object."""
    env: Environment = ENVIRONMENT
