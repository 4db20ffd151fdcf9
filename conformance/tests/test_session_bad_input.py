"""Bad input of sessions at the command line: a defined answer or one clear refusal, never an endless loop.

What the operations answer is decided by cases; here it is what a person sees, and what no case can hold.
"""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result

from rollout_conformance.cli import main
from rollout_conformance.generators.homes import Files, header, place, spawned_by, thread_id
from rollout_conformance.generators.rollouts import event, message, user_message
from rollout_reference import jsontext
from rollout_reference.session.inherited import load_lineage
from rollout_reference.session.threads import Query, list_threads
from rollout_reference.session.threads.removal import delete

READERS = ("context", "history", "transcript")
DEEP = 100_000
NESTED = 10_000
MIB = 1 << 20


def line(kind: str, payload: object, ordinal: int | None = None) -> bytes:
    """Print a line."""
    told = {"timestamp": "2026-01-02T10:00:00.000Z"} | ({} if ordinal is None else {"ordinal": ordinal})
    return (jsontext.compact(told | {"type": kind, "payload": payload}) + "\n").encode()


def head(number: int = 1, **more: object) -> bytes:
    """Print the header of a thread, the first line of a paginated one with its ordinal."""
    told = header(number, **more)
    return line("session_meta", told, 0 if "history_mode" in more else None)


def inheriting(number: int, base: int) -> bytes:
    """Print the header of a thread that begins with the first line of another."""
    told = {"thread_id": thread_id(base), "end_ordinal_exclusive": 1, "end_byte_offset": 0}
    return head(number, history_mode="paginated", history_base=told)


TALK = b"".join(
    line(*record)
    for record in (
        event("task_started", turn_id="t1", model_context_window=None),
        message("user", "hello"),
        user_message("hello"),
        message("assistant", "yes"),
        event("agent_message", message="yes"),
        event("task_complete", turn_id="t1", last_agent_message=None),
    )
)
BEYOND = line(*event("thread_rolled_back", num_turns=2**32 - 1))
UNKNOWN_WINDOW = line(
    "compacted",
    {
        "message": "s",
        "replacement_history": [],
        "window_number": 2**64 - 1,
        "first_window_id": thread_id(91),
        "previous_window_id": thread_id(92),
        "window_id": thread_id(93),
    },
)
TOO_DEEP = b'{"timestamp":"t","type":"world_state","payload":{"full":true,"state":%b%b}}\n' % (
    b"[" * DEEP,
    b"]" * DEEP,
)
BOMB = zstandard.compress(bytes(80 * MIB))

ACCEPTED: dict[str, Files] = {
    "a rollback beyond the thread": {place(1): head() + TALK + BEYOND},
    "a rollback that no integer holds": {
        place(1): head() + TALK + line(*event("thread_rolled_back", num_turns=2**70))
    },
    "a compaction of an unknown window": {place(1): head() + TALK + UNKNOWN_WINDOW},
    "a window number that goes back": {
        place(1): head() + UNKNOWN_WINDOW + line("compacted", {"message": "s", "window_number": 1})
    },
    "a patch over no state": {
        place(1): head() + TALK + line("world_state", {"full": False, "state": {"a": 1}})
    },
    "lines that nest too deep": {place(1): b"[" * DEEP + b"\n" + head() + TOO_DEEP + TALK},
    "ordinals missing, repeated and skipped": {
        place(1): head(history_mode="paginated") + TALK + line(*event("context_compacted"), 9) * 2
    },
    "a child of itself": {place(1): head(source=spawned_by(1)) + TALK},
    "a child of a missing parent": {place(1): head(source=spawned_by(9)) + TALK},
    "parents in a circle": {
        place(1): head(source=spawned_by(2)) + TALK,
        place(2): head(2, source=spawned_by(1)) + TALK,
    },
    "a fork of itself": {place(1): head(forked_from_id=thread_id(1)) + TALK},
    "a fork of a missing thread": {place(1): head(forked_from_id=thread_id(9)) + TALK},
    "forks in a circle": {
        place(1): head(forked_from_id=thread_id(2)) + TALK,
        place(2): head(2, forked_from_id=thread_id(1)) + TALK,
    },
}
"""Homes whose first thread has a defined answer to everything."""

REFUSED: dict[str, tuple[Files, str]] = {
    "nothing": ({place(1): b""}, "[SESSION-FILE-4]"),
    "blank lines": ({place(1): b"\n \n"}, "[SESSION-FILE-4]"),
    "no header": ({place(1): TALK}, "[SESSION-FILE-6]"),
    "no JSON": ({place(1): b"\x00\xff" * 4096}, "[SESSION-FILE-6]"),
    "an unknown mode": ({place(1): head(history_mode="sealed") + TALK}, "line 1: unknown history mode"),
    "a damaged cold file": ({f"{place(1)}.zst": zstandard.compress(TALK)[:-2]}, "[SESSION-FILE-11]"),
    "a bomb": ({f"{place(1)}.zst": BOMB}, "[SESSION-FILE-12]"),
}
"""Homes whose only file cannot be read, with what is said of it."""

LINEAGES: dict[str, tuple[Files, str]] = {
    "a missing base": ({place(1): inheriting(1, 9)}, "[SESSION-FORK-9]"),
    "its own base": ({place(1): inheriting(1, 1)}, "[SESSION-FORK-10]"),
    "bases in a circle": (
        {place(1): inheriting(1, 2), place(2): inheriting(2, 1)},
        "[SESSION-FORK-10]",
    ),
}
"""Homes whose first thread begins with another one that it cannot have."""


def write(home: Path, files: Files) -> Path:
    """Write a home and return the first file in it."""
    for name, data in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return home / next(iter(files))


def run(*words: str | Path) -> Result:
    """Run the command; whatever it does not handle itself is raised."""
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def is_refused(result: Result, file: Path, said: str) -> bool:
    """Tell whether a command refused in two lines that name the file, and printed nothing else."""
    lines = result.stderr.splitlines()
    begins = lines[0].startswith("rejected: ") and file.name.removesuffix(".zst") in lines[0]
    return (result.exit_code, result.stdout, len(lines)) == (1, "", 2) and begins and said in lines[0]


@pytest.mark.parametrize("command", [*READERS, "usage"])
@pytest.mark.parametrize("name", ACCEPTED)
def test_oddities_of_a_rollout_have_an_answer(name: str, command: str, tmp_path: Path) -> None:
    """[SESSION-ROLLBACK-4, SESSION-WINDOW-1, SESSION-WORLDSTATE-4, SESSION-FILE-16, SESSION-FILE-17]"""
    file = write(tmp_path, ACCEPTED[name])

    result = run(command, file)

    assert (result.exit_code, result.stderr) == (0, "")
    assert jsontext.parse(result.stdout)


@pytest.mark.parametrize("name", [*ACCEPTED, *LINEAGES])
def test_oddities_of_a_home_have_an_answer(name: str, tmp_path: Path) -> None:
    """[SESSION-THREADS-11, SESSION-USAGE-13] Listed, looked up, asked for descendants, counted."""
    write(tmp_path, ACCEPTED.get(name) or LINEAGES[name][0])
    first = thread_id(1)

    listed, found = run("threads", tmp_path), run("threads", tmp_path, "--thread", first)
    below, used = run("threads", tmp_path, "--ancestor", first), run("usage", tmp_path)

    assert [each.exit_code for each in (listed, found, below, used)] == [0, 0, 0, 0]
    assert jsontext.parse(found.stdout)["data"][0]["id"] == first
    assert first not in [each["id"] for each in jsontext.parse(below.stdout)["data"]]


@pytest.mark.parametrize("command", [*READERS, "usage"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused(name: str, command: str, tmp_path: Path) -> None:
    """[SESSION-FILE-4, SESSION-FILE-6, SESSION-FILE-7, SESSION-FILE-11, SESSION-FILE-12]"""
    files, said = REFUSED[name]
    file = write(tmp_path, files)

    assert is_refused(run(command, file), file, said)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_hides_nothing_else(name: str, tmp_path: Path) -> None:
    """[SESSION-THREADS-5, SESSION-USAGE-16] A listing leaves it out, usage names it."""
    write(tmp_path, REFUSED[name][0] | {place(2): head(2) + TALK})

    listed, used = run("threads", tmp_path), run("usage", tmp_path)

    assert [each["id"] for each in jsontext.parse(listed.stdout)["data"]] == [thread_id(2)]
    assert [each["file"] for each in jsontext.parse(used.stdout)["not_counted"]] == [place(1)]


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("name", LINEAGES)
def test_impossible_lineage_is_refused(name: str, command: str, tmp_path: Path) -> None:
    """[SESSION-FORK-9, SESSION-FORK-10] At the header that asks for it."""
    files, said = LINEAGES[name]
    result = run(command, write(tmp_path, files))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 1: " in result.stderr
    assert said in result.stderr.splitlines()[0]


def make_socket(path: Path) -> None:
    """Leave a socket in a place; the name of one must be short, so it is made from its folder."""
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a socket": make_socket,
    "a folder": Path.mkdir,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_refused_at_once(kind: str, command: str, tmp_path: Path) -> None:
    """[SESSION-FILE-3, SESSION-FILE-14]"""
    path = tmp_path / place(1)
    path.parent.mkdir(parents=True)
    NO_FILES[kind](path)

    assert is_refused(run(command, path), path, "[SESSION-FILE-3]")


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_hides_nothing_else(kind: str, tmp_path: Path) -> None:
    """[SESSION-THREADS-5, SESSION-THREADS-21]"""
    path = tmp_path / place(1)
    write(tmp_path, {place(2): head(2) + TALK})
    path.parent.mkdir(parents=True, exist_ok=True)
    NO_FILES[kind](path)

    listed, used = run("threads", tmp_path), run("usage", tmp_path)

    assert [each["id"] for each in jsontext.parse(listed.stdout)["data"]] == [thread_id(2)]
    assert [each["thread_id"] for each in jsontext.parse(used.stdout)["threads"]] == [thread_id(2)]


# --- deep trees and long chains -------------------------------------------------------------------


def nest(home: Path, count: int) -> None:
    """Write a home in which each thread has spawned the next."""
    for number in range(1, count + 1):
        source = spawned_by(number - 1) if number > 1 else "cli"
        write(home, {place(number): head(number, source=source)})


def calls(act: Callable[[], object]) -> int:
    """Return how many functions of Python an act calls: what it does, on any machine."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.thorough
def test_ten_thousand_nested_descendants(tmp_path: Path) -> None:
    """[SESSION-THREADS-11] The deepest is found, for work that grows as the threads do."""
    few, many = tmp_path / "few", tmp_path / "many"
    nest(few, NESTED // 4)
    nest(many, NESTED)
    below = Query(ancestor=thread_id(NESTED - 1))

    deepest = list_threads(many, below).data
    shorter = calls(lambda: list_threads(few, Query(ancestor=thread_id(1), limit=100)))
    longer = calls(lambda: list_threads(many, Query(ancestor=thread_id(1), limit=100)))

    assert [each["id"] for each in deepest] == [thread_id(NESTED)]
    assert longer < 5 * shorter


@pytest.mark.thorough
def test_hundreds_of_nested_descendants_are_deleted(tmp_path: Path) -> None:
    """[SESSION-THREADS-20] As many as a process may hold locks of; the work grows as the threads do."""
    few, many = tmp_path / "few", tmp_path / "many"
    nest(few, 200)
    nest(many, 800)

    shorter = calls(lambda: delete(few, thread_id(1)))
    longer = calls(lambda: delete(many, thread_id(1)))

    assert list(many.rglob("rollout-*")) == []
    assert longer < 5 * shorter


def test_a_thousand_nested_descendants_are_paged_through(tmp_path: Path) -> None:
    """[SESSION-THREADS-8, SESSION-THREADS-11] Deeper than calls may nest."""
    nest(tmp_path, 1_100)
    first = list_threads(tmp_path, Query(ancestor=thread_id(1), limit=100))

    last = list_threads(
        tmp_path, Query(ancestor=thread_id(1), limit=100, cursor=first.next_cursor, sort_direction="desc")
    )

    assert len(first.data) == len(last.data) == 100
    assert thread_id(1) not in {each["id"] for each in (*first.data, *last.data)}


def test_long_chain_of_bases_is_read_to_its_beginning(tmp_path: Path) -> None:
    """[SESSION-FORK-8] Deeper than calls may nest."""
    write(tmp_path, {place(1): head(1, history_mode="paginated")})
    for number in range(2, 1_202):
        write(tmp_path, {place(number): inheriting(number, number - 1)})

    rollout = load_lineage(tmp_path / place(1_201), tmp_path, "context")

    assert [line.item.id for line in (rollout.lines[0], rollout.lines[-1])] == [
        thread_id(1_201),
        thread_id(1_200),
    ]
