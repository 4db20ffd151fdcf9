"""The event that tells how many tokens were used and what is left.  [SESSION-EVENT-3]"""

from typing import Literal

from rollout_reference.session.items.events.base import Event
from rollout_reference.session.shapes.amounts import Float
from rollout_reference.session.shapes.shape import I32, I64, Newer, Shape


class TokenCounts(Shape):
    """Tokens, as 0.143.0 counts them."""

    input_tokens: I64
    cached_input_tokens: I64
    output_tokens: I64
    reasoning_output_tokens: I64
    total_tokens: I64
    cache_write_input_tokens: Newer[I64] = 0


class TokenUsageInfo(Shape):
    """Tokens of the thread so far, and of its last response."""

    total_token_usage: TokenCounts
    last_token_usage: TokenCounts
    model_context_window: I64 | None = None
    last_usage_includes_reasoning: Newer[bool | None] = None


class RateLimitWindow(Shape):
    """How much of a rolling window is used up, in percent; the reset is in Unix seconds."""

    used_percent: Float
    window_minutes: I64 | None = None
    resets_at: I64 | None = None


class Credits(Shape):
    """Prepaid credits."""

    has_credits: bool
    unlimited: bool
    balance: str | None = None


class SpendControl(Shape):
    """A limit of what may be spent."""

    limit: str
    used: str
    remaining_percent: I32
    resets_at: I64


class RateLimits(Shape):
    """What the model service says about limits."""

    limit_id: str | None = None
    limit_name: str | None = None
    primary: RateLimitWindow | None = None
    secondary: RateLimitWindow | None = None
    credits: Credits | None = None
    individual_limit: SpendControl | None = None
    plan_type: str | None = None
    rate_limit_reached_type: (
        Literal[
            "rate_limit_reached",
            "workspace_owner_credits_depleted",
            "workspace_member_credits_depleted",
            "workspace_owner_usage_limit_reached",
            "workspace_member_usage_limit_reached",
        ]
        | None
    ) = None
    spend_control_reached: Newer[bool | None] = None
    normal_model_slug: Newer[str | None] = None


class TokenCount(Event):
    """Tokens used, and limits, as of one response."""

    info: TokenUsageInfo | None = None
    rate_limits: RateLimits | None = None
