"""What one process does on a home until it is killed or done.

An appender writes into a pipe each line that was acknowledged, after it was.  A process kills itself at
an operation that the seed gives: before it, or in the midst of a write.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path
from typing import Any

from rollout_reference.errors import Rejected
from rollout_reference.session.storage import open_for_append, thaw
from rollout_reference.session.storage.filesystem import RealFiles
from rollout_reference.session.storage.freezing import Freezer
from rollout_reference.session.writing.tail import is_torn

OPERATIONS = (
    "facts", "facts_of", "open_to_read", "open_to_append", "create", "open_lock", "open_old_lock", "close",
    "read", "sync", "sync_folder", "set_attributes", "link", "unlink", "lock",
)  # fmt: skip
LONGEST_LIFE = 120
"""Operations after which a process is killed at the latest, if it is to be killed."""

SECONDS = 0.1
"""How long a part goes on if nothing kills it."""


class Mortal(RealFiles):
    """The file system of the machine, and a process that dies at the n-th operation."""

    def __init__(self, life: int | None, chance: random.Random) -> None:
        self._left = life
        self._chance = chance
        for name in OPERATIONS:
            setattr(self, name, self._counted(getattr(super(), name)))

    def write(self, handle: int, data: bytes) -> None:
        """Write all bytes, or some and die."""
        if self._left is not None and self._left <= 1:
            super().write(handle, data[: self._chance.randint(0, len(data))])
        self._live()
        super().write(handle, data)

    def _counted(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **keywords: Any) -> Any:
            self._live()
            return operation(*arguments, **keywords)

        return counted

    def _live(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
        if self._chance.random() < 0.02:
            time.sleep(self._chance.random() * 0.002)  # lets another order come about


class Part:
    """One process: what it is to do, on which rollout, and how long it lives."""

    def __init__(self, home: Path, path: Path, thread: str, seed: str, *, mortal: bool) -> None:
        chance = random.Random(seed)  # noqa: S311  (not for secrets)
        self._home = home
        self._path = path
        self._thread = thread
        self._name = seed
        self._files = Mortal(chance.randint(1, LONGEST_LIFE) if mortal else None, chance)
        self._end = time.monotonic() + SECONDS

    def append(self, acknowledged: int) -> None:
        """Open, append a few lines, close, and again; each line then goes into a pipe."""
        numbers = count(1)
        while (left := self._end - time.monotonic()) > 0:
            try:
                rollout = open_for_append(
                    self._home, self._path, self._thread, wait_s=left, files=self._files
                )
            except Rejected:
                continue
            with rollout:
                if is_torn(rollout.file):
                    rollout.append(b"\n")
                for number in islice(numbers, 3):
                    line = f'{{"by":"{self._name}","number":{number}}}\n'.encode()
                    rollout.append(line)
                    os.write(acknowledged, line)

    def freeze(self, _acknowledged: int) -> None:
        """Freeze the rollout, however young it is, again and again."""
        freezer = Freezer(self._home, 0, self._files, cold_after_ms=-(1 << 60))
        while time.monotonic() < self._end:
            try:
                freezer.freeze(self._path)
            except (Rejected, FileNotFoundError):
                continue

    def thaw(self, _acknowledged: int) -> None:
        """Thaw the rollout again and again."""
        while time.monotonic() < self._end:
            try:
                thaw(self._home, self._path, wait_s=0.02, files=self._files)
            except (Rejected, FileNotFoundError):
                continue
