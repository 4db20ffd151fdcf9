"""Compaction: remote requests for a replacement history, and the moment it goes live."""

from msgspec import Struct

from rollout_reference.errors import (
    CompactionIdMismatch,
    DuplicateCompaction,
    DuplicateCompactionRequest,
    InvalidCheckpoint,
    MissingContext,
    UnknownCompactionRequest,
)
from rollout_reference.trace.events import (
    CompactionInstalled,
    CompactionRequestCompleted,
    CompactionRequestFailed,
    CompactionRequestStarted,
    Event,
)
from rollout_reference.trace.reduce.conversation import Payload, list_in_thread
from rollout_reference.trace.reduce.normalize import NormalItem
from rollout_reference.trace.reduce.reduction import Reduction, close, handles, opened_at
from rollout_reference.trace.state import ByCompaction, Compaction, CompactionRequest
from rollout_reference.trace.vocabulary import ExecutionStatus, PayloadRef

MARKER = NormalItem("assistant", None, "compaction_marker", ())
"""The item that stands where the history was replaced.  [TRACE-COMPACTION-11]"""


class Checkpoint(Struct, frozen=True):
    """The history before and after."""

    input_history: list[object]
    replacement_history: list[object]


@handles(CompactionRequestStarted)
def start_request(trace: Reduction, event: Event[CompactionRequestStarted]) -> None:
    """Open a compaction request.  [TRACE-COMPACTION-1, TRACE-COMPACTION-2, TRACE-COMPACTION-3]"""
    started = event.payload
    if started.compaction_request_id in trace.state.compaction_requests:
        raise DuplicateCompactionRequest(started.compaction_request_id)  # TRACE-COMPACTION-2
    trace.thread(started.thread_id, "TRACE-COMPACTION-3")
    trace.turn_of_thread(
        started.codex_turn_id, started.thread_id, unknown="TRACE-COMPACTION-3", other="TRACE-COMPACTION-3"
    )
    trace.state.compaction_requests[started.compaction_request_id] = CompactionRequest(
        started.compaction_request_id,
        started.compaction_id,
        started.thread_id,
        started.codex_turn_id,
        opened_at(event),
        started.model,
        started.provider_name,
        started.request_payload.raw_payload_id,
    )
    trace.compaction_requests_of[started.compaction_id].append(started.compaction_request_id)


@handles(CompactionRequestCompleted)
def complete_request(trace: Reduction, event: Event[CompactionRequestCompleted]) -> None:
    """Close a compaction request with its response.  [TRACE-COMPACTION-4]"""
    _end_request(trace, event, "completed", event.payload.response_payload)


@handles(CompactionRequestFailed)
def fail_request(trace: Reduction, event: Event[CompactionRequestFailed]) -> None:
    """Close a compaction request that failed.  [TRACE-COMPACTION-4]"""
    _end_request(trace, event, "failed", None)


def _end_request(
    trace: Reduction,
    event: Event[CompactionRequestCompleted] | Event[CompactionRequestFailed],
    status: ExecutionStatus,
    response: PayloadRef | None,
) -> None:
    ended = event.payload
    request = trace.state.compaction_requests.get(ended.compaction_request_id)
    if request is None:
        raise UnknownCompactionRequest(ended.compaction_request_id)  # TRACE-COMPACTION-4
    if request.compaction_id != ended.compaction_id:  # TRACE-COMPACTION-5
        raise CompactionIdMismatch(request.compaction_request_id, request.compaction_id, ended.compaction_id)
    close(request.execution, event, status)
    request.raw_response_payload_id = response.raw_payload_id if response else None


@handles(CompactionInstalled)
def install(trace: Reduction, event: Event[CompactionInstalled]) -> None:
    """Put a replacement history in place.

    The view stays as it is: what is still in flight extends the old one, and the next full
    request is reconciled with the replacement.
    [TRACE-COMPACTION-6, TRACE-COMPACTION-7, TRACE-COMPACTION-8, TRACE-COMPACTION-14]
    """
    compaction_id = event.payload.compaction_id
    thread_id, turn_id = event.thread_id, event.codex_turn_id
    if thread_id is None or turn_id is None:
        raise MissingContext("thread" if thread_id is None else "turn", rule="TRACE-COMPACTION-6")
    if compaction_id in trace.state.compactions:
        raise DuplicateCompaction(compaction_id)
    trace.thread(thread_id, "TRACE-COMPACTION-8")
    trace.turn_of_thread(turn_id, thread_id, unknown="TRACE-COMPACTION-8", other="TRACE-COMPACTION-8")

    ref = event.payload.checkpoint_payload
    checkpoint = read_checkpoint(trace, ref)
    shown = Payload(trace, event, ref.raw_payload_id, thread_id, turn_id)
    made = Payload(trace, event, ref.raw_payload_id, thread_id, turn_id, ByCompaction(compaction_id))
    conversation = trace.conversation(thread_id)
    before = shown.show_known(checkpoint.input_history, conversation.view).item_ids
    marker = made.create(MARKER).item_id
    replacement = made.show_new(checkpoint.replacement_history)
    list_in_thread(trace, thread_id, [*before, marker, *replacement.item_ids])
    conversation.replacement = replacement
    trace.state.compactions[compaction_id] = Compaction(
        compaction_id=compaction_id,
        thread_id=thread_id,
        codex_turn_id=turn_id,
        installed_at_unix_ms=event.wall_time_unix_ms,
        marker_item_id=marker,
        request_ids=sorted(trace.compaction_requests_of[compaction_id]),  # TRACE-COMPACTION-13
        input_item_ids=before,
        replacement_item_ids=list(replacement.item_ids),
    )


def read_checkpoint(trace: Reduction, ref: PayloadRef) -> Checkpoint:
    """Return the two histories of a checkpoint payload; raises `InvalidCheckpoint`.  [TRACE-COMPACTION-9]"""
    value = trace.bundle.read_payload(ref)
    fields = value if isinstance(value, dict) else {}
    for name in Checkpoint.__struct_fields__:
        if not isinstance(fields.get(name), list):
            raise InvalidCheckpoint(ref.raw_payload_id, name)
    return Checkpoint(fields["input_history"], fields["replacement_history"])
