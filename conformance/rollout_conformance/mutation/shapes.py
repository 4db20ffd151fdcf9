"""Operators on the shape of JSON texts."""

from rollout_conformance.mutation.drafts import Dice, Draft, choose_slot, edit_array, edit_object, edit_slot
from rollout_conformance.mutation.jsontree import Members, Slot, Tree, children, copy, slots
from rollout_conformance.mutation.vocabulary import DEPTHS, NAMES, SWAPPED_TYPES


def delete_member(draft: Draft, dice: Dice) -> None:
    """Leave a member of an object out."""

    def change(members: Members, index: int) -> None:
        del members.names[index], members.values[index]

    edit_object(draft, dice, change)


def rename_member(draft: Draft, dice: Dice) -> None:
    """Call a member otherwise."""

    def change(members: Members, index: int) -> None:
        members.names[index] = dice.pick((*NAMES, members.names[index] + "_", members.names[index].upper()))

    edit_object(draft, dice, change)


def reorder_members(draft: Draft, dice: Dice) -> None:
    """Put a member of an object elsewhere."""

    def change(members: Members, index: int) -> None:
        name, value = members.names.pop(index), members.values.pop(index)
        place = dice.below(len(members.names) + 1)
        members.names.insert(place, name)
        members.values.insert(place, value)

    edit_object(draft, dice, change)


def duplicate_member(draft: Draft, dice: Dice) -> None:
    """Let a member stand twice, with its value or another."""

    def change(members: Members, index: int) -> None:
        value = members.values[index] if dice.often(0.5) else dice.pick(SWAPPED_TYPES)
        place = dice.below(len(members.names) + 1)
        members.names.insert(place, members.names[index])
        members.values.insert(place, copy(value))

    edit_object(draft, dice, change)


def add_member(draft: Draft, dice: Dice) -> None:
    """Add a member, seldom one that decoders use privately."""

    def change(members: Members, index: int) -> None:
        name = "$serde_json::private::Number" if dice.often(0.02) else dice.pick(NAMES)
        value = dice.pick((*SWAPPED_TYPES, *members.values))
        place = dice.pick((0, index, len(members.names)))
        members.names.insert(place, name)
        members.values.insert(place, copy(value))

    edit_object(draft, dice, change)


def retype_value(draft: Draft, dice: Dice) -> None:
    """Replace a value by one of another JSON type."""
    edit_slot(draft, dice, lambda _: True, lambda slot: slot.put(copy(dice.pick(SWAPPED_TYPES))))


def nest_value(draft: Draft, dice: Dice) -> None:
    """Wrap a value in arrays or objects."""

    def change(slot: Slot) -> None:
        value = slot.value
        name = dice.pick(("type", "value", slot.name or "a"))
        for _ in range(1 if dice.often(0.5) else dice.pick(DEPTHS)):
            value = [value] if dice.often(0.5) else Members([(name, value)])
        slot.put(value)

    edit_slot(draft, dice, lambda _: True, change)


def unwrap_value(draft: Draft, dice: Dice) -> None:
    """Replace a container by one of the values in it."""

    def change(slot: Slot) -> None:
        slot.put(dice.pick(children(slot.value)).value)

    edit_slot(draft, dice, lambda slot: bool(children(slot.value)), change)


def make_object_array(draft: Draft, dice: Dice) -> None:
    """Replace an object by the array of its values."""
    edit_slot(
        draft, dice, lambda slot: isinstance(slot.value, Members), lambda slot: slot.put(slot.value.values)
    )


def swap_values(draft: Draft, dice: Dice) -> None:
    """Swap two values of one text."""
    text = draft.open_any(dice)
    one = choose_slot(text.tree, dice) if text else None
    if text is None or one is None:
        return
    same_name = dice.often(0.5)
    others = [slot for slot in slots(text.tree) if not same_name or slot.name == one.name]
    if others:
        other = dice.pick(others)
        first, second = copy(one.value), copy(other.value)
        one.put(second)
        other.put(first)
        draft.save(text)


def duplicate_element(draft: Draft, dice: Dice) -> None:
    """Repeat an element of an array, anywhere in it."""

    def change(array: list[Tree]) -> None:
        array.insert(dice.below(len(array) + 1), copy(dice.pick(array)))

    edit_array(draft, dice, 1, change)


def drop_element(draft: Draft, dice: Dice) -> None:
    """Leave an element of an array out."""
    edit_array(draft, dice, 1, lambda array: array.pop(dice.below(len(array))))


def swap_elements(draft: Draft, dice: Dice) -> None:
    """Swap two elements of an array."""

    def change(array: list[Tree]) -> None:
        one, other = dice.two(len(array))
        array[one], array[other] = array[other], array[one]

    edit_array(draft, dice, 2, change)


def cut_array(draft: Draft, dice: Dice) -> None:
    """Leave out the elements of an array before or after some place."""

    def change(array: list[Tree]) -> None:
        place = dice.below(len(array))
        array[:] = array[place:] if dice.often(0.5) else array[:place]

    edit_array(draft, dice, 1, change)
