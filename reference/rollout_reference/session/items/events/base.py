"""Base of the events, and shapes that several of them share."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from rollout_reference.session.items.content import snake_case
from rollout_reference.session.shapes.shape import Choice, Shape, Skipped

U16 = Annotated[int, Meta(ge=0, le=2**16 - 1)]


class Event(Shape, tag_field="type", tag=snake_case):
    """Base of the events; `type` is the class name in snake case."""


class HttpFailure(Shape):
    """A failure that may have had an HTTP status."""

    http_status_code: U16 | None = None


class NotSteerable(Shape):
    """The kind of turn that takes no more input."""

    turn_kind: Literal["review", "compact"]


class ErrorDetail(Choice):
    """A kind of error with its details."""

    http_connection_failed: Skipped[HttpFailure | UnsetType] = UNSET
    response_stream_connection_failed: Skipped[HttpFailure | UnsetType] = UNSET
    response_stream_disconnected: Skipped[HttpFailure | UnsetType] = UNSET
    response_too_many_failed_attempts: Skipped[HttpFailure | UnsetType] = UNSET
    active_turn_not_steerable: Skipped[NotSteerable | UnsetType] = UNSET


ErrorName = Literal[
    "context_window_exceeded",
    "session_budget_exceeded",
    "usage_limit_exceeded",
    "server_overloaded",
    "cyber_policy",
    "internal_server_error",
    "unauthorized",
    "bad_request",
    "sandbox_error",
    "thread_rollback_failed",
    "other",
]
ErrorKind = ErrorName | ErrorDetail
"""What kind of error ended something.  [SESSION-EVENT-8]"""
