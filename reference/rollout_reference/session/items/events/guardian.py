"""The event of a reviewer who decides in the user's place; not kept in a rollout.  [SESSION-EVENT-3]"""

from typing import Literal

from rollout_reference.session.items.events.base import U16, Event
from rollout_reference.session.items.events.requests import AskedPermissions, NetworkProtocol
from rollout_reference.session.shapes.scalars import AbsolutePath
from rollout_reference.session.shapes.shape import I64, Shape, Skipped


class GuardedCommand(Shape, tag_field="type", tag="command"):
    """The action is a command."""

    source: Literal["shell", "unified_exec"]
    command: str
    cwd: AbsolutePath


class GuardedExecve(Shape, tag_field="type", tag="execve"):
    """The action is one program of a command."""

    source: Literal["shell", "unified_exec"]
    program: str
    argv: list[str]
    cwd: AbsolutePath


class GuardedPatch(Shape, tag_field="type", tag="apply_patch"):
    """The action is a patch."""

    cwd: AbsolutePath
    files: list[AbsolutePath]


class GuardedNetworkAccess(Shape, tag_field="type", tag="network_access"):
    """The action reaches a host."""

    target: str
    host: str
    protocol: NetworkProtocol
    port: U16


class GuardedMcpCall(Shape, tag_field="type", tag="mcp_tool_call"):
    """The action is a call of an MCP tool."""

    server: str
    tool_name: str
    connector_id: str | None = None
    connector_name: str | None = None
    tool_title: str | None = None


class GuardedPermissions(Shape, tag_field="type", tag="request_permissions"):
    """The action asks for permissions."""

    reason: str | None = None
    permissions: AskedPermissions


class GuardianAssessment(Event):
    """A reviewer judges an action in the user's place."""

    id: str
    target_item_id: Skipped[str | None] = None
    turn_id: str = ""
    started_at_ms: I64 = 0
    completed_at_ms: Skipped[I64 | None] = None
    status: Literal["in_progress", "approved", "denied", "timed_out", "aborted"]
    risk_level: Skipped[Literal["low", "medium", "high", "critical"] | None] = None
    user_authorization: Skipped[Literal["unknown", "low", "medium", "high"] | None] = None
    rationale: Skipped[str | None] = None
    decision_source: Skipped[Literal["agent"] | None] = None
    action: (
        GuardedCommand
        | GuardedExecve
        | GuardedPatch
        | GuardedNetworkAccess
        | GuardedMcpCall
        | GuardedPermissions
    )
