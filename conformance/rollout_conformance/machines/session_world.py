"""What a host knows about the threads that it records, whatever their files say."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct, field

Mode = Literal["legacy", "paginated"]
Kind = Literal["world", "said", "event", "completed", "dropped", "about"]

KINDS: tuple[Kind, ...] = ("world", "said", "event", "completed", "dropped", "about")
KEPT: dict[Mode, frozenset[Kind]] = {
    "legacy": frozenset({"world", "said", "event", "about"}),
    "paginated": frozenset({"world", "said", "completed", "about"}),
}
"""The kinds of items that stand in a file, as the host remembers the policy."""

OldForm = Literal["old_key", "old_name", "numeric_window", "old_metadata", "agent_line"]
OLD_FORMS: tuple[OldForm, ...] = ("old_key", "old_name", "numeric_window", "old_metadata", "agent_line")


class Entry(Struct):
    """One thing that was to be kept; `label` tells it from all others."""

    label: str
    acknowledged: bool = False


class Thread(Struct, eq=False):
    """A thread and what was handed over for it, in the order of the calls."""

    id: str
    mode: Mode
    bare: bool = False
    """Its file is from before the envelope."""
    entries: list[Entry] = field(default_factory=list)
    copied: list[Entry] = field(default_factory=list)
    """What a legacy fork has from its parent."""
    first_ordinal: int = 0
    begun: bool = False
    """Its file was asked for or has an acknowledged line; without that there may be none."""
    torn: int = 0
    """Processes that died in the middle of a write."""
    unfinished: bool = False
    """A write has failed, and its recorder has still to complete it."""
    unreadable: bool = False
    """Its writer died before the header was whole, so that nothing was acknowledged."""

    @property
    def waiting(self) -> list[Entry]:
        """Return what was handed over and is not acknowledged."""
        return [entry for entry in self.entries if not entry.acknowledged]

    def hand_over(self, labels: list[str]) -> list[Entry]:
        """Take note of what was handed to a recorder."""
        added = [Entry(label) for label in labels]
        self.entries += added
        return added

    def acknowledge(self) -> None:
        """Take note that all that was handed over and not lost stands in the file."""
        self.unfinished = False
        for entry in self.entries:
            entry.acknowledged = True
        self.begun = self.begun or bool(self.entries)

    def lose(self, found: list[str]) -> None:
        """Forget what a dead process had not written; what stands in the file stays there."""
        self.entries = [entry for entry in self.entries if entry.acknowledged or entry.label in found]
        self.acknowledge()


class World:
    """All threads of a home."""

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self._count = 0

    def name(self) -> str:
        """Return a label that was never used before."""
        self._count += 1
        return f"n{self._count}"


# --- items, and how to know them again -------------------------------------------------------------------


def item(kind: Kind, label: str, thread_id: str) -> tuple[str, dict[str, Any]]:
    """Return the line type and payload of an item of a kind."""
    match kind:
        case "world":
            return "world_state", {"full": False, "state": {"n": label}}
        case "said":
            return "response_item", message(label)
        case "event":
            return "event_msg", {"type": "user_message", "message": label}
        case "completed":
            said = {"type": "AgentMessage", "id": label, "content": []}
            return "event_msg", {
                "type": "item_completed",
                "thread_id": thread_id,
                "turn_id": "t",
                "item": said,
                "completed_at_ms": 1,
            }
        case "dropped":
            return "event_msg", {"type": "warning", "message": label}
        case "about":
            return "turn_context", turn_context(label)


def message(label: str) -> dict[str, Any]:
    """Return a message."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": label}]}


def turn_context(label: str) -> dict[str, Any]:
    """Return a turn context."""
    sandbox = {"type": "danger-full-access"}
    return {"turn_id": label, "cwd": "/project", "approval_policy": "never", "sandbox_policy": sandbox} | {
        "model": "a-model",
        "summary": "auto",
    }


def old_line(form: OldForm, label: str) -> dict[str, Any]:
    """Return a line as an older version wrote it."""
    match form:
        case "old_key":
            return _line("event_msg", {"type": "user_message", "message": label, "kind": "plain"})
        case "old_name":
            started = {"type": "turn_started", "turn_id": label, "model_context_window": None}
            return _line("event_msg", started)
        case "numeric_window":
            return _line("compacted", {"message": label, "window_id": 3})
        case "old_metadata":
            return _line("response_item", message(label) | {"metadata": {"turn_id": "t"}})
        case "agent_line":
            payload = {"author": "/root", "recipient": "/root/a", "other_recipients": []}
            return _line("inter_agent_communication", payload | {"content": label, "trigger_turn": False})


def _line(line_type: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": "2026-06-15T12:00:00.000Z", "type": line_type, "payload": payload}


def labels_in(lines: list[Any]) -> Iterator[str]:
    """Yield the labels of parsed lines; lines about other things have none."""
    for line in lines:
        label = _label(line)
        if label is not None:
            yield label


def _label(line: Any) -> str | None:
    payload = line.get("payload", line) if isinstance(line, dict) else {}
    if not isinstance(payload, dict):
        return None
    found = (
        payload.get("state", {}).get("n") if isinstance(payload.get("state"), dict) else None,
        payload.get("message"),
        payload["item"]["id"] if isinstance(payload.get("item"), dict) else None,
        payload.get("turn_id") if payload.get("type") in (None, "turn_started", "task_started") else None,
        _text(payload.get("content")),
        payload.get("branch"),
        (payload.get("git") or {}).get("branch"),
        payload.get("future"),
    )
    return next((each for each in found if isinstance(each, str)), None)


def _text(content: Any) -> Any:
    return content[0].get("text") if isinstance(content, list) and content else content
