"""The catalogue made: the shapes of the reference joined with their history, nothing left over."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from rollout_conformance.catalogue import eras
from rollout_conformance.catalogue.history import (
    FILE,
    History,
    HistoryError,
    ShapeHistory,
    UntypedShape,
    read_history,
)
from rollout_conformance.catalogue.model import Catalogue, Era, Field, LineEntry, Seen, Shape
from rollout_conformance.catalogue.typed import TypedEntry, TypedField, TypedFormat


def build(spec: Path) -> Catalogue:
    """Return the catalogue of the format; raises `HistoryError` for every row that has no partner."""
    history, typed = read_history(spec), TypedFormat()
    if missing := list(problems(history, typed)):
        raise HistoryError("\n".join(missing))
    kept = eras.of_shapes(typed)
    shapes = [_shape(entry, history.shapes[entry.id], kept[entry.id], history) for entry in typed.shapes]
    shapes += [_untyped_shape(name, row, history) for name, row in history.untyped_shapes.items()]
    return Catalogue(
        newest=history.newest,
        examined=history.examined,
        eras=history.eras,
        lines=list(_lines(typed, history)),
        shapes=shapes,
    )


def problems(history: History, typed: TypedFormat) -> Iterator[str]:
    """Yield what stands in the shapes and not in the history, and the other way round."""
    yield from _unmatched(
        "line type", (line.type for line in typed.lines), history.lines, history.untyped_lines
    )
    yield from _unmatched(
        "shape", (entry.id for entry in typed.shapes), history.shapes, history.untyped_shapes
    )
    for entry in typed.shapes:
        if row := history.shapes.get(entry.id):
            dated = _by_name(row.fields)
            names = [each.name for each in entry.fields]
            yield from _unmatched(f"field of {entry.id}:", names, dated, row.untyped)
            for name in sorted(_by_name(row.gone).keys() - dated.keys()):
                yield f"{FILE}: {entry.id}: {name!r} is gone without ever having been seen"
            for name in sorted(row.notes.keys() - dated.keys()):
                yield f"{FILE}: {entry.id}: a note on {name!r}, which is no field of it"


def _unmatched(
    what: str, typed: Iterable[str], dated: Iterable[str], untyped: Iterable[str]
) -> Iterator[str]:
    known, rows, others = set(typed), set(dated), set(untyped)
    for name in sorted(known - rows):
        yield f"{FILE}: no row for the {what} {name!r}"
    for name in sorted(rows - known):
        yield f"{FILE}: a row for the {what} {name!r}, which the reference does not have"
    for name in sorted(others & known):
        yield f"{FILE}: the {what} {name!r} is untyped there, and typed in the reference"


def _by_name(groups: dict[str, str]) -> dict[str, str]:
    """Turn names by version into versions by name."""
    return {name: version for version, names in groups.items() for name in names.split()}


def _lines(typed: TypedFormat, history: History) -> Iterator[LineEntry]:
    for line in typed.lines:
        row = history.lines[line.type]
        first, last = history.first(row.first), history.last(row.last)
        yield LineEntry(
            type=line.type,
            payload=line.payload,
            read="typed",
            eras=eras.within(eras.of_line(line.type), first, last, history),
            first=first,
            last=last,
        )
    for name, untyped in history.untyped_lines.items():
        first, last = history.first(untyped.first), history.last(untyped.last)
        yield LineEntry(
            type=name,
            payload=untyped.payload,
            read=untyped.read,
            eras=eras.within(eras.of_line(name), first, last, history),
            first=first,
            last=last,
        )


def _shape(entry: TypedEntry, row: ShapeHistory, kept: list[Era], history: History) -> Shape:
    first, last = history.first(row.first), history.last(row.last)
    dated, gone = _by_name(row.fields), _by_name(row.gone)
    fields = []
    for each in entry.fields:
        seen, left = history.first(dated[each.name]), history.last(gone.get(each.name, row.last))
        within = eras.within(kept, seen, left, history)
        fields.append(_field(each, seen, left, within, row.notes.get(each.name, "")))
    for name, untyped in row.untyped.items():
        seen, left = history.first(untyped.first), history.last(untyped.last)
        fields.append(
            _untyped(name, untyped.type, untyped.read, seen, left, eras.within(kept, seen, left, history))
        )
    return Shape(
        id=entry.id,
        family=entry.family,
        tag_key=entry.tag_key,
        tag=entry.tag,
        old_tags=entry.old_tags,
        catches_all=entry.catches_all,
        used_in=entry.used_in,
        read="inert" if entry.catches_all else "typed",
        eras=eras.within(kept, first, last, history),
        first=first,
        last=last,
        fields=fields,
    )


def _field(typed: TypedField, first: Seen, last: Seen, kept: list[Era], note: str) -> Field:
    return Field(
        name=typed.name,
        type=typed.type,
        values=typed.values,
        old_values=typed.old_values,
        old_names=typed.old_names,
        required=typed.required,
        nullable=typed.nullable,
        written=typed.written,
        numeric=typed.numeric,
        read="typed",
        eras=kept,
        first=first,
        last=last,
        note=note,
    )


def _untyped(name: str, kind: str, read: str, first: Seen, last: Seen, kept: list[Era]) -> Field:
    return Field(
        name=name,
        type=kind,
        required=False,
        nullable="null" in kind or "any" in kind,
        written="never",
        numeric=kind.split(" | ", maxsplit=1)[0] in ("integer", "number"),
        read=read,  # type: ignore[arg-type]
        eras=kept,
        first=first,
        last=last,
    )


def _untyped_shape(name: str, row: UntypedShape, history: History) -> Shape:
    first, last = history.first(row.first), history.last(row.last)
    kept = eras.within(eras.of_variant(row.family, row.tag), first, last, history)
    return Shape(
        id=name,
        family=row.family,
        tag_key=row.tag_key,
        tag=row.tag,
        used_in=row.used_in,
        read=row.read,
        eras=kept,
        first=first,
        last=last,
        fields=[_untyped(key, kind, row.read, first, last, kept) for key, kind in row.fields.items()],
    )
