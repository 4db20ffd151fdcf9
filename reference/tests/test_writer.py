"""The bundle on disk as the writer makes it."""

import json
import re
import threading
from itertools import count
from pathlib import Path

import pytest

from rollout_reference.trace import reduce
from rollout_reference.trace.events import (
    CodexTurnEnded,
    CodexTurnStarted,
    ProtocolEventObserved,
    ThreadEnded,
    ThreadStarted,
)
from rollout_reference.trace.writer import BundleWriter, NotRecordable, new_uuid


@pytest.fixture
def writer(tmp_path: Path) -> BundleWriter:
    """Return a bundle whose clock ticks and whose trace id is known."""
    ticks = count(1_000)
    return BundleWriter.create(tmp_path, "root-thread", clock=lambda: next(ticks), new_id=lambda: "trace-id")


def test_bundle_has_its_place_and_manifest(tmp_path: Path) -> None:
    """The trace root is made with its parents; the manifest stands before any event.

    [TRACE-WRITER-5, TRACE-WRITER-6]
    """
    made = BundleWriter.create(
        tmp_path / "deep" / "er", "root-thread", clock=lambda: 7, new_id=lambda: "trace-id"
    )

    assert made.folder == tmp_path / "deep" / "er" / "trace-trace-id-root-thread"
    assert sorted(path.name for path in made.folder.iterdir()) == ["manifest.json", "payloads", "trace.jsonl"]
    assert (made.folder / "manifest.json").read_text() == (
        '{\n  "schema_version": 1,\n  "trace_id": "trace-id",\n  "rollout_id": "root-thread",\n'
        '  "root_thread_id": "root-thread",\n  "started_at_unix_ms": 7,\n'
        '  "raw_event_log": "trace.jsonl",\n  "payloads_dir": "payloads"\n}'
    )
    assert (made.folder / "trace.jsonl").read_bytes() == b""


def test_trace_id_is_a_fresh_uuid(tmp_path: Path) -> None:
    """Two bundles of one root thread stand side by side.  [TRACE-WRITER-6]"""
    first = BundleWriter.create(tmp_path, "root-thread")
    second = BundleWriter.create(tmp_path, "root-thread")

    assert first.folder != second.folder
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", first.manifest.trace_id)


def test_event_is_one_flushed_line_with_the_keys_in_order(writer: BundleWriter) -> None:
    """The line is on disk when the call returns; options are printed as null.  [TRACE-WRITER-4]"""
    writer.append(ThreadStarted("root-thread", "/root — ü"))
    writer.append(CodexTurnStarted("turn-1", "root-thread"), thread_id="root-thread", codex_turn_id="turn-1")

    assert (writer.folder / "trace.jsonl").read_text() == (
        '{"schema_version":1,"seq":1,"wall_time_unix_ms":1001,"rollout_id":"root-thread","thread_id":null,'
        '"codex_turn_id":null,"payload":{"type":"thread_started","thread_id":"root-thread",'
        '"agent_path":"/root — ü","metadata_payload":null}}\n'
        '{"schema_version":1,"seq":2,"wall_time_unix_ms":1002,"rollout_id":"root-thread",'
        '"thread_id":"root-thread","codex_turn_id":"turn-1","payload":{"type":"codex_turn_started",'
        '"codex_turn_id":"turn-1","thread_id":"root-thread"}}\n'
    )


def test_payloads_are_numbered_and_complete_before_they_are_named(writer: BundleWriter) -> None:
    """The reference is given out once the file is there.  [TRACE-WRITER-1, TRACE-WRITER-3]"""
    first = writer.write_payload("protocol_event", {"type": "error", "message": "ü"})
    second = writer.write_payload("session_metadata", {"model": None})

    assert (first.raw_payload_id, first.path) == ("raw_payload:1", "payloads/1.json")
    assert (second.raw_payload_id, second.path) == ("raw_payload:2", "payloads/2.json")
    assert (writer.folder / first.path).read_text() == '{\n  "type": "error",\n  "message": "ü"\n}'
    assert (writer.folder / "trace.jsonl").read_bytes() == b""


def test_threads_share_one_sequence(writer: BundleWriter) -> None:
    """Four threads at once: no gap, no repetition, every payload whole.  [TRACE-WRITER-2, TRACE-WRITER-1]"""
    writer.append(ThreadStarted("root-thread", "/root"))

    def host(name: str) -> None:
        for turn in range(50):
            note = writer.write_payload("protocol_event", {"type": "warning", "message": name * 500})
            writer.append(ProtocolEventObserved("warning", note))
            writer.append(CodexTurnStarted(f"{name}-{turn}", "root-thread"))

    hosts = [threading.Thread(target=host, args=(name,)) for name in "abcd"]
    for each in hosts:
        each.start()
    for each in hosts:
        each.join()

    events = [json.loads(line) for line in (writer.folder / "trace.jsonl").read_text().splitlines()]
    assert [event["seq"] for event in events] == list(range(1, 402))
    assert [event["wall_time_unix_ms"] for event in events] == list(range(1_001, 1_402))
    assert len(reduce(writer.folder).codex_turns) == 200
    assert len(reduce(writer.folder).raw_payloads) == 200


def test_failed_payload_gives_its_number_back(writer: BundleWriter) -> None:
    """The next payload takes the number of one that could not be written.  [TRACE-WRITER-3]"""
    payloads = writer.folder / "payloads"
    payloads.rmdir()
    payloads.write_text("a file stands where the directory was")
    with pytest.raises(OSError, match="directory"):
        writer.write_payload("session_metadata", {})
    payloads.unlink()
    payloads.mkdir()

    assert writer.write_payload("session_metadata", {}).raw_payload_id == "raw_payload:1"


@pytest.mark.parametrize("value", [object(), "\ud800", {"deep": json.loads("[" * 127 + "]" * 127)}])
def test_payload_that_nobody_could_read_is_refused(writer: BundleWriter, value: object) -> None:
    """What is no JSON within the limits of a reader leaves no file.  [TRACE-WRITER-22]"""
    with pytest.raises(NotRecordable):
        writer.write_payload("protocol_event", value)

    assert list((writer.folder / "payloads").iterdir()) == []


def test_event_that_nobody_could_read_is_refused(writer: BundleWriter) -> None:
    """A wrong status does not reach the log and takes no number.  [TRACE-WRITER-22, TRACE-WRITER-2]"""
    writer.append(ThreadStarted("root-thread", "/root"))
    with pytest.raises(NotRecordable):
        writer.append(ThreadEnded("root-thread", "cancelled"))  # type: ignore[arg-type]
    writer.append(ThreadEnded("root-thread", "completed"))

    assert reduce(writer.folder).threads["root-thread"].execution.ended_seq == 2


def test_line_that_cannot_be_written_whole_is_taken_back(
    writer: BundleWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk tears no line: later ones follow as if it had not been tried.  [TRACE-WRITER-23]"""
    writer.append(ThreadStarted("root-thread", "/root"))
    monkeypatch.setattr(writer, "_log", _FullDisk(writer, room=20))
    with pytest.raises(OSError, match="No space"):
        writer.append(CodexTurnStarted("turn-1", "root-thread"))
    monkeypatch.undo()
    writer.append(CodexTurnStarted("turn-2", "root-thread"))

    assert reduce(writer.folder).codex_turns["turn-2"].execution.started_seq == 2


def test_closed_log_takes_nothing(writer: BundleWriter) -> None:
    """After the end the bundle stays as it is."""
    writer.append(ThreadStarted("root-thread", "/root"))
    writer.close()

    with pytest.raises(NotRecordable, match="closed"):
        writer.append(CodexTurnEnded("turn-1", "completed"))


@pytest.mark.parametrize("thread_id", ["a/b", "a\0b"])
def test_thread_id_that_is_no_name_is_refused(tmp_path: Path, thread_id: str) -> None:
    """A bundle never leaves its trace root."""
    with pytest.raises(NotRecordable):
        BundleWriter.create(tmp_path, thread_id)

    assert list(tmp_path.iterdir()) == []


def test_ids_do_not_repeat() -> None:
    """The default ids are fresh."""
    assert len({new_uuid() for _ in range(100)}) == 100


class _FullDisk:
    """The log on a disk that has room for so many more bytes."""

    closed = False

    def __init__(self, writer: BundleWriter, room: int) -> None:
        self._log = writer._log
        self._room = room

    def fileno(self) -> int:
        return self._log.fileno()

    def write(self, data: bytes) -> int:
        if self._room == 0:
            raise OSError(28, "No space left on device")
        done = self._log.write(data[: self._room])
        self._room -= done
        return done
