"""The `event_msg` line: what happened in a thread.

[SESSION-EVENT-1 to SESSION-EVENT-11]
"""

from typing import Any

from rollout_reference.session.items.events.agents import AgentEvent
from rollout_reference.session.items.events.base import Event
from rollout_reference.session.items.events.commands import CommandEvent
from rollout_reference.session.items.events.conversation import ConversationEvent
from rollout_reference.session.items.events.guardian import GuardianAssessment
from rollout_reference.session.items.events.hooks import HookEvent
from rollout_reference.session.items.events.lifecycle import ActiveProfile, LifecycleEvent
from rollout_reference.session.items.events.notices import NoticeEvent
from rollout_reference.session.items.events.realtime import RealtimeEvent
from rollout_reference.session.items.events.requests import RequestEvent
from rollout_reference.session.items.events.tools import ToolEvent
from rollout_reference.session.items.events.usage import TokenCount
from rollout_reference.session.items.permissions import (
    ApprovalPolicy,
    ApprovalsReviewer,
    PermissionProfile,
    SandboxPolicy,
)
from rollout_reference.session.items.turn_items import AnyTurnItem
from rollout_reference.session.shapes.scalars import AbsolutePath, NonEmpty, Uuid
from rollout_reference.session.shapes.shape import I64, U64, Mismatch, Newer, Shape, Skipped


class ItemStarted(Event):
    """An item of a turn begins; the time is Unix milliseconds."""

    thread_id: Uuid
    turn_id: str
    item: AnyTurnItem
    started_at_ms: I64


class ItemCompleted(Event):
    """An item of a turn is done; the time is Unix milliseconds, 0 if it is not known."""

    thread_id: Uuid
    turn_id: str
    item: AnyTurnItem
    completed_at_ms: I64 = 0  # SESSION-TURNITEM-4
    started_at_ms: Newer[I64 | None] = None
    content_token_count: Newer[U64 | None] = None


class ProxyAddresses(Shape):
    """Where the managed network proxy listens."""

    http_addr: str
    socks_addr: str


class SessionConfigured(Event):
    """How a session was set up; old files hold some, with events inside.  [SESSION-EVENT-10]"""

    session_id: Uuid
    thread_id: Skipped[Uuid | None] = None
    forked_from_id: Skipped[Uuid | None] = None
    parent_thread_id: Skipped[Uuid | None] = None
    thread_source: Skipped[str | None] = None
    thread_name: Skipped[str | None] = None
    model: str
    model_provider_id: str
    service_tier: Skipped[str | None] = None
    approval_policy: ApprovalPolicy
    approvals_reviewer: ApprovalsReviewer = "user"
    sandbox_policy: Skipped[SandboxPolicy | None] = None
    permission_profile: Skipped[PermissionProfile | None] = None
    active_permission_profile: Skipped[ActiveProfile | None] = None
    cwd: AbsolutePath
    reasoning_effort: Skipped[NonEmpty | None] = None
    initial_messages: Skipped[list["EventMsg"] | None] = None
    network_proxy: Skipped[ProxyAddresses | None] = None
    rollout_path: Skipped[str | None] = None

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Refuse an object that has neither a permission profile nor a sandbox policy."""
        if tree.get("permission_profile") is None and tree.get("sandbox_policy") is None:
            raise Mismatch("/permission_profile", "a value, and 'sandbox_policy' is missing too")
        return tree

    def __post_init__(self) -> None:
        if self.permission_profile is None and self.sandbox_policy is None:
            raise ValueError("neither permission_profile nor sandbox_policy")


EventMsg = (
    LifecycleEvent
    | ConversationEvent
    | TokenCount
    | ToolEvent
    | CommandEvent
    | RequestEvent
    | GuardianAssessment
    | AgentEvent
    | HookEvent
    | NoticeEvent
    | RealtimeEvent
    | ItemStarted
    | ItemCompleted
    | SessionConfigured
)

EVENT_TYPES: tuple[type[Shape], ...] = EventMsg.__args__
"""The events; a policy decides each by its tag, `item_completed` by its item."""
