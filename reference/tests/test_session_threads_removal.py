"""Threads are put away, taken back and deleted with those below them, or nothing happens.

[SESSION-THREADS-18, SESSION-THREADS-19, SESSION-THREADS-20, SESSION-THREADS-21]
"""

import json
import os
from pathlib import Path

import pytest
import zstandard

from rollout_reference.session.errors import (
    NotARollout,
    TargetExists,
    ThreadInUse,
    ThreadNotFound,
    UnknownHistoryMode,
)
from rollout_reference.session.storage.locks import hold_thread
from rollout_reference.session.threads import list_threads
from rollout_reference.session.threads.query import Query
from rollout_reference.session.threads.relations import descendants
from rollout_reference.session.threads.removal import _farthest_first, archive, delete, unarchive

ROOT, CHILD, GRANDCHILD, OTHER = (f"00000000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3, 4))
MODIFIED_NS = 1_720_000_000_000_000_000


def name_of(thread: str) -> str:
    """Return the name of a thread's rollout."""
    return f"rollout-2024-06-01T10-00-00-{thread}.jsonl"


def active(thread: str) -> str:
    """Return where the rollout of an active thread lies."""
    return f"sessions/2024/06/01/{name_of(thread)}"


def archived(thread: str) -> str:
    """Return where the rollout of an archived thread lies."""
    return f"archived_sessions/{name_of(thread)}"


def rollout(thread: str, parent: str | None = None, mode: str = "legacy") -> bytes:
    """Return a small rollout."""
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": parent, "depth": 1}}}
    time = "2024-06-01T10:00:00.000Z"
    header = {
        "id": thread,
        "timestamp": time,
        "cwd": "/home/user/project",
        "originator": "rolloutspec",
        "cli_version": "0.143.0",
        "source": spawn if parent else "cli",
        "history_mode": mode,
    }
    said = {"type": "user_message", "message": thread}
    lines = [("session_meta", header), ("event_msg", said)]
    tree = [{"timestamp": time, "type": kind, "payload": payload} for kind, payload in lines]
    return b"".join(json.dumps(line).encode() + b"\n" for line in tree)


def put(home: Path, path: str, data: bytes) -> None:
    """Write a file of a home with an old time."""
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    os.utime(target, ns=(MODIFIED_NS, MODIFIED_NS))


def rollouts(home: Path) -> list[str]:
    """Return all rollouts of a home."""
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("rollout-*"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home of a thread, its child, which is cold, its grandchild, and another thread."""
    put(tmp_path, active(ROOT), rollout(ROOT))
    put(tmp_path, active(CHILD) + ".zst", zstandard.compress(rollout(CHILD, ROOT)))
    put(tmp_path, active(GRANDCHILD), rollout(GRANDCHILD, CHILD))
    put(tmp_path, active(OTHER), rollout(OTHER))
    return tmp_path


def test_archiving_moves_the_threads_below(home: Path) -> None:
    """Each form keeps its name and its time."""
    moved = archive(home, ROOT)

    assert moved == [ROOT, CHILD, GRANDCHILD]
    assert rollouts(home) == sorted(
        [archived(ROOT), archived(CHILD) + ".zst", archived(GRANDCHILD), active(OTHER)]
    )
    assert (home / archived(ROOT)).stat().st_mtime_ns == MODIFIED_NS


def test_unarchiving_takes_all_of_it_back(home: Path) -> None:
    """What was archived lies where it lay, with its time."""
    before = rollouts(home)
    archive(home, ROOT)

    moved = unarchive(home, ROOT)

    assert moved == [ROOT, CHILD, GRANDCHILD]
    assert rollouts(home) == before
    assert (home / active(CHILD)).with_suffix(".jsonl.zst").stat().st_mtime_ns == MODIFIED_NS


def test_archiving_leaves_what_is_above(home: Path) -> None:
    """A child goes without its parent."""
    moved = archive(home, CHILD)

    assert moved == [CHILD, GRANDCHILD]
    assert active(ROOT) in rollouts(home)


def test_deleting_removes_the_threads_below_and_their_names(home: Path) -> None:
    """Archived ones go too; other lines of the side file stay as they are."""
    archive(home, GRANDCHILD)
    names = [f'{{"id":"{thread}","thread_name":"x","updated_at":""}}' for thread in (OTHER, CHILD, ROOT)]
    (home / "session_index.jsonl").write_text("\n".join([names[0], "torn", *names[1:], ""]))

    gone = delete(home, ROOT)

    assert gone == [ROOT, CHILD, GRANDCHILD]
    assert rollouts(home) == [active(OTHER)]
    assert (home / "session_index.jsonl").read_text() == f"{names[0]}\ntorn\n"


def test_thread_that_is_not_there(home: Path) -> None:
    """An active thread cannot be unarchived, and one that was deleted not be deleted again."""
    delete(home, OTHER)

    with pytest.raises(ThreadNotFound):
        delete(home, OTHER)
    with pytest.raises(ThreadNotFound):
        unarchive(home, ROOT)


def test_writer_of_a_descendant_holds_up_the_whole(home: Path) -> None:
    """While somebody writes to the grandchild nothing is moved."""
    before = rollouts(home)

    with hold_thread(home, GRANDCHILD), pytest.raises(ThreadInUse):
        archive(home, ROOT, wait_s=0)

    assert rollouts(home) == before


def test_folder_that_is_named_like_a_thread(home: Path) -> None:
    """It is refused, and nothing is deleted."""
    (home / archived(CHILD)).mkdir(parents=True)
    before = rollouts(home)

    with pytest.raises(NotARollout):
        delete(home, ROOT)

    assert rollouts(home) == before


def test_link_that_is_named_like_a_thread(home: Path) -> None:
    """It is refused, and what it points to stays."""
    (home / "archived_sessions").mkdir()
    (home / archived(CHILD)).symlink_to(home / active(OTHER))

    with pytest.raises(NotARollout):
        delete(home, ROOT)

    assert (home / active(OTHER)).exists()


def test_thread_of_an_unknown_history_mode(home: Path) -> None:
    """What cannot be read is not deleted by its name."""
    put(home, active(OTHER), rollout(OTHER, mode="other"))

    with pytest.raises(UnknownHistoryMode):
        delete(home, OTHER)

    assert active(OTHER) in rollouts(home)


def test_something_where_a_rollout_would_be_moved(home: Path) -> None:
    """It is not replaced, and nothing is moved."""
    put(home, archived(GRANDCHILD), rollout(GRANDCHILD, CHILD))
    before = rollouts(home)

    with pytest.raises(TargetExists):
        archive(home, ROOT)

    assert rollouts(home) == before


def test_ten_thousand_nested_descendants(tmp_path: Path) -> None:
    """A chain of parents as long as a home may hold is no problem of depth."""
    threads = [f"00000000-0000-7000-8000-{number:012}" for number in range(10_001)]
    parents = dict(zip(threads[1:], threads, strict=False))

    order = _farthest_first(set(threads[1:]), parents)

    assert order == threads[:0:-1]


def test_circle_of_parents(tmp_path: Path) -> None:
    """Threads that spawned each other are deleted together."""
    put(tmp_path, active(ROOT), rollout(ROOT, CHILD))
    put(tmp_path, active(CHILD), rollout(CHILD, ROOT))

    gone = delete(tmp_path, ROOT)

    assert gone == [ROOT, CHILD]
    assert list_threads(tmp_path, Query(ancestor=ROOT)).data == []
    assert descendants([], ROOT) == set()
