"""Turning a rollout of any age into canonical lines that mean the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.session.legacy.bare import ASSUMED
from rollout_reference.session.legacy.renewal import PASSTHROUGH, renewed
from rollout_reference.session.lines import Defect, Line, canonical_line, read_line
from rollout_reference.session.reading.rollout import Reading

GHOST = "ghost_snapshot"


class Loss(Struct, frozen=True):
    """What of a line is not in the upgraded file: the code of its defect, or what was left out."""

    line: int
    code: str


class Upgrade:
    """The upgraded lines of a rollout, each with its line feed, in memory of about one line.

    `losses` and `assumed` are complete when the iterator is at its end.  Raises what `Reading`
    raises, and `NoOwner`.  [SESSION-LEGACY-6]
    """

    def __init__(self, path: Path) -> None:
        self.losses: list[Loss] = []
        self.assumed: tuple[str, ...] = ()
        """Fields that the old form does not have and that are empty now."""
        self._reading = Reading(path, renewed)

    def __iter__(self) -> Iterator[bytes]:
        with self._reading as reading:
            for found in reading:
                yield from self._lines_of(found)
            reading.check_owner()
            if reading.diagnostics.era == "bare":
                self.assumed = ASSUMED  # SESSION-LEGACY-4

    def losses_tree(self) -> dict[str, Any]:
        """Return what was lost and what was assumed, as JSON.  [SESSION-LEGACY-11]"""
        return {"losses": msgspec.to_builtins(self.losses), "assumed": list(self.assumed)}

    def _lines_of(self, found: Line | Defect) -> Iterator[bytes]:
        if isinstance(found, Defect):
            if found.code == "unknown_type":  # SESSION-LEGACY-12
                yield self._reading.text.strip(b" \t\r") + b"\n"
            else:
                self.losses.append(Loss(found.number, found.code))  # SESSION-LEGACY-11
        elif found.type == "inter_agent_communication" and found.ordinal is None:
            yield from self._message_of_agent(found)
        else:
            self._count_ghosts(found)
            yield canonical_line(found) + b"\n"

    def _message_of_agent(self, line: Line) -> Iterator[bytes]:
        """Write a message between agents as the pair of lines that took its place.  [SESSION-LEGACY-13]"""
        if line.payload.get("other_recipients"):
            self.losses.append(Loss(line.number, "other_recipients"))
        pair = (
            ("inter_agent_communication_metadata", {"trigger_turn": line.payload["trigger_turn"]}),
            ("response_item", agent_message(line.payload)),
        )
        for name, payload in pair:
            tree = {"timestamp": line.timestamp, "type": name, "payload": payload}
            read = read_line(jsontext.compact(tree).encode(), line.number)
            if isinstance(read, Line):
                yield canonical_line(read) + b"\n"

    def _count_ghosts(self, line: Line) -> None:
        """List the ghost snapshots that the canonical form of a compaction leaves out."""
        history = line.payload.get("replacement_history") if line.type == "compacted" else None
        ghosts = [item for item in history or () if isinstance(item, dict) and item.get("type") == GHOST]
        self.losses += [Loss(line.number, GHOST)] * len(ghosts)


def upgrade(path: Path | str) -> Upgrade:
    """Upgrade a rollout in whichever form and of whichever era it is; the file stays as it is."""
    return Upgrade(Path(path))


def agent_message(message: dict[str, Any]) -> dict[str, Any]:
    """Return an old message between agents as the response item that the model was shown.

    [SESSION-LEGACY-13]
    """
    sealed = message.get("encrypted_content")
    content = [{"type": "input_text", "text": message["content"]}]
    if sealed is not None:
        kind = "NEW_TASK" if message["trigger_turn"] else "MESSAGE"
        header = (
            f"Message Type: {kind}\nTask name: {message['recipient']}\n"
            f"Sender: {message['author']}\nPayload:\n"
        )
        content = [
            {"type": "input_text", "text": header},
            {"type": "encrypted_content", "encrypted_content": sealed},
        ]
    item = {
        "type": "agent_message",
        "id": message.get("id"),
        "author": message["author"],
        "recipient": message["recipient"],
        "content": content,
        PASSTHROUGH: message.get(PASSTHROUGH),
    }
    return {key: value for key, value in item.items() if value is not None}
