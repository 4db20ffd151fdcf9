"""Opening a rollout to be appended to: locked, thawed, and known to be the file that its path names.

The side of a writer, in three steps:

    with open_for_append(home, path, thread_id, create=True) as rollout:
        ...look at rollout.file, repair and number as the format says...
        rollout.append(line)          # returns when the system has all of it

The lock of the thread is held until the block ends, so nobody freezes the file meanwhile, and no second
writer opens it.  [SESSION-STORE-11, SESSION-STORE-14, SESSION-STORE-15]
"""

import io
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from rollout_reference.session.errors import RolloutNotFound, RolloutReplaced
from rollout_reference.session.names import logical_path
from rollout_reference.session.storage.filesystem import REAL, FileSystem
from rollout_reference.session.storage.handles import HandleReader
from rollout_reference.session.storage.locks import WAIT_SECONDS, ThreadLock, hold_thread
from rollout_reference.session.storage.metrics import Materialized
from rollout_reference.session.storage.thawing import thaw_held


class Appender:
    """A plain rollout file, open to be appended to under the lock of its thread.

    `path` is the plain path, `thawed` what had to be done to make it plain, `file` the file to be read
    and sought in, unbuffered; it sees what was appended.
    """

    def __init__(
        self, path: Path, thawed: Materialized, lock: ThreadLock, handle: int, files: FileSystem
    ) -> None:
        self.path = path
        self.thawed = thawed
        self._lock = lock
        self._files = files
        self._handle: int | None = handle
        self.file: BinaryIO = cast("BinaryIO", HandleReader(files, handle))

    def append(self, data: bytes) -> None:
        """Write bytes at the end; when it returns the system has all of them.

        Raises `RolloutReplaced`, before anything is written, if the path does not name this file any
        more, and `OSError`, after which some of the bytes may be there.  [SESSION-STORE-15]
        """
        handle = self._open_handle()
        there = self._files.facts(self.path)
        if there is None or there.file_id != self._files.facts_of(handle).file_id:
            raise RolloutReplaced(self.path.name)  # SESSION-STORE-15
        self._files.write(handle, data)

    def sync(self) -> None:
        """Return when what was appended outlasts a loss of power."""
        self._files.sync(self._open_handle())

    def close(self) -> None:
        """Close the file and let the thread go; a second call does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            try:
                self._files.close(handle)
            finally:
                self._lock.release()

    def _open_handle(self) -> int:
        if self._handle is None:
            raise io.UnsupportedOperation("the rollout is closed")
        return self._handle

    def __enter__(self) -> "Appender":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_for_append(
    home: Path,
    path: Path,
    thread_id: str,
    *,
    create: bool = False,
    wait_s: float = WAIT_SECONDS,
    files: FileSystem = REAL,
) -> Appender:
    """Open the rollout of a thread to be appended to, given a path of either form.

    Takes the lock of the thread, makes the file plain if it is cold, and opens it; nothing is written
    to it.  Folders and the file itself are made if `create` is set and neither form is there.

    Raises `ThreadInUse` and `LockHeld` after `wait_s` seconds, `RolloutNotFound`, `NotARollout` if the
    path names anything but a regular file, `ZstDamaged` and `ZstBomb`, `OSError`; then nothing changed.
    [SESSION-STORE-14]
    """
    plain = logical_path(path)
    lock = hold_thread(home, thread_id, wait_s=wait_s, files=files)
    try:
        thawed = thaw_held(plain, files)
        if thawed == "missing":
            if not create:
                raise RolloutNotFound
            files.make_folder(plain.parent)
            files.close(files.create(plain, 0o666))
        handle = files.open_to_append(plain)
    except BaseException:
        lock.release()
        raise
    return Appender(plain, thawed, lock, handle, files)
