"""The laws of the model context hold for what the reference makes of generated and of recorded rollouts."""

from pathlib import Path
from typing import Any

import pytest
import zstandard

from rollout_conformance.cases import load_cases
from rollout_conformance.generators.rollouts import Generator, document
from rollout_conformance.implementations.reduction_ops import ROLLOUT, context_to
from rollout_conformance.invariants.session_context import CONTEXT_LAWS, SessionLaw
from rollout_conformance.locations import corpus_dir
from rollout_reference import jsontext
from rollout_reference.session.context import context_of
from rollout_reference.session.context.bounded import context_at
from rollout_reference.session.reading.loaded import load

pytestmark = pytest.mark.thorough

SEEDS = range(25)
MADE = {
    **{f"wild-{seed}": document(Generator(f"wild-{seed}").wild()) for seed in SEEDS},
    **{f"written-{seed}": document(Generator(f"written-{seed}").canonical()) for seed in SEEDS},
}
"""Rollouts by name."""


def read_recorded() -> dict[str, bytes]:
    """Return the recorded rollouts of the corpus in their plain form, by the id of their case."""
    found: dict[str, bytes] = {}
    for case in load_cases(corpus_dir() / "recorded"):
        if (case.input / ROLLOUT).is_file():
            found[case.id] = (case.input / ROLLOUT).read_bytes()
        elif (case.input / f"{ROLLOUT}.zst").is_file():
            cold = (case.input / f"{ROLLOUT}.zst").read_bytes()
            found[case.id] = b"".join(
                zstandard.ZstdDecompressor().read_to_iter(cold, read_across_frames=True)
            )
    return found


def is_whole(data: bytes) -> bool:
    """Tell whether a rollout is of the enveloped era and holds all of its history."""
    header = data.split(b"\n")[0]
    return b'"session_meta"' in header and b'"history_base"' not in header


RECORDED = {name: data for name, data in read_recorded().items() if is_whole(data)}


def read_golden() -> dict[str, bytes]:
    """Return the whole plain rollouts whose context a case of the corpus shows, by its id."""
    cases = [
        case for case in load_cases(corpus_dir() / "session" / "context") if case.verdict == "must-accept"
    ]
    inputs = {case.id: case.input / ROLLOUT for case in cases}
    data = {name: path.read_bytes() for name, path in inputs.items() if path.is_file()}
    return {name: rollout for name, rollout in data.items() if rollout.endswith(b"\n")}


GOLDEN = read_golden()


class Rebuilder:
    """Rebuilds contexts by the reference, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, data: bytes, options: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the context of a rollout as JSON."""
        (self._folder / ROLLOUT).write_bytes(data)
        context: dict[str, Any] = jsontext.parse(context_to(self._folder, options or {})["context.json"])
        return context


def id_of(law: SessionLaw) -> str:
    """Name a law by its id."""
    return law.id


@pytest.mark.parametrize("law", [law for law in CONTEXT_LAWS if not law.written], ids=id_of)
@pytest.mark.parametrize("name", [*MADE, *GOLDEN])
def test_law_of_all_rollouts(law: SessionLaw, name: str, tmp_path: Path) -> None:
    """It holds for whatever is made, in disorder or with one oddity."""
    law.check((MADE | GOLDEN)[name], Rebuilder(tmp_path))


@pytest.mark.parametrize(
    "law", [law for law in CONTEXT_LAWS if law.written and law.id != "I-10, I-11"], ids=id_of
)
@pytest.mark.parametrize("name", [name for name in MADE if name.startswith("written")])
def test_law_of_written_rollouts(law: SessionLaw, name: str, tmp_path: Path) -> None:
    """It holds for what is made as a writer leaves it."""
    law.check(MADE[name], Rebuilder(tmp_path))


@pytest.mark.parametrize("law", CONTEXT_LAWS, ids=id_of)
@pytest.mark.parametrize("name", RECORDED)
def test_law_of_recorded_rollouts(law: SessionLaw, name: str, tmp_path: Path) -> None:
    """It holds for what real versions wrote."""
    law.check(RECORDED[name], Rebuilder(tmp_path))


@pytest.mark.parametrize("name", [*MADE, *GOLDEN, *RECORDED])
def test_reading_from_the_end_is_enough(name: str, tmp_path: Path) -> None:
    """[SESSION-CONTEXT-22, I-27]"""
    path = tmp_path / ROLLOUT
    path.write_bytes((MADE | GOLDEN | RECORDED)[name])

    assert context_at(path).context == context_of(load(path).lines)


@pytest.mark.parametrize("name", MADE)
def test_the_cold_form_has_the_same_context(name: str, tmp_path: Path) -> None:
    """[SESSION-CONTEXT-1, I-3] Also in several frames."""
    data = MADE[name]
    expected = Rebuilder(tmp_path)(data)
    (tmp_path / ROLLOUT).unlink()
    pack = zstandard.ZstdCompressor().compress
    (tmp_path / f"{ROLLOUT}.zst").write_bytes(pack(data[: len(data) // 2]) + pack(data[len(data) // 2 :]))

    cold = jsontext.parse(context_to(tmp_path, {})["context.json"])

    assert cold == expected
