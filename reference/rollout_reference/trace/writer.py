"""Append to one bundle: manifest once, payload files, one flushed line per event.

Everything here may raise; a host does not call it but `recorder`, which never does.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from rollout_reference import jsontext
from rollout_reference.errors import Rejected
from rollout_reference.trace.bundle import EVENT_LOG, MANIFEST, PAYLOADS, Manifest
from rollout_reference.trace.events import SCHEMA_1, Event, RawEvent
from rollout_reference.trace.vocabulary import PayloadKind, PayloadKindName, PayloadRef

SCHEMA_VERSION = 1

Clock = Callable[[], int]
"""Returns the wall time in Unix milliseconds."""

NewId = Callable[[], str]
"""Returns an id that was never given before."""


class NotRecordable(ValueError):
    """A value that would make a bundle which cannot be read back."""


def unix_ms() -> int:
    """Return the wall time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def new_uuid() -> str:
    """Return a fresh random UUID."""
    return str(uuid.uuid4())


class BundleWriter:
    """The one writer of a bundle; several threads may call it.  [TRACE-WRITER-2]"""

    def __init__(self, folder: Path, manifest: Manifest, clock: Clock) -> None:
        self.folder = folder
        self.manifest = manifest
        self._clock = clock
        self._lock = threading.Lock()
        self._next_seq = 1
        self._next_payload = 1
        self._size = 0
        self._broken = False
        # Unbuffered: what a call has written outlives the process.  [TRACE-WRITER-4]
        self._log = (folder / EVENT_LOG).open("ab", buffering=0)

    @classmethod
    def create(
        cls, trace_root: Path | str, root_thread_id: str, *, clock: Clock = unix_ms, new_id: NewId = new_uuid
    ) -> "BundleWriter":
        """Make a new bundle below a trace root, which is made with its parents.

        Raises `OSError`, or `NotRecordable` for a thread id that is no name for a directory.
        [TRACE-WRITER-5, TRACE-WRITER-6]
        """
        trace_id = new_id()
        name = f"trace-{trace_id}-{root_thread_id}"
        if os.path.basename(name) != name or "\0" in name:
            raise NotRecordable(f"{name!r} is no name for a directory")
        folder = Path(trace_root) / name
        folder.mkdir(parents=True)
        (folder / PAYLOADS).mkdir()
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            trace_id=trace_id,
            rollout_id=root_thread_id,
            root_thread_id=root_thread_id,
            started_at_unix_ms=clock(),
            raw_event_log=EVENT_LOG,
            payloads_dir=PAYLOADS,
        )
        (folder / MANIFEST).write_bytes(jsontext.pretty(manifest))
        return cls(folder, manifest, clock)

    def write_payload(self, kind: PayloadKindName, value: Any) -> PayloadRef:
        """Write a payload file and return the reference for the event that will name it.

        Raises `OSError`, or `NotRecordable` for a value that is no JSON within the limits; the
        number is given again then.  [TRACE-WRITER-1, TRACE-WRITER-3]
        """
        data = _pretty(value)
        with self._lock:
            number = self._next_payload
            path = f"{PAYLOADS}/{number}.json"
            try:
                (self.folder / path).write_bytes(data)
            except OSError:
                (self.folder / path).unlink(missing_ok=True)
                raise
            self._next_payload += 1
        return PayloadRef(f"raw_payload:{number}", PayloadKind(kind), path)

    def append(
        self, event: RawEvent, *, thread_id: str | None = None, codex_turn_id: str | None = None
    ) -> None:
        """Append one event; it is on its way to the disk when this returns.

        Raises `OSError`, or `NotRecordable` for an event that no reader takes; the number is
        given again then.  [TRACE-WRITER-2, TRACE-WRITER-4]
        """
        with self._lock:
            line = _line(
                Event(
                    schema_version=SCHEMA_VERSION,
                    seq=self._next_seq,
                    wall_time_unix_ms=self._clock(),
                    rollout_id=self.manifest.rollout_id,
                    thread_id=thread_id,
                    codex_turn_id=codex_turn_id,
                    payload=event,
                )
            )
            self._write(line)
            self._next_seq += 1

    def close(self) -> None:
        """Give the log back; what is appended later fails."""
        with self._lock:
            self._log.close()

    def _write(self, line: bytes) -> None:
        """Write a whole line or none; a torn one that stays is the last.  [TRACE-WRITER-23]"""
        if self._broken or self._log.closed:
            raise NotRecordable("the log is closed")
        done = 0
        try:
            while done < len(line):
                done += self._log.write(line[done:])
        except OSError:
            self._broken = True
            os.truncate(self._log.fileno(), self._size)
            self._broken = False
            raise
        self._size += len(line)


def _pretty(value: Any) -> bytes:
    try:
        data = jsontext.pretty(value)
        jsontext.parse(data)
    except Exception as error:
        raise NotRecordable(str(error)) from error
    return data


def _line(event: Event[RawEvent]) -> bytes:
    """Return an event as its line; raises `NotRecordable` when a reader would not take it."""
    try:
        data = msgspec.json.encode(event)
        SCHEMA_1.decode(data)
    except (Rejected, TypeError, ValueError, RecursionError) as error:
        raise NotRecordable(str(error)) from error
    return data + b"\n"
