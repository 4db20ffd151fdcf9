"""What is sent of a history: every call has its output, every output its call.  [SESSION-CONTEXT-24]

The history itself stays as it is: what is added here is made again for each request.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from rollout_reference.session.context.boundaries import Item

_ID_SPACE = uuid.UUID("90d38d3e-6a5b-4d52-bfe2-2f1e634bfac4")
"""The name space of ids of outputs that are made.  [SESSION-CONTEXT-25]"""


class Pairing(Struct, frozen=True):
    """How calls of a type are answered."""

    output: str
    id_prefix: str
    answer: Mapping[str, Any]
    """What an output says that is made in place of one that never came."""


_ABORTED = MappingProxyType({"output": "aborted"})
_NOTHING_FOUND = MappingProxyType({"status": "completed", "execution": "client", "tools": []})

CALLS: Mapping[str, Pairing] = MappingProxyType(
    {
        "function_call": Pairing("function_call_output", "fco", _ABORTED),
        "local_shell_call": Pairing("function_call_output", "fco", _ABORTED),
        "custom_tool_call": Pairing("custom_tool_call_output", "ctco", _ABORTED),
        "tool_search_call": Pairing("tool_search_output", "tso", _NOTHING_FOUND),
    }
)
"""Calls by the type of their item."""

_OUTPUTS = frozenset(pairing.output for pairing in CALLS.values())


def sent(history: Sequence[Item]) -> list[Item]:
    """Return the items that a request is made of; it holds the history's own items and made outputs.

    [SESSION-CONTEXT-24, SESSION-CONTEXT-25]
    """
    answered = _ids(history, lambda kind: kind if kind in _OUTPUTS else None)
    asked = _ids(history, lambda kind: CALLS[kind].output if kind in CALLS else None)
    items: list[Item] = []
    for item in history:
        kind, call_id = item["type"], item.get("call_id")
        if kind in _OUTPUTS and not _stands(item) and (kind, call_id) not in asked:
            continue
        items.append(item)
        if kind in CALLS and call_id is not None and (CALLS[kind].output, call_id) not in answered:
            items.append(_made(item, CALLS[kind]))
    return items


def _ids(history: Sequence[Item], output_of: Callable[[str], str | None]) -> set[tuple[str, str]]:
    """Return the call ids of some items, each with the type of the output that goes with it."""
    kinds = ((output_of(item["type"]), item.get("call_id")) for item in history)
    return {(kind, call_id) for kind, call_id in kinds if kind is not None and call_id is not None}


def _stands(item: Item) -> bool:
    """Tell whether an output needs no call: the model service ran the tool, or it names none."""
    return item.get("call_id") is None or item.get("execution") == "server"


def _made(call: Item, pairing: Pairing) -> Item:
    made = {"type": pairing.output, "call_id": call["call_id"], **pairing.answer}
    if call.get("id"):
        name = f"{pairing.id_prefix}:{call['id']}"
        made["id"] = f"{pairing.id_prefix}_{uuid.uuid5(_ID_SPACE, name)}"  # SESSION-CONTEXT-25
    return made
