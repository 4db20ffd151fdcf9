"""What of a request is the thread's history, and what the CLI itself adds around it.

Nothing is told by its look.  In front stands what a thread without any history is sent there; behind
the history stand the items that the turn itself appended to the rollout, the probe the last of them.
"""

from typing import Any

Item = dict[str, Any]
Line = dict[str, Any]
PROBE = "PROBE"


class Unexpected(Exception):
    """A request that is not made as every request is; the message says of what."""


def added_by_turn(lines: list[Line]) -> list[Item]:
    """Return the items that a turn appended before the model was asked, the probe last.

    Raises `Unexpected` if the probe is not among them.
    """
    items: list[Item] = []
    for line in lines:
        if line["type"] == "response_item":
            items.append(line["payload"])
            if texts_of(items[-1]) == [PROBE]:
                return items
    raise Unexpected("the turn did not append its own message")


def the_one(found: list[Any], what: str) -> Any:
    """Return the first of what was found.  Raises `Unexpected` if there is none."""
    if not found:
        raise Unexpected(f"there is no {what}")
    return found[0]


def in_front(request: list[Item], added: list[Item]) -> list[Item]:
    """Return what a thread without history is sent before what its first turn added."""
    return request[: len(request) - len(added)]


def history_in(request: list[Item], front: list[Item], added: list[Item]) -> list[Item]:
    """Return the history in a request.  Raises `Unexpected` if anything else stands around it."""
    end = len(request) - len(added)
    if [texts_of(item) for item in request[: len(front)]] != [texts_of(item) for item in front]:
        raise Unexpected("the request does not begin as that of an empty thread")
    if end < len(front) or [texts_of(item) for item in request[end:]] != [texts_of(item) for item in added]:
        raise Unexpected("the request does not end with what the turn appended")
    return request[len(front) : end]


def text_of(item: Item) -> str:
    """Return the texts of an item as one; how it is cut into parts depends on the release."""
    return "".join(texts_of(item))


def texts_of(item: Item) -> list[str]:
    """Return the texts of an item."""
    return [part["text"] for part in item.get("content") or () if "text" in part]
