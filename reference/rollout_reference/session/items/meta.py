"""The `session_meta` line: who a thread is, where it comes from and how its history is kept.

[SESSION-META-1]
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType, field

from rollout_reference.session.items.capabilities import CapabilityRoot
from rollout_reference.session.items.dynamic_tools import FLAT_KEYS, DynamicTool, present_tools
from rollout_reference.session.shapes.scalars import AgentPath, Uuid
from rollout_reference.session.shapes.shape import (
    I32,
    U64,
    Alias,
    Choice,
    Mismatch,
    Newer,
    Rest,
    Shape,
    Skipped,
)

HistoryMode = Literal["legacy", "paginated"]
MultiAgentVersion = Literal["disabled", "v1", "v2"]


class ThreadSpawn(Shape):
    """Another thread spawned this one."""

    parent_thread_id: Uuid
    depth: I32
    agent_path: AgentPath | None = None
    agent_nickname: str | None = None
    agent_role: Annotated[str | None, Alias("agent_type")] = None


class AgentSource(Choice):
    """Why a sub-agent exists, where that takes more than a name."""

    thread_spawn: Skipped[ThreadSpawn | UnsetType] = UNSET
    other: Skipped[str | UnsetType] = UNSET


class NamedSource(Choice):
    """A source that takes more than a name.  [SESSION-META-4]"""

    custom: Skipped[str | UnsetType] = UNSET
    internal: Skipped[Literal["memory_consolidation"] | UnsetType] = UNSET
    subagent: Skipped[Literal["review", "compact", "memory_consolidation"] | AgentSource | UnsetType] = UNSET


SourceName = Annotated[  # SESSION-META-5
    Literal["cli", "vscode", "exec", "mcp", "unknown"],
    Rest("unknown", but=("custom", "internal", "subagent")),
]
SessionSource = SourceName | NamedSource


class CustomProvenance(Shape, tag_field="type", tag="custom"):
    """A user or host wrote the instructions."""


class ModelProvenance(Shape, tag_field="type", tag="model"):
    """The instructions came with a model."""

    model: str


class Instructions(Shape):
    """The base instructions that the model got."""

    text: str
    provenance: Newer[CustomProvenance | ModelProvenance | None] = None


class HistoryBase(Shape):
    """The prefix of another thread's rollout that this thread's history begins with."""

    thread_id: Uuid
    end_ordinal_exclusive: U64
    end_byte_offset: U64


class ContextWindow(Shape):
    """The first context window of the thread."""

    window_id: str


class Git(Shape):
    """The state of the repository around the working directory."""

    commit_hash: Skipped[str | None] = None
    branch: Skipped[str | None] = None
    repository_url: Skipped[str | None] = None


class SessionMeta(Shape):
    """The payload of a `session_meta` line."""

    old_names = FLAT_KEYS

    session_id: Uuid
    id: Uuid
    forked_from_id: Skipped[Uuid | None] = None
    parent_thread_id: Skipped[Uuid | None] = None
    timestamp: str
    cwd: str
    originator: str
    cli_version: str
    source: SessionSource = "vscode"
    thread_source: Skipped[str | None] = None
    agent_nickname: Skipped[str | None] = None
    agent_role: Annotated[Skipped[str | None], Alias("agent_type")] = None
    agent_path: Skipped[str | None] = None
    model_provider: str | None = None
    base_instructions: Instructions | None = None
    dynamic_tools: Skipped[list[DynamicTool] | None] = None
    selected_capability_roots: Skipped[list[CapabilityRoot]] = field(default_factory=list)
    memory_mode: Skipped[str | None] = None
    history_mode: HistoryMode = "legacy"
    multi_agent_version: Skipped[MultiAgentVersion | None] = None
    context_window: Skipped[ContextWindow | None] = None
    git: Skipped[Git | None] = None

    history_base: Newer[HistoryBase | None] = None
    forked_from_ordinal_exclusive: Newer[U64 | None] = None
    subagent_history_start_ordinal: Newer[U64 | None] = None
    runtime_workspace_roots: Newer[list[str] | None] = None
    account_scoped: Newer[bool] = False
    attached_thread: Newer[bool] = False
    creator_account_id: Newer[str | None] = None
    creator_user_id: Newer[str | None] = None

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Fill in the session id of older files, and put flat tools into the present form."""
        if "id" not in tree:
            raise Mismatch("/id", "a value, the key is missing")
        present = {"session_id": tree["id"], **tree}  # SESSION-META-3
        if isinstance(tree.get("dynamic_tools"), list):
            present["dynamic_tools"] = present_tools(tree["dynamic_tools"], "/dynamic_tools")
        return present
