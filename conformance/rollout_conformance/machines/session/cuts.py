"""What a fork or a spawned agent has of its parent, as a host remembers it; None if the cut is refused."""

from collections.abc import Sequence

from rollout_conformance.machines.session.world import Entry, conversation_of


def through_turn(entries: list[Entry], turn_id: str) -> list[Entry] | None:
    """Return what there was when the turn after a turn began."""
    conversation = conversation_of(entries, None)
    if turn_id == conversation.running_id or turn_id not in conversation.shown.ids:
        return None
    later = [place for place in _beginnings(entries) if place > _beginning(entries, turn_id)]
    return entries[: later[0]] if later else entries


def before_turn(entries: list[Entry], turn_id: str) -> list[Entry] | None:
    """Return what there was when a turn began."""
    if turn_id not in conversation_of(entries, None).shown.ids:
        return None
    return entries[: _beginning(entries, turn_id)]


def last_turns(entries: list[Entry], turns: int) -> list[Entry]:
    """Return what an agent is given that is spawned with the last turns of another."""
    kept = entries[_place_of_last(entries, turns) :]
    return [entry for entry in kept if entry.deed is not None and entry.deed.passes]


def turns_begun(entries: list[Entry]) -> list[str]:
    """Return the turns that were begun, taken back or not; those that an agent was given are not its own."""
    own = [entry.deed for entry in entries if entry.deed and not entry.given]
    return [deed.begins for deed in own if deed.begins]


def _place_of_last(entries: list[Entry], turns: int) -> int:
    """Return where the last turns begin that somebody told; the end if there are none."""
    told: list[int] = []
    for place, entry in enumerate(entries):
        if entry.deed is None:
            continue
        if entry.deed.instructs:
            told.append(place)
        told = _without_last(told, entry.deed.takes_back)
    triggers = [place for place in told if (deed := entries[place].deed) and deed.triggers]
    return triggers[max(len(triggers) - turns, 0)] if turns and triggers else len(entries)


def _without_last(places: list[int], count: int) -> list[int]:
    return places[: max(len(places) - count, 0)]


def _beginnings(entries: Sequence[Entry]) -> list[int]:
    return [place for place, entry in enumerate(entries) if entry.deed and entry.deed.begins]


def _beginning(entries: Sequence[Entry], turn_id: str) -> int:
    return next(p for p in _beginnings(entries) if (deed := entries[p].deed) and deed.begins == turn_id)
