"""The real CLI shows the same history: its answer to thread/read, key by key and in the same order."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollout_conformance import views
from rollout_conformance.answers import Identity
from rollout_conformance.compare import first_difference
from rollout_conformance.generators.histories import Histories, Projections
from rollout_conformance.generators.rollouts import document
from rollout_conformance.implementations.codex_session import inputs
from rollout_conformance.implementations.codex_session.history import turns_of
from rollout_conformance.implementations.codex_session.releases import release_of
from rollout_conformance.implementations.codex_session.server import Server
from rollout_conformance.implementations.reduction_ops import ROLLOUT, history_to
from rollout_conformance.mutants.patch import patched
from rollout_conformance.mutants.session_turns import turn_abort_unknown
from rollout_reference import jsontext

pytestmark = pytest.mark.codex

SEEDS = int(os.environ.get("ROLLOUTSPEC_HISTORY_SEEDS", "3000"))
NEWER_SEEDS = max(SEEDS // 3, 1)
SIZE = 250
MOST_MS = 60_000
FILE = "history.json"


class Judge:
    """A release and how much of a history it shows."""

    def __init__(self, variable: str, version: str) -> None:
        release = release_of(version)
        self.identity = Identity("codex", version, views=release.views)
        self.server = Server(Path(os.environ[variable]), frozenset(release.lacks))

    def difference(self, data: bytes, folder: Path) -> str | None:
        """Return in what the turns of a rollout are others than the reference says."""
        (folder / ROLLOUT).write_bytes(data)
        expected = history_to(folder, {})[FILE]
        self.server.begin(MOST_MS)
        given = inputs.put_plain(self.server, data)
        answer = given.back(jsontext.pretty({"turns": turns_of(self.server, given)}))
        given.remove()
        seen = views.through(self.identity, FILE, expected, answer)
        found = first_difference(seen.expected, seen.actual)
        return str(found) if found else None


@pytest.fixture(scope="module")
def former() -> Iterator[Judge]:
    """Ask CLI 0.143.0."""
    judge = Judge("ROLLOUTSPEC_CODEX", "0.143.0")
    yield judge
    judge.server.close()


@pytest.fixture(scope="module")
def newer() -> Iterator[Judge]:
    """Ask CLI 0.169.0."""
    judge = Judge("ROLLOUTSPEC_CODEX_169", "0.169.0")
    yield judge
    judge.server.close()


def batches(seeds: int) -> list[range]:
    """Return the seeds in pieces that can be tried side by side."""
    return [range(first, min(first + SIZE, seeds)) for first in range(0, seeds, SIZE)]


@pytest.mark.parametrize("seeds", batches(SEEDS), ids=str)
def test_made_histories(former: Judge, seeds: range, tmp_path: Path) -> None:
    """Whatever a legacy rollout holds, 0.143.0 shows the same, but of an abort of no known turn.  [DEV-80]"""
    made = {seed: document(Histories(f"history-{seed}").rollout()[1]) for seed in seeds}

    with patched(turn_abort_unknown):
        found = {seed: former.difference(data, tmp_path) for seed, data in made.items()}

    assert found == dict.fromkeys(seeds)


@pytest.mark.parametrize("seeds", batches(NEWER_SEEDS), ids=str)
def test_made_projections(newer: Judge, seeds: range, tmp_path: Path) -> None:
    """Whatever a paginated rollout holds, 0.169.0 shows the same of it."""
    made = {seed: document(Projections(f"projection-{seed}").rollout()[1], paginated=True) for seed in seeds}

    found = {seed: newer.difference(data, tmp_path) for seed, data in made.items()}

    assert found == dict.fromkeys(seeds)
