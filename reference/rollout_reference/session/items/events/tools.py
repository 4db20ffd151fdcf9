"""Events of tools at work: MCP, web search, images, patches and dynamic tools.  [SESSION-EVENT-3]"""

from typing import Any, Literal

from msgspec import UNSET, UnsetType, field

from rollout_reference.session.items.content import Referring
from rollout_reference.session.items.events.base import Event
from rollout_reference.session.items.events.newer import AppUi
from rollout_reference.session.items.extensions import UsageLimit, UsedImage
from rollout_reference.session.items.web_actions import WebSearchAction
from rollout_reference.session.shapes.amounts import Duration
from rollout_reference.session.shapes.file_uri import PathUri
from rollout_reference.session.shapes.scalars import AbsolutePath
from rollout_reference.session.shapes.shape import I64, Choice, Newer, NoOther, Shape, Skipped


class Invocation(Shape):
    """What an MCP tool was asked."""

    server: str
    tool: str
    arguments: Any = None


class McpToolCallBegin(Event):
    """A call of an MCP tool begins."""

    call_id: str
    invocation: Invocation
    connector_id: Skipped[str | None] = None
    mcp_app_resource_uri: Skipped[str | None] = None
    link_id: Skipped[str | None] = None
    app_name: Skipped[str | None] = None
    template_id: Skipped[str | None] = None
    action_name: Skipped[str | None] = None
    plugin_id: Skipped[str | None] = None


class ToolResult(Shape, rename="camel"):
    """What an MCP tool returned."""

    content: list[Any]
    structured_content: Skipped[Any] = None
    is_error: Skipped[bool | None] = None
    meta: Skipped[Any] = field(default=None, name="_meta")


class Outcome(Choice):
    """What a call came to: a result, or why there is none."""

    ok: Skipped[ToolResult | UnsetType] = field(default=UNSET, name="Ok")
    err: Skipped[str | UnsetType] = field(default=UNSET, name="Err")


class McpToolCallEnd(McpToolCallBegin):
    """A call of an MCP tool ended."""

    duration: Duration
    result: Outcome
    turn_id: Newer[str] = ""
    mcp_app_ui: Newer[AppUi | None] = None
    read_only_hint: Newer[bool | None] = None


class WebSearchBegin(Event):
    """A web search begins."""

    call_id: str


class WebSearchEnd(Event):
    """A web search ended."""

    call_id: str
    query: str
    action: WebSearchAction
    results: Newer[list[Any] | None] = None


class ImageGenerationBegin(Event):
    """An image is being made."""

    call_id: str


class ImageGenerationEnd(Referring, tag_field="type", tag="image_generation_end"):
    """An image was made; only later versions write one without its data."""

    references = ("result", "fileId")
    call_id: str
    status: str
    revised_prompt: Skipped[str | None] = None
    result: Skipped[Any] = None
    fileId: Skipped[Any] = None  # noqa: N815 - the name that the format uses
    saved_path: Skipped[AbsolutePath | None] = None
    generation_id: Newer[str | None] = None
    input_images: Newer[list[UsedImage]] = field(default_factory=list)
    transparent_background: Newer[bool | None] = None
    failure: Newer[UsageLimit | NoOther | None] = None


class ViewImageToolCall(Event):
    """The agent looked at an image."""

    call_id: str
    path: PathUri


class AddFile(Shape, tag_field="type", tag="add"):
    """The file is new."""

    content: str


class DeleteFile(Shape, tag_field="type", tag="delete"):
    """The file goes."""

    content: str


class UpdateFile(Shape, tag_field="type", tag="update"):
    """The file changes, and may move."""

    unified_diff: str
    move_path: str | None = None


FileChange = AddFile | DeleteFile | UpdateFile
PatchStatus = Literal["completed", "failed", "declined"]


class PatchApplyBegin(Event):
    """A patch is being applied."""

    call_id: str
    turn_id: str = ""
    auto_approved: bool
    changes: dict[str, FileChange]


class PatchApplyUpdated(Event):
    """The patch that the model is writing."""

    call_id: str
    changes: dict[str, FileChange]


class PatchApplyEnd(Event):
    """A patch was applied, or not."""

    call_id: str
    turn_id: str = ""
    stdout: str
    stderr: str
    success: bool
    changes: dict[str, FileChange] = field(default_factory=dict)
    status: PatchStatus


class TurnDiff(Event):
    """All changes of the turn."""

    unified_diff: str


class DynamicPart(Shape, tag_field="type", tag=lambda name: name[0].lower() + name[1:], rename="camel"):
    """One part of what a dynamic tool returned."""


class InputText(DynamicPart):
    """A text."""

    text: str


class InputImage(DynamicPart):
    """An image."""

    image_url: str


class InputAudio(DynamicPart):
    """A sound, only known to later versions."""

    audio_url: str


DynamicOutput = InputText | InputImage | InputAudio


class DynamicToolCallRequest(
    Event, rename={"call_id": "callId", "turn_id": "turnId", "started_at_ms": "startedAtMs"}
):
    """A client is asked to run one of its tools."""

    call_id: str
    turn_id: str
    started_at_ms: I64 = 0
    namespace: str | None = None
    tool: str
    arguments: Any


class DynamicToolCallResponse(Event):
    """A client answered for one of its tools."""

    call_id: str
    turn_id: str
    completed_at_ms: I64 = 0
    namespace: str | None = None
    tool: str
    arguments: Any
    content_items: list[DynamicOutput]
    success: bool
    error: str | None = None
    duration: Duration


ToolEvent = (
    McpToolCallBegin
    | McpToolCallEnd
    | WebSearchBegin
    | WebSearchEnd
    | ImageGenerationBegin
    | ImageGenerationEnd
    | ViewImageToolCall
    | PatchApplyBegin
    | PatchApplyUpdated
    | PatchApplyEnd
    | TurnDiff
    | DynamicToolCallRequest
    | DynamicToolCallResponse
)
