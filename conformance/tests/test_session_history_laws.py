"""The laws of the history hold for what the reference makes of generated and of recorded rollouts."""

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import zstandard

from rollout_conformance.cases import load_cases
from rollout_conformance.generators.histories import Histories
from rollout_conformance.generators.rollouts import Generator, document
from rollout_conformance.implementations.reduction_ops import ROLLOUT, history_to, transcript_to
from rollout_conformance.invariants.session_history import HISTORY_LAWS, HistoryLaw
from rollout_conformance.locations import corpus_dir
from rollout_reference import jsontext
from rollout_reference.session.history.projection import Projection, change_of, project
from rollout_reference.session.reading.loaded import load

SEEDS = range(40)
MADE = {
    **{f"mixed-{seed}": document(Histories(f"law-{seed}").rollout()[1]) for seed in SEEDS},
    **{f"written-{seed}": document(Generator(f"history-{seed}").canonical()) for seed in SEEDS},
}
"""Rollouts by name."""


def read_recorded() -> dict[str, bytes]:
    """Return the recorded rollouts of the corpus that hold all of their history, by the id of their case."""
    files = ((case.id, case.input / ROLLOUT) for case in load_cases(corpus_dir() / "recorded"))
    plain = {name: path.read_bytes() for name, path in files if path.is_file()}
    return {name: data for name, data in plain.items() if b'"history_base"' not in data.split(b"\n")[0]}


RECORDED = {name: data for name, data in read_recorded().items() if b'"session_meta"' in data}
ALL = MADE | RECORDED


class Rebuilder:
    """Rebuilds histories by the reference, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, data: bytes) -> list[dict[str, Any]]:
        """Return the turns of a rollout as JSON."""
        (self._folder / ROLLOUT).write_bytes(data)
        turns: list[dict[str, Any]] = jsontext.parse(history_to(self._folder, {})["history.json"])["turns"]
        return turns


@pytest.mark.parametrize("law", HISTORY_LAWS, ids=lambda law: law.id)
@pytest.mark.parametrize("name", ALL)
def test_law(law: HistoryLaw, name: str, tmp_path: Path) -> None:
    """It holds for whatever is made, and for what real versions wrote."""
    law.check(ALL[name], Rebuilder(tmp_path))


@pytest.mark.parametrize("name", MADE)
def test_the_cold_form_has_the_same_history(name: str, tmp_path: Path) -> None:
    """[I-3] Also in several frames."""
    data = MADE[name]
    expected = Rebuilder(tmp_path)(data)
    (tmp_path / ROLLOUT).unlink()
    pack = zstandard.ZstdCompressor().compress
    (tmp_path / f"{ROLLOUT}.zst").write_bytes(pack(data[: len(data) // 2]) + pack(data[len(data) // 2 :]))

    cold = jsontext.parse(history_to(tmp_path, {})["history.json"])["turns"]

    assert cold == expected


@pytest.mark.parametrize("name", RECORDED)
def test_projecting_a_suffix_needs_nothing_before_it(name: str, tmp_path: Path) -> None:
    """[SESSION-HISTORY-21, I-8] Changes of two parts, one after the other, are those of the whole."""
    (tmp_path / ROLLOUT).write_bytes(RECORDED[name])
    lines = load(tmp_path / ROLLOUT).lines
    older, newer = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    later = [change for line in newer if (change := change_of(line))]
    projection = Projection()
    taken = [projection.take(change) for line in older if (change := change_of(line))]
    taken += [projection.take(change) for change in later]

    assert projection.turns() == project(lines)
    assert len(taken) >= len(later)


@pytest.mark.parametrize("name", ALL)
def test_a_transcript_tells_what_the_history_shows(name: str, tmp_path: Path) -> None:
    """[SESSION-TRANSCRIPT-1] Its turns are turns of the history, in the same order."""
    shown = iter([turn["id"] for turn in Rebuilder(tmp_path)(ALL[name])])

    messages = jsontext.parse(transcript_to(tmp_path, {})["transcript.json"])["messages"]

    told = [turn_id for turn_id, _ in groupby(message["turn"] for message in messages)]
    assert all(turn_id in shown for turn_id in told)
    assert all(message["text"] for message in messages)
