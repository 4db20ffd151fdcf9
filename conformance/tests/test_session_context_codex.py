"""The real CLI goes on with the same context, whatever the rollout: what its adapter sees, key by key."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from rollout_conformance import views
from rollout_conformance.answers import Identity
from rollout_conformance.compare import Comparison
from rollout_conformance.generators.rollouts import Generator, Record, document
from rollout_conformance.implementations.codex_session import inputs
from rollout_conformance.implementations.codex_session.context import context_tree as real_tree
from rollout_conformance.implementations.codex_session.releases import release_of
from rollout_conformance.implementations.codex_session.rules import former_context_of, newer_context_of
from rollout_conformance.implementations.codex_session.server import Server
from rollout_conformance.implementations.context_options import Options
from rollout_conformance.implementations.reduction_ops import context_tree
from rollout_reference import jsontext
from rollout_reference.session.context import ModelContext
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.loaded import load

pytestmark = pytest.mark.codex

SEEDS = int(os.environ.get("ROLLOUTSPEC_CONTEXT_SEEDS", "500"))
NEWER_SEEDS = max(SEEDS // 5, 1)
SIZE = 50
MOST_MS = 60_000
FILE = "context.json"
Rule = Callable[[Sequence[Line]], ModelContext]


class Judge:
    """A release and how much of a context it shows."""

    def __init__(self, variable: str, version: str, rule: Rule) -> None:
        release = release_of(version)
        self.rule = rule
        self.identity = Identity("codex", version, views=release.views)
        self.server = Server(Path(os.environ[variable]), frozenset(release.lacks))

    def difference(self, made: Generator, records: list[Record], folder: Path) -> str | None:
        """Return in what a rollout goes on otherwise than the reference says."""
        data = document(records, paginated=made.paginated)
        (folder / "given.jsonl").write_bytes(data)
        expected = jsontext.pretty(context_tree(self.rule(load(folder / "given.jsonl").lines)))
        self.server.begin(MOST_MS)
        given = inputs.put_plain(self.server, data)
        answer = given.back(jsontext.pretty(real_tree(self.server, given, Options())))
        given.remove()
        seen = views.through(self.identity, FILE, expected, answer)
        found = Comparison({FILE: "json-iso"}).difference(FILE, seen.expected, seen.actual)
        return str(found) if found else None


@pytest.fixture(scope="module")
def former() -> Iterator[Judge]:
    """Ask CLI 0.143.0."""
    judge = Judge("ROLLOUTSPEC_CODEX", "0.143.0", former_context_of)
    yield judge
    judge.server.close()


@pytest.fixture(scope="module")
def newer() -> Iterator[Judge]:
    """Ask CLI 0.169.0."""
    judge = Judge("ROLLOUTSPEC_CODEX_169", "0.169.0", newer_context_of)
    yield judge
    judge.server.close()


def batches(seeds: int) -> list[range]:
    """Return the seeds in pieces that can be tried side by side."""
    return [range(first, min(first + SIZE, seeds)) for first in range(0, seeds, SIZE)]


@pytest.mark.parametrize("seeds", batches(SEEDS), ids=str)
def test_rollouts_in_disorder(former: Judge, seeds: range, tmp_path: Path) -> None:
    """Whatever the lines are, 0.143.0 makes of them what its rule says."""
    made = {seed: Generator(f"codex-wild-{seed}") for seed in seeds}

    found = {seed: former.difference(each, each.wild(), tmp_path) for seed, each in made.items()}

    assert found == dict.fromkeys(seeds)


@pytest.mark.parametrize("seeds", batches(SEEDS), ids=str)
def test_rollouts_as_written(former: Judge, seeds: range, tmp_path: Path) -> None:
    """So it does with what a writer leaves."""
    made = {seed: Generator(f"codex-written-{seed}") for seed in seeds}

    found = {seed: former.difference(each, each.canonical(), tmp_path) for seed, each in made.items()}

    assert found == dict.fromkeys(seeds)


@pytest.mark.parametrize("paginated", [False, True], ids=["legacy", "paginated"])
@pytest.mark.parametrize("seeds", batches(NEWER_SEEDS), ids=str)
def test_rollouts_of_newer_writers(newer: Judge, seeds: range, tmp_path: Path, *, paginated: bool) -> None:
    """What a writer leaves, legacy or paginated, has the same context in 0.169.0."""
    made = {seed: Generator(f"codex-newer-{seed}", paginated=paginated) for seed in seeds}

    found = {seed: newer.difference(each, each.canonical(), tmp_path) for seed, each in made.items()}

    assert found == dict.fromkeys(seeds)
