"""What the lines of a thread tell about it, one after the other: the whole rollout or the beginning of it.

[SESSION-THREADS-1 to SESSION-THREADS-4]
"""

from rollout_reference.session.items import user_input
from rollout_reference.session.items.event_msg import ItemCompleted
from rollout_reference.session.items.events.conversation import UserMessage
from rollout_reference.session.items.events.lifecycle import ThreadGoalUpdated, ThreadSettingsApplied
from rollout_reference.session.items.events.usage import TokenCount
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.items.turn_context import TurnContext
from rollout_reference.session.items.turn_items import UserMessageItem
from rollout_reference.session.lines import Line
from rollout_reference.session.names import parse_name
from rollout_reference.session.shapes.scalars import Uuid
from rollout_reference.session.threads.metadata import Metadata, Said, milliseconds, spawn_of

REQUEST_MARK = "## My request for Codex:"
"""What an editor puts between the context it adds and what the user typed.  [SESSION-THREADS-2]"""
IMAGE_ONLY = "[Image]"
"""The preview of a message of images without a text.  [SESSION-THREADS-2]"""

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


class Fold:
    """Takes lines in their order; `metadata` is None until the header came."""

    def __init__(self, name: str) -> None:
        """Begin with the name of the file."""
        self._name = name
        self._message: str | None = None
        self._goal: str | None = None
        self._title: str | None = None
        self._preview: str | None = None
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
            self._preview = self._preview or self._message or self._goal
            texts = (self._preview, self._title, self._message)
            self.metadata.said = self._preview if len({*texts}) == 1 else Said(*texts)


def typed_by_user(text: str) -> str:
    """Return what the user typed of a message, without white space around it.  [SESSION-THREADS-2]"""
    return text.partition(REQUEST_MARK)[2].strip() if REQUEST_MARK in text else text.strip()


def _created(meta: SessionMeta, name: str) -> int:
    """Return when the thread was made: by its header, else by the name of its file."""
    told = milliseconds(meta.timestamp)
    if told is None and (named := parse_name(name)):
        told = milliseconds(named.timestamp)
    return told or 0


def _text(uuid: Uuid | None) -> str | None:
    return None if uuid is None else str(uuid)
