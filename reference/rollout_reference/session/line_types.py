"""The table of line types: the wire name of each and the shape of its payload.  [SESSION-LINE-5]"""

import re
from functools import cached_property
from typing import Annotated, Any

from msgspec import Meta

from rollout_reference.session.items.checkpoint import ThreadTools
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.items.event_msg import EventMsg
from rollout_reference.session.items.harness import HarnessMetadata
from rollout_reference.session.items.inter_agent import InterAgentCommunication, InterAgentMetadata
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.items.realtime_item import RealtimeItem
from rollout_reference.session.items.response_items import ResponseItem
from rollout_reference.session.items.retained import RetainedContextUpdate
from rollout_reference.session.items.risk_score import RiskScore
from rollout_reference.session.items.token_usage import TokenUsageRecord
from rollout_reference.session.items.turn_context import TurnContext
from rollout_reference.session.items.world_state import WorldState
from rollout_reference.session.shapes.forms import Form, ObjectForm, form_of
from rollout_reference.session.shapes.shape import U64, NewerKey, Shape, ShapeMeta, Skipped

_ESCAPED_ASCII = re.compile(rb"\\u00[2-7]")
"""A letter of a name may stand as an escape."""


class Envelope(Shape):
    """What every line has beside its type and payload.  [SESSION-LINE-6]"""

    timestamp: str
    ordinal: Skipped[U64 | None] = None


_SHORT_ORDINAL = {"__annotations__": {"ordinal": Annotated[int, Meta(ge=0)] | None}, "ordinal": None}
"""An ordinal that is within bounds if it is not negative."""


class LineType:
    """One line type: the shape of its payload, and of further keys that later versions know."""

    def __init__(self, name: str, shape: Any, **newer: Any) -> None:
        self.name = name
        self.shape = shape
        # A struct also because msgspec keeps what it knows of a type with structs only.
        keys = {"payload": shape} | {key: Annotated[value, NewerKey] for key, value in newer.items()}
        body = {"__annotations__": keys} | dict.fromkeys(newer)
        self.line: Any = ShapeMeta(name, (Envelope,), body)
        self.tagged: Any = ShapeMeta(name, (self.line,), dict(_SHORT_ORDINAL), tag_field="type", tag=name)
        """The same of a line without long integers, told from others by the type that stands in the line."""

    @cached_property
    def old_keys(self) -> tuple[bytes, ...]:
        """Older names of optional keys, as they stand in a line; only a slow reading sees them."""
        return _old_keys(form_of(self.shape))

    def is_plain(self, data: bytes) -> bool:
        """Tell whether a line of this type holds no name that only a slow reading sees."""
        return holds_none(self.old_keys, data)


class OldKeys(dict[type[Shape], tuple[bytes, ...]]):
    """The older names that an item of a type may hold, found out when first asked for."""

    def __missing__(self, shape: type[Shape]) -> tuple[bytes, ...]:
        """Find them out."""
        self[shape] = _old_keys(ObjectForm(shape))
        return self[shape]


OLD_KEYS = OldKeys()


def holds_none(names: tuple[bytes, ...], data: bytes) -> bool:
    """Tell whether none of some names stands in a line, nor a letter of one as an escape."""
    for name in names:
        if name in data:
            return False
    return not names or b"\\u00" not in data or not _ESCAPED_ASCII.search(data)


def _old_keys(form: Form) -> tuple[bytes, ...]:
    return tuple(sorted(f'"{name}"'.encode() for name in form.old_keys(set())))


LINE_TYPES: dict[str, LineType] = {
    kind.name: kind
    for kind in (
        LineType("session_meta", SessionMeta),
        LineType("response_item", ResponseItem, metadata=HarnessMetadata | None),
        LineType("inter_agent_communication", InterAgentCommunication),
        LineType("inter_agent_communication_metadata", InterAgentMetadata),
        LineType("compacted", Compacted),
        LineType("turn_context", TurnContext),
        LineType("world_state", WorldState),
        LineType("event_msg", EventMsg),
        LineType("token_usage_record", TokenUsageRecord),
        LineType("dynamic_tools_updated", ThreadTools),
        LineType("retained_context", RetainedContextUpdate),
        LineType("security_risk_score", RiskScore),
        LineType("realtime_item", RealtimeItem),
    )
}
