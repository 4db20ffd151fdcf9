"""Other amounts of tokens: all of them threefold, and such that no two growths are equal."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.metamorphic.given import Given, each_object, put
from rollout_conformance.mutation.jsontree import Members, Token, Tree

FACTOR = 3
_MOST = 10**8
"""A rollout with larger amounts stays as it is: 64 bits have to hold what becomes of them."""

_COUNTED = ("total_token_usage", "last_token_usage", "usage")


def threefold(given: Given) -> Given:
    """Multiply all amounts by `FACTOR`."""
    return _rewritten(given, times)


def made_distinct(given: Given) -> Given:
    """Stretch amounts so that equal growths become different ones, and equal amounts stay equal."""
    return _rewritten(given, stretched)


def times(amount: int) -> int:
    """Return an amount threefold."""
    return amount * FACTOR


def stretched(amount: int) -> int:
    """Return an amount so that the order of amounts stays and no two steps between them are equal."""
    return amount * amount + 7 * amount


def of_kinds(tokens: Any, rewrite: Callable[[int], Any]) -> Any:
    """Return the kinds of tokens of an answer with other amounts; None stays None."""
    return tokens and {kind: rewrite(amount) for kind, amount in tokens.items()}


def _rewritten(given: Given, rewrite: Callable[[int], int]) -> Given:
    safe = True

    def counted(tree: Members) -> Members | None:
        nonlocal safe
        counts = _counts(tree)
        for holder, name in ((each, name) for each in counts for name in each.names):
            amount = _integer(holder.get(name))
            if amount is not None:
                safe = safe and 0 <= amount <= _MOST
                put(holder, name, Token(str(rewrite(amount))))
        return tree if counts else None

    changed = given.with_rollouts(each_object(counted))
    return changed if safe else given


def _counts(tree: Members) -> list[Members]:
    """Return the objects of a line that hold amounts of tokens by kind."""
    payload = tree.get("payload")
    info = payload.get("info") if isinstance(payload, Members) else None
    holders = [each for each in (payload, info) if isinstance(each, Members)]
    told = [each.get(name) for each in holders for name in _COUNTED]
    return [each for each in told if isinstance(each, Members)]


def _integer(value: Tree) -> int | None:
    if not isinstance(value, Token):
        return None
    try:
        return int(value.text)
    except ValueError:
        return None
