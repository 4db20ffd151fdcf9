"""The recorder of rollouts: when files appear, what stands in them, and what failures leave behind."""

import errno
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import zstandard
from msgspec.structs import replace

from rollout_reference.session.errors import (
    HeaderNotFirst,
    NotRecordable,
    OrdinalMissing,
    OrdinalsExhausted,
    PrefixIncomplete,
    RolloutEmpty,
)
from rollout_reference.session.storage.filesystem import RealFiles
from rollout_reference.session.writing.drafts import RolloutItem
from rollout_reference.session.writing.forking import fork
from rollout_reference.session.writing.header import ThreadStart, as_sub_agent, originator_of
from rollout_reference.session.writing.recorder import Host, RolloutRecorder

THREAD = "019f0000-0000-7000-8000-000000000001"
CHILD = "019f0000-0000-7000-8000-000000000002"
SEGMENT = "019f0000-0000-7000-8000-000000000009"
NOW = 1_720_000_000_123
LEGACY = ThreadStart(cwd="/project", cli_version="0.143.0", originator="codex_exec")
PAGINATED = replace(LEGACY, history_mode="paginated")


class FailingFiles(RealFiles):
    """A disk of which single writes fail: `plan` says, write by write, how many bytes still arrive."""

    def __init__(self, *plan: int | None) -> None:
        self._plan = iter(plan)

    def write(self, handle: int, data: bytes) -> None:
        """Write all, or some and fail."""
        allowed = next(self._plan, None)
        if allowed is None:
            return super().write(handle, data)
        super().write(handle, data[:allowed])
        raise OSError(errno.ENOSPC, "no space")


@pytest.fixture
def host() -> Host:
    """Return a host whose time stands still and whose ids count."""
    return host_on(RealFiles())


def host_on(files: RealFiles) -> Host:
    """Return such a host on a disk."""
    numbers = count(1)
    return Host(lambda: NOW, UTC, lambda: f"0190aaaa-0000-7000-8000-{next(numbers):012x}", files)


def world(number: int) -> RolloutItem:
    """Return an item that can be told from others."""
    return RolloutItem("world_state", {"full": False, "state": {"number": number}})


def message(text: str, role: str = "user") -> RolloutItem:
    """Return a message."""
    part = "output_text" if role == "assistant" else "input_text"
    return RolloutItem(
        "response_item", {"type": "message", "role": role, "content": [{"type": part, "text": text}]}
    )


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a rollout, all of which are whole."""
    data = path.read_bytes()
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def numbers(path: Path) -> list[int]:
    """Return the numbers of the items that `world` made."""
    found = (line["payload"]["state"] for line in lines(path) if line["type"] == "world_state")
    return [state["number"] for state in found]


def ordinals(path: Path) -> list[int | None]:
    """Return the ordinals of all lines."""
    return [line.get("ordinal") for line in lines(path)]


def created(home: Path, host: Host, start: ThreadStart = LEGACY, *items: int) -> RolloutRecorder:
    """Return the recorder of a new thread with some items."""
    recorder = RolloutRecorder.create(home, start, host, thread_id=THREAD)
    recorder.append(*map(world, items))
    return recorder


# --- when a file appears ------------------------------------------------------------------------------


def test_new_thread_leaves_the_disk_alone(tmp_path: Path, host: Host) -> None:
    """Neither file nor folder is made before there is something to keep.  [SESSION-WRITER-5]"""
    recorder = RolloutRecorder.create(tmp_path, LEGACY, host, thread_id=THREAD)

    recorder.flush()
    recorder.close()

    assert list(tmp_path.iterdir()) == []


def test_item_that_is_not_kept_makes_no_file(tmp_path: Path, host: Host) -> None:
    """An item that the policy drops is as good as none.  [SESSION-WRITER-5, SESSION-POLICY-1]"""
    recorder = RolloutRecorder.create(tmp_path, LEGACY, host, thread_id=THREAD)

    recorder.append(RolloutItem("event_msg", {"type": "error", "message": "oh"}))

    assert list(tmp_path.iterdir()) == []


def test_persist_writes_the_header_alone(tmp_path: Path, host: Host) -> None:
    """A thread that is to be on disk begins with its header.  [SESSION-WRITER-4]"""
    recorder = RolloutRecorder.create(tmp_path, LEGACY, host, thread_id=THREAD)

    recorder.persist()

    (header,) = lines(recorder.path)
    assert (header["type"], header["payload"]["id"]) == ("session_meta", THREAD)
    assert list(header["payload"]) == [
        *("session_id", "id", "timestamp", "cwd", "originator", "cli_version", "source"),
        *("model_provider", "base_instructions", "history_mode", "context_window"),
    ]


def test_name_is_local_time_and_header_universal(tmp_path: Path, host: Host) -> None:
    """One instant, told twice.  [SESSION-WRITER-6]"""
    tokyo = replace(host, zone=timezone(timedelta(hours=9)))

    recorder = created(tmp_path, tokyo, LEGACY, 1)

    assert recorder.path == tmp_path / f"sessions/2024/07/03/rollout-2024-07-03T18-46-40-{THREAD}.jsonl"
    assert recorder.header["timestamp"] == "2024-07-03T09:46:40.123Z"


def test_thread_that_has_a_file_is_not_created_again(tmp_path: Path, host: Host) -> None:
    """A second header in a foreign file would be a lie.  [SESSION-WRITER-5]"""
    first = created(tmp_path, host, LEGACY, 1)
    first.close()
    before = first.path.read_bytes()

    second = RolloutRecorder.create(tmp_path, LEGACY, host, thread_id=THREAD)
    with pytest.raises(FileExistsError):
        second.persist()

    assert first.path.read_bytes() == before


# --- what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (RolloutItem("world_state", {"full": "yes", "state": {}}), "/payload/full"),
        (RolloutItem("world_state", {"full": True, "state": object()}), "object"),
        (RolloutItem("event_msg", {"type": "sung"}), "no row for the event 'sung'"),
        (RolloutItem("song", {}), "no row for lines of type 'song'"),
    ],
)
def test_item_that_nobody_would_read_is_refused(
    tmp_path: Path, host: Host, item: RolloutItem, told: str
) -> None:
    """None of a batch is taken if one cannot be.  [SESSION-WRITER-2]"""
    recorder = created(tmp_path, host, LEGACY, 1)

    with pytest.raises(NotRecordable, match=told):
        recorder.append(world(2), item)

    recorder.flush()
    assert numbers(recorder.path) == [1]


# --- failures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arrived", [0, 1, 40, 10_000])
@pytest.mark.parametrize("start", [LEGACY, PAGINATED])
def test_failed_write_is_completed_at_once(tmp_path: Path, start: ThreadStart, arrived: int) -> None:
    """Whatever arrived of a line, it stands there once and whole.  [SESSION-WRITER-12, SESSION-WRITER-13]"""
    recorder = created(tmp_path, host_on(FailingFiles(None, None, arrived)), start, 1)

    recorder.append(world(2), world(3))

    assert numbers(recorder.path) == [1, 2, 3]
    assert ordinals(recorder.path) == ([0, 1, 2, 3] if start is PAGINATED else [None] * 4)


@pytest.mark.parametrize("arrived", [(0, 0), (5, 0), (5, 7), (10_000, 0), (5, 10_000)])
def test_second_failure_is_told_and_nothing_is_lost(tmp_path: Path, arrived: tuple[int, int]) -> None:
    """The items wait for the next call.  [SESSION-WRITER-12, SESSION-WRITER-13]"""
    recorder = created(tmp_path, host_on(FailingFiles(None, None, *arrived)), PAGINATED, 1)

    with pytest.raises(OSError, match="no space"):
        recorder.append(world(2), world(3))
    recorder.append(world(4))

    assert numbers(recorder.path) == [1, 2, 3, 4]
    assert ordinals(recorder.path) == [0, 1, 2, 3, 4]


def test_header_comes_first_even_if_it_fails_first(tmp_path: Path) -> None:
    """A torn header is completed before any item.  [SESSION-WRITER-4, SESSION-WRITER-13]"""
    recorder = RolloutRecorder.create(tmp_path, LEGACY, host_on(FailingFiles(7, 9)), thread_id=THREAD)

    with pytest.raises(OSError, match="no space"):
        recorder.append(world(1))
    recorder.close()

    assert [line["type"] for line in lines(recorder.path)] == ["session_meta", "world_state"]


def test_close_that_fails_can_be_repeated(tmp_path: Path) -> None:
    """The recorder stays as it was.  [SESSION-WRITER-12]"""
    recorder = created(tmp_path, host_on(FailingFiles(None, None, 0, 0)), LEGACY, 1)
    recorder.add(world(2))

    with pytest.raises(OSError, match="no space"):
        recorder.close()
    recorder.close()

    assert numbers(recorder.path) == [1, 2]


@pytest.mark.parametrize("room", [0, 1, 100, 150])
def test_full_disk(tmp_path: Path, host: Host, room: int) -> None:
    """A real disk takes a part of a line and no more, until there is room.  [SESSION-WRITER-12]"""
    recorder = created(tmp_path, host, PAGINATED, 1)

    with at_most(recorder.path.stat().st_size + room), pytest.raises(OSError, match="large"):
        recorder.append(world(2), world(3))
    recorder.append(world(4))

    assert numbers(recorder.path) == [1, 2, 3, 4]
    assert ordinals(recorder.path) == [0, 1, 2, 3, 4]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as a full disk does: the write that crosses it is cut."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_file_that_was_replaced_is_opened_anew(tmp_path: Path, host: Host) -> None:
    """What is appended goes to the file that the path names by now.  [SESSION-WRITER-12]"""
    recorder = created(tmp_path, host, LEGACY, 1)
    copy = recorder.path.with_name("copy")
    copy.write_bytes(recorder.path.read_bytes())
    copy.rename(recorder.path)

    recorder.append(world(2))

    assert numbers(recorder.path) == [1, 2]


def test_lines_of_another_writer_are_gone_on_with(tmp_path: Path, host: Host) -> None:
    """A writer that takes no lock is met with the right ordinal.  [SESSION-WRITER-14]"""
    recorder = created(tmp_path, host, PAGINATED, 1)
    stranger = {"timestamp": "t", "ordinal": 2, "type": "world_state"} | {"payload": world(2).payload}
    with recorder.path.open("a") as file:
        file.write(json.dumps(stranger))

    recorder.append(world(3))

    assert numbers(recorder.path) == [1, 2, 3]
    assert ordinals(recorder.path) == [0, 1, 2, 3]


# --- resume -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [LEGACY, PAGINATED])
def test_resume_alone_changes_nothing(tmp_path: Path, host: Host, start: ThreadStart) -> None:
    """Neither the bytes nor the time of the file.  [SESSION-WRITER-9]"""
    recorder = created(tmp_path, host, start, 1)
    recorder.close()
    before = (recorder.path.read_bytes(), recorder.path.stat().st_mtime_ns)

    RolloutRecorder.resume(recorder.path, host).close()

    assert (recorder.path.read_bytes(), recorder.path.stat().st_mtime_ns) == before


def test_torn_line_gets_its_end(tmp_path: Path, host: Host) -> None:
    """It stays a line of its own, and takes no ordinal.  [SESSION-WRITER-9, SESSION-ORDINAL-5]"""
    recorder = created(tmp_path, host, PAGINATED, 1)
    recorder.close()
    with recorder.path.open("a") as file:
        file.write('{"timestamp":"t","ordinal":2,"ty')

    resumed = RolloutRecorder.resume(recorder.path, host)
    resumed.append(world(2))

    *_, torn, last = recorder.path.read_bytes().splitlines()
    assert torn == b'{"timestamp":"t","ordinal":2,"ty'
    assert json.loads(last)["ordinal"] == 2


def test_whole_line_without_an_end_is_kept(tmp_path: Path, host: Host) -> None:
    """Its writer died between the record and the line feed.  [SESSION-WRITER-9]"""
    recorder = created(tmp_path, host, PAGINATED, 1, 2)
    recorder.close()
    recorder.path.write_bytes(recorder.path.read_bytes()[:-1])

    RolloutRecorder.resume(recorder.path, host).append(world(3))

    assert numbers(recorder.path) == [1, 2, 3]
    assert ordinals(recorder.path) == [0, 1, 2, 3]


def test_cold_rollout_is_made_plain(tmp_path: Path, host: Host) -> None:
    """Appending never goes to the cold form.  [SESSION-WRITER-9]"""
    recorder = created(tmp_path, host, LEGACY, 1)
    recorder.close()
    cold = recorder.path.with_name(recorder.path.name + ".zst")
    cold.write_bytes(zstandard.compress(recorder.path.read_bytes()))
    recorder.path.unlink()

    RolloutRecorder.resume(cold, host).append(world(2))

    assert numbers(recorder.path) == [1, 2]
    assert not cold.exists()


def test_unknown_type_takes_its_ordinal(tmp_path: Path, host: Host) -> None:
    """A newer writer was here; its ordinal is not given a second time.  [SESSION-ORDINAL-5]"""
    recorder = created(tmp_path, host, PAGINATED, 1)
    recorder.close()
    with recorder.path.open("a") as file:
        file.write('{"timestamp":"t","ordinal":2,"type":"from_the_future","payload":{}}\n')

    RolloutRecorder.resume(recorder.path, host).append(world(2))

    assert ordinals(recorder.path) == [0, 1, 2, 3]


def test_last_record_is_found_behind_a_long_torn_line(tmp_path: Path, host: Host) -> None:
    """The end of a file is read in pieces.  [SESSION-ORDINAL-5]"""
    recorder = created(tmp_path, host, PAGINATED, 1)
    recorder.close()
    with recorder.path.open("a") as file:
        file.write('{"timestamp":"' + "x" * 200_000)

    RolloutRecorder.resume(recorder.path, host).append(world(2))

    assert json.loads(recorder.path.read_bytes().splitlines()[-1])["ordinal"] == 2


META = {
    "id": THREAD,
    "timestamp": "t",
    "cwd": "/project",
    "originator": "o",
    "cli_version": "0.169.0",
    "history_mode": "paginated",
}
HEADER: dict[str, Any] = {"timestamp": "2024-07-03T09:46:40.123Z", "type": "session_meta", "payload": META}
WORLD: dict[str, Any] = {"timestamp": "t", "type": "world_state", "payload": {"full": True, "state": {}}}


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ([WORLD, HEADER], HeaderNotFirst),
        ([], RolloutEmpty),
        ([HEADER | {"ordinal": 0}, WORLD], OrdinalMissing),
        ([HEADER], OrdinalMissing),
        ([HEADER | {"ordinal": 0}, WORLD | {"ordinal": 2**64}], OrdinalMissing),
        (
            [HEADER | {"ordinal": 0, "payload": META | {"subagent_history_start_ordinal": 3}}],
            PrefixIncomplete,
        ),
    ],
)
def test_rollout_that_cannot_be_gone_on_with(
    tmp_path: Path, host: Host, content: list[dict[str, Any]], refusal: type[Exception]
) -> None:
    """It is left as it is, and its lock is free.

    [SESSION-WRITER-10, SESSION-ORDINAL-6, SESSION-ORDINAL-7]
    """
    path = rollout(tmp_path, *content)
    before = path.read_bytes()

    with pytest.raises(refusal):
        RolloutRecorder.resume(path, host)

    assert path.read_bytes() == before
    assert [each.name for each in (tmp_path / "thread-writer-locks").iterdir()] == [".coordination.lock"]


def test_ordinals_do_not_wrap(tmp_path: Path, host: Host) -> None:
    """The largest is given; after it there is none.  [SESSION-ORDINAL-4]"""
    path = rollout(tmp_path, HEADER | {"ordinal": 0}, WORLD | {"ordinal": 2**64 - 2})
    recorder = RolloutRecorder.resume(path, host)
    recorder.append(world(1))

    with pytest.raises(OrdinalsExhausted):
        recorder.append(world(2))

    assert ordinals(path) == [0, 2**64 - 2, 2**64 - 1]


def rollout(home: Path, *content: dict[str, Any]) -> Path:
    """Write a rollout by hand."""
    path = home / f"sessions/2024/07/03/rollout-2024-07-03T09-46-40-{THREAD}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in content))
    return path


# --- headers ------------------------------------------------------------------------------------------


def test_originator_by_rank() -> None:
    """Service, history, parent, environment, client; an empty text is none.  [SESSION-WRITER-16]"""
    ranks = {"persisted": "history", "inherited": "parent", "override": "environment", "default": "client"}

    assert originator_of(service=" Codex_Work_Web ", **ranks) == "codex_work_web"
    assert originator_of(service="unknown", **ranks) == "history"
    assert originator_of(**ranks | {"persisted": ""}) == "parent"
    assert originator_of(override="environment", default="client") == "environment"
    assert originator_of(inherited="", override="", default="client") == "client"


def test_agent_belongs_to_the_session_of_its_root(tmp_path: Path, host: Host) -> None:
    """Session and originator go down the tree, the parent is the immediate one.

    [SESSION-WRITER-16, SESSION-WRITER-17]
    """
    root = created(tmp_path, host, LEGACY, 1)
    told = replace(LEGACY, originator="other")
    child = RolloutRecorder.create(tmp_path, as_sub_agent(told, root.header), host, thread_id=CHILD)
    grandchild = RolloutRecorder.create(tmp_path, as_sub_agent(told, child.header), host)

    grandchild.persist()
    grandchild.close()

    header = lines(grandchild.path)[0]["payload"]
    assert (header["session_id"], header["parent_thread_id"]) == (THREAD, CHILD)
    assert header["originator"] == "codex_exec"
    assert RolloutRecorder.resume(grandchild.path, host).session_id == THREAD


def test_inherited_prefix_is_not_the_agents_own(tmp_path: Path, host: Host) -> None:
    """Its own lines begin after it.  [SESSION-ORDINAL-7]"""
    recorder = RolloutRecorder.create(
        tmp_path, PAGINATED, host, thread_id=CHILD, inherited=[world(1), world(2)]
    )

    recorder.append(world(3))

    assert lines(recorder.path)[0]["payload"]["subagent_history_start_ordinal"] == 3
    assert ordinals(recorder.path) == [0, 1, 2, 3]


def test_window_of_each_thread_is_its_own(tmp_path: Path, host: Host) -> None:
    """A fork begins in a window of its own.  [SESSION-WRITER-19]"""
    parent = created(tmp_path, host, LEGACY, 1)

    child = fork(parent.path, LEGACY, host, thread_id=CHILD)

    assert child.header["context_window"] != parent.header["context_window"]


# --- forks --------------------------------------------------------------------------------------------


def test_legacy_fork_copies(tmp_path: Path, host: Host) -> None:
    """Own header, then all that the parent holds, its header too.  [SESSION-WRITER-18]"""
    parent = created(tmp_path, host, LEGACY, 1, 2)
    later = replace(host, clock=lambda: NOW + 5_000)

    child = fork(parent.path, replace(LEGACY, originator="other"), later, thread_id=CHILD)
    child.append(world(3))

    own, copied, *_ = lines(child.path)
    assert (own["payload"]["id"], own["payload"]["forked_from_id"]) == (CHILD, THREAD)
    assert own["payload"]["originator"] == "codex_exec"
    assert copied["payload"] == dict(parent.header)
    assert {line["timestamp"] for line in lines(child.path)} == {"2024-07-03T09:46:45.123Z"}
    assert numbers(child.path) == [1, 2, 3]
    assert numbers(parent.path) == [1, 2]


def test_paginated_fork_points_at_its_parent(tmp_path: Path, host: Host) -> None:
    """Nothing is copied; the ordinals go on.  [SESSION-WRITER-20, SESSION-ORDINAL-2]"""
    parent = created(tmp_path, host, PAGINATED, 1, 2)

    child = fork(parent.path, LEGACY, host, thread_id=CHILD)
    child.append(world(3))

    base = {"thread_id": THREAD, "end_ordinal_exclusive": 3, "end_byte_offset": parent.path.stat().st_size}
    assert lines(child.path)[0]["payload"]["history_base"] == base
    assert ordinals(child.path) == [3, 4]


def test_fork_of_a_reverted_thread_points_at_its_segment(tmp_path: Path, host: Host) -> None:
    """The thread's own id names its first file.  [SESSION-WRITER-20, SESSION-SEGMENT-2]"""
    parent = created(tmp_path, host, PAGINATED, 1)
    parent.close()
    segment = parent.path.rename(parent.path.with_stem(f"{parent.path.stem}_{SEGMENT}"))

    child = fork(segment, LEGACY, host, thread_id=CHILD)

    assert child.header["forked_from_id"] == THREAD
    assert child.header["history_base"]["thread_id"] == SEGMENT


def test_torn_line_is_no_part_of_a_base(tmp_path: Path, host: Host) -> None:
    """The base ends where the last whole line ends.  [SESSION-ORDINAL-8]"""
    parent = created(tmp_path, host, PAGINATED, 1, 2)
    parent.close()
    whole = parent.path.stat().st_size
    with parent.path.open("a") as file:
        file.write('{"timestamp":"t","ordinal":3,"type":"world_state","payload":{"full":true,"state":{}}}')

    child = fork(parent.path, LEGACY, host, thread_id=CHILD)

    assert child.header["history_base"]["end_byte_offset"] == whole
    assert child.header["history_base"]["end_ordinal_exclusive"] == 3


def test_cold_parent_is_made_plain_to_be_pointed_at(tmp_path: Path, host: Host) -> None:
    """A byte offset is one of the plain form.  [SESSION-WRITER-20]"""
    parent = created(tmp_path, host, PAGINATED, 1)
    parent.close()
    content = parent.path.read_bytes()
    cold = parent.path.with_name(parent.path.name + ".zst")
    cold.write_bytes(zstandard.compress(content))
    parent.path.unlink()

    child = fork(cold, LEGACY, host, thread_id=CHILD)

    assert parent.path.read_bytes() == content
    assert child.header["history_base"]["end_byte_offset"] == len(content)


# --- items that belong together -----------------------------------------------------------------------


def test_world_state_comes_after_what_was_told(tmp_path: Path, host: Host) -> None:
    """A cut between the two repeats an update, it loses none.  [SESSION-WRITER-22]"""
    recorder = created(tmp_path, host)

    recorder.append_world_state([message("cwd is /").payload], {"cwd": "/"}, full=True)
    recorder.append_world_state([message("nothing new").payload], {}, full=False)

    assert [line["type"] for line in lines(recorder.path)] == [
        *("session_meta", "response_item", "world_state", "response_item"),
    ]


def test_agent_message_follows_the_line_about_it(tmp_path: Path, host: Host) -> None:
    """Whether it starts a turn stands right before it.  [SESSION-WRITER-23]"""
    recorder = created(tmp_path, host)
    content = [{"type": "input_text", "text": "Go on."}]

    recorder.append_agent_message(
        {"type": "agent_message", "author": "/root", "recipient": "/root/a", "content": content},
        trigger_turn=True,
    )

    assert [line["type"] for line in lines(recorder.path)][1:] == [
        *("inter_agent_communication_metadata", "response_item"),
    ]


def test_item_of_a_paginated_thread_gets_an_id(tmp_path: Path, host: Host) -> None:
    """One that has an id keeps it.  [SESSION-WRITER-8]"""
    recorder = created(tmp_path, host, PAGINATED)
    named = message("b")
    named.payload["id"] = "msg_1"

    recorder.append(message("a"), named)

    first, second = (line["payload"]["id"] for line in lines(recorder.path)[1:])
    assert first.startswith("msg_0190aaaa-")
    assert second == "msg_1"


def test_metadata_updates_repeat_the_header(tmp_path: Path, host: Host) -> None:
    """Each keeps what the other has told.  [SESSION-WRITER-21]"""
    recorder = created(tmp_path, host, replace(LEGACY, git={"branch": "main"}), 1)

    recorder.update_memory_mode("disabled")
    recorder.update_git({"branch": "topic"})

    *_, memory, git = (line["payload"] for line in lines(recorder.path))
    assert (memory["memory_mode"], memory.get("git")) == ("disabled", None)
    assert (git["memory_mode"], git["git"]) == ("disabled", {"branch": "topic"})
    assert git["id"] == THREAD


def test_paginated_thread_keeps_metadata_elsewhere(tmp_path: Path, host: Host) -> None:
    """Its file does not change.  [SESSION-WRITER-21]"""
    recorder = created(tmp_path, host, PAGINATED, 1)
    before = recorder.path.read_bytes()

    assert not recorder.update_git({"branch": "topic"})

    assert recorder.path.read_bytes() == before
