"""Fields that no shape has, counted: how far the files have drifted from what is known."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from rollout_conformance.catalogue.typed import ENVELOPE, TypedFormat
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.lines import Line
from rollout_reference.session.shapes import forms
from rollout_reference.session.shapes.forms import Form, ObjectForm

Unknown = Counter[tuple[type, str]]
"""How often an object of a shape had a key that the shape has not."""

_Finder = Callable[[Any, Unknown], None]


class Drift:
    """Counts the unknown fields of the lines that it is shown."""

    def __init__(self) -> None:
        self._unknown: Unknown = Counter()

    def add(self, line: Line) -> None:
        """Count the unknown fields of one item and of its envelope."""
        if line.extra:
            for key in line.extra.keys() - _beside_payload(line.type):
                self._unknown[Line, key] += 1
        _of_shape(type(line.item))(line.payload, self._unknown)

    def counts(self, keys: frozenset[str]) -> dict[str, int]:
        """Return the counts by `Shape.key`, the most frequent first.

        A key that neither is in `keys` nor looks like a name is shown as `*`.
        """
        counts: Counter[str] = Counter()
        for (shape, key), count in self._unknown.items():
            counts[f"{_label(shape)}.{named(key, keys)}"] += count
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")


def named(key: str, known: frozenset[str] = frozenset()) -> str:
    """Return a key or type that looks like a name, else a star: it may be content."""
    return key if key in known or _NAME.fullmatch(key) else "*"


def _label(shape: type) -> str:
    return ENVELOPE if shape is Line else _format().id_of(shape)


@cache
def _beside_payload(line_type: str) -> frozenset[str]:
    """Return the keys that a line of a type may have besides those of every line."""
    return ObjectForm(LINE_TYPES[line_type].line).known


@cache
def _format() -> TypedFormat:
    return TypedFormat()


@cache
def _of_shape(shape: type) -> _Finder:
    return _of_object(ObjectForm(shape))


def _of_object(form: ObjectForm) -> _Finder:
    """Make a finder for objects of one shape; those of its fields are made when first needed."""
    if form.shape.catches_all:
        return _nothing
    shape = form.shape
    known: frozenset[str] | None = None
    inner: list[tuple[str, _Finder]] = []

    def find(value: Any, unknown: Unknown) -> None:
        nonlocal known
        if known is None:
            known = form.known.union(form.shape.old_names)
            inner.extend(
                (name, finder)
                for field in form.fields
                if (finder := _finder(field.form)) is not _nothing
                for name in field.names
            )
        if type(value) is not dict:
            return
        if not value.keys() <= known:
            for key in value.keys() - known:
                unknown[shape, key] += 1
        for name, finder in inner:
            child = value.get(name)
            if child:
                finder(child, unknown)

    return find


def _nothing(value: Any, unknown: Unknown) -> None:
    """Find nothing in a value that holds no objects of known shape."""


def _finder(form: Form) -> _Finder:
    match form:
        case forms.ObjectForm():
            return _of_shape(form.shape)
        case forms.TaggedForm():
            return _of_tagged(form)
        case forms.ListForm():
            return _of_elements(_finder(form.element), list)
        case forms.MapForm():
            return _of_elements(_finder(form.element), dict)
        case forms.ChoiceForm():
            return _of_choice(form)
    return _nothing


def _of_tagged(form: forms.TaggedForm) -> _Finder:
    by_tag = {tag: _of_shape(variant.shape) for tag, variant in form.by_tag.items()}
    tag_field = form.tag_field

    def find(value: Any, unknown: Unknown) -> None:
        if type(value) is dict:
            by_tag.get(value.get(tag_field), _nothing)(value, unknown)

    return find


def _of_elements(finder: _Finder, kind: type[list[Any]] | type[dict[str, Any]]) -> _Finder:
    if finder is _nothing:
        return _nothing

    def find(value: Any, unknown: Unknown) -> None:
        if isinstance(value, kind):
            children: Iterable[Any] = value.values() if isinstance(value, dict) else value
            for child in children:
                finder(child, unknown)

    return find


def _of_choice(form: forms.ChoiceForm) -> _Finder:
    options = [(option, finder) for option in form.options if (finder := _finder(option)) is not _nothing]
    if not options:
        return _nothing
    if len(options) == 1:
        return options[0][1]

    def find(value: Any, unknown: Unknown) -> None:
        for option, finder in options:
            if option.takes(value):
                finder(value, unknown)
                return

    return find
