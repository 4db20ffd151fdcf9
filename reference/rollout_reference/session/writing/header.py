"""The first line of a rollout: what a thread says about itself, and what it has from others.

[SESSION-WRITER-4 to 7, SESSION-WRITER-16 to 19]
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference.session.writing.policy import HistoryMode

SERVICE_ORIGINATORS = (
    "codex_work_desktop",
    "codex_work_web",
    "codex_work_mobile",
    "codex_work_cca",
    "chatgpt_cca",
)
"""Services whose name is the originator of the threads that they start."""

INHERITED_BY_FORK = (
    "base_instructions",
    "dynamic_tools",
    "selected_capability_roots",
    "multi_agent_version",
)
"""Fields that a fork has from its parent unless its host says otherwise."""


class ThreadStart(Struct, frozen=True, kw_only=True):
    """What a host knows about a thread when it starts it; shapes as in `session_meta`."""

    cwd: str
    cli_version: str
    originator: str = ""
    source: Any = "cli"
    thread_source: str | None = None
    session_id: str | None = None
    """The thread at the root of the tree of agents; the thread itself if not given."""
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    model_provider: str | None = None
    base_instructions: Any = None
    dynamic_tools: list[Any] | None = None
    selected_capability_roots: list[Any] | None = None
    memories: bool = True
    history_mode: HistoryMode = "legacy"
    multi_agent_version: str | None = None
    git: Mapping[str, str] | None = None


class HistoryBase(Struct, frozen=True):
    """The part of another rollout that comes before this one."""

    thread_id: str
    end_ordinal_exclusive: int
    end_byte_offset: int


def header_of(
    start: ThreadStart,
    *,
    thread_id: str,
    window_id: str,
    now_ms: int,
    base: HistoryBase | None = None,
    inherited_lines: int | None = None,
) -> dict[str, Any]:
    """Return the payload of the first line, keys in their order.  [SESSION-WRITER-4]

    `window_id` is the identity of the thread's window 0, `now_ms` the Unix time in milliseconds
    that the name of the file tells too, `inherited_lines` the length of the prefix that a
    sub-agent has from its parent, in a paginated file.
    """
    spawned = _spawn_of(start.source)  # SESSION-WRITER-7
    fields: dict[str, Any] = {
        "session_id": start.session_id or thread_id,  # SESSION-WRITER-17
        "id": thread_id,
        "forked_from_id": start.forked_from_id,
        "forked_from_ordinal_exclusive": base.end_ordinal_exclusive if base else None,
        "parent_thread_id": start.parent_thread_id,
        "timestamp": utc_text(now_ms),
        "cwd": start.cwd,
        "originator": start.originator,
        "cli_version": start.cli_version,
        "source": start.source,
        "thread_source": start.thread_source,
        "agent_nickname": spawned.get("agent_nickname"),
        "agent_role": spawned.get("agent_role") or spawned.get("agent_type"),
        "agent_path": spawned.get("agent_path"),
        "model_provider": start.model_provider,
        "base_instructions": start.base_instructions,
        "dynamic_tools": start.dynamic_tools or None,
        "selected_capability_roots": start.selected_capability_roots or None,
        "memory_mode": None if start.memories else "disabled",
        "history_mode": start.history_mode,
        "history_base": msgspec.to_builtins(base) if base else None,
        "subagent_history_start_ordinal": None if inherited_lines is None else inherited_lines + 1,
        "multi_agent_version": start.multi_agent_version,
        "context_window": {"window_id": window_id},  # SESSION-WRITER-19
        "git": dict(start.git) if start.git else None,
    }
    written_as_null = ("model_provider", "base_instructions")
    return {key: value for key, value in fields.items() if value is not None or key in written_as_null}


def as_fork(start: ThreadStart, parent: Mapping[str, Any]) -> ThreadStart:
    """Return the start of a fork: its origin, and what it has from its parent's header.

    A fork has the history mode of its parent.  [SESSION-WRITER-16, SESSION-WRITER-20]
    """
    inherited = {
        key: parent[key]
        for key in INHERITED_BY_FORK
        if getattr(start, key) is None and parent.get(key) is not None
    }
    return msgspec.structs.replace(
        start,
        forked_from_id=parent["id"],
        history_mode=parent.get("history_mode", "legacy"),
        originator=originator_of(persisted=parent.get("originator"), default=start.originator),
        **inherited,
    )


def as_sub_agent(start: ThreadStart, parent: Mapping[str, Any]) -> ThreadStart:
    """Return the start of an agent that the thread of a header spawns.

    It belongs to its parent's session and has its parent's originator.
    [SESSION-WRITER-16, SESSION-WRITER-17]
    """
    return msgspec.structs.replace(
        start,
        session_id=parent.get("session_id") or parent["id"],
        parent_thread_id=parent["id"],
        originator=originator_of(inherited=parent.get("originator"), default=start.originator),
    )


def originator_of(
    *,
    service: str | None = None,
    persisted: str | None = None,
    inherited: str | None = None,
    override: str | None = None,
    default: str = "",
) -> str:
    """Return who started a thread; an empty text counts as none.  [SESSION-WRITER-16]

    `service` is the name of the hosting service, `persisted` what the history says that is resumed
    or forked, `inherited` what the parent says, `override` what the environment says, `default`
    the name of the client.
    """
    named = (service or "").strip().lower()
    mapped = named if named in SERVICE_ORIGINATORS else ""
    return mapped or persisted or inherited or override or default


def updated_git(meta: Mapping[str, Any], git: Mapping[str, str], memory_mode: str | None) -> dict[str, Any]:
    """Return the header once more with other git facts and the memory mode in force.

    [SESSION-WRITER-21]
    """
    kept = {key: value for key, value in meta.items() if key not in ("git", "memory_mode")}
    return kept | ({"memory_mode": memory_mode} if memory_mode else {}) | {"git": dict(git)}


def updated_memory_mode(meta: Mapping[str, Any], memory_mode: str) -> dict[str, Any]:
    """Return the header once more with another memory mode, and without git.

    Git facts that are left out stay what they were.  [SESSION-WRITER-21]
    """
    return {key: value for key, value in meta.items() if key != "git"} | {"memory_mode": memory_mode}


def utc_text(now_ms: int) -> str:
    """Return a Unix time in milliseconds as the text of a timestamp.  [SESSION-WRITER-3]"""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=now_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _spawn_of(source: Any) -> dict[str, Any]:
    """Return how an agent was spawned; empty for other sources."""
    agent = source.get("subagent") if isinstance(source, dict) else None
    spawn = agent.get("thread_spawn") if isinstance(agent, dict) else None
    return spawn if isinstance(spawn, dict) else {}
