"""Amounts of tokens, by kind."""

from operator import add, attrgetter, lt, sub
from typing import Self

from msgspec import Struct
from msgspec.structs import astuple

from rollout_reference.session.items.events.usage import TokenCounts
from rollout_reference.session.items.token_usage import TokenUsage


class Tokens(Struct, frozen=True, gc=False):
    """Tokens of one response or of many; what is cached, written to a cache or reasoned is in the others."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    total_tokens: int = 0

    @classmethod
    def of(cls, told: TokenCounts | TokenUsage) -> Self:
        """Return what a line tells."""
        return cls(*_amounts(told))

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "Tokens") -> "Tokens":
        return Tokens(*map(sub, astuple(self), astuple(other)))

    def __bool__(self) -> bool:
        return self != NONE

    def falls_below(self, other: "Tokens") -> bool:
        """Tell whether any amount is smaller than its fellow."""
        return any(map(lt, astuple(self), astuple(other)))


NONE = Tokens()
"""No tokens."""

_amounts = attrgetter(*Tokens.__struct_fields__)
