"""Threads: start, who spawned them, end."""

from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference.errors import DuplicateThreadStart, InvalidThreadMetadata
from rollout_reference.trace.events import Event, ThreadEnded, ThreadStarted
from rollout_reference.trace.reduce.agents import spawn_edge_id
from rollout_reference.trace.reduce.reduction import Reduction, close, handles, opened_at
from rollout_reference.trace.state import AgentThread, Root, Spawned


class Metadata(Struct, frozen=True):
    """What a reducer reads of a `session_metadata` payload.  [TRACE-THREAD-7]"""

    agent_path: str | None = None
    task_name: str | None = None
    nickname: str | None = None
    agent_role: str | None = None
    model: str | None = None
    session_source: Any = None


class ThreadSpawn(Struct, frozen=True):
    """The part of a session source that names the parent of a spawned thread.  [TRACE-ORIGIN-1]"""

    parent_thread_id: str
    agent_path: str | None
    task_name: str | None
    agent_role: str | None


@handles(ThreadStarted)
def start_thread(trace: Reduction, event: Event[ThreadStarted]) -> None:
    """Open a thread and derive who spawned it.  [TRACE-THREAD-1, TRACE-THREAD-5, TRACE-THREAD-6]"""
    started = event.payload
    if started.thread_id in trace.state.threads:
        raise DuplicateThreadStart(started.thread_id)  # TRACE-THREAD-2

    metadata = read_metadata(trace, started)
    spawn = thread_spawn_of(metadata.session_source)
    path = first_given(spawn.agent_path if spawn else None, metadata.agent_path, started.agent_path)
    trace.state.threads[started.thread_id] = AgentThread(
        thread_id=started.thread_id,
        agent_path=path,
        nickname=metadata.nickname,
        origin=origin_of(started.thread_id, path, metadata, spawn) if spawn else Root(),
        execution=opened_at(event),
        default_model=metadata.model,
    )


@handles(ThreadEnded)
def end_thread(trace: Reduction, event: Event[ThreadEnded]) -> None:
    """Close a thread; the status is taken by name, also `running`.  [TRACE-THREAD-3, TRACE-THREAD-4]"""
    thread = trace.thread(event.payload.thread_id, "TRACE-THREAD-3")
    close(thread.execution, event, event.payload.status)


def read_metadata(trace: Reduction, started: ThreadStarted) -> Metadata:
    """Return the metadata of a thread, empty when none was recorded."""
    ref = started.metadata_payload
    if ref is None:
        return Metadata()
    try:
        return msgspec.convert(trace.bundle.read_payload(ref), Metadata)
    except msgspec.ValidationError as error:  # TRACE-THREAD-7
        raise InvalidThreadMetadata(ref.raw_payload_id, str(error)) from None


def thread_spawn_of(session_source: Any) -> ThreadSpawn | None:
    """Return the spawn information, if there is any that names a parent.  [TRACE-ORIGIN-1]"""
    spawn = _spawn_object(session_source)
    parent = _text(spawn, "parent_thread_id")
    if parent is None:
        return None
    return ThreadSpawn(
        parent, _text(spawn, "agent_path"), _text(spawn, "task_name"), _text(spawn, "agent_role")
    )


def origin_of(thread_id: str, path: str, metadata: Metadata, spawn: ThreadSpawn) -> Spawned:
    """Return the origin of a spawned thread.  [TRACE-ORIGIN-2, TRACE-ORIGIN-3, TRACE-ORIGIN-4]"""
    return Spawned(
        parent_thread_id=spawn.parent_thread_id,
        spawn_edge_id=spawn_edge_id(spawn.parent_thread_id, thread_id),
        task_name=first_given(spawn.task_name, metadata.task_name, last_segment(path)),
        agent_role=first_given(spawn.agent_role, metadata.agent_role, ""),
    )


def last_segment(path: str) -> str:
    """Return the last non-empty `/`-segment of a path, or the path when it has none."""
    return next((segment for segment in reversed(path.split("/")) if segment), path)


def first_given(*choices: str | None) -> str:
    """Return the first choice that is not None; the last one never is."""
    return next(choice for choice in choices if choice is not None)


def _spawn_object(session_source: Any) -> Any:
    value = session_source
    for key in ("subagent", "thread_spawn"):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: Any, key: str) -> str | None:
    text = value.get(key) if isinstance(value, dict) else None
    return text if isinstance(text, str) else None
