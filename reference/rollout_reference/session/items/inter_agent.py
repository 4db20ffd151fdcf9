"""The two lines about messages between agents.  [SESSION-AGENT-1, SESSION-AGENT-2]"""

from msgspec import field

from rollout_reference.session.shapes.scalars import AgentPath
from rollout_reference.session.shapes.shape import Shape, Skipped


class Passthrough(Shape):
    """Metadata that goes with an item to the model and back."""

    turn_id: Skipped[str | None] = None


class InterAgentCommunication(Shape):
    """A whole message: the form before messages were response items."""

    id: Skipped[str | None] = None
    author: AgentPath
    recipient: AgentPath
    other_recipients: list[AgentPath] = field(default_factory=list)
    content: str
    encrypted_content: Skipped[str | None] = None
    internal_chat_message_metadata_passthrough: Skipped[Passthrough | None] = None
    trigger_turn: bool


class InterAgentMetadata(Shape):
    """What the message in the next line does to its reader."""

    trigger_turn: bool
