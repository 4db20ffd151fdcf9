"""Ids of response items: a paginated rollout gives one to each that has none.  [SESSION-WRITER-8]"""

import os
import time
import uuid
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

NewId = Callable[[], str]
"""Returns a UUID that was never given before."""

PREFIXES = MappingProxyType(
    {
        "message": "msg",
        "agent_message": "amsg",
        "reasoning": "rs",
        "local_shell_call": "lsh",
        "function_call": "fc",
        "function_call_output": "fco",
        "custom_tool_call": "ctc",
        "custom_tool_call_output": "ctco",
        "tool_search_call": "tsc",
        "tool_search_output": "tso",
        "web_search_call": "ws",
        "image_generation_call": "ig",
        "compaction": "cmp",
        "context_compaction": "cmp",
        "additional_tools": "at",
    }
)
"""What the id of a response item begins with, by its type; other types have none."""


def with_id(item: Any, new_id: NewId) -> Any:
    """Return a response item that has an id, if its type has them; an empty id is none."""
    prefix = PREFIXES.get(item.get("type", "")) if isinstance(item, dict) else None
    if prefix is None or item.get("id"):
        return item
    named = {"type": item["type"], "id": f"{prefix}_{new_id()}"}
    return named | {key: value for key, value in item.items() if key not in named}


def uuid7() -> str:
    """Return a fresh UUID of version 7: Unix milliseconds, then chance."""
    chance = int.from_bytes(os.urandom(10), "big")
    bits = (time.time_ns() // 1_000_000) << 80 | chance
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0b11 << 62) | 0b10 << 62
    return str(uuid.UUID(int=bits & (1 << 128) - 1))
