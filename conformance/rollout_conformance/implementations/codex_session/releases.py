"""What each release of the real CLI offers of the session operations, and how much of outputs it shows."""

import re
from collections.abc import Mapping

from msgspec import Struct

from rollout_conformance.answers import Further, View
from rollout_conformance.implementations.codex_session import threads

CONTEXT = "context.json"
HISTORY = "history.json"

_CONTEXT_VIEW = View(
    form="sent",
    may_lack=(
        "/window/previous_window_id",  # told in a full context alone
        "/previous_settings",  # after a revert
        "/previous_settings/comp_hash",
        "/previous_settings/realtime_active",
        "/world_state",  # beside a full context a full state is written, whatever was before
    ),
    only_there=(
        "/previous_settings",  # after a fork or a rollback no model is named
        "/reference_context",
        "/world_state",
    ),
    keys_only=("/world_state",),  # a patch names the keys that go, not their values
)
_FURTHER_OF_0_169 = tuple(
    Further("DEV-86", at, keys, kind)
    for at, kind, keys in (
        ("/turns/*", "", ("rootTurnId",)),
        ("/turns/*/error", "", ("misalignment",)),
        ("/turns/*/items/*", "", ("startedAtMs", "completedAtMs")),
        ("/turns/*/items/*", "agentMessage", ("moderation", "delivery", "questions")),
        ("/turns/*/items/*", "commandExecution", ("pluginId", "scriptPath")),
        ("/turns/*/items/*", "imageGeneration", ("transparentBackground", "failure", "generationId")),
        ("/turns/*/items/*", "mcpToolCall", ("mcpAppUi", "readOnlyHint")),
        ("/turns/*/items/*", "subAgentActivity", ("model", "reasoningEffort")),
        ("/turns/*/items/*", "webSearch", ("results",)),
    )
)
"""Keys of a turn that 0.169.0 adds.  [DEV-86]"""


class Release(Struct, frozen=True):
    """What is known of a release."""

    profiles: tuple[str, ...]
    lacks: tuple[str, ...]
    views: dict[str, View]


SESSION_PROFILES = ("context-reader", "history-reader", "transcript-reader", "threads-reader")
_LACKS = (
    "cut: spawn",
    "cut: fork before a message",
    "limit: bytes that are no tokens",
    "view: running",
    "from_ordinal",
    *threads.LACKS,
)
"""What no release can be asked for by its app-server."""

RELEASES: Mapping[tuple[int, int], Release] = {
    (0, 143): Release(
        SESSION_PROFILES,
        (*_LACKS, "cut: revert"),
        {CONTEXT: _CONTEXT_VIEW, **threads.VIEWS.get("0.143.0", {})},
    ),
    (0, 169): Release(
        SESSION_PROFILES,
        (*_LACKS, "cut: rollback"),
        {
            CONTEXT: _CONTEXT_VIEW,
            HISTORY: View(further=_FURTHER_OF_0_169),
            **threads.VIEWS.get("0.169.0", {}),
        },
    ),
}
"""By version, major and minor; each holds until the next one that is listed."""


def release_of(version: str) -> Release:
    """Return what is known of a version; one that is too old is asked for nothing but trace bundles."""
    match = re.match(r"(\d+)\.(\d+)", version)
    number = (int(match[1]), int(match[2])) if match else (0, 0)
    known = [each for each in RELEASES if each <= number]
    return RELEASES[max(known)] if known else Release((), (), {})
