"""The end of one rollout file: lines are added to it whole, once and in order, whatever fails.

[SESSION-WRITER-8 to SESSION-WRITER-15]
"""

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from rollout_reference.session.errors import RolloutReplaced
from rollout_reference.session.lines import Line
from rollout_reference.session.storage.appending import Appender, open_for_append
from rollout_reference.session.storage.filesystem import FileSystem
from rollout_reference.session.writing import tail
from rollout_reference.session.writing.drafts import text_of
from rollout_reference.session.writing.ordinals import History, Ordinals, ordinals_of_file, ordinals_of_new

Clock = Callable[[], int]
"""Returns the wall time in Unix milliseconds."""


class Place(Struct, frozen=True):
    """Where a rollout lies, and whose it is: what is needed to open it to append."""

    home: Path
    path: Path
    thread_id: str
    files: FileSystem

    def open(self, *, create: bool) -> Appender:
        """Open it, thawed and locked.  Raises `OSError` and what `open_for_append` raises."""
        return open_for_append(self.home, self.path, self.thread_id, create=create, files=self.files)


class LineWriter:
    """The lines that a rollout still has to get, and the file while it is open."""

    def __init__(self, place: Place, history: History, clock: Clock) -> None:
        """Prepare a file that does not exist yet; nothing is touched.  [SESSION-WRITER-5]"""
        self.place = place
        self.begun = False
        """Whether the file has its header."""
        self._history = history
        self._ordinals = ordinals_of_new(history)
        self._clock = clock
        self._opened: Appender | None = None
        self._end = 0
        """Up to here the file is known to hold whole lines."""
        self._queue: deque[Line] = deque()
        self._attempt = b""
        """The text of the first line of the queue, once its writing has begun."""

    @classmethod
    def of_file(
        cls, place: Place, history: History, clock: Clock, opened: Appender, ordinals: Ordinals
    ) -> "LineWriter":
        """Go on with a file that is open and whose last line has an end."""
        writer = cls(place, history, clock)
        writer.begun = True
        writer._opened = opened
        writer._ordinals = ordinals
        writer._end = tail.size_of(opened.file)
        return writer

    @property
    def waiting(self) -> int:
        """Return how many lines are not in the file yet."""
        return len(self._queue)

    def add(self, lines: Iterable[Line]) -> None:
        """Put lines at the end of the queue; nothing is written."""
        self._queue.extend(lines)

    def flush(self) -> None:
        """Write the queue: when this returns, its lines outlive the process.

        After a failure the file is opened anew and the rest is tried once more.  Raises what fails
        then; what is not written stays in the queue.  [SESSION-WRITER-11, SESSION-WRITER-12]
        """
        try:
            self._write_queue()
        except (OSError, RolloutReplaced):
            self.close()
            try:
                self._write_queue()
            except (OSError, RolloutReplaced):
                self.close()
                raise

    def close(self) -> None:
        """Let the file go, whether or not its queue is empty."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _write_queue(self) -> None:
        if self._opened is None:
            self._opened = self.place.open(create=not self.begun)
        done = self._settle(self._opened)
        while self._queue:
            if not self._attempt:
                self._attempt = text_of(self._queue[0], self._clock(), self._ordinals.following())
            if rest := self._attempt[done:]:
                self._opened.append(rest)
            self._end += len(self._attempt)
            self._leave_queue()
            self._ordinals.advance()  # SESSION-ORDINAL-3
            done = 0

    def _settle(self, opened: Appender) -> int:
        """Bring what is known of the file up to date; return how much of the attempt stands in it.

        What a failed write left is completed, not repeated: no line is torn and none stands twice.
        [SESSION-WRITER-13]
        """
        shrunk = tail.size_of(opened.file) < self._end
        found = b"" if shrunk else tail.bytes_from(opened.file, self._end)
        if not shrunk and self._attempt.startswith(found):
            return len(found)
        if not self.begun:
            raise FileExistsError(f"{self.place.path.name} exists")  # SESSION-WRITER-5
        self._meet_another_writer(opened, found)
        return 0

    def _meet_another_writer(self, opened: Appender, found: bytes) -> None:
        """Go on after what someone without a lock has written.  [SESSION-WRITER-14]"""
        if self._attempt and self._attempt in found:
            self._leave_queue()
        self._attempt = b""
        end_line(opened)
        self._end = tail.size_of(opened.file)
        self._ordinals = ordinals_of_file(opened.file, self.place.path, self._history)

    def _leave_queue(self) -> None:
        self._queue.popleft()
        self._attempt = b""
        self.begun = True


def end_line(opened: Appender) -> None:
    """End the last line if it has no end: a torn record stays a line of its own.  [SESSION-WRITER-9]"""
    if tail.is_torn(opened.file):
        opened.append(b"\n")
