"""Freezing and thawing on a real disk: locks, runs, and what goes wrong there."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import zstandard

from rollout_reference.session.errors import (
    LockHeld,
    NotARollout,
    RolloutNotFound,
    RolloutReplaced,
    ThreadInUse,
    ZstBomb,
)
from rollout_reference.session.storage import freeze, hold_thread, home_of, open_for_append, thaw
from rollout_reference.session.storage import locks as storage_locks
from rollout_reference.session.storage.filesystem import REAL, RealFiles
from rollout_reference.session.storage.freezing import Freezer
from rollout_reference.session.storage.metrics import Metrics

DAY = 24 * 60 * 60
NOW = 1_800_000_000
"""Unix time in seconds at which the runs of these tests take place."""

THREAD = "0199a213-81c0-7800-8aa1-bbab2a035a53"
OTHER = "0199a213-81c0-7800-8aa1-bbab2a035a54"


def header(thread: str) -> bytes:
    """Return the first line of a rollout."""
    return (
        f'{{"timestamp":"2026-01-02T03:04:05.000Z","type":"session_meta","payload":{{"id":"{thread}",'
        f'"timestamp":"2026-01-02T03:04:05.000Z","cwd":"/w","originator":"o","cli_version":"0.143.0",'
        f'"source":"cli","model_provider":"p"}}}}\n'
    ).encode()


CONTENT = header(THREAD) + b'{"first":1}\n'


def put(home: Path, content: bytes = CONTENT, *, thread: str = THREAD, days: float = 8) -> Path:
    """Put a rollout that was last written some days ago into a home; return its plain path."""
    path = home / "sessions" / "2026" / "01" / "02" / f"rollout-2026-01-02T03-04-05-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (NOW - days * DAY, NOW - days * DAY))
    return path


def cold(path: Path) -> Path:
    """Return the path of the cold form."""
    return path.with_name(path.name + ".zst")


def names(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


def put_cold(home: Path, content: bytes = CONTENT) -> Path:
    """Put a cold rollout into a home; return its plain path."""
    path = put(home, content)
    cold(path).write_bytes(zstandard.ZstdCompressor().compress(content))
    path.unlink()
    return path


# --- locks ----------------------------------------------------------------------------------------


def test_writer_holds_the_lock_of_its_thread(tmp_path: Path) -> None:
    """While a rollout is open to be appended to, another process finds its lock taken.  [SESSION-STORE-11]"""
    path = put(tmp_path)

    with open_for_append(tmp_path, path, THREAD):
        lock = os.open(tmp_path / "thread-writer-locks" / f"{THREAD}.lock", os.O_RDWR)

        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    os.close(lock)


def test_second_writer_gives_up(tmp_path: Path) -> None:
    """A thread has one writer; the second one waits a bounded time, and opens nothing.  [SESSION-STORE-11]"""
    path = put_cold(tmp_path)

    with (
        hold_thread(tmp_path, THREAD),
        pytest.raises(ThreadInUse, match=THREAD),
    ):
        open_for_append(tmp_path, path, THREAD, wait_s=0.02)

    assert names(path.parent) == [cold(path).name]


def test_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    """The second writer goes on as soon as the first one has let go.  [SESSION-STORE-11]"""
    path = put(tmp_path)
    first = open_for_append(tmp_path, path, THREAD)
    threading.Timer(0.1, first.close).start()

    with open_for_append(tmp_path, path, THREAD, wait_s=20) as second:
        second.append(b"{}\n")

    assert path.read_bytes() == CONTENT + b"{}\n"


def test_lock_file_is_gone_with_its_writer(tmp_path: Path) -> None:
    """A writer removes the file of its lock, and not the one of the coordination lock.  [SESSION-STORE-12]"""
    path = put(tmp_path)

    open_for_append(tmp_path, path, THREAD).close()

    assert names(tmp_path / "thread-writer-locks") == [".coordination.lock"]


def test_lock_file_of_a_killed_writer_is_used_again(tmp_path: Path) -> None:
    """A lock file that nobody has locked stands in nobody's way.  [SESSION-STORE-12]"""
    path = put(tmp_path)
    (tmp_path / "thread-writer-locks").mkdir()
    (tmp_path / "thread-writer-locks" / f"{THREAD}.lock").touch()

    report = freeze(tmp_path, NOW * 1000)
    open_for_append(tmp_path, path, THREAD, wait_s=0).close()

    assert report.outcomes == {path.relative_to(tmp_path).as_posix(): "compressed"}


def test_coordination_lock_is_waited_for_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever does not get the coordination lock changes nothing.  [SESSION-STORE-10]"""
    monkeypatch.setattr(storage_locks, "WAIT_SECONDS", 0.02)
    path = put(tmp_path)

    with storage_locks.coordination(tmp_path), pytest.raises(LockHeld):
        open_for_append(tmp_path, path, THREAD)

    assert names(tmp_path / "thread-writer-locks") == [".coordination.lock"]


def test_rollout_with_a_writer_is_not_frozen(tmp_path: Path) -> None:
    """A cold rollout that a writer has open stays plain, with nothing beside it.  [SESSION-STORE-13]"""
    path = put(tmp_path)

    with hold_thread(tmp_path, THREAD):
        report = freeze(tmp_path, NOW * 1000)

    assert list(report.outcomes.values()) == ["skipped_changed"]
    assert names(path.parent) == [path.name]


@pytest.mark.parametrize("writer", [THREAD, OTHER])
def test_writer_by_name_or_by_header_is_respected(tmp_path: Path, writer: str) -> None:
    """A rollout whose name and header disagree may have a writer under either id.  [SESSION-STORE-13]"""
    path = put(tmp_path, CONTENT, thread=OTHER)

    with hold_thread(tmp_path, writer):
        report = freeze(tmp_path, NOW * 1000)

    assert list(report.outcomes.values()) == ["skipped_changed"]
    assert names(path.parent) == [path.name]


class Meanwhile(RealFiles):
    """A disk on which somebody does something when a temporary file is synced."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._content = content

    def sync(self, handle: int) -> None:
        """Let somebody replace the file who keeps to no lock."""
        super().sync(handle)
        new = self._path.with_name("new")
        new.write_bytes(self._content)
        os.utime(new, (NOW - 8 * DAY, NOW - 8 * DAY))
        new.rename(self._path)


def test_file_that_is_replaced_while_it_is_compressed_stays(tmp_path: Path) -> None:
    """Another file of the same length and time is another file.  [SESSION-STORE-13]"""
    path = put(tmp_path)
    other = CONTENT.replace(b"first", b"other")

    report = freeze(tmp_path, NOW * 1000, files=Meanwhile(path, other))

    assert list(report.outcomes.values()) == ["skipped_changed"]
    assert path.read_bytes() == other
    assert names(path.parent) == [path.name]


def test_append_goes_to_the_plain_form_of_a_cold_rollout(tmp_path: Path) -> None:
    """A cold rollout is thawed under the lock before it is opened.  [SESSION-STORE-14]"""
    path = put_cold(tmp_path)

    with open_for_append(tmp_path, path, THREAD) as rollout:
        rollout.append(b"{}\n")

    assert path.read_bytes() == CONTENT + b"{}\n"
    assert names(path.parent) == [path.name]


def test_append_notices_that_its_file_was_replaced(tmp_path: Path) -> None:
    """Nothing is written into a file that its path does not name any more.  [SESSION-STORE-15]"""
    path = put(tmp_path)

    with open_for_append(tmp_path, path, THREAD) as rollout:
        path.unlink()
        path.write_bytes(CONTENT)

        with pytest.raises(RolloutReplaced):
            rollout.append(b"{}\n")

    assert path.read_bytes() == CONTENT


def test_append_makes_a_rollout_only_if_told_to(tmp_path: Path) -> None:
    """Without either form an open fails and leaves no lock, or makes the file and its folders."""
    path = tmp_path / "sessions" / "2026" / "01" / "02" / f"rollout-2026-01-02T03-04-05-{THREAD}.jsonl"

    with pytest.raises(RolloutNotFound):
        open_for_append(tmp_path, path, THREAD)
    open_for_append(tmp_path, path, THREAD, create=True).close()

    assert path.read_bytes() == b""
    assert names(tmp_path / "thread-writer-locks") == [".coordination.lock"]


def test_thread_has_one_lock_however_its_id_is_written(tmp_path: Path) -> None:
    """Capitals or missing hyphens do not make another thread, and a path is none.  [SESSION-STORE-11]"""
    with hold_thread(tmp_path, THREAD.upper().replace("-", "")), pytest.raises(ThreadInUse):
        hold_thread(tmp_path, THREAD, wait_s=0)

    with pytest.raises(ValueError, match="UUID"):
        hold_thread(tmp_path, "../../elsewhere")


def test_home_of_a_rollout() -> None:
    """The home lies above the folder of active or of archived sessions."""
    assert home_of(Path("/h/sessions/2026/01/02/rollout-x.jsonl")) == Path("/h")
    assert home_of(Path("/h/archived_sessions/rollout-x.jsonl.zst")) == Path("/h")


# --- runs -----------------------------------------------------------------------------------------


class Watched(RealFiles):
    """A disk that counts how many temporary files there are at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self.most = 0

    def create(self, path: Path, mode: int) -> int:
        """Make a file, slowly."""
        with self._lock:
            self._open += path.name.startswith("rollout-compress-")
            self.most = max(self.most, self._open)
        time.sleep(0.02)
        return super().create(path, mode)

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        super().unlink(path)
        with self._lock:
            self._open -= path.name.startswith("rollout-compress-")


def test_two_files_are_compressed_at_once(tmp_path: Path) -> None:
    """Two and not more.  [SESSION-STORE-34]"""
    threads = [f"{THREAD[:-2]}{number:02}" for number in range(10)]
    paths = [put(tmp_path, header(thread), thread=thread) for thread in threads]
    disk = Watched()

    freeze(tmp_path, NOW * 1000, files=disk)

    assert disk.most == 2
    assert names(paths[0].parent) == [cold(path).name for path in paths]


def test_run_ends_after_five_hours(tmp_path: Path) -> None:
    """What takes too long looks at no further entry, and completes.  [SESSION-STORE-35]"""
    put(tmp_path, header(THREAD), thread=THREAD)
    put(tmp_path, header(OTHER), thread=OTHER)
    hours = count(0, 3600)

    report = freeze(tmp_path, NOW * 1000, clock=lambda: next(hours))

    assert report.status == "completed"
    assert len(report.outcomes) < 2


def test_two_runs_at_once_are_one(tmp_path: Path) -> None:
    """Who finds the lock of maintenance taken does not even look at an old marker.  [SESSION-STORE-31]"""
    put(tmp_path)
    (tmp_path / ".tmp").mkdir()
    marker = tmp_path / ".tmp" / "rollout-compression.lock"
    marker.write_text("of a run that goes on")
    os.utime(marker, (0, 0))
    held = os.open(tmp_path / ".tmp" / "rollout-maintenance.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)

    report = freeze(tmp_path, NOW * 1000)

    os.close(held)
    assert report.status == "skipped_already_running"
    assert marker.read_text() == "of a run that goes on"


def test_folder_in_the_place_of_the_marker(tmp_path: Path) -> None:
    """A run that cannot be claimed fails with one phrase, and touches nothing."""
    path = put(tmp_path)
    (tmp_path / ".tmp" / "rollout-compression.lock").mkdir(parents=True)
    os.utime(tmp_path / ".tmp" / "rollout-compression.lock", (0, 0))

    report = freeze(tmp_path, NOW * 1000)

    assert report.status == "failed"
    assert len(report.problems) == 1
    assert names(path.parent) == [path.name]


def test_bomb_is_not_made(tmp_path: Path) -> None:
    """What a reader would take for a bomb is not frozen.  [SESSION-STORE-25, SESSION-STORE-36]"""
    path = put(tmp_path, CONTENT + b" " * (70 << 20) + b"\n")

    report = freeze(tmp_path, NOW * 1000)

    assert list(report.outcomes.values()) == ["failed"]
    assert names(path.parent) == [path.name]


def test_bomb_is_not_thawed(tmp_path: Path) -> None:
    """A bomb is refused before it fills the disk, and stays as it is.  [SESSION-STORE-43]"""
    path = put_cold(tmp_path, b" " * (80 << 20))
    before = cold(path).read_bytes()
    metrics = Metrics()

    with pytest.raises(ZstBomb):
        thaw(tmp_path, path, metrics=metrics)

    assert cold(path).read_bytes() == before
    assert names(path.parent) == [cold(path).name]
    assert [outcome for _, _, outcome in metrics.counters] == ["failed"]


def test_link_is_not_appended_to(tmp_path: Path) -> None:
    """A link in the place of a rollout leads to no other file.  [SESSION-STORE-3]"""
    path = put(tmp_path)
    outside = tmp_path / "outside.jsonl"
    path.rename(outside)
    path.symlink_to(outside)

    with pytest.raises(NotARollout):
        open_for_append(tmp_path, path, THREAD)

    assert outside.read_bytes() == CONTENT


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Interrupt this process every millisecond, as a busy terminal or a debugger would."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, True)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("interrupted")
def test_interrupted_calls_are_called_again(tmp_path: Path) -> None:
    """Signals in the midst of reading, writing and locking cost nothing."""
    content = CONTENT + os.urandom(4 << 20).hex().encode() + b"\n"
    path = put(tmp_path, content)

    report = freeze(tmp_path, NOW * 1000)
    thaw(tmp_path, path)

    assert list(report.outcomes.values()) == ["compressed"]
    assert path.read_bytes() == content


def test_publishing_replaces_nothing(tmp_path: Path) -> None:
    """A form is not published over an entry of its name.  [SESSION-STORE-5]"""
    path = put(tmp_path)
    temp = path.with_name("x.tmp")
    temp.write_bytes(b"new")

    with pytest.raises(FileExistsError):
        REAL.link(temp, path)

    assert path.read_bytes() == CONTENT


def test_facts_tell_files_apart_that_look_alike(tmp_path: Path) -> None:
    """Two files of one length, time and mode are two."""
    first = put(tmp_path, thread=THREAD)
    second = put(tmp_path, thread=OTHER)

    assert REAL.facts(first) != REAL.facts(second)


def test_freezing_what_is_gone(tmp_path: Path) -> None:
    """A file that went between listing and looking is not an error."""
    path = put(tmp_path)
    path.unlink()

    outcome = Freezer(tmp_path, NOW * 1000, REAL).freeze(path).outcome

    assert outcome == "skipped_not_cold"
