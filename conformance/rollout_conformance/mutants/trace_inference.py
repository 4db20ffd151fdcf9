"""Wrong reducers of inference calls."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import DuplicateInference, RequestWithoutInput, ResponseWithoutItems
from rollout_reference.trace.reduce import inference
from rollout_reference.trace.reduce.reduction import Reduction
from rollout_reference.trace.vocabulary import I64

TURN_OF_THREAD = (
    "trace.turn_of_thread(started.codex_turn_id, started.thread_id, "
    "unknown='TRACE-INFERENCE-3', other='TRACE-INFERENCE-4')"
)
ENDS = (inference.complete_inference, inference.fail_inference, inference.cancel_inference)


@mutant("TRACE-INFERENCE-1", "exchanges model and provider")
def model_is_provider(reference: Patch) -> None:
    reference.edit(
        inference.start_inference,
        "model=started.model, provider_name=started.provider_name",
        "model=started.provider_name, provider_name=started.model",
    )


@mutant("TRACE-INFERENCE-1", "lists only the new items of a request")
def only_new_request_items(reference: Patch) -> None:
    reference.edit(
        inference.start_inference,
        "trace.state.inference_calls[started.inference_call_id] =",
        "before = set(trace.state.conversation_items)\n"
        "trace.state.inference_calls[started.inference_call_id] =",
    )
    reference.edit(
        inference.start_inference,
        "request_item_ids=show_request(trace, event)",
        "request_item_ids=[item for item in show_request(trace, event) if item not in before]",
    )


@mutant("TRACE-INFERENCE-2", "accepts a second start of a call and keeps the later one")
def last_inference_wins(reference: Patch) -> None:
    reference.never_raises(inference.start_inference, DuplicateInference)


@mutant("TRACE-INFERENCE-3", "accepts a call of a turn that never started")
def inference_on_unknown_turn(reference: Patch) -> None:
    reference.edit(
        inference.start_inference,
        TURN_OF_THREAD,
        f"if started.codex_turn_id in trace.state.codex_turns:\n    {TURN_OF_THREAD}",
    )


@mutant("TRACE-INFERENCE-4", "accepts a call of a turn of another thread")
def inference_on_other_thread(reference: Patch) -> None:
    reference.edit(
        inference.start_inference, TURN_OF_THREAD, "trace.turn(started.codex_turn_id, 'TRACE-INFERENCE-3')"
    )


@mutant("TRACE-INFERENCE-5", "ignores the end of a call that never started")
def unknown_inference_end_ignored(reference: Patch) -> None:
    def end(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        if event.payload.inference_call_id in trace.state.inference_calls:
            original(trace, event)

    for handler in ENDS:
        reference.wrap(handler, end)


@mutant("TRACE-INFERENCE-6", "ends a call again that has ended")
def inference_ends_again(reference: Patch) -> None:
    reference.edit(inference.end_inference, "if call.execution.status == 'running'", "if call")


@mutant("TRACE-INFERENCE-6", "ends a cancelled call as failed")
def cancelled_is_failed(reference: Patch) -> None:
    reference.edit(inference.cancel_inference, "'cancelled'", "'failed'")


@mutant("TRACE-INFERENCE-7", "ignores a response that comes after the end of its call")
def late_response_ignored(reference: Patch) -> None:
    reference.edit(
        inference.end_inference,
        "if response is not None",
        "if response is not None and call.execution.status == 'running'",
    )


@mutant("TRACE-INFERENCE-7", "ignores the partial response of a failed call")
def partial_response_ignored(reference: Patch) -> None:
    reference.edit(inference.fail_inference, "event.payload.partial_response_payload", "None")


@mutant("TRACE-INFERENCE-7", "forgets a response when a call ends without one")
def response_forgotten(reference: Patch) -> None:
    reference.edit(
        inference.end_inference,
        "if response is not None",
        "call.raw_response_payload_id = None\ncall.response_item_ids = []\nif response is not None",
    )


@mutant("TRACE-INFERENCE-7", "adds the items of a second response to those of the first")
def responses_add_up(reference: Patch) -> None:
    reference.edit(
        inference._note_response_items,
        "call.response_item_ids = item_ids",
        "call.response_item_ids = call.response_item_ids + item_ids",
    )


@mutant("TRACE-INFERENCE-8", "keeps the response id of a call that fails later")
def response_id_survives_failure(reference: Patch) -> None:
    reference.edit(inference.fail_inference, "set_response_id(trace, call, None)", "pass")


@mutant("TRACE-INFERENCE-8", "keeps the response id of a call that is cancelled later")
def response_id_survives_cancel(reference: Patch) -> None:
    reference.edit(inference.cancel_inference, "set_response_id(trace, call, None)", "pass")


@mutant("TRACE-INFERENCE-8", "keeps a response id when a second completion has none")
def response_id_never_null(reference: Patch) -> None:
    reference.edit(inference.complete_inference, "ended.response_id", "ended.response_id or call.response_id")


@mutant("TRACE-INFERENCE-9", "erases the upstream request id when an end has none")
def upstream_id_erased(reference: Patch) -> None:
    reference.edit(inference.end_inference, "if ended.upstream_request_id is not None", "if ended")


@mutant("TRACE-INFERENCE-9", "keeps the first upstream request id")
def upstream_id_kept(reference: Patch) -> None:
    reference.edit(
        inference.end_inference,
        "if ended.upstream_request_id is not None",
        "if ended.upstream_request_id is not None and call.upstream_request_id is None",
    )


@mutant("TRACE-INFERENCE-10", "keeps a negative token count")
def negative_tokens(reference: Patch) -> None:
    reference.edit(inference.usage_of, "max(0, getattr(tokens, name))", "getattr(tokens, name)")


@mutant("TRACE-INFERENCE-10", "erases the usage when a response tells none")
def usage_erased(reference: Patch) -> None:
    reference.edit(inference.show_response, "if usage is not None", "if call")


class LooseUsage(Struct, frozen=True):
    """Token usage in which a count may be missing."""

    input_tokens: I64 = 0
    cached_input_tokens: I64 = 0
    output_tokens: I64 = 0
    reasoning_output_tokens: I64 = 0


@mutant("TRACE-INFERENCE-10", "takes a missing token count for 0")
def usage_may_be_partial(reference: Patch) -> None:
    reference.constant(inference, "TokenUsage", LooseUsage)


@mutant("TRACE-INFERENCE-11", "takes a request without input for one without items")
def request_needs_no_input(reference: Patch) -> None:
    reference.never_raises(inference.show_request, RequestWithoutInput, "request = {'input': []}")


@mutant("TRACE-INFERENCE-12", "takes a response without output_items for one without items")
def response_needs_no_items(reference: Patch) -> None:
    reference.never_raises(inference.show_response, ResponseWithoutItems, "response = {'output_items': []}")


@mutant("TRACE-INFERENCE-13", "ignores a second completion")
def second_completion_ignored(reference: Patch) -> None:
    reference.edit(
        inference.complete_inference,
        "call = ",
        "known = trace.state.inference_calls.get(ended.inference_call_id)\n"
        "if known is not None and known.execution.status == 'completed':\n    return\ncall = ",
    )
