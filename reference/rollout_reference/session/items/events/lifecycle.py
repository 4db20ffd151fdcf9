"""Events of threads and turns: how they begin, end, are set up and rolled back.  [SESSION-EVENT-3]"""

from typing import Literal

from msgspec import field

from rollout_reference.session.items.events.base import Event
from rollout_reference.session.items.events.newer import TurnAttribution, TurnError
from rollout_reference.session.items.permissions import ApprovalPolicy, ApprovalsReviewer, PermissionProfile
from rollout_reference.session.items.turn_context import (
    CollaborationMode,
    ModeKind,
    Personality,
    ReasoningSummary,
)
from rollout_reference.session.shapes.scalars import AbsolutePath, NonEmpty, Uuid
from rollout_reference.session.shapes.shape import I64, U32, Newer, Shape, Skipped


class TaskStarted(Event):
    """A turn begins; `started_at` is in Unix seconds."""

    old_tags = ("turn_started",)  # SESSION-EVENT-4

    turn_id: str
    trace_id: Skipped[str | None] = None
    started_at: Skipped[I64 | None] = None
    model_context_window: I64 | None = None
    collaboration_mode_kind: ModeKind = "default"
    root_turn_id: Newer[str | None] = None
    turn_attribution: Newer[TurnAttribution | None] = None


class TaskComplete(Event):
    """A turn ended by itself; `completed_at` is in Unix seconds."""

    old_tags = ("turn_complete",)  # SESSION-EVENT-4

    turn_id: str
    last_agent_message: str | None = None
    completed_at: Skipped[I64 | None] = None
    duration_ms: Skipped[I64 | None] = None
    time_to_first_token_ms: Skipped[I64 | None] = None
    error: Newer[TurnError | None] = None
    started_at: Newer[I64 | None] = None
    root_turn_id: Newer[str | None] = None


class TurnAborted(Event):
    """A turn was stopped; `completed_at` is in Unix seconds."""

    turn_id: str | None = None
    reason: Literal["interrupted", "replaced", "review_ended", "budget_limited"]
    completed_at: Skipped[I64 | None] = None
    duration_ms: Skipped[I64 | None] = None
    error: Newer[TurnError | None] = None
    started_at: Newer[I64 | None] = None
    root_turn_id: Newer[str | None] = None


class ThreadRolledBack(Event):
    """The last turns were taken back."""

    num_turns: U32


class ContextCompacted(Event, forbid_unknown_fields=True):
    """The context was compacted; no other keys are allowed.  [SESSION-EVENT-11]"""


class ShutdownComplete(Event):
    """The agent shut down."""


class ActiveProfile(Shape):
    """The named permission profile that was chosen."""

    id: str
    extends: Skipped[str | None] = None


class ThreadSettings(Shape):
    """The settings under which the next turns of a thread run."""

    model: str
    model_provider_id: str
    service_tier: Skipped[str | None] = None
    approval_policy: ApprovalPolicy
    approvals_reviewer: ApprovalsReviewer
    permission_profile: PermissionProfile
    active_permission_profile: Skipped[ActiveProfile | None] = None
    cwd: AbsolutePath
    reasoning_effort: Skipped[NonEmpty | None] = None
    reasoning_summary: Skipped[ReasoningSummary | None] = None
    personality: Skipped[Personality | None] = None
    collaboration_mode: CollaborationMode
    requested_approvals_reviewer: Newer[ApprovalsReviewer | None] = None
    runtime_workspace_roots: Newer[list[AbsolutePath] | None] = None
    disabled_plugin_ids: Newer[list[str]] = field(default_factory=list)


class ThreadSettingsApplied(Event):
    """The settings of a thread changed, or were restored."""

    thread_settings: ThreadSettings
    thread_id: Newer[Uuid | None] = None


class Goal(Shape, rename="camel"):
    """What a thread is after; times are Unix seconds."""

    thread_id: Uuid
    objective: str
    status: Literal["active", "paused", "blocked", "usageLimited", "budgetLimited", "complete"]
    token_budget: Skipped[I64 | None] = None
    tokens_used: I64
    time_used_seconds: I64
    created_at: I64
    updated_at: I64


class ThreadGoalUpdated(Event, rename="camel"):
    """The goal of a thread was set, or moved on."""

    thread_id: Uuid
    turn_id: Skipped[str | None] = None
    goal: Goal


class EnvironmentConnected(Event):
    """An execution environment came, only known to later versions."""

    environment_id: str


class EnvironmentDisconnected(Event):
    """An execution environment went, only known to later versions."""

    environment_id: str


class ThreadQueueChanged(Event, rename="camel"):
    """The queue of a thread's inputs changed, only known to later versions."""

    thread_id: Uuid


LifecycleEvent = (
    TaskStarted
    | TaskComplete
    | TurnAborted
    | ThreadRolledBack
    | ContextCompacted
    | ShutdownComplete
    | ThreadSettingsApplied
    | ThreadGoalUpdated
    | EnvironmentConnected
    | EnvironmentDisconnected
    | ThreadQueueChanged
)
