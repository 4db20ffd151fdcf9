"""Why a line is no item, in words that never repeat its content, and the nearest form that is known."""

from typing import Any

from msgspec import Struct

from rollout_conformance.validate.codes import ADVICE, OLD_FORMS
from rollout_conformance.validate.drift import named
from rollout_conformance.validate.nearest import LINE, Nearest
from rollout_conformance.validate.problems import Problem
from rollout_reference import jsontext
from rollout_reference.session.defects import Defect
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.shapes.forms import UnknownTag, form_of
from rollout_reference.session.shapes.shape import Mismatch

EXCERPT = 160
"""Characters of a line that are shown when content is asked for."""

_FAMILY_OF_PLACE = {
    ("response_item", "/payload/type"): "response_item",
    ("event_msg", "/payload/type"): "event_msg",
    ("event_msg", "/payload/item/type"): "turn_item",
    ("event_msg", "/payload/item/kind"): "extension",
}
_WHAT = {
    "response_item": "response item",
    "event_msg": "event",
    "turn_item": "turn item",
    "extension": "kind",
}


class _Words(Struct):
    message: str
    nearest: str = ""


class Explainer:
    """Turns defects into problems; `show_content` adds how the line begins."""

    def __init__(self, nearest: Nearest, *, show_content: bool) -> None:
        self._nearest = nearest
        self._show_content = show_content

    def problem(self, defect: Defect, data: bytes) -> Problem:
        """Return the problem of one line, given with the bytes that were read."""
        words = self._words(defect, data)
        return Problem(
            code=defect.code,
            rule=defect.rule,
            level="error",
            message=words.message,
            nearest=words.nearest or ADVICE.get(defect.code, ""),
            lines=[defect.number],
            excerpt=_excerpt(data) if self._show_content else "",
        )

    def _words(self, defect: Defect, data: bytes) -> _Words:
        if defect.code not in ("unknown_type", "wrong_shape"):
            return _Words(defect.reason)
        tree = jsontext.parse(data)
        kind = LINE_TYPES.get(tree.get("type")) if isinstance(tree.get("type"), str) else None
        if kind is None or not isinstance(tree.get("timestamp"), str) or "payload" not in tree:
            return self._envelope(defect, tree)
        try:
            form_of(kind.shape).canonical(tree["payload"], "/payload")
        except UnknownTag as unknown:
            return self._unknown_tag(kind.name, unknown)
        except Mismatch as mismatch:
            return self._mismatch(kind.name, mismatch, tree)
        return _Words(defect.reason)

    def _envelope(self, defect: Defect, tree: dict[str, Any]) -> _Words:
        if defect.code == "wrong_shape":
            return _Words(defect.reason, self._nearest.key("payload", [*map(str, tree)]))
        return _Words(f"unknown line type `{named(tree['type'])}`", self._nearest.name(LINE, tree["type"]))

    def _unknown_tag(self, line_type: str, unknown: UnknownTag) -> _Words:
        family = _FAMILY_OF_PLACE.get((line_type, unknown.pointer), "")
        place = "" if family else f" at {self._safe(unknown.pointer)}"
        what = _WHAT.get(family, "type")
        return _Words(
            f"{line_type} with unknown {what} `{named(unknown.tag)}`{place}",
            self._nearest.name(family, unknown.tag),
        )

    def _mismatch(self, line_type: str, mismatch: Mismatch, tree: dict[str, Any]) -> _Words:
        parent, _, key = mismatch.pointer.rpartition("/")
        holder = _at(tree, parent)
        message = f"{_title(line_type, tree)}: {self._safe(mismatch.pointer)}: expected {mismatch}"
        if not isinstance(holder, dict) or key in holder:
            return _Words(message)
        old_name, old_form = OLD_FORMS.get((line_type, mismatch.pointer), ("", ""))
        if old_name in holder:
            return _Words(message, old_form)
        return _Words(message, self._nearest.key(key, [*map(str, holder)]))

    def _safe(self, pointer: str) -> str:
        """Return a pointer without the steps that are data, such as paths that are keys."""
        steps = pointer.split("/")
        return "/".join(
            step if not step or step in self._nearest.keys or step.isdigit() else "*" for step in steps
        )


def _title(line_type: str, tree: dict[str, Any]) -> str:
    payload = tree["payload"]
    tag = payload.get("type") if isinstance(payload, dict) and line_type in _WHAT else None
    return f"{line_type} `{named(tag)}`" if isinstance(tag, str) and tag else line_type


def _at(tree: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict):
            tree = tree.get(name)
        elif isinstance(tree, list) and name.isdigit() and int(name) < len(tree):
            tree = tree[int(name)]
        else:
            return None
    return tree


def _excerpt(data: bytes) -> str:
    text = data[: 4 * EXCERPT].decode("utf-8", "replace")[:EXCERPT]
    return "".join(char if char.isprintable() else " " for char in text)
