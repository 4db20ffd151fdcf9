"""Events that tell of errors, warnings and the state of helpers; not kept in a rollout.

[SESSION-EVENT-3]
"""

from typing import Any, Literal

from rollout_reference.session.items.events.base import ErrorKind, Event
from rollout_reference.session.shapes.shape import Shape, Skipped


class Error(Event):
    """An error."""

    message: str
    codex_error_info: ErrorKind | None = None


class StreamError(Event):
    """A response broke off and is asked for again."""

    message: str
    codex_error_info: ErrorKind | None = None
    additional_details: str | None = None


class Warning_(Event, tag="warning"):  # noqa: N801
    """A warning."""

    message: str


class GuardianWarning(Event):
    """A warning of the reviewer of approvals."""

    message: str


class DeprecationNotice(Event):
    """Something in use will go away."""

    summary: str
    details: Skipped[str | None] = None


class ModelReroute(Event):
    """Another model answers."""

    from_model: str
    to_model: str
    reason: Literal["high_risk_cyber_activity"]


class ModelVerification(Event):
    """The model service asks for verification."""

    verifications: list[Literal["trusted_access_for_cyber"]]


class TurnModerationMetadata(Event):
    """What the model service says about moderation."""

    metadata: Any


class SafetyBuffering(Event):
    """The model service holds its answer back."""

    model: str
    use_cases: list[str]
    reasons: list[str]
    show_buffering_ui: bool
    faster_model: str | None = None


class AuthRecoveryStarted(Event):
    """The login is being renewed, only known to later versions."""

    provider: str
    message: str


class AuthRecoveryCompleted(Event):
    """The login was renewed, only known to later versions."""

    provider: str
    message: str


class Starting(Shape, tag_field="state", tag="starting"):
    """The server starts."""


class Ready(Shape, tag_field="state", tag="ready"):
    """The server is there."""


class Failed(Shape, tag_field="state", tag="failed"):
    """The server did not start."""

    error: str
    reason: Skipped[Literal["reauthentication_required"] | None] = None


class Cancelled(Shape, tag_field="state", tag="cancelled"):
    """The server was given up."""


class McpStartupUpdate(Event):
    """An MCP server moved on in its start."""

    server: str
    status: Starting | Ready | Failed | Cancelled


class StartupFailure(Shape):
    """An MCP server that did not start."""

    server: str
    error: str


class McpStartupComplete(Event):
    """All MCP servers started, failed or were given up."""

    ready: list[str]
    failed: list[StartupFailure]
    cancelled: list[str]


NoticeEvent = (
    Error
    | StreamError
    | Warning_
    | GuardianWarning
    | DeprecationNotice
    | ModelReroute
    | ModelVerification
    | TurnModerationMetadata
    | SafetyBuffering
    | AuthRecoveryStarted
    | AuthRecoveryCompleted
    | McpStartupUpdate
    | McpStartupComplete
)
