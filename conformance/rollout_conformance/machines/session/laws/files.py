"""The laws over the life of a file: nothing is lost, doubled, renumbered or made to mean something else."""

import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from rollout_conformance.machines.session.labels import labels_in
from rollout_conformance.machines.session.laws.law import FileRun, Law, law
from rollout_reference.session.legacy.upgrade import Upgrade
from rollout_reference.session.lines import Defect, Line, read_line
from rollout_reference.session.names import logical_path
from rollout_reference.session.reading.rollout import read_rollout

FILE_LAWS: list[Law] = []


@law(FILE_LAWS, "SESSION-LAW-2", "The thread of a file never changes.")
def thread_never_changes(run: FileRun) -> None:
    """Ask the reference and the first line whose it is."""
    with read_rollout(run.path) as reading:
        list(reading)
        assert reading.diagnostics.thread_id == run.thread.id
    header = run.lines[0].get("payload", run.lines[0])
    assert header["id"] == run.thread.id


@law(FILE_LAWS, "SESSION-LAW-1", "Each acknowledged line stands in the file once, in the order of the calls.")
def nothing_is_lost_or_doubled(run: FileRun) -> None:
    """Allow what was not acknowledged, but not twice and not elsewhere."""
    expected = [*run.thread.copied, *run.thread.entries]
    rest = list(run.found)
    for entry in expected:
        if rest and rest[0] == entry.label:
            rest.pop(0)
        else:
            assert not entry.acknowledged, f"{entry.label} is missing in {run.found}"
    assert not rest, f"{rest} stand where nobody put them"


@law(FILE_LAWS, "SESSION-LAW-3", "Ordinals count up by one for each record; a legacy file has none.")
def ordinals_count_up(run: FileRun) -> None:
    """Begin with the ordinal that the host knows."""
    records = [line for line in run.lines if isinstance(line, dict) and "payload" in line]
    ordinals = [line.get("ordinal") for line in records]
    numbers = count(run.thread.first_ordinal)
    wanted = [next(numbers) if run.thread.mode == "paginated" else None for _ in records]
    assert ordinals == wanted, f"{ordinals}"


@law(FILE_LAWS, "SESSION-LAW-5", "A process that dies tears one line at most, and a reader takes all others.")
def reader_takes_the_rest(run: FileRun) -> None:
    """Allow torn lines and those of a future type as defects."""
    with read_rollout(run.path) as reading:
        lines = list(reading)
    torn = [line.code for line in lines if isinstance(line, Defect) and line.code not in EXPECTED]
    read = list(labels_in([_tree(line) for line in lines if isinstance(line, Line)]))
    assert len(torn) <= run.thread.torn + run.thread.unfinished, f"{torn}"
    assert read == [label for label in run.found if not label.startswith("future ")]


@law(
    FILE_LAWS,
    "SESSION-LAW-6",
    "What an old line means is what its canonical form means; upgrading that changes nothing.",
)
def upgrade_keeps_the_meaning(run: FileRun) -> None:
    """Labels stay, items stay what they are, and a second upgrade gives the same bytes."""
    upgraded = list(Upgrade(run.path))
    items = [read_line(line.rstrip(b"\n"), 1) for line in upgraded]
    defects = [line.code for line in items if isinstance(line, Defect)]
    assert set(defects) <= {"unknown_type"}, f"{defects}"
    assert list(labels_in([json.loads(line) for line in upgraded])) == run.found
    with read_rollout(run.path) as reading:
        before = _by_label(reading)
    after = _by_label(items)
    changed = [label for label in before if _meaning(before[label]) != _meaning(after[label])]
    assert not changed, f"{changed} mean something else"
    with TemporaryDirectory(prefix="rolloutspec-") as folder:
        path = Path(folder) / logical_path(run.path).name
        path.write_bytes(b"".join(upgraded))
        assert list(Upgrade(path)) == upgraded


EXPECTED = ("unknown_type", "state_record")
BETWEEN_AGENTS = ("InterAgentCommunication", "AgentMessage")
"""A message between agents was a line type of its own, and is a response item now."""

RESTORED = "internal_chat_message_metadata_passthrough"
"""What upgrading restores from an older key."""


def _by_label(lines: Iterable[Any]) -> dict[str, Any]:
    items = [line for line in lines if isinstance(line, Line)]
    return {label: line.item for line in items for label in labels_in([_tree(line)])}


def _tree(line: Line) -> dict[str, Any]:
    return line.extra | {"payload": line.payload}


def _meaning(item: Any) -> dict[str, Any]:
    """Return what an item says, but for what upgrading may add or turn into another type."""
    if type(item).__name__ in BETWEEN_AGENTS:
        return {}
    return {name: value for name, value in msgspec.structs.asdict(item).items() if name != RESTORED}
