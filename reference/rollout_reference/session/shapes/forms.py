"""Shapes at work: the canonical tree of a value, field by field.  [SESSION-LINE-7, SESSION-LINE-8]

A form is compiled once from a shape's annotations.  `Form.canonical` checks a value against the
shape and returns it as a writer of 0.143.0 prints it: known keys in their order, old names replaced,
defaults filled in or left out; keys that the shape does not know follow as they stood.
"""

import types
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Meta, UnsetType
from msgspec.structs import FieldInfo, fields

from rollout_reference.session.shapes.plain_forms import (
    AnyForm,
    CheckedForm,
    Form,
    ListForm,
    MapForm,
    NameForm,
    ScalarForm,
    pointer,
)
from rollout_reference.session.shapes.shape import (
    U64,
    Alias,
    Checked,
    Choice,
    Mismatch,
    NewerKey,
    NoOther,
    Shape,
    Skip,
)

__all__ = [
    "AnyForm",
    "CheckedForm",
    "ChoiceForm",
    "FieldForm",
    "Form",
    "ListForm",
    "MapForm",
    "NameForm",
    "ObjectForm",
    "ScalarForm",
    "TaggedForm",
    "UnknownTag",
    "form_of",
    "pointer",
    "typed_tree",
]


class FieldForm:
    """One field of an object."""

    def __init__(self, info: FieldInfo, annotation: Any) -> None:
        markers = annotation.__metadata__ if get_origin(annotation) is Annotated else ()
        self.name = info.encode_name
        self.form = form_of(annotation)
        self.required = info.required
        self.default = info.default_factory() if info.default_factory is not NODEFAULT else info.default
        if isinstance(self.default, U64):
            self.default = int(self.default)
        self.skip = Skip in markers
        self.newer = NewerKey in markers
        self.names = (self.name, *(n for m in markers if isinstance(m, Alias) for n in m.names))

    def canonical(self, value: dict[str, Any], at: str) -> Any:
        """Return the field's canonical value, its default if it is absent."""
        present = [name for name in self.names if name in value]
        if len(present) > 1:
            raise Mismatch(pointer(at, present[1]), f"no second name of {self.name!r}")  # SESSION-LINE-10
        if not present:
            if self.required:
                raise Mismatch(pointer(at, self.name), "a value, the key is missing")
            return self.default
        return self.form.canonical(value[present[0]], pointer(at, present[0]))


class ObjectForm:
    """An object with known keys."""

    def __init__(self, shape: type[Shape]) -> None:
        self.shape = shape
        self.tag_field = shape.__struct_config__.tag_field
        self.tag = shape.__struct_config__.tag
        self.closed = shape.__struct_config__.forbid_unknown_fields

    @cached_property
    def fields(self) -> list[FieldForm]:
        """The fields in their order; made late, since shapes may hold themselves."""
        hints = get_type_hints(self.shape, include_extras=True)
        return [FieldForm(info, hints[info.name]) for info in fields(self.shape)]

    @cached_property
    def known(self) -> frozenset[str]:
        """Every key that the shape reads."""
        tag = (self.tag_field,) if self.tag_field else ()
        return frozenset(tag).union(*(field.names for field in self.fields))

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if not isinstance(value, dict):
            raise Mismatch(at, "an object", value)
        if self.shape.catches_all:
            return Kept(value, {str(self.tag_field): self.tag})
        try:
            value = self.shape.prepare(value)
        except Mismatch as mismatch:
            mismatch.pointer = at + mismatch.pointer
            raise
        if self.closed and not self.known.issuperset(value):
            raise Mismatch(at, f"an object with no other keys than {', '.join(sorted(self.known))}")
        if issubclass(self.shape, Choice) and len(value) != 1:
            raise Mismatch(at, "an object with exactly one key")
        tree: dict[Any, Any] = {self.tag_field: self.tag} if self.tag_field else {}
        newer: dict[str, Any] = {}
        for field in self.fields:
            child = field.canonical(value, at)
            if field.newer:
                newer |= {field.name: child} if field.name in value else {}
            elif not (field.skip and child == field.default):
                tree[field.name] = child
        tree |= newer
        tree.update((key, child) for key, child in value.items() if key not in self.known)
        return tree

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return isinstance(value, dict)

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names below that `seen` shapes have not."""
        if self.shape in seen:
            return set()
        seen.add(self.shape)
        here = {name for field in self.fields for name in field.names[1:]}.union(self.shape.old_names)
        return here.union(*(field.form.old_keys(seen) for field in self.fields))


class Kept(dict[str, Any]):
    """An object of an unknown variant, as it stands; `typed` is what it is read as."""

    def __init__(self, value: dict[str, Any], typed: dict[str, Any]) -> None:
        super().__init__(value)
        self.typed = typed


def typed_tree(tree: Any) -> Any:
    """Return a canonical tree in which each object of an unknown variant is what it is read as."""
    if isinstance(tree, Kept):
        return tree.typed
    if isinstance(tree, dict):
        return {key: typed_tree(child) for key, child in tree.items()}
    return [typed_tree(child) for child in tree] if isinstance(tree, list) else tree


class TaggedForm:
    """One of several objects, told apart by the name under a common key."""

    def __init__(self, variants: list[ObjectForm]) -> None:
        self.variants = variants
        self.tag_field = variants[0].tag_field or ""
        self.by_tag: dict[Any, ObjectForm] = {v.tag: v for v in variants if not v.shape.catches_all}
        for variant in variants:
            self.by_tag |= dict.fromkeys(variant.shape.old_tags, variant)
        self.rest = next((v for v in variants if v.shape.catches_all), None)
        self.untagged = next((v for v in variants if v.shape.reads_untagged), None)

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if not isinstance(value, dict):
            raise Mismatch(at, "an object", value)
        tag = value.get(self.tag_field, ...)
        if tag is ... and self.untagged:
            return self.untagged.canonical(value, at)
        if not isinstance(tag, str):
            where = pointer(at, self.tag_field)
            raise Mismatch(where, "a string" if tag is not ... else "a value, the key is missing", tag)
        variant = self.by_tag.get(tag, self.rest)
        if variant is None:
            raise UnknownTag(pointer(at, self.tag_field), tag)
        return variant.canonical(value, at)

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return isinstance(value, dict)

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names below that `seen` shapes have not."""
        return set().union(*(variant.old_keys(seen) for variant in self.variants))


class UnknownTag(Mismatch):
    """The name that tells objects apart is none of the known ones."""

    def __init__(self, pointer: str, tag: str) -> None:
        self.tag = tag
        super().__init__(pointer, "a known name")


class ChoiceForm:
    """One of several forms of different JSON kinds, or null."""

    def __init__(self, options: list[Form], nullable: bool) -> None:
        self.options = options
        self.nullable = nullable

    def canonical(self, value: Any, at: str) -> Any:
        """Return the value in canonical form, or raise `Mismatch`."""
        if value is None and self.nullable:
            return None
        option = next((o for o in self.options if o.takes(value)), self.options[-1])
        return option.canonical(value, at)

    def takes(self, value: Any) -> bool:
        """Tell whether the value is of the kind that the form begins with."""
        return (value is None and self.nullable) or any(o.takes(value) for o in self.options)

    def old_keys(self, seen: set[type]) -> set[str]:
        """Return the older names below that `seen` shapes have not."""
        return set().union(*(option.old_keys(seen) for option in self.options))


@cache
def form_of(annotation: Any) -> Form:
    """Compile the annotation of a shape."""
    compiled = _simple_form(annotation) or _generic_form(get_origin(annotation), get_args(annotation))
    if compiled is None:
        raise TypeError(f"{annotation!r} is no shape")
    return compiled


def _simple_form(annotation: Any) -> Form | None:
    if annotation is Any:
        return AnyForm()
    if annotation in (str, bool):
        return ScalarForm(annotation, None)
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, Checked):
        return CheckedForm(annotation)
    return _lone_form(annotation) if issubclass(annotation, Shape) else None


def _lone_form(shape: type[Shape]) -> Form:
    if shape.__struct_config__.tag:
        raise TypeError(f"{shape.__name__} has a tag: write {shape.__name__} | NoOther")
    return ObjectForm(shape)


def _generic_form(origin: Any, args: tuple[Any, ...]) -> Form | None:
    if origin is Annotated:
        return _annotated_form(args[0], args[1:])
    if origin in (Union, types.UnionType):
        return _union_form(args)
    if origin is Literal:
        return NameForm(args)
    if origin is list:
        return ListForm(form_of(args[0]))
    return MapForm(form_of(args[1])) if origin is dict else None


def _annotated_form(base: Any, markers: tuple[Any, ...]) -> Form:
    if get_origin(base) is Literal:
        return NameForm(get_args(base), markers)
    bounds = next((m for m in markers if isinstance(m, Meta)), None)
    return ScalarForm(base, bounds) if bounds else form_of(base)


def _union_form(options: tuple[Any, ...]) -> Form:
    tagged = [o for o in options if isinstance(o, type) and issubclass(o, Shape) and o.__struct_config__.tag]
    if len(tagged) == 1:
        raise TypeError(f"{tagged[0].__name__} has a tag: write {tagged[0].__name__} | NoOther")
    bare = (types.NoneType, UnsetType)
    others = [form_of(o) for o in options if o not in bare and o not in tagged]
    if tagged:
        others.append(TaggedForm([ObjectForm(shape) for shape in tagged if shape is not NoOther]))
    nullable = types.NoneType in options
    return others[0] if len(others) == 1 and not nullable else ChoiceForm(others, nullable)
