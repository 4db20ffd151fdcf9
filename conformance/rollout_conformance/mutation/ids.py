"""Operators on ids."""

from rollout_conformance.mutation.drafts import Dice, Draft, edit_slot
from rollout_conformance.mutation.jsontree import Slot, Token, dump
from rollout_conformance.mutation.vocabulary import KIND_OF_ID


def _is_id(slot: Slot) -> bool:
    return slot.name in KIND_OF_ID and (slot.value is None or isinstance(slot.value, (str, Token)))


def retarget_id(draft: Draft, dice: Dice) -> None:
    """Replace an id by another of its kind."""

    def change(slot: Slot) -> None:
        others = [one for one in draft.ids.get(KIND_OF_ID[slot.name], ()) if one != slot.value]
        if others:
            slot.put(dice.pick(others))

    edit_slot(draft, dice, _is_id, change)


def retarget_id_across(draft: Draft, dice: Dice) -> None:
    """Replace an id by one of another kind."""
    every = sorted({one for kind in sorted(draft.ids) for one in draft.ids[kind]})
    if every:
        edit_slot(draft, dice, _is_id, lambda slot: slot.put(dice.pick(every)))


def null_id(draft: Draft, dice: Dice) -> None:
    """Replace an id by null."""
    edit_slot(draft, dice, _is_id, lambda slot: slot.put(None))


def make_id_unknown(draft: Draft, dice: Dice) -> None:
    """Replace an id by one that stands nowhere else."""
    edit_slot(draft, dice, _is_id, lambda slot: slot.put(dice.pick(("nowhere", "", "\u00e9-1"))))


def rename_id_everywhere(draft: Draft, dice: Dice) -> None:
    """Give one id another name throughout, so that it is sorted elsewhere."""
    kinds = sorted(kind for kind in draft.ids if kind != "payload path")
    if not kinds:
        return
    old = dice.pick(draft.ids[dice.pick(kinds)])
    new = dice.pick(("0", "zz", "\u00e9", "\U0001f642", "~", old + ":10", "!"))
    _replace_everywhere(draft, old, new)


def unify_ids(draft: Draft, dice: Dice) -> None:
    """Give two ids of a kind one name throughout."""
    kinds = sorted(kind for kind, ids in draft.ids.items() if len(ids) > 1 and kind != "payload path")
    if kinds:
        ids = draft.ids[dice.pick(kinds)]
        one, other = dice.two(len(ids))
        _replace_everywhere(draft, ids[one], ids[other])


def _replace_everywhere(draft: Draft, old: str, new: str) -> None:
    """Replace a string wherever it stands as JSON, and as JSON within a string."""
    for before, after in ((dump(old), dump(new)), (_inner(old), _inner(new))):
        for name in sorted(draft.files):
            draft.files[name] = draft.files[name].replace(before.encode(), after.encode())


def _inner(text: str) -> str:
    """Return a string as it stands in JSON within a string."""
    return dump(dump(text))[1:-1]
