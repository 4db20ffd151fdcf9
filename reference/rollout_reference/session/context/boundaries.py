"""What a response item is to the course of a thread: a boundary of a turn, or what goes with one.

An item is the tree of a response item as it stands in a file.
"""

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from rollout_reference import jsontext
from rollout_reference.session.context.fragments import is_contextual, is_trimmable
from rollout_reference.session.items.inter_agent import InterAgentCommunication
from rollout_reference.session.shapes.shape import Mismatch, convert

Item = dict[str, Any]

_INPUT = "input_text"
_TEXTS = (_INPUT, "output_text")


def is_boundary(item: Item) -> bool:
    """Tell whether a turn begins here: somebody tells the agent something.  [SESSION-CONTEXT-7]"""
    if item["type"] == "agent_message":
        return True
    if item["type"] != "message":
        return False
    role = item["role"]
    return (role == "user" and not is_contextual_user(item)) or (
        role == "assistant" and delivery_of(item) is not None
    )


def is_user_message(item: Item) -> bool:
    """Tell whether it is a message that the user sent.  [SESSION-CONTEXT-8]"""
    return item["type"] == "message" and item["role"] == "user" and not is_contextual_user(item)


def is_contextual_user(item: Item) -> bool:
    """Tell whether a part of a user message was injected, and with it all of it.  [SESSION-CONTEXT-8]"""
    return any(map(is_contextual, _input_texts(item)))


def goes_with_next(item: Item) -> bool:
    """Tell whether the item goes when the turn after it goes.  [SESSION-ROLLBACK-5]"""
    if item["type"] != "message":
        return False
    if item["role"] == "developer":
        return any(map(is_trimmable, _input_texts(item)))
    return bool(item["role"] == "user" and is_contextual_user(item))


def delivery_of(item: Item) -> InterAgentCommunication | None:
    """Return the message between agents that an assistant message of old versions is.

    [SESSION-CONTEXT-10]
    """
    content = item["content"]
    if len(content) != 1 or content[0]["type"] not in _TEXTS:
        return None
    text = content[0]["text"]
    if not text.lstrip().startswith("{"):
        return None
    try:
        return cast("InterAgentCommunication", convert(jsontext.parse(text), InterAgentCommunication))
    except (jsontext.JsonError, msgspec.ValidationError, Mismatch):
        return None


def _input_texts(item: Item) -> Iterator[str]:
    return (part["text"] for part in item["content"] if part["type"] == _INPUT)
