"""Wrong reducers of messages and edges between agents."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    ActivityMismatch,
    ActivityWithoutMessage,
    ConflictingDelivery,
    ConflictingEdge,
    InvalidAgentPayload,
)
from rollout_reference.trace.reduce import agent_payloads, agents, tools
from rollout_reference.trace.reduce.conversation import Payload
from rollout_reference.trace.reduce.reduction import Reduction

# --- deliveries ---------------------------------------------------------------------------------


@mutant("TRACE-AGENT-1", "does not know messages in the text of an assistant message")
def no_legacy_messages(reference: Patch) -> None:
    reference.does_nothing(agent_payloads.read_legacy_message)


@mutant("TRACE-AGENT-1", "does not compare the recipient with the thread")
def recipient_not_compared(reference: Patch) -> None:
    reference.edit(
        agents.address_of,
        "if recipient != trace.state.threads[item.thread_id].agent_path",
        "if not recipient",
    )


@mutant("TRACE-AGENT-1", "prefers the readable content of a message")
def readable_content_first(reference: Patch) -> None:
    reference.edit(
        agents.address_of,
        "legacy.content if legacy.encrypted_content is None else legacy.encrypted_content",
        "legacy.content",
    )


@mutant("TRACE-AGENT-1", "takes the text before the encrypted part of a message")
def text_before_encrypted(reference: Patch) -> None:
    reference.edit(
        agents._content_of,
        "case [Text(text=text)]:",
        "case [Text(text=text), *_]:",
    )


@mutant("TRACE-AGENT-1", "takes a message of any role for a delivery")
def delivery_of_any_role(reference: Patch) -> None:
    reference.edit(agents.deliver, " or item.role != 'assistant'", "")


# --- runtime payloads ---------------------------------------------------------------------------


@mutant("TRACE-AGENT-2", "does not deliver a message when its runtime begins")
def message_begin_ignored(reference: Patch) -> None:
    reference.edit(agents.observe_runtime_start, "if type(tool.kind) in MESSAGE_TOOLS", "if False")


@mutant("TRACE-AGENT-2", "takes the sender of a message for its receiver")
def message_to_sender(reference: Patch) -> None:
    reference.edit(agents.observe_runtime_start, "begin.receiver_thread_id", "begin.sender_thread_id")


@mutant("TRACE-AGENT-3", "does not end the edge of a close")
def close_end_ignored(reference: Patch) -> None:
    reference.edit(
        agents.observe_runtime_end, "_close_thread(trace, tool, closed.receiver_thread_id, ended_at)", "pass"
    )


@mutant("TRACE-AGENT-3", "makes an edge to an unknown thread that is closed")
def close_of_unknown_thread(reference: Patch) -> None:
    reference.edit(agents._close_thread, "if target in trace.state.threads", "if target")


@mutant("TRACE-AGENT-3", "makes the edge of a close when it ends")
def close_begin_ignored(reference: Patch) -> None:
    reference.edit(
        agents.observe_runtime_start,
        "_close_thread(trace, tool, close.receiver_thread_id, ended_at=None)",
        "pass",
    )


@mutant("TRACE-AGENT-4", "names the spawn edge after the tool's thread")
def spawn_edge_of_tool(reference: Patch) -> None:
    reference.edit(
        agents.observe_runtime_end,
        "spawn_edge_id(spawn.sender_thread_id, spawn.new_thread_id)",
        "spawn_edge_id(tool.thread_id, spawn.new_thread_id)",
    )


@mutant("TRACE-AGENT-4", "gives a spawn edge no fallback")
def spawn_without_fallback(reference: Patch) -> None:
    reference.edit(agents._spawn, "fallback=child", "fallback=None")


@mutant("TRACE-AGENT-4", "makes an edge for a spawn without a new thread")
def spawn_of_nothing(reference: Patch) -> None:
    reference.edit(agents.observe_runtime_end, "if spawn.new_thread_id is not None", "if spawn")


@mutant("TRACE-AGENT-5", "does not end the edge of a message")
def message_end_ignored(reference: Patch) -> None:
    reference.edit(
        agents.observe_runtime_end,
        "_send_message(trace, tool, end.receiver_thread_id, end.prompt, ended_at)",
        "pass",
    )


@mutant("TRACE-AGENT-6", "does not know activities")
def activity_unknown(reference: Patch) -> None:
    reference.edit(
        agents.observe_runtime_end, "isinstance(value, dict) and 'agent_thread_id' in value", "False"
    )


@mutant("TRACE-AGENT-6", "reads an activity only behind agent tools")
def activity_of_agent_tools(reference: Patch) -> None:
    reference.edit(
        agents.observe_runtime_end,
        "'agent_thread_id' in value",
        "'agent_thread_id' in value and type(tool.kind) in ACTIVITY_OF_TOOL",
    )


@mutant("TRACE-AGENT-6", "leaves the edge of an activity open")
def activity_leaves_open(reference: Patch) -> None:
    reference.edit(
        agents._observe_activity,
        "_message_of_invocation(trace, tool), ended_at)",
        "_message_of_invocation(trace, tool), None)",
    )


@mutant("TRACE-AGENT-7", "ignores an activity that does not fit its tool")
def misfit_ignored(reference: Patch) -> None:
    reference.never_raises(agents._observe_activity, ActivityMismatch, "return")


@mutant("TRACE-AGENT-8", "takes a missing message for an empty one")
def message_may_be_missing(reference: Patch) -> None:
    reference.never_raises(agents._message_of_invocation, ActivityWithoutMessage, "return ''")


@mutant("TRACE-AGENT-8", "reads the invocation that the tool call started with")
def message_of_first_reference(reference: Patch) -> None:
    def start(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        trace.__dict__.setdefault("invocations", []).append(event.payload.invocation_payload)
        original(trace, event)

    def message(original: Callable[..., str], trace: Reduction, tool: Any) -> str:
        latest = trace.state.raw_payloads
        first = {ref.raw_payload_id: ref for ref in trace.__dict__["invocations"] if ref is not None}
        trace.state.raw_payloads = latest | first
        try:
            return original(trace, tool)
        finally:
            trace.state.raw_payloads = latest

    reference.wrap(tools.start_tool_call, start)
    reference.wrap(agents._message_of_invocation, message)


@mutant("TRACE-AGENT-9", "does not check the status in an agent payload")
def agent_status_open(reference: Patch) -> None:
    reference.does_nothing(agent_payloads.check_status)


@mutant("TRACE-AGENT-9", "does not check the path in an activity")
def agent_path_open(reference: Patch) -> None:
    reference.edit(agent_payloads._check, "check_path(value)", "pass")


@mutant("TRACE-AGENT-9", "takes any thread id that is a string")
def agent_thread_id_open(reference: Patch) -> None:
    reference.wrap(agent_payloads.normal_uuid, lambda _, text: text.lower())


@mutant("TRACE-AGENT-9", "ignores an agent payload of the wrong form")
def bad_agent_payload_ignored(reference: Patch) -> None:
    def observe(original: Callable[..., None], *arguments: Any) -> None:
        try:
            original(*arguments)
        except InvalidAgentPayload:
            return

    reference.wrap(agents.observe_runtime_start, observe)
    reference.wrap(agents.observe_runtime_end, observe)


# --- edges --------------------------------------------------------------------------------------


@mutant("TRACE-AGENT-10", "does not find a message that came before its edge")
def earlier_message_not_found(reference: Patch) -> None:
    reference.edit(agents._queue, "if waiting", "if False")


@mutant("TRACE-AGENT-10", "finds the last of several equal messages")
def last_message_found(reference: Patch) -> None:
    reference.edit(agents._queue, "waiting.pop(0)", "waiting.pop()")


@mutant("TRACE-AGENT-10", "finds a message again that an edge points to")
def message_found_again(reference: Patch) -> None:
    reference.edit(agents._queue, "waiting.pop(0)", "waiting[0]")


@mutant("TRACE-AGENT-11", "merges what does not belong together into a pending edge")
def delivery_may_conflict(reference: Patch) -> None:
    reference.never_raises(agents._queue, ConflictingDelivery)


@mutant("TRACE-AGENT-12", "merges what does not belong together into an edge")
def edge_may_conflict(reference: Patch) -> None:
    reference.never_raises(agents._upsert, ConflictingEdge)


@mutant("TRACE-AGENT-12", "ignores a second edge with one id")
def first_edge_wins(reference: Patch) -> None:
    reference.edit(
        agents._upsert,
        "before = ",
        "if edge.edge_id in trace.state.interaction_edges:\n    return\nbefore = ",
    )


@mutant("TRACE-AGENT-13", "delivers a message to the last of several equal edges")
def last_edge_served(reference: Patch) -> None:
    reference.edit(agents.deliver, "pending.pop(0)", "pending.pop()")


@mutant("TRACE-AGENT-13", "does not carry the item that it delivers")
def nothing_carried(reference: Patch) -> None:
    reference.edit(agents._make, "[target.item_id] if isinstance(target, AtItem) else []", "[]")


@mutant("TRACE-AGENT-13", "delivers an item again that is shown again in other JSON")
def delivered_again(reference: Patch) -> None:
    reference.edit(
        Payload._reconcile,
        "if chosen is None:\n                deliver",
        "if stored:\n                deliver",
    )


@mutant("TRACE-AGENT-14", "does not carry the result of a tool call")
def result_not_carried(reference: Patch) -> None:
    reference.does_nothing(agents.carry_result)


@mutant("TRACE-AGENT-14", "adds a result to the last edge of a tool call")
def result_on_last_edge(reference: Patch) -> None:
    reference.edit(agents.carry_result, "min(made)", "max(made)")


@mutant("TRACE-AGENT-14", "adds a result to edges that are made, not to pending ones")
def result_on_made_edge(reference: Patch) -> None:
    reference.edit(agents.carry_result, "if pending is not None", "if False")


@mutant("TRACE-AGENT-15", "drops a spawn that was never delivered")
def pending_spawn_dropped(reference: Patch) -> None:
    reference.does_nothing(agents.fall_back_to_threads)


@mutant("TRACE-AGENT-15", "ties an undelivered spawn to a thread that never started")
def spawn_of_unknown_thread(reference: Patch) -> None:
    reference.edit(
        agents.fall_back_to_threads,
        "if child in trace.state.threads",
        "if child",
    )


@mutant("TRACE-AGENT-15", "ties an undelivered message to its thread")
def pending_message_kept(reference: Patch) -> None:
    reference.edit(
        agents._from_tool, "fallback_thread_id=fallback", "fallback_thread_id=fallback or target_thread_id"
    )


@mutant("TRACE-AGENT-16", "takes the first message of the turn for the result")
def result_is_first_message(reference: Patch) -> None:
    reference.edit(
        agents._note_last_message,
        "before = trace.last_message.get(key)",
        "before = trace.last_message.get(key)\nif before is not None:\n    return",
    )


@mutant("TRACE-AGENT-16", "takes the message that arrived last for the result")
def result_is_last_arrival(reference: Patch) -> None:
    reference.edit(agents._note_last_message, "before = trace.last_message.get(key)", "before = None")


@mutant("TRACE-AGENT-16", "takes an agent message for the result")
def result_is_agent_message(reference: Patch) -> None:
    reference.edit(agents.deliver, "if item.agent_message is UNSET", "if item")


@mutant("TRACE-AGENT-16", "begins the edge of a result at its thread")
def result_from_thread(reference: Patch) -> None:
    reference.edit(
        agents.observe_result,
        "AtItem(message.item_id) if message else AtThread(observed.child_thread_id)",
        "AtThread(observed.child_thread_id)",
    )


@mutant("TRACE-AGENT-17", "ignores the result of a thread that never started")
def unknown_child_ignored(reference: Patch) -> None:
    reference.edit(
        agents.observe_result,
        "child = ",
        "if observed.child_thread_id not in trace.state.threads:\n    return\nchild = ",
    )


@mutant("TRACE-AGENT-17", "needs the parent of a result")
def parent_needed(reference: Patch) -> None:
    reference.edit(
        agents.observe_result,
        "child = ",
        "trace.thread(observed.parent_thread_id, 'TRACE-AGENT-17')\nchild = ",
    )


@mutant("TRACE-AGENT-18", "lets an end that is not known win")
def unknown_end_wins(reference: Patch) -> None:
    reference.wrap(agents._later, lambda _, one, other: other)


@mutant("TRACE-AGENT-18", "keeps the earlier of two ends")
def earlier_end_wins(reference: Patch) -> None:
    reference.edit(agents._later, "max(", "min(")


@mutant("TRACE-AGENT-18", "keeps the later of two starts of a pending edge")
def later_pending_start_wins(reference: Patch) -> None:
    reference.edit(agents._queue, "min(pending.started_at_unix_ms", "max(pending.started_at_unix_ms")


@mutant("TRACE-AGENT-18", "does not take over the payloads of a second edge")
def payloads_not_merged(reference: Patch) -> None:
    reference.edit(
        agents._upsert, "before.carried_raw_payload_ids.add_all(edge.carried_raw_payload_ids)", "pass"
    )


@mutant("TRACE-AGENT-18", "does not take over the payloads of a second pending edge")
def pending_payloads_not_merged(reference: Patch) -> None:
    reference.edit(
        agents._queue, "pending.carried_raw_payload_ids.add_all(edge.carried_raw_payload_ids)", "pass"
    )
