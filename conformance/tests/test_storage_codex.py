"""The real CLI and the reference on one home: what they freeze and thaw, and whose locks they respect."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rollout_conformance.record.app_server import CONFIG, AppServer, AppServerError
from rollout_reference.session.errors import ThreadInUse
from rollout_reference.session.reading.frames import decode
from rollout_reference.session.storage import freeze, hold_thread, open_for_append, thaw

pytestmark = pytest.mark.codex

RELEASES = {"0.143.0": "ROLLOUTSPEC_CODEX", "0.169.0": "ROLLOUTSPEC_CODEX_169"}
FREEZING = CONFIG.replace("[features]\n", "[features]\nlocal_thread_store_compression = true\n")
HOUR = 60 * 60
DAY = 24 * HOUR
PATIENCE = 30.0


def thread(number: int) -> str:
    """Return the id of a thread."""
    return f"0199a213-81c0-7800-8aa1-bbab2a0300{number:02}"


def content(number: int) -> bytes:
    """Return a rollout with one question."""
    return (
        f'{{"timestamp":"2026-01-02T03:04:05.000Z","type":"session_meta","payload":{{"id":"{thread(number)}",'
        f'"timestamp":"2026-01-02T03:04:05.000Z","cwd":"/tmp","originator":"o","cli_version":"0.143.0",'
        f'"source":"cli","model_provider":"nowhere"}}}}\n'
        '{"timestamp":"2026-01-02T03:04:06.000Z","type":"event_msg","payload":{"type":"user_message",'
        '"message":"hello","images":[],"local_images":[],"text_elements":[]}}\n'
    ).encode()


def put(home: Path, number: int, age: float, folder: str = "sessions/2026/01/02", mode: int = 0o600) -> Path:
    """Put a rollout of an age in seconds into a home."""
    path = home / folder / f"rollout-2026-01-02T03-04-05-{thread(number)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(number))
    path.chmod(mode)
    grow_old(path, age)
    return path


def grow_old(path: Path, age: float) -> None:
    """Let a file have been written some seconds ago."""
    os.utime(path, (time.time() - age, time.time() - age))


def cold(path: Path) -> Path:
    """Return the path of the cold form."""
    return path.with_name(path.name + ".zst")


def server(release: str, home: Path, config: str = CONFIG) -> AppServer:
    """Return a real CLI on a home."""
    return AppServer(Path(os.environ[RELEASES[release]]), home, config=config)


def let_it_freeze(release: str, home: Path, done: Callable[[], bool]) -> None:
    """Run the real CLI until its worker did something, and somewhat longer."""
    (home / "config.toml").write_text(FREEZING)
    with server(release, home) as cli:
        cli.request("thread/list", {})
        end = time.monotonic() + PATIENCE
        while not done() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1)


def state(home: Path) -> dict[str, tuple[bytes, int, int]]:
    """Return content, mode and time of modification of what lies in the folders of rollouts."""
    found = {}
    for root in ("sessions", "archived_sessions"):
        for path in sorted((home / root).rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    data = b"".join(decode(file)) if path.suffix == ".zst" else file.read()
                status = path.stat()
                found[path.relative_to(home).as_posix()] = (data, status.st_mode, status.st_mtime_ns)
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_both_freeze_the_same(tmp_path: Path, release: str) -> None:
    """Threshold, order of places, time, mode and old temporary files.

    [SESSION-STORE-20, SESSION-STORE-23, SESSION-STORE-32, SESSION-STORE-33]
    """
    real, ours = tmp_path / "real", tmp_path / "ours"
    put(real, 1, 7 * DAY - HOUR)
    first = put(real, 2, 7 * DAY + HOUR)
    put(real, 3, 30 * DAY, "archived_sessions", 0o640)
    put(real, 4, 30 * DAY, "sessions")
    put(real, 5, -9 * DAY)
    for name, age in (("old.tmp", 6.5 * HOUR), ("young.tmp", 5.5 * HOUR)):
        (first.parent / name).write_bytes(b"half")
        grow_old(first.parent / name, age)
    shutil.copytree(real, ours)

    let_it_freeze(release, real, lambda: cold(first).exists())
    report = freeze(ours, time.time_ns() // 1_000_000)

    assert state(real) == state(ours)
    assert sorted(report.outcomes.values()) == ["compressed"] * 3 + ["skipped_not_cold"] * 2


@pytest.mark.parametrize(("age", "runs"), [(5.9 * HOUR, False), (6.1 * HOUR, True), (-DAY, False)])
@pytest.mark.parametrize("release", RELEASES)
def test_both_respect_the_marker(tmp_path: Path, release: str, age: float, runs: bool) -> None:
    """A marker of less than six hours prevents a run, whatever it says.  [SESSION-STORE-31]"""
    real, ours = tmp_path / "real", tmp_path / "ours"
    path = put(real, 1, 9 * DAY)
    (real / ".tmp").mkdir()
    (real / ".tmp" / "rollout-compression.lock").write_bytes(b"\xff")
    grow_old(real / ".tmp" / "rollout-compression.lock", age)
    shutil.copytree(real, ours)

    let_it_freeze(release, real, lambda: cold(path).exists() or not runs)
    report = freeze(ours, time.time_ns() // 1_000_000)

    assert cold(path).exists() == runs
    assert report.status == ("completed" if runs else "skipped_already_running")


@pytest.mark.parametrize("release", RELEASES)
def test_real_cli_takes_what_was_frozen_here(tmp_path: Path, release: str) -> None:
    """A resume thaws it: the same lines, the same mode, a new time.  [SESSION-STORE-42]"""
    path = put(tmp_path, 1, 9 * DAY)
    freeze(tmp_path, time.time_ns() // 1_000_000)

    with server(release, tmp_path) as cli:
        cli.request("thread/resume", {"threadId": thread(1)})

    assert not cold(path).exists()
    assert path.read_bytes().startswith(content(1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert time.time() - path.stat().st_mtime < HOUR


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_real_cli_froze_is_thawed_here(tmp_path: Path, release: str) -> None:
    """Its frames are frames, with or without the length of their content.  [SESSION-STORE-42]"""
    path = put(tmp_path, 1, 9 * DAY)
    let_it_freeze(release, tmp_path, cold(path).exists)

    thaw(tmp_path, path)

    assert path.read_bytes() == content(1)


def test_release_with_locks_respects_ours(tmp_path: Path) -> None:
    """Neither a writer nor the freezer of 0.169.0 passes by a lock that is held here.  [SESSION-STORE-13]"""
    held, free = put(tmp_path, 1, 9 * DAY), put(tmp_path, 2, 9 * DAY)
    with hold_thread(tmp_path, thread(1)):
        let_it_freeze("0.169.0", tmp_path, cold(free).exists)

        with server("0.169.0", tmp_path) as cli, pytest.raises(AppServerError, match="active writer"):
            cli.request("thread/resume", {"threadId": thread(1)})

    assert held.read_bytes() == content(1)
    assert not cold(held).exists()
    assert cold(free).exists()


def test_locks_of_that_release_are_respected_here(tmp_path: Path) -> None:
    """What 0.169.0 has open is neither frozen nor opened here.  [SESSION-STORE-11, SESSION-STORE-13]"""
    path = put(tmp_path, 1, 9 * DAY)
    with server("0.169.0", tmp_path) as cli:
        cli.request("thread/resume", {"threadId": thread(1)})
        grow_old(path, 9 * DAY)

        report = freeze(tmp_path, time.time_ns() // 1_000_000)
        with pytest.raises(ThreadInUse):
            open_for_append(tmp_path, path, thread(1), wait_s=0.1)

    assert list(report.outcomes.values()) == ["skipped_changed"]
    open_for_append(tmp_path, path, thread(1), wait_s=0).close()


@pytest.mark.parametrize("release", RELEASES)
def test_real_cli_leaves_pairs(tmp_path: Path, release: str) -> None:
    """DEV-53: an equal pair stays a pair; here its freeze is finished.  [SESSION-STORE-24]"""
    path, other = put(tmp_path, 1, 9 * DAY), put(tmp_path, 2, 9 * DAY)
    shutil.copytree(tmp_path, tmp_path / "copy")
    twin = tmp_path / "copy" / path.relative_to(tmp_path)
    freeze(tmp_path / "copy", time.time_ns() // 1_000_000)
    shutil.copy2(cold(twin), cold(path))

    let_it_freeze(release, tmp_path, cold(other).exists)
    left_by_real = path.exists() and cold(path).exists()
    (tmp_path / ".tmp" / "rollout-compression.lock").unlink()
    freeze(tmp_path, time.time_ns() // 1_000_000)

    assert left_by_real
    assert cold(path).exists()
    assert not path.exists()
