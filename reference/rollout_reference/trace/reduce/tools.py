"""Tool calls: dispatch, runtime, end, and the items in which the model sees them."""

from typing import Any

from rollout_reference import jsontext
from rollout_reference.errors import (
    DuplicateMcpCorrelation,
    DuplicateModelVisibleCall,
    DuplicateToolCall,
    InvalidWait,
    UnknownToolCall,
)
from rollout_reference.trace.events import (
    CodeCellRequester,
    Event,
    McpToolCallCorrelationAssigned,
    ToolCallEnded,
    ToolCallRuntimeEnded,
    ToolCallRuntimeStarted,
    ToolCallStarted,
)
from rollout_reference.trace.reduce.agents import carry_result, observe_runtime_end, observe_runtime_start
from rollout_reference.trace.reduce.code_cells import (
    add_nested_tool,
    add_wait,
    mapped_cell,
    thread_in_context,
)
from rollout_reference.trace.reduce.reduction import Reduction, close, handles, opened_at
from rollout_reference.trace.reduce.terminals import (
    end_operation,
    start_from_invocation,
    start_from_runtime,
    sync_observation,
)
from rollout_reference.trace.state import ByCell, ByModel, ByTool, ConversationItem, IdList, ToolCall
from rollout_reference.trace.vocabulary import ItemKind

CALL_KINDS: frozenset[ItemKind] = frozenset({"function_call", "custom_tool_call"})
OUTPUT_KINDS: frozenset[ItemKind] = frozenset({"function_call_output", "custom_tool_call_output"})


@handles(ToolCallStarted)
def start_tool_call(trace: Reduction, event: Event[ToolCallStarted]) -> None:
    """Open a tool call and tie it to what is known already.  [TRACE-TOOL-1]"""
    started = event.payload
    visible_call_id = started.model_visible_call_id
    if started.tool_call_id in trace.state.tool_calls:
        raise DuplicateToolCall(started.tool_call_id)  # TRACE-TOOL-2
    if visible_call_id is not None and visible_call_id in trace.tool_by_visible_call:  # TRACE-TOOL-3
        raise DuplicateModelVisibleCall(visible_call_id, trace.tool_by_visible_call[visible_call_id])
    thread_id = thread_in_context(trace, event, missing="TRACE-TOOL-4", unknown="TRACE-TOOL-5")
    trace.thread(thread_id, "TRACE-TOOL-5")
    if event.codex_turn_id is not None:
        trace.turn_of_thread(event.codex_turn_id, thread_id, unknown="TRACE-TOOL-5", other="TRACE-TOOL-6")

    tool = ToolCall(
        tool_call_id=started.tool_call_id,
        model_visible_call_id=visible_call_id,
        code_mode_runtime_tool_id=started.code_mode_runtime_tool_id,
        thread_id=thread_id,
        started_by_codex_turn_id=event.codex_turn_id,
        execution=opened_at(event),
        requester=requester_of(trace, started, thread_id),
        kind=started.kind,
        model_visible_call_item_ids=IdList(trace.items_of_call(visible_call_id, thread_id, CALL_KINDS)),
        model_visible_output_item_ids=IdList(trace.items_of_call(visible_call_id, thread_id, OUTPUT_KINDS)),
        summary=started.summary,
        raw_invocation_payload_id=None,
    )
    if started.invocation_payload is not None:
        invocation_id = tool.raw_invocation_payload_id = started.invocation_payload.raw_payload_id
        invocation = trace.bundle.read_payload(started.invocation_payload)
        start_from_invocation(trace, event, tool, invocation_id, invocation)
        link_wait(trace, tool, invocation)
    trace.state.tool_calls[tool.tool_call_id] = tool
    if visible_call_id is not None:
        trace.tool_by_visible_call[visible_call_id] = tool.tool_call_id
        # Items of other threads link to this tool too, but only when they are seen again.
        trace.unsettled.update(trace.items_by_call[visible_call_id])
    add_nested_tool(trace, tool)
    link_responses(trace, tool)
    for item_id in tool.model_visible_output_item_ids:
        trace.state.conversation_items[item_id].add_producer(ByTool(tool.tool_call_id))
    sync_observation(trace, tool)


def requester_of(trace: Reduction, started: ToolCallStarted, thread_id: str) -> ByModel | ByCell:
    """Return who asked for a tool call; a runtime cell id must be known.  [TRACE-TOOL-7]"""
    if isinstance(started.requester, CodeCellRequester):
        runtime_cell_id = started.requester.runtime_cell_id
        return ByCell(mapped_cell(trace, thread_id, runtime_cell_id, rule="TRACE-TOOL-7"))
    return ByModel()


def link_wait(trace: Reduction, tool: ToolCall, invocation: Any) -> None:
    """Tie a call of a tool named `wait` to the cell that it waits for.  [TRACE-TOOL-16, TRACE-TOOL-17]"""
    if not isinstance(invocation, dict) or invocation.get("tool_name") != "wait":
        return
    payload = invocation.get("payload")
    arguments = payload.get("arguments") if isinstance(payload, dict) else None
    if not isinstance(arguments, str):
        raise InvalidWait(tool.tool_call_id, "no string 'arguments'")
    try:
        values = jsontext.parse(arguments)
    except jsontext.JsonError as error:
        raise InvalidWait(tool.tool_call_id, str(error)) from None
    cell_id = values.get("cell_id") if isinstance(values, dict) else None
    if not isinstance(cell_id, str):
        raise InvalidWait(tool.tool_call_id, "no string 'cell_id'")
    add_wait(trace, tool, cell_id)


@handles(McpToolCallCorrelationAssigned)
def assign_mcp_correlation(trace: Reduction, event: Event[McpToolCallCorrelationAssigned]) -> None:
    """Note the MCP call id, once.  [TRACE-TOOL-11, TRACE-TOOL-12]"""
    tool = known_tool(trace, event.payload.tool_call_id, "TRACE-TOOL-11")
    if tool.mcp_call_id is not None:
        raise DuplicateMcpCorrelation(tool.tool_call_id, tool.mcp_call_id)
    tool.mcp_call_id = event.payload.mcp_call_id


@handles(ToolCallRuntimeStarted)
def start_runtime(trace: Reduction, event: Event[ToolCallRuntimeStarted]) -> None:
    """Note a runtime payload; it may open a terminal operation or an edge.  [TRACE-TOOL-14]"""
    tool = known_tool(trace, event.payload.tool_call_id, "TRACE-TOOL-13")
    ref = event.payload.runtime_payload
    tool.raw_runtime_payload_ids.add(ref.raw_payload_id)
    start_from_runtime(trace, event, tool, ref)
    observe_runtime_start(trace, tool, ref)


@handles(ToolCallRuntimeEnded)
def end_runtime(trace: Reduction, event: Event[ToolCallRuntimeEnded]) -> None:
    """Note a runtime payload; it may end a terminal operation or an edge.

    The payload is read whatever the kind of the tool; the tool's own window stays as it is.
    [TRACE-TOOL-14, TRACE-TOOL-18]
    """
    ended = event.payload
    tool = known_tool(trace, ended.tool_call_id, "TRACE-TOOL-13")
    tool.raw_runtime_payload_ids.add(ended.runtime_payload.raw_payload_id)
    value = trace.bundle.read_payload(ended.runtime_payload)
    end_operation(trace, event, tool, ended.status, ended.runtime_payload, value)
    observe_runtime_end(trace, event, tool, ended.runtime_payload, value)


@handles(ToolCallEnded)
def end_tool_call(trace: Reduction, event: Event[ToolCallEnded]) -> None:
    """Close a tool call; without runtime payloads its result ends the operation.

    [TRACE-TOOL-13, TRACE-TOOL-15, TRACE-TERMINAL-7, TRACE-TERMINAL-13]
    """
    ended = event.payload
    tool = known_tool(trace, ended.tool_call_id, "TRACE-TOOL-13")
    result = ended.result_payload
    close(tool.execution, event, ended.status)
    tool.raw_result_payload_id = result.raw_payload_id if result else None  # TRACE-TOOL-15
    if tool.terminal_operation_id is not None and not tool.raw_runtime_payload_ids:
        value = trace.bundle.read_payload(result) if result else None
        end_operation(trace, event, tool, ended.status, result, value)
    if result is not None:
        carry_result(trace, tool, result)


def known_tool(trace: Reduction, tool_call_id: str, rule: str) -> ToolCall:
    """Return a started tool call; raises `UnknownToolCall` in the name of `rule`."""
    tool = trace.state.tool_calls.get(tool_call_id)
    if tool is None:
        raise UnknownToolCall(tool_call_id, rule=rule)
    return tool


def link_item(trace: Reduction, item: ConversationItem, call_id: str) -> None:
    """Tie a sighted item to the tool with its call id, of any thread.  [TRACE-TOOL-9]"""
    tool_call_id = trace.tool_by_visible_call.get(call_id)
    if tool_call_id is None:
        return
    tool = trace.state.tool_calls[tool_call_id]
    if item.kind in CALL_KINDS:
        tool.model_visible_call_item_ids.add(item.item_id)
        link_responses(trace, tool)
    else:
        tool.model_visible_output_item_ids.add(item.item_id)
        item.add_producer(ByTool(tool_call_id))
    sync_observation(trace, tool)


def link_responses(trace: Reduction, tool: ToolCall) -> None:
    """Tie a tool to the calls whose response holds one of its call items.  [TRACE-TOOL-10]"""
    for item_id in tool.model_visible_call_item_ids:
        for inference_call_id in trace.responses_showing.get(item_id, ()):
            call = trace.state.inference_calls[inference_call_id]
            call.tool_call_ids_started_by_response.add(tool.tool_call_id)
