"""The examples of the normative text do what the text says."""

from pathlib import Path

import msgspec
import pytest

from rollout_conformance.locations import spec_dir
from rollout_conformance.requirements import SpecError
from rollout_conformance.schemas import validator
from rollout_conformance.spec_examples import (
    STANDARD_MANIFEST,
    BundleExample,
    JsonExample,
    load_examples,
    resolve_pointer,
)
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce

EXAMPLES = load_examples(spec_dir())
ACCEPTED = [bundle for bundle in EXAMPLES.bundles if bundle.rejected_as is None]
REJECTED = [bundle for bundle in EXAMPLES.bundles if bundle.rejected_as is not None]


def place(example: JsonExample | BundleExample) -> str:
    """Name an example by file and line."""
    return example.place


@pytest.mark.parametrize("example", EXAMPLES.values, ids=place)
def test_value_is_valid_by_its_schema(example: JsonExample) -> None:
    """Manifests and events in the text are valid."""
    assert list(validator(f"trace-{example.kind}").iter_errors(example.value)) == []


def test_manifest_of_the_text_is_the_one_of_the_examples() -> None:
    """README shows the manifest that every event log goes with."""
    assert STANDARD_MANIFEST in [example.value for example in EXAMPLES.values if example.kind == "manifest"]


@pytest.mark.parametrize("example", REJECTED, ids=place)
def test_rejected_log_is_rejected_with_its_code(example: BundleExample, tmp_path: Path) -> None:
    """A log shown as rejected is rejected for the reason shown."""
    bundle = example.write(tmp_path / "bundle")

    with pytest.raises(Rejected) as rejection:
        reduce(bundle)

    assert rejection.value.code == example.rejected_as


@pytest.mark.parametrize("example", ACCEPTED, ids=place)
def test_accepted_log_gives_the_fragments_shown(example: BundleExample, tmp_path: Path) -> None:
    """A log shown as accepted gives a valid state that holds what the text shows, in that key order."""
    state = msgspec.json.decode(reduce(example.write(tmp_path / "bundle")).to_json())

    assert list(validator("trace-state").iter_errors(state)) == []
    assert [str(resolve_pointer(state, fragment.pointer)) for fragment in example.fragments] == [
        str(fragment.value) for fragment in example.fragments
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```json state-fragment /a\n1\n```", "needs an accepted event log before it"),
        ("```json payload payloads/1.json\n1\n```", "needs an event log after it"),
        ("```jsonl rejected\n```", "unknown example form"),
        ("```json event\n{\n```", "the block is not JSON"),
        ("```json event\n{}\n", "the block is not closed"),
    ],
)
def test_misplaced_block_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A block that would not be executed is an error, not a silence."""
    (tmp_path / "a.md").write_text(text + "\n", encoding="utf-8")

    with pytest.raises(SpecError, match=message):
        load_examples(tmp_path)
