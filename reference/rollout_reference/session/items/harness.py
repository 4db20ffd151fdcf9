"""The `metadata` beside a response item: what the host knows of it and the model is not told.

Known from 0.148.0 on.  [SESSION-LINE-11]
"""

from typing import Any, Literal

from msgspec import field

from rollout_reference.session.shapes.shape import U64, Shape, Skipped


class RetainedSourceId(Shape):
    """Where a retained message came from."""

    message_id: str
    turn_id: str
    role: Literal["user", "assistant"]


class RetainedSource(Shape):
    """One revision of a message that survives compactions."""

    id: RetainedSourceId
    revision: str
    complete: bool


class SenderMessages(Shape):
    """What the user said to the thread that sent the item."""

    receiver_message_id: str
    receiver_turn_id: str
    text: str


class GuardianOmissions(Shape):
    """What a review did not see."""

    user_instructions: bool
    assistant_context: bool


class HarnessMetadata(Shape):
    """The `metadata` of a `response_item` line."""

    history_sequence: Skipped[U64 | None] = None
    sampled_through_sequence: Skipped[U64 | None] = None
    retained_source: Skipped[RetainedSource | None] = None
    client_authored: bool = False
    user_input_order: Skipped[U64 | None] = None
    # One that is not as it should be is taken for a record of an error: nothing is wrong with the line.
    mcp_attribution: Skipped[Any] = None
    fallback_token_limit_override: Skipped[U64 | None] = None
    compaction_output: Skipped[bool] = False
    compaction_model_hash: Skipped[str | None] = None
    compaction_without_file_error_sources: Skipped[bool] = False
    additional_context_tool_output: Skipped[bool] = False
    delivered_assistant_message: Skipped[str | None] = None
    guardian_retained_omissions: Skipped[GuardianOmissions | None] = None
    guardian_review_ids: Skipped[list[str]] = field(default_factory=list)
    guardian_source_order_guidance: Skipped[bool] = False
    guardian_sources: Skipped[list[RetainedSource]] = field(default_factory=list)
    harness_authored_configuration: Skipped[bool] = False
    inherited_user_message: Skipped[bool] = False
    native_search_fallback_used: Skipped[bool] = False
    sender_user_messages: Skipped[SenderMessages | None] = None
