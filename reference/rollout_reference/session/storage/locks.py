"""Who may write to a thread: advisory locks in the folder `thread-writer-locks` of a home.

Two kinds of files.  `<thread id>.lock` is locked by the writer of the thread for as long as it may
append; `.coordination.lock` is locked by whoever is about to take or give back a lock of a thread, or
to replace a form of a rollout by the other, for that moment only.  CLI 0.169.0 does the same.

[SESSION-STORE-10 to SESSION-STORE-13]
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from uuid import UUID

from rollout_reference.session.errors import LockHeld, OutsideHome, ThreadInUse
from rollout_reference.session.names import ARCHIVED, SESSIONS
from rollout_reference.session.storage.filesystem import POLL_SECONDS, REAL, FileSystem

LOCKS = "thread-writer-locks"
COORDINATION = ".coordination.lock"
WAIT_SECONDS = 10.0
"""How long one waits for the other before giving up."""


def home_of(path: Path) -> Path:
    """Return the home that a path of a rollout lies in: the folder above `sessions` or `archived_sessions`.

    Raises `OutsideHome`.
    """
    for folder in path.parents:
        if folder.name in (SESSIONS, ARCHIVED):
            return folder.parent
    raise OutsideHome(path.name)


class ThreadLock:
    """The right to write to one thread, until it is released or the process ends."""

    def __init__(self, home: Path, thread_id: str, handle: int, files: FileSystem) -> None:
        self.home = home
        self.thread_id = thread_id
        self._handle: int | None = handle
        self._files = files

    def release(self) -> None:
        """Give the lock back and remove its file; a second call does nothing.  [SESSION-STORE-12]"""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            with coordination(self.home, self._files):
                self._files.close(handle)
                handle = None
                self._files.unlink(lock_path(self.home, self.thread_id))
        except (LockHeld, OSError):
            pass  # without its file's lock a file that stays behind holds nobody up
        finally:
            if handle is not None:
                self._files.close(handle)

    def __enter__(self) -> "ThreadLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold_thread(
    home: Path, thread_id: str, *, wait_s: float = WAIT_SECONDS, files: FileSystem = REAL
) -> ThreadLock:
    """Become the writer of a thread, waiting for another one at most `wait_s` seconds.

    Raises `ThreadInUse` and `LockHeld`.  [SESSION-STORE-11]
    """
    for _ in range(round(wait_s / POLL_SECONDS)):
        lock = _try_to_hold(home, thread_id, files)
        if lock is not None:
            return lock
        files.pause(POLL_SECONDS)
    lock = _try_to_hold(home, thread_id, files)
    if lock is None:
        raise ThreadInUse(thread_id)
    return lock


def _try_to_hold(home: Path, thread_id: str, files: FileSystem) -> ThreadLock | None:
    with coordination(home, files):
        handle = files.open_lock(lock_path(home, thread_id))
        if files.lock(handle, 0):
            return ThreadLock(home, thread_id, handle, files)
        files.close(handle)
        return None


@contextmanager
def without_writers(home: Path, threads: Collection[str], files: FileSystem = REAL) -> Iterator[bool]:
    """Tell whether threads have no writer; while the block runs none of them gets one.

    Raises `LockHeld`.  [SESSION-STORE-13]
    """
    with coordination(home, files):
        yield not any(_has_writer(home, thread, files) for thread in sorted(threads))


def _has_writer(home: Path, thread_id: str, files: FileSystem) -> bool:
    handle = files.open_old_lock(lock_path(home, thread_id))
    if handle is None:
        return False
    free = files.lock(handle, 0)
    files.close(handle)
    return not free


@contextmanager
def coordination(home: Path, files: FileSystem = REAL) -> Iterator[None]:
    """Hold the one lock under which locks of threads change hands.  Raises `LockHeld`.  [SESSION-STORE-10]"""
    folder = home / LOCKS
    files.make_folder(folder)
    handle = files.open_lock(folder / COORDINATION)
    try:
        if not files.lock(handle, WAIT_SECONDS):
            raise LockHeld(COORDINATION)
        yield
    finally:
        files.close(handle)


def lock_path(home: Path, thread_id: str) -> Path:
    """Return the lock file of a thread; `ValueError` for an id that is no UUID.  [SESSION-STORE-11]"""
    return home / LOCKS / f"{UUID(thread_id)}.lock"
