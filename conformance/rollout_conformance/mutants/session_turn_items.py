"""Wrong readers and writers of turn items."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.payloads import Json, When, refuses, takes, typed, writes
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.items.extensions import EXTENSION_KINDS


def of_item(when: When) -> When:
    """Ask about the turn item of an event."""
    return lambda p: typed(p, "item_completed", "item_started") and when(p.get("item"))


@mutant("SESSION-TURNITEM-1", "keeps a turn item of an unknown type")
def unknown_turn_item_kept(reference: Patch) -> None:
    takes(reference, "event_msg", "unknown_type", of_item(lambda item: not typed(item, "Extension")))


@mutant("SESSION-TURNITEM-1", "reads turn items in item_completed only")
def started_items_unread(reference: Patch) -> None:
    refuses(reference, "event_msg", "unknown_type", lambda p: typed(p, "item_started"))


@mutant("SESSION-TURNITEM-2", "does not look at the shape of a turn item")
def turn_item_unchecked(reference: Patch) -> None:
    takes(reference, "event_msg", "wrong_shape", of_item(lambda item: isinstance(item, dict)))


@mutant("SESSION-TURNITEM-2", "does not know the item Sleep")
def sleep_unknown(reference: Patch) -> None:
    refuses(reference, "event_msg", "unknown_type", of_item(lambda item: typed(item, "Sleep")))


@mutant("SESSION-TURNITEM-3", "keeps an extension of an unknown kind")
def unknown_kind_kept(reference: Patch) -> None:
    takes(reference, "event_msg", "unknown_type", of_item(lambda item: typed(item, "Extension")))


@mutant("SESSION-TURNITEM-3", "looks at the keys of all kinds of extension")
def kinds_mixed(reference: Patch) -> None:
    def strange(item: Json) -> bool:
        return typed(item, "Extension") and not isinstance(item.get("query", ""), str)

    refuses(reference, "event_msg", "wrong_shape", of_item(strange))


@mutant("SESSION-TURNITEM-3", "does not look at the keys of an extension")
def extension_unchecked(reference: Patch) -> None:
    takes(
        reference,
        "event_msg",
        "wrong_shape",
        of_item(lambda item: typed(item, "Extension") and item.get("kind") in EXTENSION_KINDS),
    )


@mutant("SESSION-TURNITEM-4", "wants the time at which an item completed")
def completion_time_needed(reference: Patch) -> None:
    refuses(
        reference,
        "event_msg",
        "wrong_shape",
        lambda p: typed(p, "item_completed") and "completed_at_ms" not in p,
    )


@mutant("SESSION-TURNITEM-4", "writes no completion time that is not known")
def completion_time_left_out(reference: Patch) -> None:
    writes(reference, lambda p: {key: value for key, value in p.items() if key != "completed_at_ms" or value})
