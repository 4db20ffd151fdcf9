"""What a thread says about itself.  [SESSION-THREADS-1]"""

import posixpath
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, Struct

from rollout_reference.session.items.meta import AgentSource, Git, NamedSource, SessionSource, ThreadSpawn

DEFAULT_PROVIDER = "openai"
"""The provider of a thread that names none."""
_NAME_TIME = "%Y-%m-%dT%H-%M-%S"


class Said(Struct, gc=False, array_like=True, frozen=True):
    """The texts of a thread, where they are not all the same."""

    preview: str | None
    title: str | None
    first_user_message: str | None


class Metadata(Struct, kw_only=True, gc=False, array_like=True):
    """What the lines of a thread say about it; `created_ms` counts from 1970-01-01 UTC.

    As JSON it is an array of its fields in this order, since a cache reads very many of them.
    """

    id: str
    created_ms: int
    source: SessionSource
    cwd: str
    cli_version: str
    history_mode: str
    forked_from_id: str | None
    parent_thread_id: str | None
    model_provider: str = DEFAULT_PROVIDER
    thread_source: str | None = None
    agent_nickname: str | None = None
    agent_role: str | None = None
    agent_path: str | None = None
    git: Git | None = None
    memory_mode: str | None = None
    said: Said | str | None = None
    """What it is shown and found by; one text if that is all three of them, as it mostly is."""
    model: str | None = None
    effort: str | None = None
    tokens_used: int = 0

    @property
    def preview(self) -> str | None:
        """Return what a list shows of the thread."""
        return self.said.preview if isinstance(self.said, Said) else self.said

    @property
    def title(self) -> str | None:
        """Return what the user typed first."""
        return self.said.title if isinstance(self.said, Said) else self.said

    @property
    def first_user_message(self) -> str | None:
        """Return what the user sent first."""
        return self.said.first_user_message if isinstance(self.said, Said) else self.said

    @property
    def spawn(self) -> ThreadSpawn | None:
        """Return by whom the thread was spawned, None if it was not.  [SESSION-THREADS-13]"""
        return spawn_of(self.source)


def spawn_of(source: SessionSource) -> ThreadSpawn | None:
    """Return what a source says about the spawn of a sub-agent."""
    if isinstance(source, NamedSource) and isinstance(source.subagent, AgentSource):
        spawn = source.subagent.thread_spawn
        return None if spawn is UNSET else spawn
    return None


def normal_folder(path: str) -> str:
    """Return a folder without steps that lead nowhere.  [SESSION-THREADS-10]"""
    return posixpath.normpath(path) if path else path


def milliseconds(text: str) -> int | None:
    """Return the instant of an RFC 3339 time, or of the time in a file name as if it were UTC.

    None if it is neither.  [SESSION-THREADS-22]
    """
    try:
        moment: Any = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.strptime(text, _NAME_TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
    if moment.tzinfo is None:
        return None
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 + 0.5)
