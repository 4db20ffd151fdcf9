"""What the reference knows of the format: its typed shapes, walked from the table of line types.

Names, types and optionality have this one source.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from rollout_conformance.catalogue.model import Written
from rollout_reference.session.items.dynamic_tools import FlatTool, FunctionTool
from rollout_reference.session.items.extensions import Extension, ExtensionContent
from rollout_reference.session.items.permissions import Managed, OldEntries, OldProfile, OldRoots
from rollout_reference.session.line_types import LINE_TYPES, LineType
from rollout_reference.session.shapes import forms
from rollout_reference.session.shapes.forms import Form, form_of

ENVELOPE = "Envelope"
TURN_ITEM = "turn_item"
"""The family of the items that `item_started` and `item_completed` hold."""

_TURN_ITEM_PLACES = (("event_msg", "item_started", "item"), ("event_msg", "item_completed", "item"))
EXTENSION = "extension"
"""The family of the kinds of an extension's item."""

_OLDER_FORMS = {FunctionTool: FlatTool, Managed: OldProfile | OldEntries | OldRoots}
"""Shapes that are read in the place of others and never written."""

_BY_KIND = {Extension: (ExtensionContent, EXTENSION)}
"""Shapes that other shapes, of a family of their own, stand behind."""


class TypedField(Struct, frozen=True, kw_only=True):
    """One key as the reference reads and writes it."""

    name: str
    type: str
    values: list[str] = []
    old_values: list[str] = []
    old_names: list[str] = []
    required: bool
    nullable: bool
    written: Written
    numeric: bool = False


class TypedEntry(Struct, kw_only=True):
    """One shape as the reference reads and writes it."""

    id: str
    family: str = ""
    tag_key: str = ""
    tag: str = ""
    old_tags: list[str] = []
    catches_all: bool = False
    used_in: list[str] = field(default_factory=list)
    fields: list[TypedField] = field(default_factory=list)


class TypedLine(Struct, frozen=True):
    """One line type and what its payload is."""

    type: str
    payload: str


class TypedFormat:
    """All line types and shapes, in the order in which the table of line types leads to them."""

    def __init__(self) -> None:
        self._families: dict[type, str] = {}
        self._objects: dict[type, forms.ObjectForm] = {}
        self._users: dict[type, list[type | str]] = {}
        for kind in LINE_TYPES.values():
            self._collect(form_of(kind.shape), kind.name, kind.name)
            for each in _beside_payload(kind):
                self._collect(each.form, kind.name)
        self._ids = _ids(self._objects)
        self.lines = [TypedLine(kind.name, self._type(form_of(kind.shape))) for kind in LINE_TYPES.values()]
        self.shapes = [self._envelope(), *map(self._entry, self._objects)]

    def id_of(self, shape: type) -> str:
        """Return the id of a shape of the reference."""
        return self._ids[shape]

    def _collect(self, form: Form, user: type | str, family: str = "") -> None:
        for made in _objects_in(form):
            users = self._users.setdefault(made.shape, [])
            if user not in users:
                users.append(user)
            if made.shape in self._objects:
                continue
            self._objects[made.shape] = made
            if made.shape in _BY_KIND:
                content, kinds = _BY_KIND[made.shape]
                self._families[made.shape] = family
                self._collect(form_of(content), made.shape, kinds)
                continue
            self._families[made.shape] = family if made.tag and isinstance(form, forms.TaggedForm) else ""
            if older := _OLDER_FORMS.get(made.shape):
                self._collect(form_of(older), made.shape)
            for each in made.fields:
                place = (family, made.tag, each.name)
                self._collect(each.form, made.shape, TURN_ITEM if place in _TURN_ITEM_PLACES else "")

    def _entry(self, shape: type) -> TypedEntry:
        made = self._objects[shape]
        return TypedEntry(
            id=self._ids[shape],
            family=self._families[shape],
            tag_key=made.tag_field or "",
            tag=str(made.tag or ""),
            old_tags=list(made.shape.old_tags),
            catches_all=made.shape.catches_all,
            used_in=[user if isinstance(user, str) else self._ids[user] for user in self._users[shape]],
            fields=[] if shape in _BY_KIND else [self._field(each) for each in made.fields],
        )

    def _envelope(self) -> TypedEntry:
        """Return what stands on a line: the same for all types, and what some have besides."""
        fields = {"type": _TYPE}
        for kind in LINE_TYPES.values():
            fields |= {each.name: self._field(each) for each in forms.ObjectForm(kind.line).fields}
        fields["payload"] = TypedField(
            name="payload", type="any", required=True, nullable=False, written="always"
        )
        return TypedEntry(id=ENVELOPE, fields=list(fields.values()))

    def _field(self, made: forms.FieldForm) -> TypedField:
        names = [leaf for leaf in _leaves(made.form) if isinstance(leaf, forms.NameForm)]
        values = list(dict.fromkeys(str(value) for leaf in names for value in leaf.names.values()))
        old = list(dict.fromkeys(name for leaf in names for name, now in leaf.names.items() if name != now))
        return TypedField(
            name=made.name,
            type=self._type(made.form),
            values=[value for value in values if value.isprintable()],
            old_values=old,
            old_names=list(made.names[1:]),
            required=made.required,
            nullable=_takes_null(made.form),
            written=_written(made),
            numeric=any(_is_number(leaf) for leaf in _leaves(made.form)),
        )

    def _type(self, form: Form) -> str:  # noqa: PLR0911  (one return for each form)
        match form:
            case forms.ListForm():
                return f"[{self._type(form.element)}]"
            case forms.MapForm():
                return f"{{string: {self._type(form.element)}}}"
            case forms.ObjectForm():
                return self._ids[form.shape]
            case forms.TaggedForm():
                family = self._families[form.variants[0].shape]
                return family or " | ".join(self._ids[each.shape] for each in form.variants)
            case forms.ChoiceForm():
                return " | ".join([*map(self._type, form.options), *["null"] * form.nullable])
            case forms.NameForm():
                return "name"
            case forms.AnyForm():
                return "any"
            case forms.CheckedForm():
                return form.kind.__name__
            case forms.ScalarForm():
                return _scalar(form)
        return type(form).__name__.removesuffix("Form")


def _beside_payload(kind: LineType) -> list[forms.FieldForm]:
    return [each for each in forms.ObjectForm(kind.line).fields if each.name != "payload"]


def _scalar(form: forms.ScalarForm) -> str:
    if form.kind in (str, bool):
        return "string" if form.kind is str else "boolean"
    return f"integer {form.low}..{form.high}"


def _written(made: forms.FieldForm) -> Written:
    if made.skip:
        return "skipped"
    return "null" if not made.required and made.default is None else "always"


def _takes_null(form: Form) -> bool:
    return isinstance(form, forms.AnyForm) or (isinstance(form, forms.ChoiceForm) and form.nullable)


def _is_number(form: Form) -> bool:
    kind = getattr(form, "kind", None)
    return isinstance(kind, type) and issubclass(kind, int | float) and kind is not bool


def _leaves(form: Form) -> Iterator[Form]:
    """Yield the forms inside arrays, maps and choices."""
    match form:
        case forms.ListForm() | forms.MapForm():
            yield from _leaves(form.element)
        case forms.ChoiceForm():
            for option in form.options:
                yield from _leaves(option)
        case _:
            yield form


def _objects_in(form: Form) -> Iterator[forms.ObjectForm]:
    for leaf in _leaves(form):
        match leaf:
            case forms.TaggedForm():
                yield from leaf.variants
            case forms.ObjectForm():
                yield leaf


def _ids(shapes: Iterable[type]) -> dict[type, str]:
    """Name each shape by its class; where several have one name, by its module, too."""
    names = [shape.__name__ for shape in shapes]
    return {
        shape: shape.__name__
        if names.count(shape.__name__) == 1
        else f"{shape.__module__.rpartition('.')[2]}.{shape.__name__}"
        for shape in shapes
    }


_TYPE = TypedField(name="type", type="string", required=True, nullable=False, written="always")
"""The key of the envelope that tells line types apart; the table of line types is read by it."""
