"""Inference calls: request, response, end, and what they show of the conversation."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct

from rollout_reference.errors import (
    DuplicateInference,
    RequestWithoutInput,
    ResponseWithoutItems,
    UnknownInference,
    UnknownPreviousResponse,
)
from rollout_reference.trace.events import (
    CodexTurnEnded,
    Event,
    InferenceCancelled,
    InferenceCompleted,
    InferenceFailed,
    InferenceStarted,
)
from rollout_reference.trace.reduce.conversation import Payload, list_in_thread
from rollout_reference.trace.reduce.reduction import Conversation, Reduction, View, close, handles, opened_at
from rollout_reference.trace.state import ByInference, InferenceCall, Usage
from rollout_reference.trace.vocabulary import I64, ExecutionStatus, PayloadRef

STATUS_AFTER_TURN: dict[ExecutionStatus, ExecutionStatus] = {
    "completed": "cancelled",
    "cancelled": "cancelled",
    "failed": "failed",
    "aborted": "aborted",
}
"""How the end of a turn closes its running calls; `running` closes nothing.  [TRACE-TURN-6]"""


class TokenUsage(Struct, frozen=True):
    """What a reducer reads of a response's token usage; all four are needed.  [TRACE-INFERENCE-10]"""

    input_tokens: I64
    cached_input_tokens: I64
    output_tokens: I64
    reasoning_output_tokens: I64


@handles(InferenceStarted)
def start_inference(trace: Reduction, event: Event[InferenceStarted]) -> None:
    """Reduce the request, then open the call.  [TRACE-INFERENCE-1]"""
    started = event.payload
    if started.inference_call_id in trace.state.inference_calls:
        raise DuplicateInference(started.inference_call_id)  # TRACE-INFERENCE-2
    trace.turn_of_thread(
        started.codex_turn_id, started.thread_id, unknown="TRACE-INFERENCE-3", other="TRACE-INFERENCE-4"
    )
    trace.state.inference_calls[started.inference_call_id] = InferenceCall(
        inference_call_id=started.inference_call_id,
        thread_id=started.thread_id,
        codex_turn_id=started.codex_turn_id,
        execution=opened_at(event),
        model=started.model,
        provider_name=started.provider_name,
        request_item_ids=show_request(trace, event),
        raw_request_payload_id=started.request_payload.raw_payload_id,
    )
    trace.inferences_of_turn[started.codex_turn_id].append(started.inference_call_id)


def show_request(trace: Reduction, event: Event[InferenceStarted]) -> list[str]:
    """Reconcile the items of a request and return their ids, the ones it builds on included."""
    started = event.payload
    conversation = trace.conversation(started.thread_id)
    ref = started.request_payload
    base = conversation.replacement or conversation.view
    request = trace.bundle.read_payload(ref, known=base.sources)
    if not isinstance(request, dict) or not isinstance(request.get("input"), list):
        raise RequestWithoutInput(ref.raw_payload_id)  # TRACE-INFERENCE-11

    payload = Payload(trace, event, ref.raw_payload_id, started.thread_id, started.codex_turn_id)
    previous = request.get("previous_response_id")
    if isinstance(previous, str):
        view = _show_increment(trace, payload, request["input"], previous)
    else:
        view = payload.show_all(request["input"], base)
        conversation.replacement = None  # TRACE-COMPACTION-14
    list_in_thread(trace, started.thread_id, view.item_ids)
    conversation.view = view
    return list(view.item_ids)


def _show_increment(trace: Reduction, payload: Payload, items: list[Any], response_id: str) -> View:
    """Continue after the response that the request names.  [TRACE-CONVERSATION-7]"""
    conversation = payload.conversation
    calls = trace.calls_by_response.get((payload.thread_id, response_id))
    if not calls:
        raise UnknownPreviousResponse(payload.thread_id, response_id)  # TRACE-CONVERSATION-8
    call = trace.state.inference_calls[min(calls)]
    prefix = call.request_item_ids + call.response_item_ids
    shown = payload.show_more(items, conversation.view, prefix)
    return View(prefix + shown.item_ids, _sources_of(conversation, prefix) + shown.sources)


def _sources_of(conversation: Conversation, prefix: list[str]) -> list[Any]:
    """Return the known JSON of the ids in `prefix`, where the view has the same ids in that place."""
    view = conversation.view
    if view.item_ids[: len(prefix)] == prefix:
        return view.sources[: len(prefix)]
    return [UNSET] * len(prefix)


@handles(InferenceCompleted)
def complete_inference(trace: Reduction, event: Event[InferenceCompleted]) -> None:
    """End a call with its response.  [TRACE-INFERENCE-6, TRACE-INFERENCE-13]"""
    ended = event.payload
    call = end_inference(trace, event, "completed", ended.response_payload)
    set_response_id(trace, call, ended.response_id)


@handles(InferenceFailed)
def fail_inference(trace: Reduction, event: Event[InferenceFailed]) -> None:
    """End a call that failed; what it had said counts, its response id does not.  [TRACE-INFERENCE-8]"""
    call = end_inference(trace, event, "failed", event.payload.partial_response_payload)
    set_response_id(trace, call, None)


@handles(InferenceCancelled)
def cancel_inference(trace: Reduction, event: Event[InferenceCancelled]) -> None:
    """End a call that was given up; what it had said counts.  [TRACE-INFERENCE-8]"""
    call = end_inference(trace, event, "cancelled", event.payload.partial_response_payload)
    set_response_id(trace, call, None)


def end_inference(
    trace: Reduction,
    event: Event[InferenceCompleted] | Event[InferenceFailed] | Event[InferenceCancelled],
    status: ExecutionStatus,
    response: PayloadRef | None,
) -> InferenceCall:
    """Take over a response, if any, then close the call unless something closed it before.

    [TRACE-INFERENCE-5, TRACE-INFERENCE-6, TRACE-INFERENCE-7, TRACE-INFERENCE-9]
    """
    ended = event.payload
    call = trace.state.inference_calls.get(ended.inference_call_id)
    if call is None:
        raise UnknownInference(ended.inference_call_id)  # TRACE-INFERENCE-5
    if response is not None:
        show_response(trace, event, call, response)
    if call.execution.status == "running":  # TRACE-INFERENCE-6
        close(call.execution, event, status)
    if ended.upstream_request_id is not None:  # TRACE-INFERENCE-9
        call.upstream_request_id = ended.upstream_request_id
    return call


def set_response_id(trace: Reduction, call: InferenceCall, response_id: str | None) -> None:
    """Set or erase the id by which later requests find the call.  [TRACE-INFERENCE-8]"""
    if call.response_id is not None:
        trace.calls_by_response[call.thread_id, call.response_id].discard(call.inference_call_id)
    call.response_id = response_id
    if response_id is not None:
        trace.calls_by_response[call.thread_id, response_id].add(call.inference_call_id)


def show_response(trace: Reduction, event: Event[Any], call: InferenceCall, ref: PayloadRef) -> None:
    """Add the items of a response to the conversation and to its call.

    [TRACE-CONVERSATION-10, TRACE-INFERENCE-7, TRACE-INFERENCE-10]
    """
    response = trace.bundle.read_payload(ref)
    if not isinstance(response, dict) or not isinstance(response.get("output_items"), list):
        raise ResponseWithoutItems(ref.raw_payload_id)  # TRACE-INFERENCE-12
    payload = Payload(
        trace,
        event,
        ref.raw_payload_id,
        call.thread_id,
        call.codex_turn_id,
        ByInference(call.inference_call_id),
    )
    shown = payload.show_new(response["output_items"])
    list_in_thread(trace, call.thread_id, shown.item_ids)
    view = trace.conversation(call.thread_id).view
    view.item_ids.extend(shown.item_ids)
    view.sources.extend(shown.sources)

    _note_response_items(trace, call, shown.item_ids)
    call.raw_response_payload_id = ref.raw_payload_id
    usage = usage_of(response)
    if usage is not None:
        call.usage = usage


def _note_response_items(trace: Reduction, call: InferenceCall, item_ids: list[str]) -> None:
    """Remember which response shows which item, for tools to link to.  [TRACE-TOOL-10]"""
    for item_id in call.response_item_ids:
        trace.responses_showing[item_id].remove(call.inference_call_id)
    call.response_item_ids = item_ids
    for item_id in item_ids:
        trace.responses_showing[item_id].append(call.inference_call_id)
        call_id = trace.state.conversation_items[item_id].call_id
        if call_id is not None:
            trace.unsettled.update(trace.items_by_call[call_id])


def usage_of(response: dict[str, Any]) -> Usage | None:
    """Return the token usage when all four counts are there; negative ones are 0.  [TRACE-INFERENCE-10]"""
    try:
        tokens = msgspec.convert(response.get("token_usage"), TokenUsage)
    except msgspec.ValidationError:
        return None
    return Usage(*(max(0, getattr(tokens, name)) for name in TokenUsage.__struct_fields__))


def end_inferences_of_turn(trace: Reduction, event: Event[CodexTurnEnded], status: ExecutionStatus) -> None:
    """Close the calls that a turn leaves running.  [TRACE-TURN-6]"""
    closing = STATUS_AFTER_TURN.get(status)
    if closing is None:
        return
    for inference_call_id in trace.inferences_of_turn.pop(event.payload.codex_turn_id, ()):
        call = trace.state.inference_calls[inference_call_id]
        if call.execution.status == "running":
            close(call.execution, event, closing)
