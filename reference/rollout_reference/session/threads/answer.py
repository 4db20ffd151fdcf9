"""A thread in the shape in which the CLI answers `thread/list`.  [SESSION-THREADS-1]"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from rollout_reference.session.items.meta import Git, NamedSource, SessionSource
from rollout_reference.session.threads.entries import Entry
from rollout_reference.session.threads.metadata import normal_folder


def thread_row(entry: Entry, home: Path, name: str | None) -> dict[str, Any]:
    """Return a thread as JSON; its path is the plain one, from the home; times are whole Unix seconds."""
    thread = entry.metadata
    spawn = thread.spawn
    return {
        "id": thread.id,
        "extra": None,
        "sessionId": thread.id,
        "forkedFromId": thread.forked_from_id,
        "parentThreadId": thread.parent_thread_id or (str(spawn.parent_thread_id) if spawn else None),
        "preview": thread.preview or "",
        "ephemeral": False,
        "historyMode": thread.history_mode,
        "modelProvider": thread.model_provider,
        "createdAt": thread.created_ms // 1000,
        "updatedAt": entry.updated_ms // 1000,
        "recencyAt": entry.updated_ms // 1000,
        "status": {"type": "notLoaded"},
        "path": entry.current.path.relative_to(home).as_posix(),
        "cwd": normal_folder(thread.cwd),
        "cliVersion": thread.cli_version,
        "source": _source(thread.source),
        "threadSource": thread.thread_source,
        "agentNickname": thread.agent_nickname,
        "agentRole": thread.agent_role,
        "gitInfo": _git(thread.git),
        "name": name,
        "turns": [],
    }


def details(entry: Entry) -> dict[str, Any]:
    """Return what only a whole reading tells of a thread.  [SESSION-THREADS-16]"""
    thread = entry.metadata
    return {
        "title": thread.title,
        "firstUserMessage": thread.first_user_message,
        "model": thread.model,
        "reasoningEffort": None if thread.effort is None else str(thread.effort),
        "tokensUsed": thread.tokens_used,
        "memoryMode": thread.memory_mode,
        "agentPath": thread.agent_path,
        "archived": entry.archived,
    }


def _source(source: SessionSource) -> Any:
    if not isinstance(source, NamedSource):
        return "appServer" if source == "mcp" else source
    if source.custom is not UNSET:
        return {"custom": source.custom}
    if source.subagent is not UNSET:
        return {"subAgent": msgspec.to_builtins(source.subagent, enc_hook=str)}
    return "unknown"


def _git(git: Git | None) -> dict[str, str | None] | None:
    if git is None:
        return None
    return {"sha": git.commit_hash, "branch": git.branch, "originUrl": git.repository_url}
