"""Texts that are too long: their beginning and end are kept, the middle is counted.  [SESSION-CONTEXT-17]"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Unit = Literal["bytes", "tokens"]

BYTES_PER_TOKEN = 4
"""How a token is estimated: a started group of so many bytes of UTF-8."""


class Limit(Struct, frozen=True):
    """How much of a tool's output a model is given, before the allowance for what surrounds it."""

    unit: Unit
    amount: Annotated[int, Meta(ge=0)]

    @property
    def allowed(self) -> int:
        """Return the amount with the allowance of a fifth, rounded up.  [SESSION-CONTEXT-17]"""
        return -(-self.amount * 6 // 5)


def tokens_of(text: str) -> int:
    """Estimate the tokens of a text."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def limited(item: dict[str, Any], limit: Limit) -> dict[str, Any]:
    """Return the output of a tool with its texts within a limit; the item stays as it is."""
    output, left = item["output"], limit.allowed
    if isinstance(output, str):
        return {**item, "output": _cut(output, left, limit.unit)}
    parts: list[dict[str, Any]] = []
    omitted = 0
    for part in output:
        if part["type"] == "input_audio":
            continue
        if part["type"] != "input_text":
            parts.append(part)
            continue
        text: str = part["text"]
        cost = tokens_of(text) if limit.unit == "tokens" else len(text.encode())
        if left:
            parts.append({**part, "text": _cut(text, left, limit.unit)})
        else:
            omitted += 1
        left = max(left - cost, 0)
    if omitted:
        parts.append({"type": "input_text", "text": f"[omitted {omitted} text items ...]"})
    return {**item, "output": parts}


def shortened(text: str, size: int, unit: Unit) -> str:
    """Return a text cut in the middle to at most so many bytes of UTF-8, with a note of what is missing."""
    data = text.encode()
    if len(data) <= size:
        return text
    head = data[: size // 2].decode(errors="ignore")
    tail = data[len(data) - (size - size // 2) :].decode(errors="ignore") if size else ""
    if unit == "tokens":
        missing = -(-(len(data) - size) // BYTES_PER_TOKEN)
        return f"{head}…{missing} tokens truncated…{tail}"
    return f"{head}…{len(text) - len(head) - len(tail)} chars truncated…{tail}"


def _cut(text: str, allowed: int, unit: Unit) -> str:
    return shortened(text, allowed * BYTES_PER_TOKEN if unit == "tokens" else allowed, unit)
