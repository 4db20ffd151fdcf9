"""The policy on what the real CLI wrote, and on what its forks keep of each variant that it knows."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.locations import corpus_dir
from rollout_conformance.record.app_server import AppServer
from rollout_conformance.record.fork_oracle import WRITTEN_AT, fork_lines
from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.reading.diagnostics import OrdinalCount
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.writing.policy import is_persisted

THREAD = "019f0000-0000-7000-8000-000000000001"
EXTENSIONS: dict[str, dict[str, Any]] = {
    "clock.sleep": {"durationMs": 1},
    "web.search": {"query": "q", "action": {"type": "search"}, "results": []},
    "image_gen.generation": {"status": "completed", "result": "x"},
}
OTHERWISE = {"0.143.0": {"event_msg thread_settings_applied"}, "0.169.0": set[str]()}
"""What a version decides otherwise: DEV-64."""


RECORDED = sorted((corpus_dir() / "recorded").rglob("rollout*.jsonl*"))


def test_recorded_sessions_hold_what_the_table_keeps() -> None:
    """Every line that a real CLI wrote, of any version and in either mode.  [SESSION-POLICY-1]"""
    strays = [f"{path}: {told}" for path in RECORDED for told in strays_of(path)]

    assert len(RECORDED) > 100
    assert strays == []


def strays_of(path: Path) -> Iterator[str]:
    """Name the lines of a rollout that a recorder would not have kept."""
    with read_rollout(path) as reading:
        lines = [line for line in reading if isinstance(line, Line)]
    mode = reading.diagnostics.history_mode or "legacy"
    yield from (name_of(line) for line in lines if not is_persisted(line.type, line.payload, mode))  # type: ignore[arg-type]


def test_recorded_ordinals_have_no_gap() -> None:
    """Real writers count by one from the start of each file.  [SESSION-ORDINAL-3]"""
    counts = {path: count for path in RECORDED if (count := ordinals_of(path)) is not None}

    assert counts
    assert {(count.missing, count.repeated, count.skipped) for count in counts.values()} == {(0, 0, 0)}


def ordinals_of(path: Path) -> OrdinalCount | None:
    """Count the ordinals of a paginated rollout."""
    with read_rollout(path) as reading:
        list(reading)
    return reading.diagnostics.ordinals


@pytest.mark.codex
@pytest.mark.parametrize(
    ("version", "variable"), [("0.143.0", "ROLLOUTSPEC_CODEX"), ("0.169.0", "ROLLOUTSPEC_CODEX_169")]
)
def test_real_cli_keeps_what_the_table_says(tmp_path: Path, version: str, variable: str) -> None:
    """All variants of the CLI's own schema, each in its smallest form.

    [SESSION-POLICY-3, SESSION-POLICY-4, SESSION-POLICY-5, SESSION-POLICY-6]
    """
    codex = Path(os.environ[variable])
    probes = list(smallest_lines(schema_of(codex, tmp_path)))

    with AppServer(codex, tmp_path / "home") as server:
        answers = fork_lines(server, [json.dumps(probe).encode() for probe in probes])

    differing = {
        name_of(probe)
        for probe, answer in zip(probes, answers, strict=True)
        if bool(answer) != is_persisted(probe["type"], probe["payload"], "legacy")
    }
    assert len(probes) > 100
    assert differing == OTHERWISE[version]
    # What is missing because it did not parse would say nothing.
    missing = [probe for probe, answer in zip(probes, answers, strict=True) if not answer]
    assert {name_of(each) for each in missing if not is_read(each)} <= LATER_FORMS


def is_read(line: dict[str, Any]) -> bool:
    """Tell whether the reference takes a line for an item."""
    return isinstance(read_line(json.dumps(line).encode(), 1), Line)


def name_of(line: dict[str, Any] | Line) -> str:
    """Return the name of a line's variant."""
    tree = {"type": line.type, "payload": line.payload} if isinstance(line, Line) else line
    return " ".join(filter(None, (tree["type"], tree["payload"].get("type"))))


def schema_of(codex: Path, folder: Path) -> dict[str, Any]:
    """Return the schema of a rollout line that the CLI writes about itself."""
    command = [str(codex), "app-server", "generate-internal-json-schema", "--out", str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "CODEX_HOME": str(folder)}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    schema: dict[str, Any] = json.loads((folder / "RolloutLine.json").read_bytes())
    return schema


def smallest_lines(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a line of each variant, with required fields only."""
    for line_type, payload in _payloads(schema):
        yield {"timestamp": WRITTEN_AT, "type": line_type, "payload": payload}


def _payloads(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    definitions = schema["definitions"]
    unions = {"response_item": "ResponseItem", "event_msg": "EventMsg"}
    for alternative in schema.get("oneOf") or schema["anyOf"]:
        line_type = alternative["properties"]["type"]["enum"][0]
        union = unions.get(line_type)
        variants = definitions[union]["oneOf"] if union else [alternative["properties"]["payload"]]
        for variant in variants:
            payload = smallest(variant, definitions)
            if payload.get("type") == "item_completed":
                yield from ((line_type, payload | {"item": item}) for item in _items(definitions))
            else:
                yield line_type, payload


def _items(definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for variant in definitions["TurnItem"]["oneOf"]:
        item = smallest(variant, definitions)
        if item["type"] != "Extension":
            yield item
        else:
            yield from ({"type": "Extension", "kind": k, "id": "x", **rest} for k, rest in EXTENSIONS.items())


def smallest(schema: Any, definitions: dict[str, Any]) -> Any:
    """Return the smallest value of a schema: required keys, null where it may be, first names."""
    if isinstance(schema, bool):  # any value will do
        return {}
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return NAMED.get(name) or smallest(definitions[name], definitions)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            first, nullable = schema[key][0], any(each.get("type") == "null" for each in schema[key])
            value = None if nullable else smallest(first, definitions)
            return _object(schema, definitions) | value if "properties" in schema else value
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "null")
    kind = kinds if isinstance(kinds, str) else "null" if "null" in kinds else kinds[0]
    if kind == "object":
        return _object(schema, definitions)
    return {"array": [], "string": TEXT, "integer": 0, "number": 0, "boolean": False}.get(kind)


def _object(schema: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {key: smallest(properties.get(key, {}), definitions) for key in schema.get("required", [])}


TEXT = "/tex"
"""A text that is an absolute path and base64 as well."""

LATER_FORMS = {
    *("event_msg exec_command_end", "event_msg elicitation_request"),
    "realtime_item realtime_session_started",
}
"""Lines whose smallest form only 0.169.0 reads."""

NAMED = {
    "ThreadId": THREAD,
    "SessionId": THREAD,
    "AgentPath": "/root",
    "AbsolutePathBuf": "/x",
    "PathUri": "file:///x",
}
"""Values of texts that have a form which the schema does not tell."""
