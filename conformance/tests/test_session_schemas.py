"""The schemas of a rollout's lines are a second opinion: they agree with the typed reading on every case."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.session_fuzz import Changer
from rollout_reference import jsontext
from rollout_reference.session.defects import Defect
from rollout_reference.session.lines import Line, read_line

pytestmark = pytest.mark.thorough

Json = Any

SCHEMAS = {
    contents["$id"]: contents
    for file in sorted((spec_dir() / "schema").glob("session-*.schema.json"))
    for contents in [json.loads(file.read_bytes())]
}
REGISTRY: Registry[Json] = Registry().with_resources(
    (name, Resource.from_contents(contents)) for name, contents in SCHEMAS.items()
)
LINE = "https://rolloutspec.dev/schema/session-line.schema.json"
VALIDATOR = Draft202012Validator(SCHEMAS[LINE], registry=REGISTRY)

BEYOND_SCHEMA = (
    "shortest text",  # how a number is written
    "expected an integer",  # 1.0 is an integer to a schema
    "more than 64 bits",
    "as many elements as",
    "a file URI",
    "a UUID",  # of which the hyphens are counted
)
"""Reasons that no schema can know of."""


def lines_of_cases() -> list[bytes]:
    """Return every line of the cases that is a JSON object, once each."""
    areas = ("lines", "items", "events", "turn-items")
    files = [
        file
        for area in areas
        for file in sorted((corpus_dir() / "session" / area).glob("*/input/rollout.jsonl"))
    ]
    lines = dict.fromkeys(line for file in files for line in file.read_bytes().split(b"\n"))
    return [line for line in lines if is_object(line)]


def is_object(line: bytes) -> bool:
    """Tell whether a line is a JSON object, with numbers that a schema can compare."""
    try:
        value = jsontext.parse(line)
    except jsontext.JsonError:
        return False
    return isinstance(value, dict) and b"1e400" not in line


def changed_lines(count: int) -> list[bytes]:
    """Return lines of the cases with a change or two."""
    items = [line for line in lines_of_cases() if isinstance(read_line(line, 1), Line)]
    changer = Changer(items, seed=1)
    return [line for line in (changer.next_line() for _ in range(count)) if is_object(line)]


def disagreement(line: bytes) -> str | None:
    """Say what the reading and the schema make of a line, if it is not the same."""
    read = read_line(line, 1)
    valid = VALIDATOR.is_valid(json.loads(line))
    reason = read.reason if isinstance(read, Defect) else ""
    if b"ghost_snapshot" in line:
        return None  # a schema has no word for what is left out
    if valid == isinstance(read, Line) or (valid and any(known in reason for known in BEYOND_SCHEMA)):
        return None
    return f"{'valid' if valid else 'not valid'}, {reason or 'read'}: {line.decode()}"


@pytest.mark.parametrize("name", ["session-line", "session-item", "session-event", "session-turn-item"])
def test_schema_is_valid_by_its_metaschema(name: str) -> None:
    """Each file is a JSON Schema 2020-12 under its own name, with a title and a description."""
    contents = SCHEMAS[f"https://rolloutspec.dev/schema/{name}.schema.json"]

    Draft202012Validator.check_schema(contents)
    assert (spec_dir() / "schema" / f"{name}.schema.json").is_file()
    assert {"title", "description", "$schema"} <= contents.keys()


def test_examples_of_the_text_are_lines() -> None:
    """Each line that the text shows is an item, and valid."""
    text = (spec_dir() / "session" / "20-lines.md").read_text(encoding="utf-8")
    examples = [line.encode() for line in re.findall(r"^```json line\n(.+)\n```$", text, re.MULTILINE)]

    assert len(examples) >= 2
    assert [isinstance(read_line(line, 1), Line) for line in examples] == [True] * len(examples)
    assert [said for line in examples if (said := disagreement(line))] == []


def test_schema_agrees_with_the_reading_of_every_case() -> None:
    """A line is valid exactly if it is an item."""
    assert [said for line in lines_of_cases() if (said := disagreement(line))] == []


def test_schema_agrees_with_the_reading_of_changed_lines() -> None:
    """So is a line with a change or two."""
    assert [said for line in changed_lines(1500) if (said := disagreement(line))] == []
