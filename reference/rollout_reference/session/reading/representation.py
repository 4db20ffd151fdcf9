"""The two forms of a rollout on disk, plain and cold: which one is read, and opening it safely."""

import os
import stat
import time
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from rollout_reference.session.errors import RolloutNotFound, RolloutUnreadable
from rollout_reference.session.names import cold_path, is_cold, logical_path

RETRIES = 3
RETRY_SECONDS = 0.05
"""How often, and how far apart, a reader looks again when neither form is there.  [SESSION-FILE-9]"""


class Opened(Struct, frozen=True):
    """A rollout opened for reading, in the form that was found."""

    file: BinaryIO
    path: Path

    @property
    def cold(self) -> bool:
        """Tell whether it is the cold form."""
        return is_cold(self.path)

    def is_replaced(self) -> bool:
        """Tell whether the path names another file by now, or none.  [SESSION-FILE-13]"""
        try:
            there, here = os.stat(self.path), os.fstat(self.file.fileno())
        except OSError:
            return True
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


def existing_form(path: Path) -> Path | None:
    """Return the form that is read for a path of either form, or None if neither is a regular file.

    Raises `OSError` if it cannot be told.  [SESSION-FILE-8]
    """
    return next((form for form_of in (logical_path, cold_path) if _is_file(form := form_of(path))), None)


def open_rollout(path: Path) -> Opened:
    """Open the rollout that a path of either form names, whichever form it has by now.

    Raises `RolloutNotFound` and `RolloutUnreadable`; never waits for a pipe or device.
    [SESSION-FILE-8, SESSION-FILE-9, SESSION-FILE-14]
    """
    for _ in range(RETRIES):
        try:
            return _open_once(path)
        except FileNotFoundError:
            time.sleep(RETRY_SECONDS)  # the other form may be about to take its place
        except OSError as error:
            raise _unreadable(error) from None
    try:
        return _open_once(path)
    except FileNotFoundError:
        raise RolloutNotFound from None
    except OSError as error:
        raise _unreadable(error) from None


def _open_once(path: Path) -> Opened:
    form = existing_form(path) or path
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(form, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("not a regular file")
    return Opened(os.fdopen(handle, "rb"), form)


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _unreadable(error: OSError) -> RolloutUnreadable:
    return RolloutUnreadable(error.strerror or str(error))
