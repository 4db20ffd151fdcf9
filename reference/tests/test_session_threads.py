"""Listing a home: limits, and homes that no writer leaves.

[SESSION-THREADS-5, SESSION-THREADS-8, SESSION-THREADS-11]
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollout_reference.session.threads import Query, list_threads
from rollout_reference.session.threads.head_scan import scan_head
from rollout_reference.session.threads.search import search_threads

TIME = "2024-06-01T10:00:00.000Z"


def id_of(number: int) -> str:
    """Return the id of a thread."""
    return f"00000000-0000-7000-8000-{number:012}"


def line(kind: str, payload: dict[str, Any]) -> bytes:
    """Return a line of a rollout."""
    return json.dumps({"timestamp": TIME, "type": kind, "payload": payload}).encode() + b"\n"


def rollout(number: int, parent: int | None = None) -> bytes:
    """Return a small rollout."""
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": id_of(parent or 0), "depth": 1}}}
    header = {
        "id": id_of(number),
        "timestamp": TIME,
        "cwd": "/home/user/project",
        "originator": "rolloutspec",
        "cli_version": "0.143.0",
        "source": "cli" if parent is None else spawn,
    }
    return line("session_meta", header) + line("event_msg", {"type": "user_message", "message": "hello"})


def put(home: Path, number: int, data: bytes) -> Path:
    """Write the rollout of a thread."""
    path = home / f"sessions/2024/06/01/rollout-2024-06-01T10-00-00-{id_of(number)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def pages_of_one(home: Path) -> Iterator[list[str]]:
    """Yield the ids on the pages of one thread each, the oldest thread first."""
    page = list_threads(home, Query(limit=1, sort_direction="asc"))
    yield [each["id"] for each in page.data]
    while page.next_cursor is not None:
        page = list_threads(home, Query(limit=1, sort_direction="asc", cursor=page.next_cursor))
        yield [each["id"] for each in page.data]


def test_page_has_at_most_a_hundred_threads(tmp_path: Path) -> None:
    """However many are asked for; the cursor leads to the rest."""
    for number in range(101):
        put(tmp_path, number, rollout(number))

    first = list_threads(tmp_path, Query(limit=2**40))
    second = list_threads(tmp_path, Query(limit=2**40, cursor=first.next_cursor))

    assert len(first.data) == 100
    assert [each["id"] for each in second.data] == [id_of(0)]


def test_pages_of_one_lose_no_thread_of_one_instant(tmp_path: Path) -> None:
    """Twelve threads of one millisecond come in twelve pages."""
    for number in range(12):
        put(tmp_path, number, rollout(number))

    pages = list(pages_of_one(tmp_path))

    assert pages == [[id_of(number)] for number in range(12)]


def test_thousand_nested_descendants(tmp_path: Path) -> None:
    """Descendants are found at any depth."""
    for number in range(1_000):
        put(tmp_path, number, rollout(number, parent=number - 1 if number else None))

    page = list_threads(tmp_path, Query(ancestor=id_of(0), limit=1, sort_direction="desc"))

    assert page.data[0]["id"] == id_of(999)


def test_head_of_a_long_rollout_is_enough(tmp_path: Path) -> None:
    """What stands after the first lines is not even decoded, whatever it is."""
    path = put(tmp_path, 1, rollout(1) + b'{"a":1}\n' * 300 + b"\xff" * 10_000_000)

    metadata = scan_head(path)

    assert metadata is not None
    assert metadata.preview == "hello"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"\xff\xfe", b"[]\n", b"{}\n" * 300, b"\x00" * 4096],
    ids=["empty", "blank", "no text", "no object", "no header", "zeros"],
)
def test_file_that_is_no_rollout_is_left_out(tmp_path: Path, data: bytes) -> None:
    """It is neither listed nor searched, and the others are."""
    put(tmp_path, 1, rollout(1))
    put(tmp_path, 2, data)

    listed = list_threads(tmp_path, Query())
    found = search_threads(tmp_path, "hello", Query())

    assert [each["id"] for each in listed.data] == [id_of(1)]
    assert [each["snippet"] for each in found.data] == ["hello"]


def test_pipe_among_the_rollouts_holds_nobody_up(tmp_path: Path) -> None:
    """What is no file is not opened."""
    put(tmp_path, 1, rollout(1))
    os.mkfifo(put(tmp_path, 2, b"").with_suffix(".jsonl.zst"))

    assert len(list_threads(tmp_path, Query()).data) == 1
