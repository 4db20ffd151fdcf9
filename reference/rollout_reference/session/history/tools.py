"""How lines show tools at work: most tell how a call began, and again how it ended."""

from rollout_reference.session.history import answer_tools as answer
from rollout_reference.session.history import shown
from rollout_reference.session.history.answer_tools import DecidedStatus
from rollout_reference.session.history.reducer import Reducer, handles
from rollout_reference.session.items.events.commands import ExecCommandBegin, ExecCommandEnd
from rollout_reference.session.items.events.guardian import (
    GuardedCommand,
    GuardedExecve,
    GuardianAssessment,
)
from rollout_reference.session.items.events.requests import ApplyPatchApprovalRequest
from rollout_reference.session.items.events.tools import (
    DynamicToolCallRequest,
    DynamicToolCallResponse,
    ImageGenerationBegin,
    ImageGenerationEnd,
    McpToolCallBegin,
    McpToolCallEnd,
    PatchApplyBegin,
    PatchApplyEnd,
    ViewImageToolCall,
    WebSearchBegin,
    WebSearchEnd,
)

_JUDGED: dict[str, DecidedStatus] = {
    "in_progress": "inProgress",
    "denied": "declined",
    "aborted": "declined",
    "timed_out": "failed",
}
"""What becomes of a command that a reviewer judges; an approved one shows itself.  [SESSION-HISTORY-16]"""


@handles(ExecCommandBegin)
def begin_command(history: Reducer, event: ExecCommandBegin) -> None:
    """Show that a command began; one of an unknown turn is dropped, also one without a turn."""
    if history.named(event.turn_id):
        history.put(shown.command(event.call_id, event, "inProgress"), event.turn_id)


@handles(ExecCommandEnd)
def end_command(history: Reducer, event: ExecCommandEnd) -> None:
    """Show how a command ended, in the turn in which it began.  [SESSION-HISTORY-7]"""
    if not history.named(event.turn_id):
        return
    item = shown.command(event.call_id, event, event.status)
    item.aggregated_output = event.aggregated_output or None
    item.exit_code = event.exit_code
    item.duration_ms = shown.milliseconds(event.duration)
    history.put(item, event.turn_id)


@handles(GuardianAssessment)
def judge(history: Reducer, event: GuardianAssessment) -> None:
    """Show a command that a reviewer judges.  [SESSION-HISTORY-16]"""
    status, action = _JUDGED.get(event.status), event.action
    if status is None or event.target_item_id is None:
        return
    if isinstance(action, GuardedCommand):
        line = action.command
    elif isinstance(action, GuardedExecve):
        line = shown.command_line([action.program, *action.argv[1:]])
    else:
        return
    actions: list[answer.CommandAction] = [answer.Unknown(line)]
    item = answer.CommandExecution(
        event.target_item_id, line, str(action.cwd), None, "agent", status, actions
    )
    history.put(item, event.turn_id)


@handles(ApplyPatchApprovalRequest, PatchApplyBegin)
def begin_patch(history: Reducer, event: ApplyPatchApprovalRequest | PatchApplyBegin) -> None:
    """Show a patch that is asked for or being applied."""
    history.put(answer.FileChange(event.call_id, shown.changes(event.changes), "inProgress"), event.turn_id)


@handles(PatchApplyEnd)
def end_patch(history: Reducer, event: PatchApplyEnd) -> None:
    """Show what became of a patch.  [SESSION-HISTORY-13]"""
    history.put(answer.FileChange(event.call_id, shown.changes(event.changes), event.status), event.turn_id)


@handles(DynamicToolCallRequest)
def begin_dynamic(history: Reducer, event: DynamicToolCallRequest) -> None:
    """Show a call of a tool that a client runs."""
    item = answer.DynamicToolCall(event.call_id, event.namespace, event.tool, event.arguments, "inProgress")
    history.put(item, event.turn_id)


@handles(DynamicToolCallResponse)
def end_dynamic(history: Reducer, event: DynamicToolCallResponse) -> None:
    """Show what the client answered."""
    item = answer.DynamicToolCall(
        event.call_id,
        event.namespace,
        event.tool,
        event.arguments,
        "completed" if event.success else "failed",
        event.content_items,
        event.success,
        shown.milliseconds(event.duration),
    )
    history.put(item, event.turn_id)


@handles(McpToolCallBegin)
def begin_mcp(history: Reducer, event: McpToolCallBegin) -> None:
    """Show a call of an MCP tool."""
    history.put(_mcp(event, "inProgress"))


@handles(McpToolCallEnd)
def end_mcp(history: Reducer, event: McpToolCallEnd) -> None:
    """Show what a call of an MCP tool came to.  [SESSION-HISTORY-14]"""
    result, error = event.result.ok, event.result.err
    if result:
        item = _mcp(event, "failed" if result.is_error else "completed")
        item.result = shown.mcp_result(result)
    else:
        item = _mcp(event, "failed")
        item.error = answer.McpError(str(error))
    item.duration_ms = shown.milliseconds(event.duration)
    history.put(item, event.turn_id)


def _mcp(event: McpToolCallBegin, status: answer.ToolStatus) -> answer.McpToolCall:
    asked = event.invocation
    return shown.mcp_call(event.call_id, asked.server, asked.tool, status, asked.arguments, event)


@handles(WebSearchBegin)
def begin_web_search(history: Reducer, event: WebSearchBegin) -> None:
    """Show that a web search began."""
    history.put(answer.WebSearch(event.call_id, "", None))


@handles(WebSearchEnd)
def end_web_search(history: Reducer, event: WebSearchEnd) -> None:
    """Show a web search.  [SESSION-HISTORY-15]"""
    history.put(answer.WebSearch(event.call_id, event.query, shown.web_action(event.action)))


@handles(ViewImageToolCall)
def view_image(history: Reducer, event: ViewImageToolCall) -> None:
    """Show that the agent looked at an image."""
    history.put(answer.ImageView(event.call_id, shown.native_path(event.path)))


@handles(ImageGenerationBegin)
def begin_image(history: Reducer, event: ImageGenerationBegin) -> None:
    """Show that an image is being made."""
    history.put(answer.ImageGeneration(event.call_id, "", None, ""))


@handles(ImageGenerationEnd)
def end_image(history: Reducer, event: ImageGenerationEnd) -> None:
    """Show an image that was made.  [SESSION-HISTORY-15]"""
    history.put(shown.image(event, event.call_id))
