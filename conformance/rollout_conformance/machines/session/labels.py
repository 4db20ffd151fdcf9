"""How the lines of a file are known again: what a host calls them."""

from collections.abc import Iterator
from typing import Any

LABEL = "label"
"""The key of a line under which a host tells its label, where nothing in the payload does."""


def labels_in(lines: list[Any]) -> Iterator[str]:
    """Yield the labels of parsed lines; lines about other things have none."""
    for line in lines:
        label = _label(line)
        if label is not None:
            yield label


def _label(line: Any) -> str | None:
    if not isinstance(line, dict):
        return None
    payload = line.get("payload", line)
    found = (line.get(LABEL), *(_told_by(payload) if isinstance(payload, dict) else ()))
    return next((each for each in found if isinstance(each, str)), None)


def _told_by(payload: dict[str, Any]) -> Iterator[Any]:
    yield payload.get("state", {}).get("n") if isinstance(payload.get("state"), dict) else None
    yield payload.get("message")
    yield payload["item"]["id"] if isinstance(payload.get("item"), dict) else None
    yield payload.get("turn_id") if payload.get("type") in (None, "turn_started", "task_started") else None
    yield _text(payload.get("content"))
    yield payload.get("branch")
    yield (payload.get("git") or {}).get("branch")
    yield payload.get("future")


def _text(content: Any) -> Any:
    return content[0].get("text") if isinstance(content, list) and content else content
