"""What a rollout keeps: one decision for each kind of item, by the history mode of the thread.

The table is here and nowhere else: the recorder filters by it, the table of
`spec/session/30-writer.md` is checked against it, and a variant without a row is refused, not
guessed.  [SESSION-POLICY-1 to 9]
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

HistoryMode = Literal["legacy", "paginated"]


class Kept(Enum):
    """The history modes whose files hold an item."""

    BOTH = frozenset({"legacy", "paginated"})
    LEGACY = frozenset({"legacy"})
    PAGINATED = frozenset({"paginated"})
    NEVER = frozenset[str]()

    def by(self, mode: HistoryMode) -> bool:
        """Tell whether a file of a history mode holds the item."""
        return mode in self.value


class Undecided(ValueError):
    """An item that no row of the policy speaks of.  [SESSION-POLICY-2]"""


def _rows(**decisions: tuple[Kept, str]) -> Mapping[str, Kept]:
    return MappingProxyType({name: kept for kept, names in decisions.values() for name in names.split()})


LINES = _rows(
    always=(
        Kept.BOTH,
        "session_meta turn_context world_state compacted inter_agent_communication_metadata"
        " token_usage_record dynamic_tools_updated retained_context security_risk_score",
    ),
    paginated=(Kept.PAGINATED, "realtime_item"),
    # Read for ever, written no more: the agent_message item has taken its place.
    reading_only=(Kept.BOTH, "inter_agent_communication"),
)
"""Line types whose payload does not matter.  [SESSION-POLICY-3]"""

RESPONSE_ITEMS = _rows(
    always=(
        Kept.BOTH,
        "message agent_message reasoning local_shell_call function_call function_call_output"
        " custom_tool_call custom_tool_call_output tool_search_call tool_search_output web_search_call"
        " image_generation_call compaction context_compaction additional_tools configuration_update",
    ),
    never=(Kept.NEVER, "compaction_trigger other"),
)
"""`response_item` by the type of the item.  [SESSION-POLICY-4]"""

EVENTS = _rows(
    always=(
        Kept.BOTH,
        "task_started task_complete turn_aborted token_count thread_goal_updated thread_rolled_back"
        " thread_settings_applied",
    ),
    # Paginated files have completed items in their place.
    legacy=(
        Kept.LEGACY,
        "user_message agent_message agent_reasoning agent_reasoning_raw_content entered_review_mode"
        " exited_review_mode patch_apply_end context_compacted mcp_tool_call_end web_search_end"
        " image_generation_end sub_agent_activity",
    ),
    never=(
        Kept.NEVER,
        "error warning guardian_warning auth_recovery_started auth_recovery_completed"
        " realtime_conversation_started realtime_conversation_realtime realtime_conversation_closed"
        " realtime_conversation_sdp realtime_conversation_list_voices_response"
        " model_reroute model_verification turn_moderation_metadata safety_buffering"
        " agent_reasoning_section_break session_configured environment_connected environment_disconnected"
        " thread_queue_changed mcp_startup_update mcp_startup_complete mcp_tool_call_begin web_search_begin"
        " image_generation_begin exec_command_begin exec_command_output_delta terminal_interaction"
        " exec_command_end view_image_tool_call exec_approval_request request_permissions"
        " request_user_input dynamic_tool_call_request dynamic_tool_call_response elicitation_request"
        " elicitation_abandoned apply_patch_approval_request guardian_assessment deprecation_notice"
        " stream_error patch_apply_begin patch_apply_updated turn_diff plan_update shutdown_complete"
        " raw_response_item raw_response_completed item_started hook_started hook_completed"
        " agent_message_content_delta plan_delta reasoning_content_delta reasoning_raw_content_delta"
        " collab_agent_spawn_begin collab_agent_spawn_end collab_agent_interaction_begin"
        " collab_agent_interaction_end collab_waiting_begin collab_waiting_end collab_close_begin"
        " collab_close_end collab_resume_begin collab_resume_end",
    ),
)
"""`event_msg` by the type of the event; `item_completed` is decided by its item.  [SESSION-POLICY-5]"""

TURN_ITEMS = _rows(
    # Nothing else in a legacy file tells of them.
    always=(Kept.BOTH, "Plan Sleep FunctionCallOutput Extension/clock.sleep"),
    paginated=(
        Kept.PAGINATED,
        "UserMessage HookPrompt AgentMessage Reasoning CommandExecution DynamicToolCall"
        " CollabAgentToolCall SubAgentActivity WebSearch ImageView ImageGeneration EnteredReviewMode"
        " ExitedReviewMode FileChange McpToolCall ContextCompaction"
        " Extension/image_gen.generation Extension/web.search",
    ),
)
"""`item_completed` by the type of its item, an extension with its kind.  [SESSION-POLICY-6]"""

NOT_IN_MEMORIES = frozenset(
    {
        *("reasoning", "image_generation_call", "compaction", "context_compaction"),
        *("additional_tools", "configuration_update"),
    }
)
"""Kept response items that memories are not made of.  [SESSION-POLICY-8]"""

ALIASES = MappingProxyType(
    {"turn_started": "task_started", "turn_complete": "task_complete", "compaction_summary": "compaction"}
)
"""Names that are read and never written."""


class Row(Struct, frozen=True):
    """One row of the table: a variant, and what is done with it."""

    line: str
    variant: str
    kept: Kept
    memories: bool


def rows() -> Iterator[Row]:
    """Yield the whole table; `variant` is empty where the line type decides alone."""
    for name, kept in LINES.items():
        yield Row(name, "", kept, memories=False)
    for name, kept in RESPONSE_ITEMS.items():
        yield Row("response_item", name, kept, kept is not Kept.NEVER and name not in NOT_IN_MEMORIES)
    for name, kept in EVENTS.items():
        yield Row("event_msg", name, kept, memories=False)
    for name, kept in TURN_ITEMS.items():
        yield Row("item_completed", name, kept, memories=False)


def kept(line_type: str, payload: Any) -> Kept:
    """Return the decision on an item, given as the payload of its line.

    Raises `Undecided` for a variant without a row; a response item of an unknown type is one of
    type `other`.  [SESSION-POLICY-1, SESSION-POLICY-2]
    """
    if line_type in LINES:
        return LINES[line_type]
    variant = _text(payload, "type")
    variant = ALIASES.get(variant, variant)
    match line_type:
        case "response_item":
            return RESPONSE_ITEMS.get(variant, RESPONSE_ITEMS["other"])
        case "event_msg" if variant == "item_completed":
            return _decision(TURN_ITEMS, turn_item_variant(payload.get("item")), "completed item")
        case "event_msg":
            return _decision(EVENTS, variant, "event")
    raise Undecided(f"no row for lines of type {line_type!r}")


def is_persisted(line_type: str, payload: Any, mode: HistoryMode) -> bool:
    """Tell whether a file of a history mode holds an item.  Raises `Undecided`.  [SESSION-POLICY-7]"""
    return kept(line_type, payload).by(mode)


def memories_take(line_type: str, payload: Any) -> bool:
    """Tell whether memories are made of an item.  [SESSION-POLICY-8]"""
    if line_type != "response_item" or kept(line_type, payload) is Kept.NEVER:
        return False
    variant = _text(payload, "type")
    if ALIASES.get(variant, variant) in NOT_IN_MEMORIES:
        return False
    return variant != "message" or _text(payload, "role") != "developer"


def turn_item_variant(item: Any) -> str:
    """Return the name under which the table has a turn item."""
    variant = _text(item, "type")
    return f"{variant}/{_text(item, 'kind')}" if variant == "Extension" else variant


def _decision(table: Mapping[str, Kept], variant: str, what: str) -> Kept:
    try:
        return table[variant]
    except KeyError:
        raise Undecided(f"no row for the {what} {variant!r}") from None


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
