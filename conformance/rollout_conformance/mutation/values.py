"""Operators on numbers, words and other strings."""

from collections.abc import Callable

from rollout_conformance.mutation import ids, shapes
from rollout_conformance.mutation.drafts import Dice, Draft, MemoryBundle, Text, edit_slot, is_text
from rollout_conformance.mutation.jsontree import Members, Slot, Token, dump, parse
from rollout_conformance.mutation.vocabulary import NUMBERS, TEXTS, WORDS


def change_number(draft: Draft, dice: Dice) -> None:
    """Replace a number by another: at a limit, beyond it, written otherwise, or no JSON at all."""
    edit_slot(
        draft,
        dice,
        lambda slot: isinstance(slot.value, Token),
        lambda slot: slot.put(Token(dice.pick(NUMBERS))),
    )


def change_string(draft: Draft, dice: Dice) -> None:
    """Replace a string, or alter it a little."""

    def change(slot: Slot) -> None:
        text: str = slot.value
        place = dice.below(len(text) + 1)
        slot.put(
            dice.pick(
                (
                    dice.pick(TEXTS),
                    text[:place] + dice.pick(TEXTS) + text[place:],
                    text[:place],
                    text.upper(),
                    text + " ",
                )
            )
        )

    edit_slot(draft, dice, is_text, change)


def stretch_string(draft: Draft, dice: Dice) -> None:
    """Make a string about as long as a summary may get, in bytes or in characters."""

    def change(slot: Slot) -> None:
        fill = "\u00e9" if dice.often(0.1) else "x"
        slot.put(slot.value + fill * (200 + dice.below(60)) + dice.pick(("", "1", "2")))

    edit_slot(draft, dice, is_text, change)


def change_word(draft: Draft, dice: Dice) -> None:
    """Replace a word of a vocabulary by another, or by none of it."""

    def change(slot: Slot) -> None:
        groups = [group for group in WORDS if slot.value in group]
        slot.put("unheard_of" if dice.often(0.1) else dice.pick(dice.pick(groups)))

    def is_word(slot: Slot) -> bool:
        return isinstance(slot.value, str) and any(slot.value in group for group in WORDS)

    edit_slot(draft, dice, is_word, change)


def change_inner_json(draft: Draft, dice: Dice) -> None:
    """Change JSON that stands in a string."""

    def change(slot: Slot) -> None:
        tree = parse(slot.value)
        inner = Text(tree, "inner")
        shadow = Draft(MemoryBundle({"inner": dump(inner.tree).encode()}), draft.donor)
        shadow.ids = draft.ids
        dice.pick(INNER)(shadow, dice)
        printed = shadow.files["inner"].decode()
        slot.put(dice.pick((printed, printed, printed, " " + printed + "\n", printed + "x", printed[:-1])))

    def is_json(slot: Slot) -> bool:
        return isinstance(slot.value, str) and slot.value.lstrip()[:1] == "{" and bool(parse(slot.value))

    edit_slot(draft, dice, is_json, change)


def continue_response(draft: Draft, dice: Dice) -> None:
    """Let a request continue a response, and show fewer items."""
    responses = draft.ids.get("response", [])
    names = draft.payload_names()
    text = draft.open_file(dice.pick(names)) if names else None
    items = text.tree.get("input") if text and isinstance(text.tree, Members) else None
    if text and responses and isinstance(items, list):
        items[:] = items[dice.below(len(items) + 1) :]
        text.tree.names.append("previous_response_id")
        text.tree.values.append(dice.pick(responses))
        draft.save(text)


INNER: tuple[Callable[[Draft, Dice], None], ...] = (
    ids.retarget_id,
    shapes.delete_member,
    shapes.rename_member,
    shapes.duplicate_member,
    shapes.add_member,
    shapes.retype_value,
    shapes.nest_value,
    shapes.reorder_members,
    change_number,
    change_string,
)
"""What may happen to JSON within a string."""
