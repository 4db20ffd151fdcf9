"""Laws of how the reference works inside: parts of it that an operation does not show."""

import tempfile
from pathlib import Path

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import DATED, ROLLOUT, Reader
from rollout_reference.session.context import Settings, context_of, differ
from rollout_reference.session.context.bounded import context_at
from rollout_reference.session.history.projection import Projection, change_of, project
from rollout_reference.session.history.reducer import Reducer
from rollout_reference.session.reading.loaded import load
from rollout_reference.session.writing.recorder import RolloutRecorder


@law("I-6", "resuming a rollout without a turn leaves its bytes as they are")
def resumed(data: bytes, reader: Reader) -> None:
    """[SESSION-WRITER-9]"""
    path = DATED.format(lines.header(data)["id"])
    only_if(not lines.is_paginated(data))
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as home:
        rollout = Path(home, path)
        rollout.parent.mkdir(parents=True)
        rollout.write_bytes(data)
        RolloutRecorder.resume(rollout).close()
        assert rollout.read_bytes() == data


@law("I-7", "a history goes on from where a part of the lines left it")
def taken_in_parts(data: bytes, reader: Reader) -> None:
    """[SESSION-TURN-1]"""
    found = load(reader.place({ROLLOUT: data}) / ROLLOUT).lines
    parted, whole = Reducer(), Reducer()
    parted.take(found[: len(found) // 2])
    parted.turns()  # looking does not disturb
    parted.take(found[len(found) // 2 :])
    whole.take(found)
    assert parted.turns() == whole.turns()


@law("I-8", "what a line changes depends on no line before it, and changes add up in any batches")
def projected(data: bytes, reader: Reader) -> None:
    """[SESSION-HISTORY-21]"""
    found = load(reader.place({ROLLOUT: data}) / ROLLOUT).lines
    only_if(lines.is_paginated(data))
    later = [change for each in found[len(found) // 2 :] if (change := change_of(each))]
    projection = Projection()
    for each in found[: len(found) // 2]:
        change = change_of(each)
        if change:
            projection.take(change)
    for change in later:
        projection.take(change)
    assert projection.turns() == project(found)


@law("I-27", "reading from the end is enough for the context")
def bounded(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-22]"""
    path = reader.place({ROLLOUT: data}) / ROLLOUT
    assert context_at(path).context == context_of(load(path).lines)


@law("I-38", "a model differs from the one before it in both directions, and never from an unknown one")
def differs(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-23]"""
    told = reader.context(data)["previous_settings"] or {"model": "m", "comp_hash": None}
    hashes = {told["comp_hash"], None, "a", "b"}
    for one in hashes:
        for other in hashes:
            there = differ(Settings("m", one, None), other)
            assert there == differ(Settings("m", other, None), one)
            assert there == (one is not None and other is not None and one != other)
    assert not differ(None, told["comp_hash"])
