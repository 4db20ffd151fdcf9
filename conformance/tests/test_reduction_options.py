"""What a request of a reduction may say in its options, and what is refused before anything is read."""

from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.implementations.context_options import Fork, Revert, Spawn, options_of
from rollout_conformance.implementations.history_options import history_options_of
from rollout_conformance.implementations.reduction_ops import context_to, history_to, transcript_to
from rollout_conformance.script_error import ScriptError

CUTS: list[tuple[dict[str, Any], Any]] = [
    ({"kind": "revert", "before_turn": "t2"}, Revert(before_turn="t2")),
    ({"kind": "fork", "before_message": 0}, Fork(before_message=0)),
    ({"kind": "spawn"}, Spawn()),
    ({"kind": "spawn", "turns": 0}, Spawn(turns=0)),
]


@pytest.mark.parametrize(("told", "cut"), CUTS, ids=str)
def test_reads_a_cut(told: dict[str, Any], cut: Any) -> None:
    """Each kind has its own keys."""
    assert options_of({"cut": told}).cut == cut


@pytest.mark.parametrize(
    "told",
    [
        {"path": "sessions/a.jsonl", "thread": "t"},
        {"cut": {"kind": "revert"}},
        {"cut": {"kind": "fork", "last_turn": "t1", "before_message": 1}},
        {"cut": {"kind": "fork", "before_message": -1}},
        {"cut": {"kind": "spawn", "turns": "all"}},
    ],
    ids=str,
)
def test_refuses_an_impossible_context(told: dict[str, Any], tmp_path: Path) -> None:
    """Before a file is looked for."""
    with pytest.raises(ScriptError, match=r"options of session\.context"):
        context_to(tmp_path, told)


@pytest.mark.parametrize(
    "told",
    [{"path": "sessions/a.jsonl", "thread": "t"}, {"items": "some"}, {"from_ordinal": -1}, {"cut": {}}],
    ids=str,
)
def test_refuses_an_impossible_history(told: dict[str, Any], tmp_path: Path) -> None:
    """Before a file is looked for."""
    with pytest.raises(ScriptError, match=r"options of session\.history"):
        history_to(tmp_path, told)


def test_transcript_has_no_views(tmp_path: Path) -> None:
    """It is made of all items of the stored history."""
    with pytest.raises(ScriptError, match=r"options of session\.transcript"):
        transcript_to(tmp_path, {"items": "summary"})


def test_ordinals_of_any_size_are_understood() -> None:
    """Ordinals have 64 bits, and asking for more finds nothing."""
    assert history_options_of({"from_ordinal": 2**64}).from_ordinal == 2**64
