"""The rollout as a whole: its identity, its end, and events that are evidence only."""

from rollout_reference.errors import UnsupportedEvent
from rollout_reference.trace.events import (
    Event,
    OtherEvent,
    ProtocolEventObserved,
    RolloutEnded,
    RolloutStarted,
)
from rollout_reference.trace.reduce.reduction import Reduction, handles


@handles(RolloutStarted)
def start_rollout(trace: Reduction, event: Event[RolloutStarted]) -> None:
    """Take over trace and root thread, whenever and however often it is said.  [TRACE-REPLAY-3]"""
    trace.state.trace_id = event.payload.trace_id
    trace.state.root_thread_id = event.payload.root_thread_id


@handles(RolloutEnded)
def end_rollout(trace: Reduction, event: Event[RolloutEnded]) -> None:
    """Note status and end; the last end counts, and later events still do.  [TRACE-REPLAY-4]"""
    trace.state.status = event.payload.status
    trace.state.ended_at_unix_ms = event.wall_time_unix_ms


@handles(ProtocolEventObserved)
def observe_protocol_event(trace: Reduction, event: Event[ProtocolEventObserved]) -> None:
    """Do nothing: its reference is registered already.  [TRACE-EVENT-6]"""


@handles(OtherEvent)
def refuse_other(trace: Reduction, event: Event[OtherEvent]) -> None:
    """Refuse the reserved event type.  [TRACE-EVENT-5]"""
    raise UnsupportedEvent(event.payload.kind)
