"""A case under a transformation, written down as a case of its own."""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rollout_conformance.cases import CASE_FILE, EXPECTED, INPUT, Case, Description
from rollout_conformance.compare import Mode
from rollout_conformance.metamorphic.answers import Outputs
from rollout_conformance.metamorphic.given import Given, read_given
from rollout_conformance.metamorphic.table import TRANSFORMATIONS, Transformation

_TITLE = 70


class Variant(Struct, frozen=True):
    """A case as a transformation has changed it."""

    of: str
    """The id of the case that was changed."""
    transformation: str
    case: Case


def variants_of(
    case: Case, folder: Path, transformations: Iterable[Transformation] = TRANSFORMATIONS
) -> Iterator[Variant]:
    """Write a case under each transformation that changes it, each into a folder of its own below `folder`.

    A case that allows several answers has no variants.
    """
    if case.verdict == "may":
        return
    before = read_given(case.op, case.input, case.options)
    told = case.expected_outputs() if case.verdict == "must-accept" else {}
    for transformation in transformations:
        if case.op in transformation.answers:
            after = transformation.change(before)
            if (after.files, after.options) != (before.files, before.options):
                yield _variant(case, transformation, (before, after), told, folder)


def _variant(
    case: Case, transformation: Transformation, given: tuple[Given, Given], told: Outputs, folder: Path
) -> Variant:
    before, after = given
    answer = transformation.answers[case.op]
    expected = answer(before, after, told) if told else {}
    changed = replace(
        case,
        id=f"{case.id}-under-{transformation.name}",
        title=f"{transformation.name}: {case.title}"[:_TITLE],
        folder=folder / f"{case.id}-under-{transformation.name}",
        options=after.options,
        requires=list(dict.fromkeys([*case.requires, *transformation.needs])),
        compare=_modes(case, transformation, expected),
        neighbour=None,
        source={"kind": "generated", "from": case.id, "by": f"metamorphic {transformation.name}"},
    )
    _write(changed, after, expected)
    return Variant(case.id, transformation.name, changed)


def describe(case: Case, folder: Path) -> None:
    """Write the `case.toml` of a case into a folder."""
    defaults = {field.name: field.default for field in msgspec.structs.fields(Description)}
    told = {name: getattr(case, name) for name in defaults}
    lines = [f"{name} = {_toml(value)}" for name, value in told.items() if value and value != defaults[name]]
    (folder / CASE_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _modes(case: Case, transformation: Transformation, expected: dict[str, bytes]) -> dict[str, Mode]:
    modes = dict(case.compare)
    for name, data in expected.items():
        if b'"$any"' in data:
            modes[name] = "json-iso"
        elif transformation.compared and name.endswith(".json"):
            modes[name] = transformation.compared
    return modes


def _write(case: Case, given: Given, expected: dict[str, bytes]) -> None:
    shutil.rmtree(case.folder, ignore_errors=True)
    for part, files in ((INPUT, given.files), (EXPECTED, expected)):
        for name, data in files.items():
            path = case.folder / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _toml(value: Any) -> str:
    """Print a value of JSON as TOML; nulls have no text there and are left out."""
    match value:
        case msgspec.Struct():
            return _toml(msgspec.to_builtins(value))
        case dict():
            pairs = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items() if each is not None)
            return "{ " + ", ".join(pairs) + " }"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
