"""Events of agents that work together.  [SESSION-EVENT-3]"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType, field

from rollout_reference.session.items.events.base import Event
from rollout_reference.session.shapes.forms import form_of, pointer
from rollout_reference.session.shapes.scalars import AgentPath, NonEmpty, Uuid
from rollout_reference.session.shapes.shape import (
    I64,
    Alias,
    Checked,
    Choice,
    Mismatch,
    Newer,
    Shape,
    Skipped,
)

AgentRole = Annotated[Skipped[str | None], Alias("agent_type")]


class EndedStatus(Choice):
    """How an agent ended."""

    completed: Skipped[str | UnsetType | None] = UNSET
    errored: Skipped[str | UnsetType] = UNSET


AgentStatus = Literal["pending_init", "running", "interrupted", "shutdown", "not_found"] | EndedStatus


class AgentStatuses(dict[str, Any], Checked):
    """The status of agents, by the id of their thread."""

    @classmethod
    def canonical(cls, value: Any) -> dict[str, Any]:
        """Return the object with its ids as UUIDs are written, or raise `Mismatch`."""
        if not isinstance(value, dict):
            raise Mismatch("", "an object", value)
        status = form_of(AgentStatus)
        return {
            Uuid.canonical(key): status.canonical(child, pointer("", key)) for key, child in value.items()
        }


class AgentReference(Shape):
    """Names an agent."""

    thread_id: Uuid
    agent_nickname: Skipped[str | None] = None
    agent_role: AgentRole = None


class AgentState(AgentReference):
    """Names an agent and tells its state."""

    status: AgentStatus


class CollabAgentSpawnBegin(Event):
    """An agent is being spawned."""

    call_id: str
    started_at_ms: I64 = 0
    sender_thread_id: Uuid
    prompt: str
    model: str
    reasoning_effort: NonEmpty


class CollabAgentSpawnEnd(Event):
    """An agent was spawned, or not."""

    call_id: str
    completed_at_ms: I64 = 0
    sender_thread_id: Uuid
    new_thread_id: Uuid | None = None
    new_agent_nickname: Skipped[str | None] = None
    new_agent_role: Skipped[str | None] = None
    prompt: str
    model: str
    reasoning_effort: NonEmpty
    status: AgentStatus


class CollabAgentInteractionBegin(Event):
    """An agent is being given input."""

    call_id: str
    started_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_id: Uuid
    prompt: str


class CollabAgentInteractionEnd(Event):
    """An agent was given input, or not."""

    call_id: str
    completed_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_id: Uuid
    receiver_agent_nickname: Skipped[str | None] = None
    receiver_agent_role: Skipped[str | None] = None
    prompt: str
    status: AgentStatus


class CollabWaitingBegin(Event):
    """An agent waits for others."""

    started_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_ids: list[Uuid]
    receiver_agents: Skipped[list[AgentReference]] = field(default_factory=list)
    call_id: str


class CollabWaitingEnd(Event):
    """An agent waits no more."""

    sender_thread_id: Uuid
    call_id: str
    completed_at_ms: I64 = 0
    agent_statuses: Skipped[list[AgentState]] = field(default_factory=list)
    statuses: AgentStatuses


class CollabCloseBegin(Event):
    """An agent is being closed."""

    call_id: str
    started_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_id: Uuid


class CollabCloseEnd(Event):
    """An agent was closed, or not."""

    call_id: str
    completed_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_id: Uuid
    receiver_agent_nickname: Skipped[str | None] = None
    receiver_agent_role: Skipped[str | None] = None
    status: AgentStatus


class CollabResumeBegin(Event):
    """A closed agent is being taken up again."""

    call_id: str
    started_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_id: Uuid
    receiver_agent_nickname: Skipped[str | None] = None
    receiver_agent_role: Skipped[str | None] = None


class CollabResumeEnd(Event):
    """A closed agent was taken up again, or not."""

    call_id: str
    completed_at_ms: I64 = 0
    sender_thread_id: Uuid
    receiver_thread_id: Uuid
    receiver_agent_nickname: Skipped[str | None] = None
    receiver_agent_role: Skipped[str | None] = None
    status: AgentStatus


class SubAgentActivity(Event):
    """An agent did something to another; only later versions tell of one that completed."""

    event_id: str
    occurred_at_ms: I64 = 0
    agent_thread_id: Uuid
    agent_path: AgentPath
    kind: Literal["started", "interacted", "interrupted", "completed"]
    model: Newer[str | None] = None
    reasoning_effort: Newer[NonEmpty | None] = None


AgentEvent = (
    CollabAgentSpawnBegin
    | CollabAgentSpawnEnd
    | CollabAgentInteractionBegin
    | CollabAgentInteractionEnd
    | CollabWaitingBegin
    | CollabWaitingEnd
    | CollabCloseBegin
    | CollabCloseEnd
    | CollabResumeBegin
    | CollabResumeEnd
    | SubAgentActivity
)
