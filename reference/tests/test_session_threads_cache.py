"""A cache makes a listing faster and nothing else.  [SESSION-THREADS-25]"""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from rollout_reference.session.threads import Page, Query, list_threads
from rollout_reference.session.threads import cache as caches
from rollout_reference.session.threads.cache import HeadCache

TIME = "2024-06-01T10:00:00.000Z"
ROOT, CHILD = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
ALL = Query(source_kinds=["cli", "subAgent"])


def line(kind: str, payload: dict[str, Any]) -> bytes:
    """Return a line of a rollout."""
    return json.dumps({"timestamp": TIME, "type": kind, "payload": payload}).encode() + b"\n"


def put(home: Path, thread: str, said: str, source: object = "cli") -> Path:
    """Write the rollout of a thread."""
    header = {
        "id": thread,
        "timestamp": TIME,
        "cwd": "/home/user/project",
        "originator": "rolloutspec",
        "cli_version": "0.143.0",
        "source": source,
        "git": {"branch": "main"},
    }
    path = home / f"sessions/2024/06/01/rollout-2024-06-01T10-00-00-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        line("session_meta", header) + line("event_msg", {"type": "user_message", "message": said})
    )
    return path


class Lister:
    """Lists one home with one cache; `told` is what the cache complained of."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "cache.sqlite"
        self.told: list[str] = []

    def page(self) -> Page:
        """List all threads with the cache."""
        return list_threads(self.home, ALL, HeadCache(self.file, self.told.append).heads)

    def previews(self) -> list[str]:
        """Return the previews in a listing with the cache."""
        return [each["preview"] for each in self.page().data]


@pytest.fixture
def lister(tmp_path: Path) -> Lister:
    """Return a lister of a home of a thread, its child and a file that is none."""
    put(tmp_path, ROOT, "root")
    put(tmp_path, CHILD, "child", {"subagent": {"thread_spawn": {"parent_thread_id": ROOT, "depth": 1}}})
    (tmp_path / "sessions/rollout-broken.jsonl").write_bytes(b"\xff\n")
    return Lister(tmp_path)


def test_second_listing_says_the_same(lister: Lister) -> None:
    """From the cache as from the files."""
    plain = list_threads(lister.home, ALL)

    first, second = lister.page(), lister.page()

    assert plain == first == second
    assert lister.told == []


def test_file_that_did_not_change_is_not_read_again(lister: Lister) -> None:
    """Its size, time and inode are the old ones, so nobody looks at its new text."""
    path = put(lister.home, ROOT, "root")
    lister.page()
    before = path.stat()

    os.utime(put(lister.home, ROOT, "toor"), ns=(before.st_atime_ns, before.st_mtime_ns))

    assert lister.previews() == ["child", "root"]


def test_changed_file_is_read_again(lister: Lister) -> None:
    """Also if it has its old size."""
    lister.page()

    os.utime(put(lister.home, ROOT, "toor"), ns=(1, 1))

    assert lister.previews() == ["child", "toor"]


def test_file_that_is_gone_is_not_listed(lister: Lister) -> None:
    """Whatever the cache remembers."""
    lister.page()

    put(lister.home, ROOT, "root").unlink()

    assert lister.previews() == ["child"]


@pytest.mark.parametrize(
    "damage", [b"no database, but long enough to be one" * 100, b"x"], ids=["text", "short"]
)
def test_file_that_is_no_cache_is_set_aside(lister: Lister, damage: bytes) -> None:
    """It is kept, told of, and a new one is made."""
    lister.file.write_bytes(damage)

    assert lister.previews() == ["child", "root"]
    assert (lister.home / "cache.sqlite.set-aside-1").read_bytes() == damage
    assert len(lister.told) == 1
    assert lister.told[0].startswith("the cache cache.sqlite is set aside as cache.sqlite.set-aside-1")
    assert lister.previews() == ["child", "root"]
    assert len(lister.told) == 1


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 7",
        "UPDATE folders SET heads = '{'",
        "UPDATE folders SET heads = '{}'",
        "UPDATE folders SET heads = 7",
        "UPDATE folders SET heads = json_set(heads, '$[2]', json('[]'))",
    ],
    ids=["form", "no JSON", "no metadata", "no text", "columns of different lengths"],
)
def test_cache_that_means_something_else_is_set_aside(lister: Lister, change: str) -> None:
    """A form that is not known, and entries that no listing wrote."""
    lister.page()
    with sqlite3.connect(lister.file) as database:
        database.execute(change)
    database.close()

    assert lister.previews() == ["child", "root"]
    assert [path.name for path in lister.home.glob("*.set-aside-*")] == ["cache.sqlite.set-aside-1"]
    assert len(lister.told) == 1


def test_cache_that_somebody_holds_is_left_alone(lister: Lister, monkeypatch: pytest.MonkeyPatch) -> None:
    """The listing goes on without it."""
    monkeypatch.setattr(caches, "BUSY_SECONDS", 0.01)
    lister.page()
    put(lister.home, ROOT, "changed")
    holder = sqlite3.connect(lister.file)
    holder.execute("BEGIN EXCLUSIVE")

    previews = lister.previews()

    holder.close()
    assert previews == ["child", "changed"]
    assert set(lister.told) == {"the cache cache.sqlite is not used: database is locked"}


def test_place_where_no_cache_can_be(lister: Lister) -> None:
    """A folder that is not there is told of, and the listing goes on."""
    lister.file = lister.home / "none" / "cache.sqlite"

    assert lister.previews() == ["child", "root"]
    assert lister.told == ["the cache cache.sqlite is not used: unable to open database file"]


def test_database_of_somebody_else_is_left_alone(lister: Lister) -> None:
    """It is neither written to nor set aside."""
    with sqlite3.connect(lister.file) as database:
        database.execute("CREATE TABLE threads (id TEXT)")
    database.close()
    before = lister.file.read_bytes()

    previews = lister.previews()

    assert previews == ["child", "root"]
    assert lister.file.read_bytes() == before
    assert set(lister.told) == {"the cache cache.sqlite is not used: it is another database"}
