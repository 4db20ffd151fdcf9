"""The mutator: the same seed gives the same bytes everywhere, and every operator does something."""

import hashlib
import json
from pathlib import Path

import pytest

from rollout_conformance import locations
from rollout_conformance.mutate import OPERATORS, MemoryBundle, mutate
from rollout_conformance.mutation.drafts import Dice, Draft
from rollout_conformance.mutation.jsontree import dump, parse

PINNED = "dd45ce0af2c3fb27e5f705ed23861e50349267938d5f2e659d6c8de4b750fb95"
RECORDED = locations.corpus_dir() / "recorded" / "0.143.0"


def event(seq: int, **payload: object) -> bytes:
    """Return a line of a log."""
    envelope = {"schema_version": 1, "seq": seq, "wall_time_unix_ms": 1000 + seq, "rollout_id": "r"}
    return json.dumps({**envelope, "payload": payload}).encode() + b"\n"


REF = {"raw_payload_id": "raw_payload:1", "kind": {"type": "inference_request"}, "path": "payloads/1.json"}
TINY = MemoryBundle(
    {
        "manifest.json": b'{"schema_version": 1, "trace_id": "t", "root_thread_id": "a"}',
        "trace.jsonl": event(1, type="thread_started", thread_id="a", agent_path="/root")
        + event(2, type="codex_turn_started", codex_turn_id="u", thread_id="a")
        + event(3, type="inference_started", inference_call_id="i", thread_id="a", request_payload=REF),
        "payloads/1.json": b'{"input": [{"type": "function_call", "arguments": "{\\"n\\": 1.50}"}, 7, 7]}',
    }
)


def digest(bundle: MemoryBundle) -> str:
    """Return one hash over names and contents."""
    told = "\n".join(f"{name} {bundle.files[name].hex()}" for name in sorted(bundle.files))
    return hashlib.sha256(told.encode()).hexdigest()


def test_seeds_give_the_same_bytes_everywhere() -> None:
    """Fifty mutants of a tiny bundle are what they were on the first machine."""
    mutants = [mutate(TINY, seed) for seed in range(50)]

    told = "\n".join(f"{' '.join(mutant.operators)} {digest(mutant.bundle)}" for mutant in mutants)
    assert len({digest(mutant.bundle) for mutant in mutants}) > 40
    assert hashlib.sha256(told.encode()).hexdigest() == PINNED


def test_mutating_leaves_the_bundle_alone() -> None:
    """What is damaged is a copy."""
    before = digest(TINY)

    mutate(TINY, 1, steps=20)

    assert digest(TINY) == before


def test_mutant_names_its_operators() -> None:
    """As many operators as asked for have left a mark, and are told in order."""
    mutant = mutate(TINY, 4, steps=3)

    assert len(mutant.operators) == 3
    assert set(mutant.operators) <= set(OPERATORS)


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_changes_something(name: str) -> None:
    """An operator finds something to change in the bundle of a real session."""
    bundle = MemoryBundle.load(RECORDED / "agent-first-form" / "input")
    donor = MemoryBundle.load(RECORDED / "terminal" / "input")

    assert any(changes(name, bundle, donor, seed) for seed in range(40))


def changes(name: str, bundle: MemoryBundle, donor: MemoryBundle, seed: int) -> bool:
    """Apply one operator."""
    draft = Draft(bundle, donor)
    OPERATORS[name](draft, Dice(seed))
    return draft.files != bundle.files


def test_bundle_is_written_as_it_was_read(tmp_path: Path) -> None:
    """Load and write are each other's inverse."""
    bundle = MemoryBundle.load(RECORDED / "plain" / "input")

    bundle.write(tmp_path / "copy")

    assert MemoryBundle.load(tmp_path / "copy") == bundle
    assert {"manifest.json", "trace.jsonl", "payloads/1.json"} <= bundle.files.keys()


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        "[1.50,1E5,-0,123456789012345678901234567890,NaN,true,null]",
        '{"":["\\u0001 \\" \\\\ é 🙂 \\ud83d"]}',
    ],
)
def test_editing_keeps_what_it_does_not_touch(text: str) -> None:
    """Repeated keys, number tokens and unpaired surrogates survive parsing and printing."""
    assert dump(parse(text)) == text


@pytest.mark.parametrize("text", ["", "7", "{", "[" * 10_000 + "]" * 10_000, b"\xff"])
def test_other_texts_are_not_edited(text: str | bytes) -> None:
    """What is no JSON container, or nests so deep that parsers differ, has no tree."""
    assert parse(text) is None
