"""Objects under keys that only later versions than 0.143.0 know.  [SESSION-EVENT-2, SESSION-TURNITEM-2]"""

from typing import Any, Literal

from rollout_reference.session.shapes.scalars import AgentPath
from rollout_reference.session.shapes.shape import Mismatch, Shape

Attachment = Literal["inline", "file"]
Delivery = Literal["async"]


class TurnAttribution(Shape):
    """What set off a turn."""

    turn_id: str
    root_turn_id: str | None = None
    parent_turn_id: str | None = None
    turn_trigger: str | None = None
    initiating_agent_path: AgentPath | None = None


class TurnError(Shape):
    """The error that ended a turn; its kind is any name, or an object with any one key."""

    message: str
    codex_error_info: str | dict[str, Any] | None = None

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Refuse a kind that is an object with another number of keys."""
        if not _is_kind(tree.get("codex_error_info")):
            raise Mismatch("/codex_error_info", "an object with exactly one key")
        return tree

    def __post_init__(self) -> None:
        if not _is_kind(self.codex_error_info):
            raise ValueError("not exactly one key")


def _is_kind(value: Any) -> bool:
    return not isinstance(value, dict) or len(value) == 1


class AskedQuestion(Shape, forbid_unknown_fields=True):
    """A question that the agent put and did not wait for."""

    title: str
    options: list[str] | None = None


class Display(Shape, rename="camel"):
    """How a moderated message is shown."""

    action: str
    block_type: str | None = None
    check_trusted_contacts: bool | None = None
    cyber_trusted_access: bool | None = None


class Moderation(Shape):
    """What the model service says of a message."""

    moderated: bool
    display: Display | None = None


class TargetedModeration(Moderation):
    """What the model service says of the message with an id."""

    item_id: str


class AppUi(Shape, rename="camel"):
    """How the app of an MCP tool wants to be shown."""

    resource_uri: str
    preferred_model_display_mode: Literal["inline", "fullscreen"]
