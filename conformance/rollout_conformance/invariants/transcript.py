"""Laws of conversations."""

from typing import Any

from rollout_conformance.invariants.laws import TraceRun, law
from rollout_conformance.machines.world import Label


@law("TRACE-LAW-2", "A transcript has no repetition and holds items of its thread only.")
def transcripts_hold_their_own(run: TraceRun) -> None:
    """Give an item one place in one thread."""
    for thread_id, thread in run.state["threads"].items():
        item_ids = thread["conversation_item_ids"]
        assert len(item_ids) == len(set(item_ids))
        assert {run.state["conversation_items"][each]["thread_id"] for each in item_ids} <= {thread_id}


@law("TRACE-LAW-7", "A transcript is in the order in which its items were first seen.")
def transcripts_are_in_order(run: TraceRun) -> None:
    """Ids and times grow along it."""
    for thread in run.state["threads"].values():
        items = [run.state["conversation_items"][each] for each in thread["conversation_item_ids"]]
        numbers = [int(item["item_id"].rpartition(":")[2]) for item in items]
        times = [item["first_seen_at_unix_ms"] for item in items]
        assert numbers == sorted(numbers)
        assert times == sorted(times)


@law("TRACE-CONVERSATION-9", "A transcript holds what the host showed, each item once.")
def transcripts_hold_what_was_shown(run: TraceRun) -> None:
    """Ask the host what it showed, in which order."""
    for thread in run.world.threads:
        item_ids = run.state["threads"][thread.id]["conversation_item_ids"]
        assert [label_of(run.state["conversation_items"][each]) for each in item_ids] == thread.transcript


def label_of(item: dict[str, Any]) -> Label:
    """Return the kind of an item and what tells it from the others."""
    if item["call_id"] is not None:
        return item["kind"], item["call_id"]
    last = item["body"]["parts"][-1:] or [{"text": ""}]
    return item["kind"], last[0].get("text", last[0].get("value"))
