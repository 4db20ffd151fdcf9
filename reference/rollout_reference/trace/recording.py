"""The writer behind all recording handles: it never raises, and it counts what failed.

[TRACE-WRITER-12, TRACE-WRITER-13, TRACE-WRITER-14]
"""

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from msgspec import Struct

from rollout_reference.trace.events import RawEvent
from rollout_reference.trace.vocabulary import PayloadKindName, PayloadRef
from rollout_reference.trace.writer import BundleWriter, Clock, NewId

A = ParamSpec("A")
R = TypeVar("R")


class Context(Struct, frozen=True):
    """The thread and turn in which an event happens.  [TRACE-WRITER-17]"""

    thread_id: str | None = None
    codex_turn_id: str | None = None


NOWHERE = Context()


class Recording:
    """The writer behind all handles of one rollout, and what went wrong with it."""

    def __init__(self, writer: BundleWriter | None, clock: Clock, new_id: NewId) -> None:
        self.writer = writer
        self.clock = clock
        self.new_id = new_id
        self.lock = threading.RLock()
        self.failures = 0
        self.repeats = 0
        self.last_error: Exception | None = None
        self._names: set[tuple[str, str]] = set()
        self._compaction_requests = 0

    @property
    def enabled(self) -> bool:
        """Tell whether calls are written."""
        return self.writer is not None

    def disabled(self) -> "Recording":
        """Return a recording that accepts the same calls and writes nothing.  [TRACE-WRITER-14]"""
        return self if self.writer is None else Recording(None, self.clock, self.new_id)

    def payload(self, kind: PayloadKindName, value: Any) -> PayloadRef | None:
        """Write a payload; None when that is disabled or failed.  [TRACE-WRITER-13]"""
        return None if self.writer is None else self._guarded(self.writer.write_payload, kind, value)

    def event(self, event: RawEvent, context: Context = NOWHERE) -> bool:
        """Append an event and tell whether it was written.  [TRACE-WRITER-12]"""
        if self.writer is None:
            return False

        def append(writer: BundleWriter) -> bool:
            writer.append(event, thread_id=context.thread_id, codex_turn_id=context.codex_turn_id)
            return True

        return self._guarded(append, self.writer) or False

    def start(self, event: RawEvent, context: Context, **names: str | None) -> "Recording":
        """Append the first event of something and return where its later ones go.

        The names that it takes must be new in the bundle, or no reducer would take it.
        """
        with self.lock:
            taken = {(space, name) for space, name in names.items() if name is not None}
            if self.writer is None:
                return self
            if taken & self._names:
                self.fail(ValueError(f"already recorded: {sorted(taken & self._names)}"))
                return self.disabled()
            if not self.event(event, context):
                return self.disabled()
            self._names |= taken
            return self

    def knows(self, space: str, name: str) -> bool:
        """Tell whether something of that name was recorded."""
        return (space, name) in self._names

    def remember(self, space: str, name: str | None) -> None:
        """Note a name that later calls may refer to."""
        if self.enabled and name is not None:
            with self.lock:
                self._names.add((space, name))

    def fail(self, error: Exception) -> None:
        """Count something that could not be recorded."""
        with self.lock:
            self.failures += 1
            self.last_error = error

    def repeat(self) -> None:
        """Count an end of what has ended already."""
        with self.lock:
            self.repeats += 1

    def next_compaction_request(self) -> str:
        """Return the id of the next compaction request."""
        with self.lock:
            self._compaction_requests += 1
            return f"compaction_request:{self._compaction_requests}"

    def _guarded(self, action: Callable[A, R], *args: A.args, **kwargs: A.kwargs) -> R | None:
        try:
            return action(*args, **kwargs)
        except Exception as error:  # a host must not fail because its record does
            self.fail(error)
            return None


class Handle:
    """Something that is recorded from its start to its one end."""

    def __init__(self, recording: Recording, context: Context) -> None:
        self._recording = recording
        self._context = context
        self._ended = False

    @property
    def enabled(self) -> bool:
        """Tell whether the calls of this handle are written."""
        return self._recording.enabled

    def _ends(self) -> bool:
        """Tell whether this is the first end; another is counted and ignored.  [TRACE-WRITER-9]"""
        with self._recording.lock:
            if self._ended:
                self._recording.repeat()
                return False
            self._ended = True
            return True
