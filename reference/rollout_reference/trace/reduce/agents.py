"""Agents: edges between threads, and the messages in which they arrive.

An edge points to the item in which the receiving thread shows the message.  Until that item is
seen the edge is pending; what is never delivered leaves no edge, but a spawn falls back to the
thread that it made.
"""

from typing import Any

from msgspec import UNSET

from rollout_reference import jsontext
from rollout_reference.errors import (
    ActivityMismatch,
    ActivityWithoutMessage,
    ConflictingDelivery,
    ConflictingEdge,
)
from rollout_reference.trace.events import AgentResultObserved, Event
from rollout_reference.trace.reduce.agent_payloads import (
    Activity,
    CloseBegin,
    CloseEnd,
    InteractionBegin,
    InteractionEnd,
    MessageArguments,
    SpawnEnd,
    read_agent_payload,
    read_legacy_message,
)
from rollout_reference.trace.reduce.reduction import PendingEdge, Reduction, handles
from rollout_reference.trace.state import (
    Anchor,
    AtItem,
    AtThread,
    AtToolCall,
    ConversationItem,
    EdgeKind,
    Encoded,
    IdList,
    InteractionEdge,
    Text,
    ToolCall,
)
from rollout_reference.trace.vocabulary import (
    AssignAgentTask,
    CloseAgent,
    PayloadRef,
    SendMessage,
    SpawnAgent,
    Tagged,
)

MESSAGE_TOOLS: dict[type[Tagged], EdgeKind] = {
    AssignAgentTask: "assign_agent_task",
    SendMessage: "send_message",
}
"""Tools that send a message to a thread which exists.  [TRACE-AGENT-2, TRACE-AGENT-5]"""

ACTIVITY_OF_TOOL: dict[type[Tagged], str] = {
    SpawnAgent: "started",
    AssignAgentTask: "interacted",
    SendMessage: "interacted",
    CloseAgent: "interrupted",
}
"""The activity that each kind of tool may report.  [TRACE-AGENT-7]"""


def spawn_edge_id(parent_thread_id: str, child_thread_id: str) -> str:
    """Return the id of the edge by which one thread spawned another.  [TRACE-STATE-5]"""
    return f"edge:spawn:{parent_thread_id}:{child_thread_id}"


def tool_edge_id(tool: ToolCall) -> str:
    """Return the id of the edge that a tool call makes.  [TRACE-STATE-5]"""
    return f"edge:tool:{tool.tool_call_id}"


# --- what the runtime observes ---------------------------------------------------------------------------


def observe_runtime_start(trace: Reduction, tool: ToolCall, ref: PayloadRef) -> None:
    """Begin the edge of a tool that addresses an existing thread.  [TRACE-AGENT-2, TRACE-AGENT-3]"""
    if type(tool.kind) in MESSAGE_TOOLS:
        value = trace.bundle.read_payload(ref)
        begin = read_agent_payload(value, InteractionBegin, ref.raw_payload_id)
        _send_message(trace, tool, begin.receiver_thread_id, begin.prompt, ended_at=None)
    elif isinstance(tool.kind, CloseAgent):
        value = trace.bundle.read_payload(ref)
        close = read_agent_payload(value, CloseBegin, ref.raw_payload_id)
        _close_thread(trace, tool, close.receiver_thread_id, ended_at=None)


def observe_runtime_end(
    trace: Reduction, event: Event[Any], tool: ToolCall, ref: PayloadRef, value: Any
) -> None:
    """End the edge of an agent tool.  [TRACE-AGENT-3, TRACE-AGENT-4, TRACE-AGENT-5, TRACE-AGENT-6]"""
    ended_at = event.wall_time_unix_ms
    if isinstance(value, dict) and "agent_thread_id" in value:
        activity = read_agent_payload(value, Activity, ref.raw_payload_id)
        _observe_activity(trace, tool, activity, ended_at)
    elif isinstance(tool.kind, SpawnAgent):
        spawn = read_agent_payload(value, SpawnEnd, ref.raw_payload_id)
        if spawn.new_thread_id is not None:
            edge_id = spawn_edge_id(spawn.sender_thread_id, spawn.new_thread_id)
            _spawn(trace, tool, edge_id, spawn.new_thread_id, spawn.prompt, ended_at)
    elif type(tool.kind) in MESSAGE_TOOLS:
        end = read_agent_payload(value, InteractionEnd, ref.raw_payload_id)
        _send_message(trace, tool, end.receiver_thread_id, end.prompt, ended_at)
    elif isinstance(tool.kind, CloseAgent):
        closed = read_agent_payload(value, CloseEnd, ref.raw_payload_id)
        _close_thread(trace, tool, closed.receiver_thread_id, ended_at)


def _observe_activity(trace: Reduction, tool: ToolCall, activity: Activity, ended_at: int) -> None:
    """[TRACE-AGENT-6, TRACE-AGENT-7]"""
    child = activity.agent_thread_id
    if ACTIVITY_OF_TOOL.get(type(tool.kind)) != activity.kind:
        raise ActivityMismatch(activity.kind, str(tool.kind.__struct_config__.tag))
    if isinstance(tool.kind, CloseAgent):
        _close_thread(trace, tool, child, ended_at)
    elif isinstance(tool.kind, SpawnAgent):
        message = _message_of_invocation(trace, tool)
        _spawn(trace, tool, spawn_edge_id(tool.thread_id, child), child, message, ended_at)
    else:
        _send_message(trace, tool, child, _message_of_invocation(trace, tool), ended_at)


def _message_of_invocation(trace: Reduction, tool: ToolCall) -> str:
    """Return the message in a tool's arguments; raises `ActivityWithoutMessage`.  [TRACE-AGENT-8]"""
    if tool.raw_invocation_payload_id is None:
        raise ActivityWithoutMessage(tool.tool_call_id, "it has no invocation payload")
    invocation = trace.bundle.read_payload(trace.state.raw_payloads[tool.raw_invocation_payload_id])
    payload = invocation.get("payload") if isinstance(invocation, dict) else None
    arguments = payload.get("arguments") if isinstance(payload, dict) else None
    if not isinstance(arguments, str):
        raise ActivityWithoutMessage(tool.tool_call_id, "no string 'arguments'")
    try:
        return jsontext.parse_struct(arguments, MessageArguments).message
    except jsontext.JsonError as error:
        raise ActivityWithoutMessage(tool.tool_call_id, str(error)) from None


@handles(AgentResultObserved)
def observe_result(trace: Reduction, event: Event[AgentResultObserved]) -> None:
    """Queue the edge by which a child's result reaches its parent.  [TRACE-AGENT-16, TRACE-AGENT-17]"""
    observed = event.payload
    child = trace.thread(observed.child_thread_id, "TRACE-AGENT-17")
    message = trace.last_message.get((observed.child_thread_id, observed.child_codex_turn_id))
    carried = observed.carried_payload
    _queue(
        trace,
        PendingEdge(
            edge_id=observed.edge_id,
            kind="agent_result",
            source=AtItem(message.item_id) if message else AtThread(observed.child_thread_id),
            target_thread_id=observed.parent_thread_id,
            author=child.agent_path,
            content=observed.message,
            fallback_thread_id=None,
            started_at_unix_ms=event.wall_time_unix_ms,
            ended_at_unix_ms=event.wall_time_unix_ms,
            carried_raw_payload_ids=IdList([carried.raw_payload_id] if carried else []),
        ),
    )


def carry_result(trace: Reduction, tool: ToolCall, result: PayloadRef) -> None:
    """Add a tool's result to one edge: the first made, else the first pending.  [TRACE-AGENT-14]"""
    made = trace.edges_of_tool.get(tool.tool_call_id)
    if made:
        edge = trace.state.interaction_edges[min(made)]
        edge.carried_raw_payload_ids.add(result.raw_payload_id)
    else:
        source = AtToolCall(tool.tool_call_id)
        pending = next((edge for edge in trace.pending_edges.values() if edge.source == source), None)
        if pending is not None:
            pending.carried_raw_payload_ids.add(result.raw_payload_id)


# --- edges, pending and made -----------------------------------------------------------------------------


def _spawn(trace: Reduction, tool: ToolCall, edge_id: str, child: str, message: str, ended_at: int) -> None:
    _queue(trace, _from_tool(trace, tool, "spawn_agent", edge_id, child, message, ended_at, fallback=child))


def _send_message(
    trace: Reduction, tool: ToolCall, receiver: str, message: str, ended_at: int | None
) -> None:
    kind = MESSAGE_TOOLS[type(tool.kind)]
    _queue(
        trace, _from_tool(trace, tool, kind, tool_edge_id(tool), receiver, message, ended_at, fallback=None)
    )


def _from_tool(
    trace: Reduction,
    tool: ToolCall,
    kind: EdgeKind,
    edge_id: str,
    target_thread_id: str,
    message: str,
    ended_at: int | None,
    *,
    fallback: str | None,
) -> PendingEdge:
    return PendingEdge(
        edge_id=edge_id,
        kind=kind,
        source=AtToolCall(tool.tool_call_id),
        target_thread_id=target_thread_id,
        author=trace.state.threads[tool.thread_id].agent_path,
        content=message,
        fallback_thread_id=fallback,
        started_at_unix_ms=tool.execution.started_at_unix_ms,
        ended_at_unix_ms=ended_at,
        carried_raw_payload_ids=payload_ids_of(tool),
    )


def payload_ids_of(tool: ToolCall) -> IdList:
    """Return the payloads of a tool call so far: invocation, runtime, result."""
    ids = IdList()
    if tool.raw_invocation_payload_id is not None:
        ids.add(tool.raw_invocation_payload_id)
    ids.add_all(tool.raw_runtime_payload_ids)
    if tool.raw_result_payload_id is not None:
        ids.add(tool.raw_result_payload_id)
    return ids


def _close_thread(trace: Reduction, tool: ToolCall, target: str, ended_at: int | None) -> None:
    """Make the edge to a thread that is closed; an unknown one leaves none.  [TRACE-AGENT-3]"""
    if target in trace.state.threads:
        edge = InteractionEdge(
            tool_edge_id(tool),
            "close_agent",
            AtToolCall(tool.tool_call_id),
            AtThread(target),
            tool.execution.started_at_unix_ms,
            ended_at,
            IdList(),
            payload_ids_of(tool),
        )
        _upsert(trace, edge)


def _queue(trace: Reduction, edge: PendingEdge) -> None:
    """Deliver to a message that waits already, or else wait for it.  [TRACE-AGENT-10]"""
    waiting = trace.undelivered.get(edge.address)
    if waiting:
        _make(trace, edge, AtItem(waiting.pop(0)))
        return
    pending = trace.pending_edges.get(edge.edge_id)
    if pending is None:
        trace.pending_edges[edge.edge_id] = edge
        trace.pending_by_address[edge.address].append(edge.edge_id)
        return
    if _identity(pending) != _identity(edge):  # TRACE-AGENT-11
        raise ConflictingDelivery(edge.edge_id)
    pending.started_at_unix_ms = min(pending.started_at_unix_ms, edge.started_at_unix_ms)
    pending.ended_at_unix_ms = _later(pending.ended_at_unix_ms, edge.ended_at_unix_ms)
    pending.carried_raw_payload_ids.add_all(edge.carried_raw_payload_ids)


def _identity(edge: PendingEdge) -> tuple[EdgeKind, Anchor, tuple[str, str, str], str | None]:
    return (edge.kind, edge.source, edge.address, edge.fallback_thread_id)


def deliver(trace: Reduction, item: ConversationItem) -> None:
    """Let a new item end the first pending edge that it is the message of.  [TRACE-AGENT-13]"""
    if item.kind != "message" or item.role != "assistant":
        return
    if item.agent_message is UNSET:
        _note_last_message(trace, item)
    address = address_of(trace, item)
    if address is None:
        return
    pending = trace.pending_by_address.get(address)
    if pending:
        _make(trace, trace.pending_edges.pop(pending.pop(0)), AtItem(item.item_id))
    else:
        trace.undelivered[address].append(item.item_id)


def _note_last_message(trace: Reduction, item: ConversationItem) -> None:
    """Keep the latest assistant message of a turn; ties go to the last id in byte order.  [TRACE-AGENT-16]"""
    key = (item.thread_id, item.codex_turn_id)
    before = trace.last_message.get(key)
    if before is None or (before.first_seen_at_unix_ms, before.item_id) < (
        item.first_seen_at_unix_ms,
        item.item_id,
    ):
        trace.last_message[key] = item


def address_of(trace: Reduction, item: ConversationItem) -> tuple[str, str, str] | None:
    """Return thread, author and content of a message between agents, if an item is one to its thread.

    [TRACE-AGENT-1]
    """
    if isinstance(item.agent_message, type(UNSET)):
        text = item.body.parts[0] if len(item.body.parts) == 1 else None
        legacy = read_legacy_message(text.text) if isinstance(text, Text) else None
        if legacy is None:
            return None
        content = legacy.content if legacy.encrypted_content is None else legacy.encrypted_content
        author, recipient = legacy.author, legacy.recipient
    else:
        told = _content_of(item)
        if told is None:
            return None
        content, author, recipient = told, item.agent_message.author, item.agent_message.recipient
    if recipient != trace.state.threads[item.thread_id].agent_path:
        return None
    return (item.thread_id, author, content)


def _content_of(item: ConversationItem) -> str | None:
    """Return what an agent message says: its text, or what is encrypted in its place."""
    match item.body.parts:
        case (Text(text=text),):
            return text
        case (Encoded(value=value),) | (Text(), Encoded(value=value)):
            return value
        case _:
            return None


def _make(trace: Reduction, edge: PendingEdge, target: AtItem | AtThread) -> None:
    made = InteractionEdge(
        edge.edge_id,
        edge.kind,
        edge.source,
        target,
        edge.started_at_unix_ms,
        edge.ended_at_unix_ms,
        IdList([target.item_id] if isinstance(target, AtItem) else []),
        edge.carried_raw_payload_ids,
    )
    _upsert(trace, made)


def _upsert(trace: Reduction, edge: InteractionEdge) -> None:
    """Add an edge, or merge it into the one with its id.  [TRACE-AGENT-12, TRACE-AGENT-18]"""
    before = trace.state.interaction_edges.get(edge.edge_id)
    if before is None:
        trace.state.interaction_edges[edge.edge_id] = edge
        if isinstance(edge.source, AtToolCall):
            trace.edges_of_tool[edge.source.tool_call_id].add(edge.edge_id)
        return
    if (before.kind, before.source, before.target) != (edge.kind, edge.source, edge.target):
        raise ConflictingEdge(edge.edge_id)
    # Only a close_agent edge is made twice, by one tool: with the same start and no items.
    before.ended_at_unix_ms = _later(before.ended_at_unix_ms, edge.ended_at_unix_ms)
    before.carried_raw_payload_ids.add_all(edge.carried_raw_payload_ids)


def _later(one: int | None, other: int | None) -> int | None:
    """Return the later end; an unknown one loses."""
    return max((end for end in (one, other) if end is not None), default=None)


def fall_back_to_threads(trace: Reduction) -> None:
    """At the end of the log, tie undelivered spawns to the thread they made.  [TRACE-AGENT-15]"""
    for edge in trace.pending_edges.values():
        child = edge.fallback_thread_id
        if child in trace.state.threads:
            _make(trace, edge, AtThread(child))
