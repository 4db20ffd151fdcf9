"""Why turns fail, as it is shown.  [SESSION-TURN-7, SESSION-TURN-11]"""

from typing import Any, get_args

import msgspec

from rollout_reference.session.history.answer import TurnError
from rollout_reference.session.items.events.base import ErrorDetail, ErrorKind, ErrorName

DETAILED = frozenset(ErrorDetail.__struct_fields__)
"""Kinds of errors that have details."""

NAMES = frozenset(
    [
        *get_args(ErrorName),
        *("rate_limit_exceeded", "flex_unavailable", "model_not_found", "policy_capacity_unavailable"),
        *("misalignment_policy_violation", "too_many_denials", "inference_hook_denied"),
    ]
)
"""Kinds of errors that have none; only later versions know those of the last two lines."""


def turn_error(message: str, kind: ErrorKind | dict[str, Any] | str | None) -> TurnError:
    """Return an error as it is shown."""
    return TurnError(message, _shown(msgspec.to_builtins(kind)))


def name_of(kind: ErrorKind | None) -> str | None:
    """Return the name of a kind of error, whether it has details or not."""
    tree = msgspec.to_builtins(kind)
    name: str | None = next(iter(tree)) if isinstance(tree, dict) else tree
    return name


def camel_case(name: str) -> str:
    """Turn a name of the lines into one of the answer: `in_progress` into `inProgress`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _shown(kind: Any) -> Any:
    """Return a kind with its names, and those of its details, in camel case; an unknown one as `other`."""
    if isinstance(kind, str):
        return camel_case(kind) if kind in NAMES else "other"
    if not isinstance(kind, dict):
        return kind
    ((name, details),) = kind.items()
    if name not in DETAILED or not isinstance(details, dict):
        return "other"
    return {camel_case(name): {camel_case(key): value for key, value in details.items()}}
