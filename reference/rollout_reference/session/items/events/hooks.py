"""Events of hooks at work; not kept in a rollout.  [SESSION-EVENT-3]"""

from typing import Literal

from rollout_reference.session.items.events.base import Event
from rollout_reference.session.shapes.scalars import AbsolutePath
from rollout_reference.session.shapes.shape import I64, Shape


class HookEntry(Shape):
    """One thing that a hook said."""

    kind: Literal["warning", "stop", "feedback", "context", "error"]
    text: str


class HookRun(Shape):
    """One run of a hook; times are Unix seconds."""

    id: str
    event_name: Literal[
        "pre_tool_use",
        "permission_request",
        "post_tool_use",
        "pre_compact",
        "post_compact",
        "session_start",
        "user_prompt_submit",
        "subagent_start",
        "subagent_stop",
        "stop",
    ]
    handler_type: Literal["command", "prompt", "agent"]
    execution_mode: Literal["sync", "async"]
    scope: Literal["thread", "turn"]
    source_path: AbsolutePath
    source: Literal[
        "system",
        "user",
        "project",
        "mdm",
        "session_flags",
        "plugin",
        "cloud_requirements",
        "cloud_managed_config",
        "legacy_managed_config_file",
        "legacy_managed_config_mdm",
        "unknown",
    ] = "unknown"
    display_order: I64
    status: Literal["running", "completed", "failed", "blocked", "stopped"]
    status_message: str | None = None
    started_at: I64
    completed_at: I64 | None = None
    duration_ms: I64 | None = None
    entries: list[HookEntry]


class HookStarted(Event):
    """A hook begins to run."""

    turn_id: str | None = None
    run: HookRun


class HookCompleted(Event):
    """A hook ran."""

    turn_id: str | None = None
    run: HookRun


HookEvent = HookStarted | HookCompleted
