"""What of an expectation an implementation can be compared with: as much as its views show."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from rollout_conformance.answers import Identity, View
from rollout_reference import jsontext

Tree = Any
NO_VIEW = View()
ABSENT = object()


class Seen(Struct, frozen=True):
    """An expectation and an answer, both as far as a view shows them."""

    expected: bytes
    actual: bytes
    deviations: tuple[str, ...] = ()
    """Of the keys that were taken out of the answer: what explains them."""


def through(identity: Identity, name: str, expected: bytes, actual: bytes) -> Seen:
    """Return an output file and its expectation as the view of an implementation shows them."""
    view = identity.views.get(name, NO_VIEW)
    if view == NO_VIEW:
        return Seen(expected, actual)
    try:
        made = jsontext.parse(actual)
    except jsontext.JsonError:
        return Seen(expected, actual)
    wanted = FORMS[view.form](jsontext.parse(expected)) if view.form else jsontext.parse(expected)
    deviations = tuple(dict.fromkeys(_without_further(view, made)))
    for pointer in view.may_lack:
        _leave_out(pointer.split("/")[1:], wanted, made)
    for pointer in view.only_there:
        _only_there(pointer.split("/")[1:], wanted, made)
    for pointer in view.keys_only:
        _keys_only(pointer.split("/")[1:], wanted, made)
    return Seen(jsontext.pretty(wanted), jsontext.pretty(made), deviations)


def _without_further(view: View, made: Tree) -> Iterator[str]:
    """Take out the keys that a release adds; yield the deviation of each."""
    for further in view.further:
        for found in _places(further.at.split("/")[1:], made):
            if further.type and found.get("type") != further.type:
                continue
            for key in further.keys:
                if found.pop(key, ABSENT) is not ABSENT:
                    yield further.deviation


def _places(steps: list[str], tree: Tree) -> Iterator[dict[str, Any]]:
    """Yield the objects at a place."""
    if not steps:
        if isinstance(tree, dict):
            yield tree
        return
    for _, below in _below(steps[0], tree):
        yield from _places(steps[1:], below)


def _below(step: str, tree: Tree) -> Iterator[tuple[Any, Tree]]:
    """Yield what a step leads to, each with its key."""
    if isinstance(tree, dict):
        yield from ((key, value) for key, value in tree.items() if step in ("*", key))
    elif isinstance(tree, list):
        yield from ((key, value) for key, value in enumerate(tree) if step in ("*", str(key)))


def _leave_out(steps: list[str], wanted: Tree, made: Tree) -> None:
    """Take out of an expectation what an answer leaves out."""
    for key, value, told in _pairs(steps[0], wanted, made):
        if len(steps) > 1:
            _leave_out(steps[1:], value, told)
        elif told is ABSENT:
            del wanted[key]


def _only_there(steps: list[str], wanted: Tree, made: Tree) -> None:
    """Reduce what an answer shows as `{}` to that, if it is anything."""
    for key, value, told in _pairs(steps[0], wanted, made):
        if len(steps) > 1:
            _only_there(steps[1:], value, told)
        elif value is not None and told == {}:
            wanted[key] = {}


def _keys_only(steps: list[str], wanted: Tree, made: Tree) -> None:
    """Reduce the values of an object to `{}` where an answer shows them so, null or not."""
    for _, value, told in _pairs(steps[0], wanted, made):
        if len(steps) > 1:
            _keys_only(steps[1:], value, told)
        elif isinstance(value, dict) and isinstance(told, dict):
            value.update({key: {} for key in value if told.get(key) == {}})


def _pairs(step: str, wanted: Tree, made: Tree) -> list[tuple[Any, Tree, Tree]]:
    """Return what a step leads to in both, with its key; `ABSENT` for what the answer has not."""
    told = dict(_below(step, made))
    return [(key, value, told.get(key, ABSENT)) for key, value in _below(step, wanted)]


def _as_sent(context: Tree) -> Tree:
    """Return a context as a request and the lines after it show it.

    Its history is the one that is sent; a window without a first id has its own as first (SESSION-WINDOW-5).
    """
    from rollout_reference.session.context.sending import sent  # noqa: PLC0415 - loaded when asked for

    window = context["window"]
    return context | {
        "history": [_sent_keys(item) for item in sent(context["history"])],
        "window": window | {"first_window_id": window["first_window_id"] or window["window_id"]},
    }


NOT_SENT = ("internal_chat_message_metadata_passthrough",)


def _sent_keys(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item with the keys that go over the wire."""
    return {key: value for key, value in item.items() if key not in NOT_SENT and value is not None}


FORMS: dict[str, Callable[[Tree], Tree]] = {"sent": _as_sent}
"""How else than stored a file can be seen."""
