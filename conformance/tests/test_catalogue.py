"""The catalogue of session rollouts: complete, dated, made of the reference and the history alone."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from rollout_conformance import locations
from rollout_conformance.catalogue import files
from rollout_conformance.catalogue.build import build
from rollout_conformance.catalogue.history import FILE, HistoryError
from rollout_conformance.catalogue.model import Catalogue, Field, Seen, load
from rollout_conformance.cli.catalogue import command
from rollout_reference.session.writing import policy

CODEX = os.environ.get("ROLLOUTSPEC_CODEX", "")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return the installed catalogue."""
    return load()


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Return a folder with a copy of the history, to be spoiled."""
    copy = tmp_path / FILE
    copy.parent.mkdir()
    copy.write_bytes((locations.spec_dir() / FILE).read_bytes())
    return tmp_path


def change(spec: Path, old: str, new: str) -> None:
    """Change one place of the history."""
    text = (spec / FILE).read_text("utf-8")
    assert text.count(old) == 1
    (spec / FILE).write_text(text.replace(old, new), "utf-8")


def test_the_files_are_up_to_date() -> None:
    """Data, page and schema are what the reference and the history make today."""
    assert [str(path) for path in files.stale(locations.spec_dir())] == []


def test_the_data_fits_its_schema() -> None:
    """The file is valid against the schema that lies beside it."""
    schema = json.loads((locations.spec_dir() / files.SCHEMA).read_bytes())
    data = json.loads((locations.spec_dir() / files.FILE).read_bytes())

    Draft202012Validator.check_schema(schema)

    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []


def test_every_row_of_the_policy_is_there(catalogue: Catalogue) -> None:
    """Each line type, response item, event and turn item that the policy decides is catalogued."""
    lines = {("line", line.type) for line in catalogue.lines}
    variants = {(shape.family, shape.tag) for shape in catalogue.shapes}

    decided = {_variant(row) for row in policy.rows()}

    assert decided - lines - variants == set()


def _variant(row: policy.Row) -> tuple[str, str]:
    if not row.variant:
        return ("line", row.line)
    if row.line != "item_completed":
        return (row.line, row.variant)
    item, _, kind = row.variant.partition("/")
    return ("extension", kind) if kind else ("turn_item", item)


def test_nothing_ends_before_it_begins(catalogue: Catalogue) -> None:
    """The first version of everything is not after its last one."""
    things: list[Any] = [*catalogue.lines, *catalogue.shapes, *_fields(catalogue)]

    assert [thing for thing in things if thing.first.order > thing.last.order] == []


def test_fields_are_not_older_than_what_holds_them(catalogue: Catalogue) -> None:
    """No field is dated before its shape, or after the end of it."""
    outside = [
        f"{shape.id}.{field.name}"
        for shape in catalogue.shapes
        for field in shape.fields
        if field.first.order < shape.first.order or field.last.order > shape.last.order
    ]

    assert outside == []


def test_versions_were_examined(catalogue: Catalogue) -> None:
    """Each version with its kind of evidence is among those that were examined in that way."""
    things: list[Any] = [*catalogue.lines, *catalogue.shapes, *_fields(catalogue)]
    seen: set[Seen] = {date for thing in things for date in (thing.first, thing.last)}

    assert {date for date in seen if date.version not in catalogue.examined.get(date.by, [])} == set()


def _fields(catalogue: Catalogue) -> list[Field]:
    return [field for shape in catalogue.shapes for field in shape.fields]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("token_usage_record = {", "token_use_record = {", "no row for the line type 'token_usage_record'"),
        ("token_usage_record = {", "token_use_record = {", "a row for the line type 'token_use_record'"),
        ("[shapes.HistoryBase]", "[shapes.HistoryBasis]", "no row for the shape 'HistoryBase'"),
        ("[shapes.HistoryBase]", "[shapes.HistoryBasis]", "a row for the shape 'HistoryBasis'"),
        ('"type timestamp payload"', '"type timestamp"', "no row for the field of Envelope: 'payload'"),
        (
            '"type timestamp payload"',
            '"type timestamp payload salt"',
            "a row for the field of Envelope: 'salt'",
        ),
        (
            'untyped.kind = { type = "string", first = "0.34.0',
            'untyped.message = { type = "string", first = "0.34.0',
            "'message' is untyped there, and typed",
        ),
        ("notes = { window_id = ", "notes = { window = ", "a note on 'window', which is no field of it"),
        ('newest = "0.169.0"', 'newest = "0.169.0"\nmood = "fine"', "contains unknown field `mood`"),
        ('"type timestamp payload"', '"type timestamp payload', "line "),
    ],
)
def test_reference_and_history_fit_together(spec: Path, old: str, new: str, told: str) -> None:
    """What stands on one side only is named, whichever side that is."""
    change(spec, old, new)

    with pytest.raises(HistoryError) as failure:
        build(spec)

    assert told in str(failure.value)


def test_evidence_is_one_of_the_known_kinds(spec: Path) -> None:
    """A version without its evidence is refused."""
    change(spec, 'token_usage_record = { first = "', 'token_usage_record = { first = "rumoured in ')

    with pytest.raises(HistoryError, match="is no version with its evidence"):
        build(spec)


def test_a_field_of_one_version_is_told(catalogue: Catalogue) -> None:
    """What facts about the format say of single fields is in the data."""
    fields = {(shape.id, field.name): field for shape in catalogue.shapes for field in shape.fields}

    source, instructions = fields["SessionMeta", "source"], fields["SessionMeta", "instructions"]
    role = fields["SessionMeta", "agent_role"]

    assert source.values[:4] == ["cli", "vscode", "exec", "mcp"]
    assert (instructions.read, instructions.written, instructions.last.version) == (
        "ignored",
        "never",
        "0.87.0",
    )
    assert (role.old_names, role.written, role.nullable) == (["agent_type"], "skipped", True)


def test_eras_follow_the_policy(catalogue: Catalogue) -> None:
    """An event that only legacy files keep is of that era, one that none keeps of none."""
    eras = {(shape.family, shape.tag): shape.eras for shape in catalogue.shapes}

    assert eras["event_msg", "user_message"] == ["legacy"]
    assert eras["turn_item", "UserMessage"] == ["paginated"]
    assert eras["event_msg", "item_completed"] == ["legacy", "paginated"]
    assert eras["event_msg", "warning"] == []
    assert eras["response_item", "message"] == ["bare", "legacy", "paginated"]


def test_the_catalogue_can_be_asked() -> None:
    """A pattern gives what matches it, with its versions."""
    done = CliRunner().invoke(command, ["token_usage_record"])

    assert done.exit_code == 0
    assert "to now  line token_usage_record  typed" in done.output


def test_a_stale_file_fails_the_check(monkeypatch: pytest.MonkeyPatch, spec: Path) -> None:
    """A check of files that were not made again ends with 1 and says what to do; --write repairs."""
    (spec / "schema").mkdir()
    monkeypatch.setattr(locations, "spec_dir", lambda: spec)

    before = CliRunner().invoke(command, ["--check"])
    written = CliRunner().invoke(command, ["--write"])
    after = CliRunner().invoke(command, ["--check"])

    assert (before.exit_code, written.exit_code, after.exit_code) == (1, 0, 0)
    assert "run: rolloutspec catalogue --write" in before.output


@pytest.mark.codex
@pytest.mark.skipif(not CODEX, reason="ROLLOUTSPEC_CODEX names no binary of the real CLI")
def test_the_real_cli_knows_no_other_keys(tmp_path: Path, catalogue: Catalogue) -> None:
    """Every key in the schema that 0.143.0 prints of its rollout lines is catalogued."""
    run = [CODEX, "app-server", "generate-internal-json-schema", "--out", str(tmp_path)]
    environment = {"CODEX_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": os.defpath}

    subprocess.run(run, env=environment, check=True, capture_output=True, timeout=60)

    printed = _keys(msgspec.json.decode((tmp_path / "RolloutLine.json").read_bytes()))
    known = {field.name for field in _fields(catalogue)} | {shape.tag_key for shape in catalogue.shapes}
    # That schema draws a thread's source as the enumeration inside the CLI; lines have a plain string.
    assert printed - known == {"Feature"}


def _keys(schema: Any) -> set[str]:
    """Return every property in a JSON Schema."""
    if isinstance(schema, list):
        return set().union(*map(_keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(_keys, schema.values()))
