"""The schemas are valid, accept every accepted bundle of the corpus, and refuse what is broken."""

import copy
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.schemas import opened_payloads, read_json, read_log, schema, validator
from rollout_conformance.spec_examples import STANDARD_MANIFEST
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce

Json = Any

SCHEMAS = ("trace-manifest", "trace-event", "trace-payload", "trace-state")
BROKEN_LINE = {
    "trace.event_invalid",
    "trace.unknown_event_type",
    "trace.duplicate_field",
    "trace.line_invalid_json",
}
WRONG: Json = [[0]]  # no field of the format holds this
ENUMS = ("type", "status", "runtime_status", "role", "channel", "kind")
PER_EVENT_TYPE = 40
PER_STATE = 4


def accepted_cases() -> list[Path]:
    """Return the reduction cases that every reducer must accept."""
    files = sorted(corpus_dir().rglob("case.toml"))
    cases = [(file.parent, tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    return [
        folder
        for folder, case in cases
        if case["op"] == "trace.reduce" and case["verdict"] == "must-accept" and (folder / "input").is_dir()
    ]


CASES = accepted_cases()
CASES_WITH_STATE = [case for case in CASES if (case / "expect" / "state.json").is_file()]


def name_of(case: Path) -> str:
    """Name a case by its folder."""
    return case.relative_to(corpus_dir()).as_posix()


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_valid_by_its_metaschema(name: str) -> None:
    """Each file is a JSON Schema 2020-12 with an id, a title and a description."""
    contents = schema(name)

    Draft202012Validator.check_schema(contents)
    assert contents["$id"] == f"https://rolloutspec.dev/schema/{name}.schema.json"
    assert {"title", "description", "$schema"} <= contents.keys()


def test_no_schema_is_left_out() -> None:
    """Every trace schema of the specification is tested here."""
    files = (spec_dir() / "schema").glob("trace-*.schema.json")

    assert sorted(file.name.removesuffix(".schema.json") for file in files) == sorted(SCHEMAS)


def test_there_is_one_definition_per_event_type() -> None:
    """25 event types, each with the constant that selects it."""
    contents = schema("trace-event")
    types = contents["properties"]["payload"]["properties"]["type"]["enum"]

    assert len(types) == 25
    assert [contents["$defs"][name]["properties"]["type"]["const"] for name in types] == types


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_accepted_bundle_is_valid(case: Path) -> None:
    """Manifest, every line and every payload that is opened fit their schemas."""
    assert list(faults_of_bundle(case / "input")) == []


@pytest.mark.parametrize("case", CASES_WITH_STATE, ids=name_of)
def test_expected_state_is_valid(case: Path) -> None:
    """Every expected state fits the closed schema of the state."""
    state = read_json(case / "expect" / "state.json")

    assert [error.message for error in validator("trace-state").iter_errors(state)] == []


@pytest.mark.parametrize(
    "event_type", schema("trace-event")["properties"]["payload"]["properties"]["type"]["enum"]
)
def test_schema_and_reader_agree_on_mutated_events(event_type: str, tmp_path: Path) -> None:
    """Whatever is dropped, mistyped, misspelt or added: the schema refuses what a reader refuses."""
    lines = mutated_lines(event_type, seeded(event_type))

    assert [line for line in lines if by_schema(line) != by_reader(line, tmp_path)] == []


@pytest.mark.parametrize("key", sorted(STANDARD_MANIFEST))
def test_mutated_manifest_is_refused(key: str) -> None:
    """Each field is needed and typed."""
    without = {name: value for name, value in STANDARD_MANIFEST.items() if name != key}

    assert not validator("trace-manifest").is_valid(without)
    assert not validator("trace-manifest").is_valid({**STANDARD_MANIFEST, key: WRONG})


def test_unknown_manifest_field_is_allowed() -> None:
    """Only known fields are judged.  [TRACE-MANIFEST-2]"""
    assert validator("trace-manifest").is_valid({**STANDARD_MANIFEST, "note": WRONG})


@pytest.mark.parametrize("case", CASES_WITH_STATE, ids=name_of)
def test_mutated_state_is_refused(case: Path) -> None:
    """A field dropped, mistyped, misspelt or added makes a state invalid."""
    state = read_json(case / "expect" / "state.json")
    mutants = mutated_states(state, seeded(name_of(case)))

    assert [what for what, mutant in mutants if validator("trace-state").is_valid(mutant)] == []


@pytest.mark.parametrize(
    ("shape", "broken"),
    [
        ("session_metadata", {"nickname": 3}),
        ("session_metadata", []),
        ("inference_request", {"input": {}}),
        ("inference_request", {"input": [{"type": "compaction_trigger"}]}),
        ("inference_request", {"input": [{"type": "message", "role": "nobody"}]}),
        ("inference_response", {"items": []}),
        ("inference_response", {"output_items": [{"type": "reasoning", "summary": []}]}),
        ("inference_response", {"output_items": [{"type": "reasoning", "summary": None}]}),
        ("inference_response", {"output_items": [{"type": "compaction"}]}),
        (
            "inference_response",
            {"output_items": [{"type": "agent_message", "author": "a", "recipient": "b", "content": []}]},
        ),
        ("compaction_checkpoint", {"input_history": []}),
        ("write_stdin_arguments", {"session_id": ""}),
        ("write_stdin_arguments", {"session_id": 1, "chars": None}),
        ("tool_result", {"type": "error"}),
        ("exec_begin", {"command": "ls", "cwd": "/"}),
        ("exec_end", {"stdout": "", "stderr": "", "formatted_output": "", "exit_code": 2**31}),
        ("uuid", "019f0000-0000-7000-8000"),
        ("agent_path", "/root/root"),
        ("agent_path", "/root/A"),
        ("agent_status", {"errored": None}),
        (
            "activity",
            {"event_id": "e", "agent_thread_id": "0" * 32, "agent_path": "/root", "kind": "stopped"},
        ),
    ],
)
def test_broken_payload_is_refused(shape: str, broken: Json) -> None:
    """What a rule rejects by shape, the shape refuses."""
    assert not validator("trace-payload", shape).is_valid(broken)


def faults_of_bundle(bundle: Path) -> Iterator[str]:
    """Yield what the schemas say against a bundle."""
    manifest = read_json(bundle / "manifest.json")
    for error in validator("trace-manifest").iter_errors(manifest):
        yield f"manifest.json: {error.message}"
    events = read_log(bundle / "trace.jsonl")
    for event in events:
        for error in validator("trace-event").iter_errors(event):
            yield f"seq {event['seq']}: {error.message}"
    for use in opened_payloads(events):
        if not use.fits(read_json(bundle / use.path)):
            yield f"{use.path}: not one of {use.shapes}"


# --- mutation ---------------------------------------------------------------------------------


def seeded(name: str) -> random.Random:
    """Return a generator that a test's own name seeds, so that every run sees the same mutants."""
    return random.Random(name)  # noqa: S311  (repeatable, not secret)


def mutated_lines(event_type: str, rng: random.Random) -> list[Json]:
    """Return envelopes with one change each, and the one without."""
    line = sample_line(event_type)
    return [line, *(mutated(line, rng) for _ in range(PER_EVENT_TYPE))]


def sample_line(event_type: str) -> Json:
    """Build an event from its definition, every field given."""
    definition = schema("trace-event")["$defs"][event_type]
    payload = {name: sample(part) for name, part in definition["properties"].items()}
    return {
        "schema_version": 1,
        "seq": 1,
        "wall_time_unix_ms": 1,
        "rollout_id": "root",
        "thread_id": "root",
        "codex_turn_id": "turn",
        "payload": payload,
    }


def sample(part: Json) -> Json:  # noqa: PLR0911  (one row per form of a schema)
    """Return a value that a part of the event schema allows."""
    match part:
        case True:
            return {"any": "thing"}
        case {"const": value}:
            return value
        case {"enum": [first, *_]}:
            return first
        case {"$ref": name}:
            return sample(schema("trace-event")["$defs"][name.rpartition("/")[2]])
        case {"anyOf": [first, *_]}:
            return sample(first)
        case {"oneOf": alternatives}:
            return sample(alternatives[-1])
        case {"type": "object", "properties": properties}:
            return {name: sample(value) for name, value in properties.items() if value != {"type": "null"}}
        case {"type": "array", "items": items}:
            return [sample(items)]
        case {"type": "integer"}:
            return 5
        case _:
            return "text"


def mutated(value: Json, rng: random.Random) -> Json:
    """Return a copy with one field dropped, mistyped, nulled, misspelt or added somewhere."""
    changed = copy.deepcopy(value)
    target = rng.choice([found for found in objects_in(changed) if found])
    key = rng.choice(sorted(target))
    match rng.randrange(5):
        case 0:
            del target[key]
        case 1:
            target[key] = WRONG
        case 2:
            target[key] = None
        case 3:
            target[key] = "nonsense"
        case _:
            target["unheard_of"] = WRONG
    return changed


def objects_in(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object within a value, itself first."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from objects_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from objects_in(part)


def by_schema(line: Json) -> bool:
    """Tell whether the schema allows a line."""
    return validator("trace-event").is_valid(line)


def by_reader(line: Json, folder: Path) -> bool:
    """Tell whether the reference can read a line; what reduction says of it is no matter."""
    (folder / "manifest.json").write_bytes(msgspec.json.encode(STANDARD_MANIFEST))
    (folder / "trace.jsonl").write_bytes(msgspec.json.encode(line))
    try:
        reduce(folder)
    except Rejected as rejection:
        return rejection.code not in BROKEN_LINE
    return True


def mutated_states(state: Json, rng: random.Random) -> list[tuple[str, Json]]:
    """Return states with one change that no state may have, each with a word on it."""
    return [mutated_state(state, rng) for _ in range(PER_STATE)]


def mutated_state(state: Json, rng: random.Random) -> tuple[str, Json]:
    """Break one field of one object of the state."""
    changed = copy.deepcopy(state)
    maps = [value for value in changed.values() if isinstance(value, dict)]
    entries = [entry for one in maps for entry in one.values()]
    target = rng.choice([changed, *(found for entry in entries for found in objects_in(entry))])
    key = rng.choice([name for name in sorted(target) if name != "agent_message"])
    change = rng.randrange(4)
    if change == 0:
        del target[key]
    elif change == 1:
        target[key] = WRONG
    elif change == 2 and key in ENUMS and isinstance(target[key], str):
        target[key] = "nonsense"
    else:
        target["unheard_of"] = None
    return f"{change} {key}", changed
