"""Laws of lineages: which files the lines of a thread stand in decides nothing."""

import random
from pathlib import Path

import pytest

from rollout_conformance.generators.histories import Projections
from rollout_conformance.generators.rollouts import TIME, Generator, Record
from rollout_reference import jsontext
from rollout_reference.session.context import ModelContext, context_of
from rollout_reference.session.history import History, history_of
from rollout_reference.session.inherited import load_lineage
from rollout_reference.session.names import RolloutName
from rollout_reference.session.reading.loaded import Rollout, load
from rollout_reference.session.segments import current_segment
from rollout_reference.session.transcript import transcript_of

SEEDS = range(25)
WRITTEN = "2026-01-02T03-04-05"


def segment(number: int) -> str:
    """Return the id of a later segment; a greater number is a newer one."""
    return f"01a00000-0000-7000-8000-{number:012x}"


def printed(records: list[Record], first_ordinal: int) -> bytes:
    """Print records as lines of a paginated rollout."""
    lines = (
        jsontext.compact({"timestamp": TIME, "ordinal": ordinal, "type": kind, "payload": payload}) + "\n"
        for ordinal, (kind, payload) in enumerate(records, start=first_ordinal)
    )
    return "".join(lines).encode()


def write(home: Path, thread: str, own: str | None, data: bytes) -> None:
    """Put a file of a thread where it belongs."""
    path = home / RolloutName(WRITTEN, thread, own).active_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def scatter(home: Path, records: list[Record], chance: random.Random) -> None:
    """Write a rollout as a thread that was reverted twice, with lines taken back behind each cut."""
    header = records[0][1]
    thread = header["id"]
    first, second = sorted(chance.sample(range(1, len(records)), 2))
    write(home, thread, None, printed([*records[:first], *records[1:first]], 0))
    base = {"thread_id": thread, "end_ordinal_exclusive": first, "end_byte_offset": 0}
    lines = [("session_meta", header | {"history_base": base}), *records[first:second]]
    write(home, thread, segment(1), printed([*lines, *records[1:first]], first))
    base = {"thread_id": segment(1), "end_ordinal_exclusive": second + 1, "end_byte_offset": 0}
    lines = [("session_meta", header | {"history_base": base}), *records[second:]]
    write(home, thread, segment(2), printed(lines, second + 1))


def whole_and_scattered(home: Path, records: list[Record], seed: int) -> tuple[Rollout, Rollout]:
    """Return a thread read from one file, and the same one read from three."""
    (home / "whole.jsonl").write_bytes(printed(records, 0))
    scatter(home, records, random.Random(seed))  # noqa: S311  (for tests)
    newest = current_segment(home, records[0][1]["id"])
    return load(home / "whole.jsonl"), load_lineage(newest, home, "context")


def context(rollout: Rollout) -> ModelContext:
    """Return the context after a resume."""
    return context_of(rollout.lines)


@pytest.mark.parametrize("seed", SEEDS)
def test_context_does_not_depend_on_the_files(seed: int, tmp_path: Path) -> None:
    """[SESSION-FORK-8, SESSION-SEGMENT-2, SESSION-SEGMENT-3, SESSION-SEGMENT-4]"""
    records = Generator(seed, paginated=True).canonical()

    whole, scattered = whole_and_scattered(tmp_path, records, seed)

    assert context(scattered) == context(whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_history_does_not_depend_on_the_files(seed: int, tmp_path: Path) -> None:
    """[SESSION-HISTORY-25, SESSION-TRANSCRIPT-1]"""
    records = Projections(str(seed)).rollout()[1]

    whole, scattered = whole_and_scattered(tmp_path, records, seed)

    assert history_of(scattered) == history_of(whole)
    assert transcript_of(scattered) == transcript_of(whole)


def history_of_lines(path: Path, records: list[Record], first_ordinal: int) -> History:
    """Return the history of a file that holds the header and the lines from an ordinal on."""
    path.write_bytes(printed(records[:1], 0) + printed(records[first_ordinal:], first_ordinal))
    return history_of(load(path))


@pytest.mark.parametrize("seed", SEEDS)
def test_suffix_depends_on_its_lines_alone(seed: int, tmp_path: Path) -> None:
    """Wherever it begins, at a turn or in its middle.  [SESSION-HISTORY-27, SESSION-HISTORY-21]"""
    records = Projections(str(seed)).rollout()[1]
    (tmp_path / "whole.jsonl").write_bytes(printed(records, 0))
    whole = load(tmp_path / "whole.jsonl")

    suffixes = [history_of(whole, from_ordinal=first) for first in range(1, len(records))]

    assert suffixes == [
        history_of_lines(tmp_path / "rest.jsonl", records, first) for first in range(1, len(records))
    ]
