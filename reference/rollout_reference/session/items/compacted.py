"""The `compacted` line: a summary that takes the place of the history before it.

[SESSION-COMPACTED-1]
"""

from itertools import compress
from typing import Any

from rollout_reference.session.items.checkpoint import ResourceOrigins, ResumeMetadata
from rollout_reference.session.items.harness import HarnessMetadata
from rollout_reference.session.items.response_items import ResponseItem
from rollout_reference.session.items.retained import RetainedContext
from rollout_reference.session.items.token_usage import TokenUsageRecord
from rollout_reference.session.shapes.shape import U64, Mismatch, Newer, Shape, Skipped

GHOST = "ghost_snapshot"
"""An item type of old versions that means nothing now."""


class Compacted(Shape):
    """The payload of a `compacted` line."""

    old_names = (GHOST,)

    message: str
    replacement_history: Skipped[list[ResponseItem] | None] = None
    window_number: Skipped[U64 | None] = None
    first_window_id: Skipped[str | None] = None
    previous_window_id: Skipped[str | None] = None
    window_id: Skipped[str | None] = None

    replacement_history_metadata: Newer[list[HarnessMetadata] | None] = None
    retained_context: Newer[RetainedContext | None] = None
    guardian_history: Newer[list[ResponseItem] | None] = None
    compaction_response_id: Newer[str | None] = None
    latest_token_usage_record: Newer[TokenUsageRecord | None] = None
    mcp_resource_origins: Newer[ResourceOrigins | None] = None
    resume_metadata: Newer[ResumeMetadata | None] = None

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Read a numeric window id as the window's number, and leave ghost snapshots out."""
        tree = _without_ghosts(tree)
        number = tree.get("window_id")
        if number is None or isinstance(number, str):  # SESSION-COMPACTED-3
            return tree
        try:
            U64.canonical(number)
        except Mismatch:
            raise Mismatch("/window_id", "a string or an integer from 0 to 2^64-1", number) from None
        tree = {key: value for key, value in tree.items() if key != "window_id"}
        if tree.get("window_number") is None:
            tree["window_number"] = number  # SESSION-COMPACTED-2
        return tree

    def __post_init__(self) -> None:
        """Refuse metadata that does not go with the items."""
        metadata, history = self.replacement_history_metadata, self.replacement_history
        if metadata is not None and (history is None or len(metadata) != len(history)):
            raise ValueError("not one metadata for each item")


def _without_ghosts(tree: dict[str, Any]) -> dict[str, Any]:
    history, metadata = tree.get("replacement_history"), tree.get("replacement_history_metadata")
    if isinstance(metadata, list) and (not isinstance(history, list) or len(metadata) != len(history)):
        expected = "as many elements as 'replacement_history' has"
        raise Mismatch("/replacement_history_metadata", expected)  # SESSION-COMPACTED-5
    if not isinstance(history, list):
        return tree
    kept = [not is_ghost(item) for item in history]
    tree = {**tree, "replacement_history": list(compress(history, kept))}  # SESSION-COMPACTED-4
    if isinstance(metadata, list):
        tree["replacement_history_metadata"] = list(compress(metadata, kept))
    return tree


def is_ghost(item: Any) -> bool:
    """Tell whether a response item is a ghost snapshot.  [SESSION-ITEM-10]"""
    return isinstance(item, dict) and item.get("type") == GHOST
