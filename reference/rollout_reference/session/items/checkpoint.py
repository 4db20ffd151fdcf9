"""What a later `compacted` line holds so that a resume need not read further back.

Known from 0.157.0 on.  [SESSION-COMPACTED-1, SESSION-LINE-13]
"""

from msgspec import field

from rollout_reference.session.items.dynamic_tools import DynamicTool
from rollout_reference.session.items.meta import MultiAgentVersion
from rollout_reference.session.items.turn_context import CyberAccessProgram
from rollout_reference.session.shapes.scalars import AgentPath, Uuid
from rollout_reference.session.shapes.shape import Shape, Skipped


class ThreadTools(Shape):
    """The tools of a host, for one thread; also the payload of a `dynamic_tools_updated` line."""

    thread_id: Uuid
    tools: list[DynamicTool]


class TurnAttribution(Shape):
    """Who set a turn off."""

    turn_id: str
    turn_trigger: str | None = None
    parent_turn_id: str | None = None
    initiating_agent_path: AgentPath | None = None
    root_turn_id: str | None = None


class TurnSettings(Shape):
    """The settings of the turn before."""

    model: str
    comp_hash: str | None = None
    realtime_active: bool | None = None
    cyber_access_program: Skipped[CyberAccessProgram | None] = None


class ResumeMetadata(Shape):
    """The state of the thread at the compaction."""

    dynamic_tools: Skipped[ThreadTools | None] = None
    multi_agent_version: Skipped[MultiAgentVersion | None] = None
    last_started_turn_id: Skipped[str | None] = None
    turn_attribution: Skipped[TurnAttribution | None] = None
    previous_turn_settings: Skipped[TurnSettings | None] = None
    rejected_audio_file_ids: Skipped[list[str]] = field(default_factory=list)


class ResourceOrigin(Shape):
    """Which tool call brought an MCP resource."""

    uri: str
    connector_id: str
    link_id: Skipped[str | None] = None
    tool: str
    call_id: str
    turn_id: Skipped[str | None] = None
    ambiguous_account: Skipped[bool] = False


class ResourceOrigins(Shape):
    """The origins of all MCP resources that the thread saw."""

    origins: list[ResourceOrigin]
    turns: list[str]
    current_turn_id: Skipped[str | None] = None
