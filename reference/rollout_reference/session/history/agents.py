"""How lines show agents that work together.  [SESSION-HISTORY-18]"""

from typing import Any

import msgspec

from rollout_reference.session.history import answer_tools as answer
from rollout_reference.session.history.answer_tools import AgentState, CollabAgentToolCall, ToolStatus
from rollout_reference.session.history.failures import camel_case
from rollout_reference.session.history.reducer import Reducer, handles
from rollout_reference.session.items.events.agents import (
    AgentStatus,
    AgentStatuses,
    CollabAgentInteractionBegin,
    CollabAgentInteractionEnd,
    CollabAgentSpawnBegin,
    CollabAgentSpawnEnd,
    CollabCloseBegin,
    CollabCloseEnd,
    CollabResumeBegin,
    CollabResumeEnd,
    CollabWaitingBegin,
    CollabWaitingEnd,
    SubAgentActivity,
)

Begin = CollabAgentInteractionBegin | CollabCloseBegin | CollabResumeBegin
End = CollabAgentInteractionEnd | CollabCloseEnd | CollabResumeEnd

TOOLS: dict[type, str] = {
    CollabAgentInteractionBegin: "sendInput",
    CollabAgentInteractionEnd: "sendInput",
    CollabCloseBegin: "closeAgent",
    CollabCloseEnd: "closeAgent",
    CollabResumeBegin: "resumeAgent",
    CollabResumeEnd: "resumeAgent",
}
"""The tools for one agent."""

_BAD = ("errored", "notFound")


def state_of(status: AgentStatus | dict[str, Any]) -> AgentState:
    """Return how it stands with an agent, given its status typed or as a tree."""
    tree = msgspec.to_builtins(status)
    name, message = next(iter(tree.items())) if isinstance(tree, dict) else (tree, None)
    return AgentState(camel_case(name), message)


def states_of(statuses: AgentStatuses) -> dict[str, AgentState]:
    """Return how it stands with agents, in order of their ids."""
    return {thread_id: state_of(statuses[thread_id]) for thread_id in sorted(statuses)}


def outcome(states: dict[str, AgentState]) -> ToolStatus:
    """Tell how a call ended that left agents in these states."""
    return "failed" if any(each.status in _BAD for each in states.values()) else "completed"


@handles(CollabAgentSpawnBegin, CollabAgentSpawnEnd)
def spawn(history: Reducer, event: CollabAgentSpawnBegin | CollabAgentSpawnEnd) -> None:
    """Show that an agent is being spawned, or was, or was not."""
    status: ToolStatus = "inProgress"
    states: dict[str, AgentState] = {}
    if isinstance(event, CollabAgentSpawnEnd):
        if event.new_thread_id:
            states = {str(event.new_thread_id): state_of(event.status)}
        status = outcome(states) if states else "failed"
    item = CollabAgentToolCall(
        event.call_id,
        "spawnAgent",
        status,
        str(event.sender_thread_id),
        list(states),
        event.prompt,
        event.model,
        str(event.reasoning_effort),
        states,
    )
    history.put(item)


@handles(CollabAgentInteractionBegin, CollabCloseBegin, CollabResumeBegin)
def begin(history: Reducer, event: Begin) -> None:
    """Show that something is being done to an agent."""
    history.put(_call(event, "inProgress", {}))


@handles(CollabAgentInteractionEnd, CollabCloseEnd, CollabResumeEnd)
def end(history: Reducer, event: End) -> None:
    """Show what came of it."""
    states = {str(event.receiver_thread_id): state_of(event.status)}
    history.put(_call(event, outcome(states), states))


def _call(event: Begin | End, status: ToolStatus, states: dict[str, AgentState]) -> CollabAgentToolCall:
    prompt = (
        event.prompt if isinstance(event, CollabAgentInteractionBegin | CollabAgentInteractionEnd) else None
    )
    return CollabAgentToolCall(
        event.call_id,
        TOOLS[type(event)],
        status,
        str(event.sender_thread_id),
        [str(event.receiver_thread_id)],
        prompt,
        agents_states=states,
    )


@handles(CollabWaitingBegin)
def begin_wait(history: Reducer, event: CollabWaitingBegin) -> None:
    """Show that an agent waits for others."""
    receivers = [str(each) for each in event.receiver_thread_ids]
    history.put(
        CollabAgentToolCall(event.call_id, "wait", "inProgress", str(event.sender_thread_id), receivers)
    )


@handles(CollabWaitingEnd)
def end_wait(history: Reducer, event: CollabWaitingEnd) -> None:
    """Show how it stands with those that were waited for, in order of their ids."""
    states = states_of(event.statuses)
    item = CollabAgentToolCall(
        event.call_id,
        "wait",
        outcome(states),
        str(event.sender_thread_id),
        list(states),
        agents_states=states,
    )
    history.put(item)


@handles(SubAgentActivity)
def act(history: Reducer, event: SubAgentActivity) -> None:
    """Show what one agent did to another; that one completed is told by its item alone."""
    if event.kind == "completed":
        return
    item = answer.SubAgentActivity(
        event.event_id, event.kind, str(event.agent_thread_id), str(event.agent_path)
    )
    history.put(item)
