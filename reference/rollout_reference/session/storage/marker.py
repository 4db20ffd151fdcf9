"""The run marker: at most one run at a time, and at most one in six hours.

[SESSION-STORE-31, SESSION-STORE-32]
"""

import os
from pathlib import Path

from rollout_reference.session.storage.filesystem import FileSystem

FOLDER = ".tmp"
MARKER = "rollout-compression.lock"
MAINTENANCE = "rollout-maintenance.lock"
STALE_AFTER_MS = 6 * 60 * 60 * 1000
"""Age from which on a marker, or a temporary file, is what a crash left.  [SESSION-STORE-32]"""


class Claim:
    """The right to run: the lock of maintenance, held to the end of the run, and the marker."""

    def __init__(self, home: Path, maintenance: int, files: FileSystem) -> None:
        self._home = home
        self._maintenance = maintenance
        self._files = files

    def close(self, *, failed: bool) -> None:
        """End the run; the marker of a failed one goes, so that the next one need not wait."""
        try:
            if failed:
                self._files.unlink(self._home / FOLDER / MARKER)
        finally:
            self._files.close(self._maintenance)


def try_claim(home: Path, now_ms: int, files: FileSystem) -> Claim | None:
    """Claim the next run, None if one is under way or was less than six hours ago.

    Only the time of the marker counts, whatever it says; one from the future is new.  Raises `OSError`.
    """
    folder = home / FOLDER
    files.make_folder(folder)
    maintenance = files.open_lock(folder / MAINTENANCE)
    claimed = False
    try:
        claimed = files.lock(maintenance, 0) and _make_marker(folder / MARKER, now_ms, files)
    finally:
        if not claimed:
            files.close(maintenance)
    return Claim(home, maintenance, files) if claimed else None


def _make_marker(marker: Path, now_ms: int, files: FileSystem) -> bool:
    there = files.facts(marker)
    if there is not None:
        if not is_stale(there.mtime_ns, now_ms):
            return False
        files.unlink(marker)
    try:
        handle = files.create(marker, 0o666)
    except FileExistsError:  # of a version that does not know the lock of maintenance
        return False
    try:
        files.write(handle, f"pid={os.getpid()} started_at={now_ms}\n".encode())
        files.set_attributes(handle, mode=0o644, mtime_ns=now_ms * 1_000_000)
    finally:
        files.close(handle)
    return True


def is_stale(mtime_ns: int, now_ms: int) -> bool:
    """Tell whether something of this time of modification was left by a crash."""
    return now_ms - mtime_ns // 1_000_000 >= STALE_AFTER_MS
