"""Counts of tokens.  [SESSION-TOKENS-1]"""

from rollout_reference.session.shapes.scalars import Uuid
from rollout_reference.session.shapes.shape import I64, Shape


class TokenUsage(Shape):
    """Tokens of one response, or summed over several."""

    input_tokens: I64
    cached_input_tokens: I64
    cache_write_input_tokens: I64 = 0
    output_tokens: I64
    reasoning_output_tokens: I64
    total_tokens: I64


class TokenUsageRecord(Shape):
    """The payload of a `token_usage_record` line: one response of the model and two running sums."""

    thread_id: Uuid
    turn_id: str
    session_id: Uuid
    root_turn_id: str
    response_id: str
    usage: TokenUsage
    turn_token_usage: TokenUsage
    thread_token_usage: TokenUsage
