"""What a host calls to record a thread: create or resume its rollout, and append to it.

A call that appends returns when its lines outlive the process, or raises `OSError` and keeps them
for the next call.  What cannot be recorded is refused before anything is written.
[SESSION-WRITER-1 to SESSION-WRITER-23]
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

from rollout_reference.session.lines import Line
from rollout_reference.session.names import RolloutName, logical_path, parse_name
from rollout_reference.session.reading.representation import open_rollout
from rollout_reference.session.storage.filesystem import REAL, FileSystem
from rollout_reference.session.storage.locks import home_of
from rollout_reference.session.writing.drafts import RolloutItem, draft, drafts
from rollout_reference.session.writing.header import (
    HistoryBase,
    ThreadStart,
    header_of,
    updated_git,
    updated_memory_mode,
)
from rollout_reference.session.writing.item_ids import NewId, uuid7, with_id
from rollout_reference.session.writing.line_writer import Clock, LineWriter, Place, end_line
from rollout_reference.session.writing.opening import header_line, memory_mode_in, meta_of
from rollout_reference.session.writing.ordinals import history_of, ordinals_of_file
from rollout_reference.session.writing.policy import HistoryMode


def unix_ms() -> int:
    """Return the wall time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


class Host(Struct, frozen=True):
    """What a recorder takes from its host: Unix milliseconds, the zone of local time, fresh ids, the disk."""

    clock: Clock = unix_ms
    zone: tzinfo | None = None
    """None is the zone of the machine."""
    new_id: NewId = uuid7
    files: FileSystem = REAL


HERE = Host()


class RolloutRecorder:
    """The one writer of a thread's rollout."""

    def __init__(self, host: Host, header: Line, writer: LineWriter) -> None:
        self._host = host
        self._header = header
        self._writer = writer

    @classmethod
    def create(
        cls,
        home: Path,
        start: ThreadStart,
        host: Host = HERE,
        *,
        thread_id: str | None = None,
        base: HistoryBase | None = None,
        inherited: Iterable[RolloutItem] | None = None,
    ) -> Self:
        """Prepare the rollout of a new thread below a home; nothing is on disk yet.

        `base` is the history that a reference fork builds on; `inherited` are the items that a
        sub-agent has from its parent.  Raises `NotRecordable`.
        [SESSION-WRITER-4, SESSION-WRITER-5, SESSION-ORDINAL-2]
        """
        now_ms = host.clock()
        prefix = drafts(inherited or (), start.history_mode)
        counted = inherited is not None and start.history_mode == "paginated"
        payload = header_of(
            start,
            thread_id=thread_id or host.new_id(),
            window_id=host.new_id(),
            now_ms=now_ms,
            base=base,
            inherited_lines=len(prefix) if counted else None,
        )
        header = draft(RolloutItem("session_meta", payload))
        # SESSION-WRITER-6
        path = home / RolloutName(local_text(now_ms, host.zone), payload["id"]).active_path
        place = Place(home, path, payload["id"], host.files)
        writer = LineWriter(place, history_of(payload), host.clock)
        writer.add([header, *prefix])
        return cls(host, header, writer)

    @classmethod
    def resume(cls, path: Path, host: Host = HERE) -> Self:
        """Open a rollout, in either form, to append to it; its last line gets its end.

        Nothing else changes.  Raises `OSError`, what `open_for_append` raises, and `HeaderNotFirst`,
        `OrdinalMissing` or `PrefixIncomplete` for a file that cannot be gone on with.
        [SESSION-WRITER-9, SESSION-WRITER-10, SESSION-ORDINAL-5]
        """
        name = parse_name(path.name)
        place = Place(home_of(path), logical_path(path), name.thread_id if name else path.name, host.files)
        opened = place.open(create=False)
        try:
            header = header_line(opened.file, place.path)
            history = history_of(header.payload)
            ordinals = ordinals_of_file(opened.file, place.path, history)
            end_line(opened)
        except BaseException:
            opened.close()
            raise
        return cls(host, header, LineWriter.of_file(place, history, host.clock, opened, ordinals))

    @property
    def path(self) -> Path:
        """Return the plain path of the rollout, whether or not it exists."""
        return self._writer.place.path

    @property
    def thread_id(self) -> str:
        """Return the thread that the file belongs to.  [SESSION-LAW-2]"""
        return str(meta_of(self._header).id)

    @property
    def session_id(self) -> str:
        """Return the thread at the root of the tree of agents.  [SESSION-WRITER-17]"""
        return str(meta_of(self._header).session_id)

    @property
    def header(self) -> Mapping[str, Any]:
        """Return the payload of the first line."""
        payload: Mapping[str, Any] = self._header.payload
        return payload

    @property
    def history_mode(self) -> HistoryMode:
        """Return how the thread's history is kept."""
        mode: HistoryMode = self._header.payload.get("history_mode", "legacy")
        return mode

    @property
    def waiting(self) -> int:
        """Return how many lines wait to be written, the header of a new file not counted."""
        return self._writer.waiting - (0 if self._writer.begun else 1)

    # --- appending ------------------------------------------------------------------------------------

    def add(self, *items: RolloutItem) -> None:
        """Take items that the file of this history mode holds; `flush` writes them.

        Raises `NotRecordable`; then none of them is taken.  [SESSION-WRITER-1, SESSION-POLICY-1]
        """
        self._writer.add(drafts(map(self._with_id, items), self.history_mode))

    def copy(self, line: Line) -> None:
        """Take a line of another rollout as it is, but for its time and ordinal."""
        self._writer.add([line])

    def append(self, *items: RolloutItem) -> None:
        """Take items and write them.  Raises `NotRecordable` or `OSError`.  [SESSION-WRITER-11]"""
        self.add(*items)
        self.flush()

    def flush(self) -> None:
        """Write what waits; a new thread without an item has no file yet.

        Raises `OSError`; what is not written goes on waiting.  [SESSION-WRITER-5, SESSION-WRITER-12]
        """
        if self._writer.begun or self.waiting:
            self._writer.flush()

    def persist(self) -> None:
        """Write what waits, and the header even if nothing does.  [SESSION-WRITER-5]"""
        self._writer.flush()

    def close(self) -> None:
        """Write what waits and let the file go.

        Raises `OSError`; the recorder is then as it was and can be closed again.
        """
        self.flush()
        self._writer.close()

    def abandon(self) -> None:
        """Let the file go as a process does that dies: what waits is lost."""
        self._writer.close()

    # --- items that belong together -------------------------------------------------------------------

    def append_world_state(self, messages: Iterable[Any], state: Any, *, full: bool) -> None:
        """Record what the model was told about its world, then the state that it knows now.

        `state` is the whole state if `full`, otherwise a merge patch on the one before; an empty patch
        is not written.  [SESSION-WRITER-22]
        """
        told = [RolloutItem("response_item", message) for message in messages]
        world = RolloutItem("world_state", {"full": full, "state": state})
        self.append(*told, *([world] if full or state else []))

    def append_agent_message(self, message: Any, *, trigger_turn: bool) -> None:
        """Record a message from another agent, right after the line about it.  [SESSION-WRITER-23]"""
        about = RolloutItem("inter_agent_communication_metadata", {"trigger_turn": trigger_turn})
        self.append(about, RolloutItem("response_item", message))

    def update_git(self, git: Mapping[str, str]) -> bool:
        """Record other git facts; False in a paginated thread, whose file does not hold them.

        [SESSION-WRITER-21]
        """
        return self._update(lambda: updated_git(self.header, git, self._memory_mode()))

    def update_memory_mode(self, memory_mode: str) -> bool:
        """Record another memory mode; False in a paginated thread.  [SESSION-WRITER-21]"""
        return self._update(lambda: updated_memory_mode(self.header, memory_mode))

    def _update(self, change: Callable[[], dict[str, Any]]) -> bool:
        if self.history_mode == "paginated":
            return False
        self.persist()
        self.append(RolloutItem("session_meta", change()))
        return True

    def _memory_mode(self) -> str | None:
        with open_rollout(self.path).file as file:
            return memory_mode_in(file)

    def _with_id(self, item: RolloutItem) -> RolloutItem:
        """Give a response item of a paginated rollout an id.  [SESSION-WRITER-8]"""
        if item.type != "response_item" or self.history_mode != "paginated":
            return item
        return RolloutItem(item.type, with_id(item.payload, self._host.new_id), item.extra)


def local_text(now_ms: int, zone: tzinfo | None) -> str:
    """Return a Unix time in milliseconds as the local time in a file's name."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=now_ms)
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H-%M-%S")
