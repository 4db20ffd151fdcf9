"""Wrong readers of what was said in a turn, and of where items go."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.session import history
from rollout_reference.session.history import (
    conversation,
)
from rollout_reference.session.history.reducer import Progress, Reducer


@mutant("SESSION-HISTORY-1", "leaves out what is null")
def history_without_nulls(reference: Patch) -> None:
    def pretty(original: Callable[[Any], bytes], value: Any) -> bytes:
        return original(_without_nulls(jsontext.parse(original(value))))

    reference.wrap(jsontext.pretty, pretty)


@mutant("SESSION-HISTORY-1", "writes keys in order of their names")
def history_sorted(reference: Patch) -> None:
    def pretty(original: Callable[[Any], bytes], value: Any) -> bytes:
        return original(_sorted(jsontext.parse(original(value))))

    reference.wrap(jsontext.pretty, pretty)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return value


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return [_sorted(each) for each in value]
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


@mutant("SESSION-HISTORY-4", "shows messages of the context too")
def history_of_two_streams(reference: Patch) -> None:
    reference.edit(history._presented, "rollout.lines if rollout.meta.cli_version else", "")


@mutant("SESSION-HISTORY-4", "opens a turn for any message")
def history_opened_by_messages(reference: Patch) -> None:
    reference.edit(
        conversation.prompt, "if fragments:", "history.ensure_open().compacted = True\nif fragments:"
    )


@mutant("SESSION-HISTORY-5", "counts ids on after a rollback")
def ids_counted_on(reference: Patch) -> None:
    reference.edit(Reducer.roll_back, "self._next_number = self._items_closed + 1", "pass")


@mutant("SESSION-HISTORY-5", "forgets late items in its count")
def ids_without_late(reference: Patch) -> None:
    reference.edit(Reducer.put, "self._items_closed += len(progress.items) - before", "pass")


@mutant("SESSION-HISTORY-5", "counts items with ids too")
def ids_of_all_items(reference: Patch) -> None:
    reference.edit(Reducer.put, "progress.put(item)", "progress.put(item)\nself._next_number += 1")


@mutant("SESSION-HISTORY-6", "appends every item")
def items_appended(reference: Patch) -> None:
    reference.edit(Progress.put, "place is None", "True")


@mutant("SESSION-HISTORY-6", "moves a replaced item to the end")
def items_moved(reference: Patch) -> None:
    reference.edit(Progress.put, "self.items[place] = item", "del self.items[place]\nself.items.append(item)")


@mutant("SESSION-HISTORY-7", "puts every item into the open turn")
def items_in_open_turn(reference: Patch) -> None:
    reference.edit(
        Reducer.put, "self.named(turn_id) if turn_id else self.ensure_open()", "self.ensure_open()"
    )


@mutant("SESSION-HISTORY-7", "puts an item of an unknown turn into the open one")
def items_of_unknown_turn(reference: Patch) -> None:
    reference.edit(
        Reducer.put,
        "self.named(turn_id) if turn_id else self.ensure_open()",
        "(self.named(turn_id) if turn_id else None) or self.ensure_open()",
    )


@mutant("SESSION-HISTORY-7", "puts a late item into the last turn with its id")
def items_in_last_of_id(reference: Patch) -> None:
    reference.edit(
        Reducer.close,
        "self._first.setdefault(progress.turn.id, progress)",
        "self._first[progress.turn.id] = progress",
    )


@mutant("SESSION-HISTORY-8", "trims what the user wrote")
def user_text_trimmed(reference: Patch) -> None:
    reference.edit(
        conversation._parts, "answer.Text(message.message,", "answer.Text(message.message.strip(),"
    )


@mutant("SESSION-HISTORY-8", "keeps a blank text")
def user_text_blank(reference: Patch) -> None:
    reference.edit(conversation._parts, "if message.message.strip():", "if message.message:")


@mutant("SESSION-HISTORY-8", "leaves out a message without content")
def user_empty_dropped(reference: Patch) -> None:
    reference.edit(
        conversation.say, "turn = history.open", "if not _parts(message):\n    return\nturn = history.open"
    )


@mutant("SESSION-HISTORY-8", "does not look at the order of images")
def user_images_unordered(reference: Patch) -> None:
    reference.edit(conversation._images, "told if Counter(told) == counts else", "")


@mutant("SESSION-HISTORY-8", "trusts an order of images that does not fit")
def user_images_ordered(reference: Patch) -> None:
    reference.edit(conversation._images, "told if Counter(told) == counts else", "told or")
    reference.edit(conversation._images, "next(left[kind])", "next(left[kind], ('', None))")


@mutant("SESSION-HISTORY-9", "shows an empty answer")
def agent_empty_shown(reference: Patch) -> None:
    reference.edit(conversation.answer_user, "if message.message:", "if True:")


@mutant("SESSION-HISTORY-9", "leaves out a blank answer")
def agent_blank_dropped(reference: Patch) -> None:
    reference.edit(conversation.answer_user, "if message.message:", "if message.message.strip():")


@mutant("SESSION-HISTORY-10", "makes an item of each reasoning")
def reasoning_apart(reference: Patch) -> None:
    reference.edit(conversation._last_reasoning, "if items and", "if False and")


@mutant("SESSION-HISTORY-10", "joins reasoning across other items")
def reasoning_joined(reference: Patch) -> None:
    reference.edit(
        conversation._last_reasoning,
        "items = history.ensure_open().items",
        "items = [i for i in history.ensure_open().items if isinstance(i, answer.Reasoning)]",
    )
