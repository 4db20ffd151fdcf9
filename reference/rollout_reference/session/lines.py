"""Reading and writing one line: the envelope, and the typed item in it.

[SESSION-LINE-5, SESSION-LINE-6]
"""

from typing import Any

import msgspec

from rollout_reference import jsontext
from rollout_reference.session.defects import Defect, Flaw, check_blank, has_long_integer
from rollout_reference.session.items.compacted import is_ghost
from rollout_reference.session.line import Line
from rollout_reference.session.line_types import LINE_TYPES, LineType
from rollout_reference.session.plain_lines import read_plain
from rollout_reference.session.shapes.forms import UnknownTag, form_of, typed_tree
from rollout_reference.session.shapes.shape import Mismatch, convert

__all__ = ["Defect", "Line", "canonical_line", "read_line", "read_tree"]

MAX_NAME = 80
"""Characters of a type name that a reason repeats."""


def read_line(data: bytes, number: int) -> Line | Defect | None:
    """Read one line, given without its line feed; None for a blank one."""
    return read_plain(data, number) or read_tree(data, number)


def read_tree(data: bytes, number: int) -> Line | Defect | None:
    """Read one line by way of its tree: slowly, and any line.  What `read_line` returns is the same."""
    try:
        tree = _parse(data)
        return None if tree is None else _read(tree, data, number)
    except Flaw as flaw:
        return Defect(number, flaw.code, flaw.rule, flaw.reason)


def canonical_line(line: Line) -> bytes:
    """Print an item as CLI 0.143.0 does, unknown keys after the known ones; no line feed.

    [SESSION-LINE-12]
    """
    tree: dict[str, Any] = {"timestamp": line.timestamp}
    if line.ordinal is not None:
        tree["ordinal"] = line.ordinal
    tree["type"] = line.type
    tree["payload"] = form_of(LINE_TYPES[line.type].shape).canonical(line.payload, "/payload")
    return jsontext.compact(tree | line.extra).encode()


def _parse(data: bytes) -> dict[str, Any] | None:
    """Return the object on a line, None for a blank line."""
    try:
        tree = jsontext.parse(data)
    except jsontext.JsonError as error:
        check_blank(data, error)
        return None
    if not isinstance(tree, dict):
        raise Flaw("not_an_object", "SESSION-LINE-3", "the line is JSON, but not an object")
    if has_long_integer(data, tree):
        raise Flaw("wrong_shape", "SESSION-LINE-9", "the line holds an integer of more than 64 bits")
    return tree


def _read(tree: dict[str, Any], data: bytes, number: int) -> Line:
    """Return the item on a line, given as its object and its bytes.  Raises `Flaw`."""
    if "timestamp" not in tree:
        raise Flaw("missing_timestamp", "SESSION-LINE-3", "the line has no 'timestamp'")
    kind = _line_type(tree)
    if kind.name == "response_item" and is_ghost(tree.get("payload")):
        raise Flaw("ghost_snapshot", "SESSION-ITEM-10", "a ghost snapshot means nothing any more")
    try:
        item = _read_item(tree, kind, data)
    except UnknownTag as unknown:
        reason = f"{unknown.pointer}: {kind.name} of unknown type {unknown.tag[:MAX_NAME]!r}"
        raise Flaw("unknown_type", "SESSION-LINE-5", reason) from None
    except Mismatch as mismatch:
        reason = f"{mismatch.pointer}: expected {mismatch}"
        raise Flaw("wrong_shape", "SESSION-LINE-7", reason) from None
    payload = tree.pop("payload")
    del tree["type"]
    return Line(
        number=number,
        timestamp=tree.pop("timestamp"),
        ordinal=tree.pop("ordinal", None),
        type=kind.name,
        payload=payload,
        item=item,
        extra=tree,
    )


def _line_type(tree: dict[str, Any]) -> LineType:
    name = tree.get("type")
    if not isinstance(name, str):
        raise Flaw("wrong_shape", "SESSION-LINE-6", "/type: expected the name of a line type")
    if name not in LINE_TYPES:
        raise Flaw("unknown_type", "SESSION-LINE-5", f"/type: unknown line type {name[:MAX_NAME]!r}")
    return LINE_TYPES[name]


def _read_item(tree: dict[str, Any], kind: LineType, data: bytes) -> Any:
    """Return the typed item: in C when the line is in ordinary form, else by its canonical form."""
    if kind.is_plain(data):
        try:
            return convert(tree, kind.line).payload
        except msgspec.ValidationError:
            pass
    return convert(typed_tree(form_of(kind.line).canonical(tree, "")), kind.line).payload
