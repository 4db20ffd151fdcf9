"""The `turn_context` line: under which settings a turn runs.

[SESSION-TURNCTX-1, SESSION-TURNCTX-8, SESSION-TURNCTX-9]
"""

from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from rollout_reference.session.items.meta import MultiAgentVersion
from rollout_reference.session.items.permissions import (
    ApprovalPolicy,
    ApprovalsReviewer,
    FileSystemPolicy,
    PermissionProfile,
    SandboxPolicy,
)
from rollout_reference.session.shapes.scalars import AbsolutePath, NonEmpty
from rollout_reference.session.shapes.shape import Choice, Names, Newer, Shape, Skipped

Personality = Literal["none", "friendly", "pragmatic"]
CyberAccessProgram = Literal["standard", "daybreak_blue", "daybreak_red"]
ReasoningSummary = Literal["auto", "concise", "detailed", "none"]
ModeKind = Annotated[
    Literal["plan", "default"],
    Names(code="default", pair_programming="default", execute="default", custom="default"),
]


class ModeSettings(Shape):
    """What a collaboration mode sets for the model."""

    model: str
    reasoning_effort: NonEmpty | None = None
    developer_instructions: str | None = None


class CollaborationMode(Shape):
    """How user and agent work together in the turn."""

    mode: ModeKind
    settings: ModeSettings


class CustomAgentMode(Choice):
    """A multi-agent mode in words."""

    custom: Skipped[str | UnsetType] = UNSET


AgentModeName = Annotated[Literal["explicitRequestOnly", "proactive"], Names(none={"custom": ""})]
MultiAgentMode = AgentModeName | CustomAgentMode


class Network(Shape):
    """The domains that the sandbox lets through or stops."""

    allowed_domains: list[str]
    denied_domains: list[str]


class ActiveProfile(Shape):
    """The named profile that the permissions came from."""

    id: str
    extends: Skipped[str | None] = None


class TurnContext(Shape):
    """The payload of a `turn_context` line."""

    turn_id: Skipped[str | None] = None
    cwd: AbsolutePath
    workspace_roots: Skipped[list[AbsolutePath] | None] = None
    current_date: Skipped[str | None] = None
    timezone: Skipped[str | None] = None
    approval_policy: ApprovalPolicy
    sandbox_policy: SandboxPolicy
    permission_profile: Skipped[PermissionProfile | None] = None
    network: Skipped[Network | None] = None
    file_system_sandbox_policy: Skipped[FileSystemPolicy | None] = None
    model: str
    comp_hash: Skipped[str | None] = None
    personality: Skipped[Personality | None] = None
    collaboration_mode: Skipped[CollaborationMode | None] = None
    multi_agent_version: Skipped[MultiAgentVersion | None] = None
    multi_agent_mode: Skipped[MultiAgentMode | None] = None
    realtime_active: Skipped[bool | None] = None
    effort: Skipped[NonEmpty | None] = None
    summary: ReasoningSummary

    approvals_reviewer: Newer[ApprovalsReviewer | None] = None
    root_turn_id: Newer[str | None] = None
    disabled_plugin_ids: Newer[list[str] | None] = None
    active_permission_profile: Newer[ActiveProfile | None] = None
    cyber_access_program: Newer[CyberAccessProgram | None] = None
    direct_only_tool_namespaces: Newer[list[str] | None] = None
