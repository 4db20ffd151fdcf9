"""The reference on a simulated disk, one operation at a time.

An actor is a function of a file system.  Whatever it does follows from the results of its operations, so
its whole state is the list of them: to see what it wants next it is run from the start, given the results
so far, and stopped where they end.  Each list is run once and remembered.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rollout_conformance.machines.storage.disk import LOCKS, ROLLOUTS, Failure, Request
from rollout_reference.session.storage.filesystem import Facts, Kind
from rollout_reference.session.storage.locks import LOCKS as LOCK_FOLDER

NS_PER_DAY = 24 * 60 * 60 * 10**9
DEVICE = 1


class Stopped(BaseException):
    """The actor is at the end of what is known; `request` is what it wants next."""


class Diary:
    """The file system as one actor sees it: answers from a list, then stops."""

    def __init__(self, name: str, results: list[Any]) -> None:
        self._name = name
        self._results = results
        self._position = 0
        self._scratches = 0
        self.request: Request | None = None

    def _ask(self, *request: Any) -> Any:
        if self.request is not None:
            raise Stopped  # an actor that cleans up on its way out does nothing
        if self._position == len(self._results):
            self.request = request
            raise Stopped
        result = self._results[self._position]
        self._position += 1
        if isinstance(result, Failure):
            raise OSError(result.number, "simulated")
        return result

    def make_folder(self, path: Path) -> None:
        """Do nothing: the folders are there."""

    def entries(self, folder: Path) -> Iterator[tuple[str, Kind]]:
        """Refuse: a simulated run knows its files."""
        raise NotImplementedError

    def facts(self, path: Path) -> Facts | None:
        """Return the facts of what a path names; the folders are there and do not change."""
        if not path.name.startswith("rollout-"):
            return Facts("folder", (DEVICE, -1), 0, 0o755, 0, 0)
        found = self._ask("facts", path.name)
        return None if found is None else _facts(found)

    def facts_of(self, handle: int) -> Facts:
        """Return the facts of an open file."""
        return _facts(self._ask("facts_of", handle))

    def open_to_read(self, path: Path) -> int:
        """Open a file that is there."""
        return int(self._ask("open_to_read", path.name))

    def open_to_append(self, path: Path) -> int:
        """Open a file that is there to be appended to."""
        return int(self._ask("open_to_append", path.name))

    def create(self, path: Path, mode: int) -> int:
        """Make a file that is not there."""
        return int(self._ask("create", path.name, mode))

    def open_lock(self, path: Path) -> int:
        """Open a lock file."""
        return int(self._ask("open_lock", path.name))

    def open_old_lock(self, path: Path) -> int | None:
        """Open a lock file, None if it is not there."""
        handle = self._ask("open_old_lock", path.name)
        return None if handle is None else int(handle)

    def close(self, handle: int) -> None:
        """Close a handle."""
        self._ask("close", handle)

    def read(self, handle: int, offset: int, size: int) -> bytes:
        """Read."""
        return bytes(self._ask("read", handle, offset, size))

    def write(self, handle: int, data: bytes) -> None:
        """Write all."""
        self._ask("write", handle, data)

    def sync(self, handle: int) -> None:
        """Make a file safe."""
        self._ask("sync", handle)

    def sync_folder(self, path: Path) -> None:
        """Make the entries of the folder safe."""
        self._ask("sync_folder")

    def set_attributes(self, handle: int, *, mode: int, mtime_ns: int | None) -> None:
        """Give a file its attributes."""
        modified = None if mtime_ns is None else mtime_ns // NS_PER_DAY
        self._ask("set_attributes", handle, mode, modified)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name."""
        self._ask("link", source.name, target.name)

    def unlink(self, path: Path) -> None:
        """Take a name away."""
        self._ask("unlink", LOCKS if path.parent.name == LOCK_FOLDER else ROLLOUTS, path.name)

    def lock(self, handle: int, wait_s: float) -> bool:
        """Take a lock; waiting has no end here."""
        return bool(self._ask("lock", handle, wait_s > 0))

    def pause(self, seconds: float) -> None:
        """Go on when the lock that was refused last is free."""
        self._ask("pause")

    def unique(self) -> str:
        """Return a text that is this actor's own."""
        self._scratches += 1
        return f"{self._name}-{self._scratches}"

    def acknowledge(self, *, safe: bool) -> None:
        """Note that the caller was told that one more line is written."""
        self._ask("acknowledge", safe)


def _facts(found: tuple[int, int, int, int, int]) -> Facts:
    number, size, mode, modified, changed = found
    return Facts("file", (DEVICE, number), size, mode, modified * NS_PER_DAY, changed)


Program = Callable[[Diary], None]
"""What an actor does; an expected rejection or `OSError` ends it quietly."""


class Step:
    """Where an actor stands: after some results, before its next request or at its end."""

    __slots__ = ("_next", "_play", "failure", "request", "results")

    def __init__(self, play: "Play", results: tuple[Any, ...]) -> None:
        self._play = play
        self._next: dict[Any, Step] = {}
        self.results = results
        self.request, self.failure = play.run(results)

    def after(self, result: Any) -> "Step":
        """Return where the actor stands once it has a result."""
        step = self._next.get(result)
        if step is None:
            step = self._next[result] = Step(self._play, (*self.results, result))
        return step


class Play:
    """An actor with everything that is known of what it does."""

    def __init__(self, name: str, program: Program) -> None:
        self.name = name
        self._program = program
        self._start: Step | None = None

    def start(self) -> Step:
        """Return where it stands before its first operation."""
        if self._start is None:
            self._start = Step(self, ())
        return self._start

    def run(self, results: tuple[Any, ...]) -> tuple[Request | None, BaseException | None]:
        """Return the next request after some results, or None and what went wrong at the end, if anything."""
        diary = Diary(self.name, list(results))
        try:
            self._program(diary)
        except Stopped:
            pass
        except Exception as error:  # a bug of the reference is a finding, not an end of the search
            if diary.request is None:
                return None, error
        return diary.request, None
