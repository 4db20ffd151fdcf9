"""The tables of items, events and turn items in `spec/session/20-lines.md`, made from the shapes.

`python -m rollout_conformance.session_tables` puts them into the text, each after its mark.
"""

from collections.abc import Iterator, Sequence
from inspect import getdoc
from typing import Any, get_args

from rollout_conformance.locations import spec_dir
from rollout_reference import jsontext
from rollout_reference.session.items.content import Referring
from rollout_reference.session.items.event_msg import EVENT_TYPES
from rollout_reference.session.items.extensions import Extension, ExtensionContent
from rollout_reference.session.items.response_items import RESPONSE_ITEM_TYPES
from rollout_reference.session.items.turn_items import TURN_ITEM_TYPES
from rollout_reference.session.shapes import forms
from rollout_reference.session.shapes.forms import FieldForm, Form, ObjectForm
from rollout_reference.session.shapes.shape import Shape
from rollout_reference.session.writing.policy import EVENTS, Kept

MAX_NAMES = 12
"""Names of a closed set that a table repeats; of longer sets it gives the first."""

_SCALARS = {
    "AbsolutePath": "absolute path",
    "AgentPath": "agent path",
    "AgentStatuses": "{UUID: AgentStatus}",
    "Base64": "base64",
    "Float": "number",
    "Float32": "number",
    "NonEmpty": "string, not empty",
    "PathUri": "file URI",
    "PositiveU64": "integer 1 … 2^64-1",
    "U64": "u64",
    "Uuid": "UUID",
}
_INTEGERS = {
    (0, 2**16 - 1): "u16",
    (0, 2**32 - 1): "u32",
    (-(2**31), 2**31 - 1): "i32",
    (-(2**63), 2**63 - 1): "i64",
}


def rows(shapes: Sequence[type[Shape]]) -> Iterator[str]:
    """Yield a row for each shape of a union: tag (older ones after it), fields, meaning."""
    for shape in shapes:
        if not shape.catches_all:
            tags = [str(shape.__struct_config__.tag), *shape.old_tags]
            yield f"| {', '.join(f'`{tag}`' for tag in tags)} | {fields_of(shape)} | {meaning(shape)} |"


def _object_rows(shapes: Sequence[type[Shape]]) -> list[str]:
    """Return a row for each shape that stands inside others."""
    made = []
    for shape in shapes:
        form = ObjectForm(shape)
        tag = f" (`{form.tag_field}` `{form.tag}`)" if form.tag_field else ""
        made.append(f"| {shape.__name__}{tag} | {fields_of(shape)} | {meaning(shape)} |")
    return made


def fields_of(shape: type[Shape]) -> str:
    """Write the fields of a shape in their order."""
    if shape is Extension:
        return "by its kind"
    alternatives = shape.references if issubclass(shape, Referring) else ("", "")
    texts = [_field(field) for field in ObjectForm(shape).fields if field.name not in alternatives]
    if any(alternatives):
        texts.insert(0, f"`{alternatives[0]}` or `{alternatives[1]}`: string")
    return ", ".join(texts) if texts else "none"


def meaning(shape: type[Shape]) -> str:
    """Return the first sentence of what the reference says of a shape."""
    first = (getdoc(shape) or "").split("\n", 1)[0]
    return first.split("  [", 1)[0]


def _field(field: FieldForm) -> str:
    type_ = type_of(field.form)
    if len(field.names) > 1:
        type_ += f" (older name `{field.names[1]}`)"
    if field.newer:
        return f"newer `{field.name}`?: {type_}"
    if field.required:
        return f"`{field.name}`: {type_}"
    if field.skip:
        return f"`{field.name}`?: {type_}"
    return f"`{field.name}`: {type_} = `{jsontext.compact(field.default)}`"


def type_of(form: Form) -> str:
    """Write the type of a field; null is left out where the field may be absent anyway."""
    match form:
        case forms.ScalarForm(kind=kind, low=low, high=high):
            text = _INTEGERS[low, high] if kind is int else {str: "string", bool: "boolean"}[kind]
        case forms.CheckedForm(kind=kind):
            text = _SCALARS[kind.__name__]
        case forms.NameForm(names=names):
            text = _names(list(names))
        case forms.ListForm(element=element):
            text = f"[{_element(element)}]"
        case forms.MapForm(element=element):
            text = f"{{string: {_element(element)}}}"
        case forms.ObjectForm(shape=shape):
            text = shape.__name__
        case forms.TaggedForm(variants=variants):
            text = _union(variants)
        case forms.ChoiceForm(options=options):
            text = " or ".join(map(type_of, options))
        case _:
            text = "any"
    return text


def _element(form: Form) -> str:
    nullable = isinstance(form, forms.ChoiceForm) and form.nullable
    return type_of(form) + (" or null" if nullable else "")


def _names(names: list[str]) -> str:
    text = " / ".join(f"`{name}`" for name in names[:MAX_NAMES])
    return text if len(names) <= MAX_NAMES else f"{text} … ({len(names)} names)"


_UNIONS = {"Message": "ResponseItem", "TaskStarted": "EventMsg", "UserMessageItem": "TurnItem"}


def _union(variants: list[ObjectForm]) -> str:
    first = variants[0].shape.__name__
    return _UNIONS.get(first) or " or ".join(v.shape.__name__ for v in variants if not v.shape.catches_all)


def _inside(shapes: Sequence[type[Shape]]) -> list[type[Shape]]:
    found: list[type[Shape]] = []

    def visit(form: Any) -> None:
        match form:
            case forms.ObjectForm(shape=shape) if shape not in found and shape not in shapes:
                if not shape.catches_all:
                    found.append(shape)
                for field in form.fields:
                    visit(field.form)
            case forms.ListForm(element=element) | forms.MapForm(element=element):
                visit(element)
            case forms.TaggedForm(variants=variants) if variants[0].shape.__name__ not in _UNIONS:
                for variant in variants:
                    visit(variant)
            case forms.ChoiceForm(options=options):
                for option in options:
                    visit(option)

    for shape in shapes:
        for field in ObjectForm(shape).fields:
            visit(field.form)
    return found


def tables() -> dict[str, list[str]]:
    """Return the rows of each table by its name."""
    kept = [shape for shape in EVENT_TYPES if EVENTS.get(_tag(shape), Kept.BOTH) is not Kept.NEVER]
    others = [shape for shape in EVENT_TYPES if shape not in kept]
    kinds = get_args(ExtensionContent)
    inside = _inside(RESPONSE_ITEM_TYPES)
    inside_kept = [shape for shape in _inside(kept) if shape not in inside]
    inside_items = [
        shape for shape in _inside((*TURN_ITEM_TYPES, *kinds)) if shape not in (*inside, *inside_kept)
    ]
    known = {*inside, *inside_kept, *inside_items}
    return {
        "response items": list(rows(RESPONSE_ITEM_TYPES)),
        "parts of response items": _object_rows(inside),
        "events": list(rows(kept)),
        "parts of events": _object_rows(inside_kept),
        "other events": list(rows(others)),
        "parts of other events": _object_rows([shape for shape in _inside(others) if shape not in known]),
        "turn items": list(rows(TURN_ITEM_TYPES)),
        "kinds of extension": list(rows(kinds)),
        "parts of turn items": _object_rows(inside_items),
    }


def _tag(shape: type[Shape]) -> str:
    return str(shape.__struct_config__.tag)


def renewed(text: str) -> str:
    """Return the text with its tables made anew; a table stands after the mark `<!-- made: NAME -->`."""
    lines = iter(text.split("\n"))
    made: list[str] = []
    for line in lines:
        made.append(line)
        if line.startswith("<!-- made: "):
            made += [next(lines), next(lines), *tables()[line[11:-4]]]  # the head and its rule stay
            made.append(next(after for after in lines if not after.startswith("|")))
    return "\n".join(made)


if __name__ == "__main__":
    path = spec_dir() / "session" / "20-lines.md"
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
