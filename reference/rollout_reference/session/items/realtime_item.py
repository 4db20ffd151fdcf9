"""The `realtime_item` line: what was said aloud, and when.  Known from 0.150.0 on.  [SESSION-LINE-13]"""

from typing import Literal

from rollout_reference.session.items.content import snake_case
from rollout_reference.session.shapes.shape import U32, Shape


class Presented(Shape, tag_field="type", tag=snake_case):
    """How an item came up in the conversation."""


class WholeItem(Presented):
    """As a whole."""


class InlineMarkdown(Presented):
    """As text between other text."""


class InlineVisualization(Presented):
    """As one picture out of it."""

    index: U32


class Realtime(Shape, tag_field="type", tag=snake_case):
    """One thing that happened in a realtime session."""

    id: str
    realtime_session_id: str


class RealtimeSessionStarted(Realtime):
    """The session began."""


class TranscriptSegment(Realtime):
    """Words of one side."""

    role: Literal["user", "assistant"]
    text: str


class BemItemPromoted(Realtime):
    """An item of a turn came up."""

    turn_id: str
    item_id: str
    presentation: WholeItem | InlineMarkdown | InlineVisualization


class RealtimeSessionClosed(Realtime):
    """The session ended."""

    outcome: Literal["ended", "failed"]


RealtimeItem = RealtimeSessionStarted | TranscriptSegment | BemItemPromoted | RealtimeSessionClosed
