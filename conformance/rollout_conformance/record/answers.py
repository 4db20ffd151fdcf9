"""What the scripted model says: one :class:`Answer` for each request it gets.

Texts and ids here are ours.  ``{cell_id}`` and ``{session_id}`` inside an item are filled in by the server
from the newest tool output of the request that is being answered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Item = dict[str, Any]
ANY_TERMINAL = "{terminal}"
"""The name of a terminal tool until the request says which one is offered."""

Ending = Literal["completed", "failed", "incomplete", "cut"]


@dataclass(frozen=True)
class Answer:
    """One response: finished items, then an ending.

    ``hold`` keeps the stream open for that many seconds before the ending, ``delay`` waits before the first
    byte, ``status`` other than 200 is an HTTP error without a stream, ``opening`` items are announced and
    never finished.
    """

    items: tuple[Item, ...] = ()
    ending: Ending = "completed"
    status: int = 200
    delay: float = 0.0
    hold: float = 0.0
    total_tokens: int = 160
    opening: tuple[Item, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


def answer(*items: Item, **settings: Any) -> Answer:
    """Return a response that holds these items."""
    return Answer(items=items, **settings)


def say(text: str, *, phase: str | None = None) -> Item:
    """Return an assistant message."""
    item: Item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    if phase is not None:
        item["phase"] = phase
    return item


def think(*, summary: tuple[str, ...] = (), text: tuple[str, ...] = (), sealed: str | None = None) -> Item:
    """Return a reasoning item in any of its forms."""
    item: Item = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": each} for each in summary],
    }
    if text:
        item["content"] = [{"type": "reasoning_text", "text": each} for each in text]
    if sealed is not None:
        item["encrypted_content"] = sealed
    return item


def call(call_id: str, name: str, namespace: str | None = None, **arguments: Any) -> Item:
    """Return a function call."""
    item: Item = {"type": "function_call", "call_id": call_id, "name": name}
    if namespace is not None:
        item["namespace"] = namespace
    item["arguments"] = json.dumps(arguments, ensure_ascii=False)
    return item


def shell(call_id: str, command: str, **arguments: Any) -> Item:
    """Return a call of the terminal tool."""
    return call(call_id, "exec_command", cmd=command, **arguments)


def run(call_id: str, command: str) -> Item:
    """Return a call of whatever terminal tool the request offers; releases name it differently."""
    return call(call_id, ANY_TERMINAL, command=command)


def stdin(call_id: str, chars: str, **arguments: Any) -> Item:
    """Return a call that writes to the live process of the newest output."""
    rest = json.dumps({"chars": chars, **arguments}, ensure_ascii=False)
    return {
        "type": "function_call",
        "call_id": call_id,
        "name": "write_stdin",
        "arguments": '{"session_id": {session_id}, ' + rest[1:],
    }


def agent(call_id: str, name: str, **arguments: Any) -> Item:
    """Return a call of a multi-agent tool (second form)."""
    return call(call_id, name, namespace="collaboration", **arguments)


def custom(call_id: str, name: str, text: str) -> Item:
    """Return a call of a freeform tool."""
    return {"type": "custom_tool_call", "call_id": call_id, "name": name, "input": text}


def cell(call_id: str, *lines: str) -> Item:
    """Return a code cell."""
    return custom(call_id, "exec", "\n".join(lines) + "\n")


def patch(call_id: str, *lines: str) -> Item:
    """Return a patch."""
    return custom(call_id, "apply_patch", "\n".join(("*** Begin Patch", *lines, "*** End Patch")) + "\n")


def sealed_history(value: str) -> Item:
    """Return the one item of a remote compaction."""
    return {"type": "compaction", "encrypted_content": value}


def cut(*items: Item) -> Answer:
    """Return a stream that closes without a terminal event."""
    return Answer(items=items, ending="cut")


def failed(*items: Item) -> Answer:
    """Return a stream that ends in a failure event."""
    return Answer(items=items, ending="failed")


def incomplete(*items: Item) -> Answer:
    """Return a stream that ends early by a limit."""
    return Answer(items=items, ending="incomplete")


def http_error(status: int) -> Answer:
    """Return an HTTP failure."""
    return Answer(status=status)


def held(seconds: float, *items: Item, opening: tuple[Item, ...] = ()) -> Answer:
    """Return a stream that stays open after its items."""
    return Answer(items=items, hold=seconds, opening=opening)


def late(seconds: float, first: Answer) -> Answer:
    """Return the same answer, begun later."""
    return replace(first, delay=seconds)
