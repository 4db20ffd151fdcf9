"""What a thread says about itself: a fold over its lines, the whole rollout or the beginning of it.

[SESSION-THREADS-1 to SESSION-THREADS-4]
"""

import posixpath
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, Struct

from rollout_reference.session.items import user_input
from rollout_reference.session.items.event_msg import ItemCompleted
from rollout_reference.session.items.events.conversation import UserMessage
from rollout_reference.session.items.events.lifecycle import ThreadGoalUpdated, ThreadSettingsApplied
from rollout_reference.session.items.events.usage import TokenCount
from rollout_reference.session.items.meta import (
    AgentSource,
    Git,
    NamedSource,
    SessionMeta,
    SessionSource,
    ThreadSpawn,
)
from rollout_reference.session.items.turn_context import TurnContext
from rollout_reference.session.items.turn_items import UserMessageItem
from rollout_reference.session.lines import Line
from rollout_reference.session.names import parse_name
from rollout_reference.session.shapes.scalars import Uuid

REQUEST_MARK = "## My request for Codex:"
"""What an editor puts between the context it adds and what the user typed.  [SESSION-THREADS-2]"""
IMAGE_ONLY = "[Image]"
"""The preview of a message of images without a text.  [SESSION-THREADS-2]"""
DEFAULT_PROVIDER = "openai"
"""The provider of a thread that names none."""
_NAME_TIME = "%Y-%m-%dT%H-%M-%S"


_TELLING = frozenset(
    {
        SessionMeta,
        UserMessage,
        ItemCompleted,
        ThreadGoalUpdated,
        TurnContext,
        ThreadSettingsApplied,
        TokenCount,
    }
)
"""Items that say something about the thread."""


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
    preview: str | None = None
    title: str | None = None
    first_user_message: str | None = None
    model: str | None = None
    effort: str | None = None
    tokens_used: int = 0

    @property
    def spawn(self) -> ThreadSpawn | None:
        """Return by whom the thread was spawned, None if it was not.  [SESSION-THREADS-13]"""
        return spawn_of(self.source)


class Fold:
    """Takes lines in their order; `metadata` is None until the header came."""

    def __init__(self, name: str) -> None:
        """Begin with the name of the file."""
        self._name = name
        self._message: str | None = None
        self._goal: str | None = None
        self._title: str | None = None
        self.metadata: Metadata | None = None

    @property
    def previewed(self) -> bool:
        """Tell whether a preview is known."""
        return self._message is not None or self._goal is not None

    def add(self, line: Line) -> None:
        """Take the next line; most mean nothing here.  [SESSION-THREADS-1]"""
        if type(line.item) not in _TELLING:
            return
        match line.item:
            case SessionMeta() as meta:
                self._meta(meta)
            case UserMessage() as said:
                self._said(said.message, images=bool(said.images or said.local_images))
            case ItemCompleted(item=UserMessageItem(content=parts)):
                text = "".join(part.text for part in parts if isinstance(part, user_input.Text))
                images = any(isinstance(part, user_input.Image | user_input.LocalImage) for part in parts)
                self._said(text, images=images)
            case ThreadGoalUpdated(goal=goal):
                self._goal = self._goal or goal.objective.strip() or None
            case TurnContext() as turn if self.metadata is not None:
                self.metadata.model, self.metadata.effort = turn.model, turn.effort
                self.metadata.cwd = self.metadata.cwd or str(turn.cwd)
            case ThreadSettingsApplied(thread_settings=settings) if self.metadata is not None:
                self.metadata.model, self.metadata.effort = settings.model, settings.reasoning_effort
                self.metadata.model_provider = settings.model_provider_id
                self.metadata.cwd = str(settings.cwd)
            case TokenCount(info=info) if self.metadata is not None and info is not None:
                self.metadata.tokens_used = max(0, int(info.total_token_usage.total_tokens))
            case _:
                return
        self._show()

    def _meta(self, meta: SessionMeta) -> None:
        """Begin with the header; a later one of the same thread changes some of it.  [SESSION-THREADS-4]"""
        if self.metadata is None:
            self.metadata = Metadata(
                id=str(meta.id),
                created_ms=_created(meta, self._name),
                source=meta.source,
                cwd=meta.cwd,
                cli_version=meta.cli_version,
                history_mode=meta.history_mode,
                forked_from_id=_text(meta.forked_from_id),
                parent_thread_id=_text(meta.parent_thread_id),
            )
        if meta.id != self.metadata.id:
            return
        now, spawn = self.metadata, spawn_of(meta.source)
        now.source, now.thread_source = meta.source, meta.thread_source
        now.agent_nickname = meta.agent_nickname or (spawn.agent_nickname if spawn else None)
        now.agent_role = meta.agent_role or (spawn.agent_role if spawn else None)
        now.agent_path = meta.agent_path or (spawn.agent_path if spawn else None)
        now.model_provider = meta.model_provider or now.model_provider
        now.cli_version = meta.cli_version or now.cli_version
        now.cwd = meta.cwd or now.cwd
        now.git = meta.git or now.git
        now.memory_mode = meta.memory_mode or now.memory_mode

    def _said(self, text: str, *, images: bool) -> None:
        """Take what the user sent.  [SESSION-THREADS-2, SESSION-THREADS-3]"""
        typed = typed_by_user(text)
        self._message = self._message or typed or (IMAGE_ONLY if images else None)
        self._title = self._title or typed or None

    def _show(self) -> None:
        if self.metadata is not None:
            self.metadata.first_user_message = self._message
            self.metadata.title = self._title
            self.metadata.preview = self.metadata.preview or self._message or self._goal


def typed_by_user(text: str) -> str:
    """Return what the user typed of a message, without white space around it.  [SESSION-THREADS-2]"""
    return text.partition(REQUEST_MARK)[2].strip() if REQUEST_MARK in text else text.strip()


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


def _created(meta: SessionMeta, name: str) -> int:
    """Return when the thread was made: by its header, else by the name of its file."""
    told = milliseconds(meta.timestamp)
    if told is None and (named := parse_name(name)):
        told = milliseconds(named.timestamp)
    return told or 0


def _text(uuid: Uuid | None) -> str | None:
    return None if uuid is None else str(uuid)
