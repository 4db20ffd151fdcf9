"""The replay from the oldest line to the newest: the history that the model is given.

[SESSION-CONTEXT-14 to 18]
"""

from collections.abc import Iterable
from typing import Any

from rollout_reference.session.context.boundaries import Item
from rollout_reference.session.context.rollback import History
from rollout_reference.session.context.shortening import Limit, limited
from rollout_reference.session.context.summaries import compacted
from rollout_reference.session.items.compacted import Compacted, is_ghost
from rollout_reference.session.items.events.lifecycle import ThreadRolledBack
from rollout_reference.session.items.inter_agent import InterAgentCommunication
from rollout_reference.session.items.response_items import (
    CompactionTrigger,
    CustomToolCallOutput,
    FunctionCallOutput,
    Message,
    Other,
)
from rollout_reference.session.items.response_items import Item as TypedItem
from rollout_reference.session.lines import Line

_PASSTHROUGH = "internal_chat_message_metadata_passthrough"


class Replay:
    """The replay of the lines after a base."""

    def __init__(self, base: Line | None, limit: Limit | None) -> None:
        self._limit = limit
        self._history = History(replacement_of(base) if base else [])
        self.lost_reference = False
        """Whether a compaction without replacement history was met.  [SESSION-CONTEXT-21]"""

    def replay(self, lines: Iterable[Line]) -> list[Item]:
        """Take all lines, the oldest first, and return the history."""
        for line in lines:
            self._take(line, line.item)
        return self._history.items

    def _take(self, line: Line, item: Any) -> None:
        if isinstance(item, TypedItem):
            self._append(line.payload, item)
        elif isinstance(item, InterAgentCommunication):
            self._history.append(agent_message(line.payload))
        elif isinstance(item, ThreadRolledBack):
            self._history.roll_back(item.num_turns)
        elif isinstance(item, Compacted) and item.replacement_history is None:
            self.lost_reference = True
            self._history.replace(compacted(self._history.items, item.message))
        # A compaction with replacement history that comes after the base did not survive: SESSION-ROLLBACK-7

    def _append(self, tree: Item, item: TypedItem) -> None:
        if isinstance(item, Other | CompactionTrigger) or (
            isinstance(item, Message) and item.role == "system"
        ):
            return  # SESSION-CONTEXT-15
        if self._limit is not None and isinstance(item, FunctionCallOutput | CustomToolCallOutput):
            tree = limited(tree, self._limit)
        self._history.append(tree)


def replacement_of(line: Line) -> list[Item]:
    """Return the replacement history of a compaction as it stands, without ghost snapshots.

    [SESSION-CONTEXT-14]
    """
    return [item for item in line.payload["replacement_history"] if not is_ghost(item)]


def agent_message(communication: dict[str, Any]) -> Item:
    """Return the item that a message between agents of the old form is now.  [SESSION-CONTEXT-16]"""
    encrypted = communication.get("encrypted_content")
    if encrypted is None:
        content = [{"type": "input_text", "text": communication["content"]}]
    else:
        kind = "NEW_TASK" if communication["trigger_turn"] else "MESSAGE"
        about = (
            f"Message Type: {kind}\nTask name: {communication['recipient']}\n"
            f"Sender: {communication['author']}\nPayload:\n"
        )
        content = [
            {"type": "input_text", "text": about},
            {"type": "encrypted_content", "encrypted_content": encrypted},
        ]
    message = {
        "type": "agent_message",
        "id": communication.get("id"),
        "author": communication["author"],
        "recipient": communication["recipient"],
        "content": content,
        _PASSTHROUGH: communication.get(_PASSTHROUGH),
    }
    return {key: value for key, value in message.items() if value is not None}
