"""Wrong reducers of compaction."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.errors import (
    CompactionIdMismatch,
    DuplicateCompaction,
    DuplicateCompactionRequest,
    InvalidCheckpoint,
    MissingContext,
)
from rollout_reference.trace.reduce import compaction, inference
from rollout_reference.trace.reduce.conversation import Payload
from rollout_reference.trace.reduce.reduction import Reduction

TURN_OF_THREAD_3 = (
    "trace.turn_of_thread(started.codex_turn_id, started.thread_id, "
    "unknown='TRACE-COMPACTION-3', other='TRACE-COMPACTION-3')"
)
TURN_OF_THREAD_8 = (
    "trace.turn_of_thread(turn_id, thread_id, unknown='TRACE-COMPACTION-8', other='TRACE-COMPACTION-8')"
)
LISTED = "[*before, marker, *replacement.item_ids]"

# --- requests -----------------------------------------------------------------------------------


@mutant("TRACE-COMPACTION-1", "exchanges model and provider of a compaction request")
def compaction_model_is_provider(reference: Patch) -> None:
    reference.edit(
        compaction.start_request,
        "started.model, started.provider_name",
        "started.provider_name, started.model",
    )


@mutant("TRACE-COMPACTION-2", "accepts a second start of a request and keeps the later one")
def last_request_wins(reference: Patch) -> None:
    reference.never_raises(compaction.start_request, DuplicateCompactionRequest)


@mutant("TRACE-COMPACTION-3", "accepts a request of a turn of another thread")
def request_on_other_thread(reference: Patch) -> None:
    reference.edit(
        compaction.start_request, TURN_OF_THREAD_3, "trace.turn(started.codex_turn_id, 'TRACE-COMPACTION-3')"
    )


@mutant("TRACE-COMPACTION-3", "does not look for the turn of a request")
def request_turn_not_checked(reference: Patch) -> None:
    reference.edit(compaction.start_request, TURN_OF_THREAD_3, "pass")


@mutant("TRACE-COMPACTION-4", "ignores the end of an unknown request")
def unknown_request_ignored(reference: Patch) -> None:
    reference.edit(
        compaction._end_request,
        "request = ",
        "if ended.compaction_request_id not in trace.state.compaction_requests:\n    return\nrequest = ",
    )


@mutant("TRACE-COMPACTION-4", "ends a failed request as completed")
def failed_request_completed(reference: Patch) -> None:
    reference.edit(compaction.fail_request, "'failed'", "'completed'")


@mutant("TRACE-COMPACTION-4", "keeps the response of a request that fails later")
def request_response_kept(reference: Patch) -> None:
    reference.edit(
        compaction._end_request,
        "response.raw_payload_id if response else None",
        "response.raw_payload_id if response else request.raw_response_payload_id",
    )


@mutant("TRACE-COMPACTION-5", "does not compare the compaction of a request's end")
def request_of_any_compaction(reference: Patch) -> None:
    reference.never_raises(compaction._end_request, CompactionIdMismatch)


# --- installation -------------------------------------------------------------------------------


@mutant("TRACE-COMPACTION-6", "puts a compaction without thread on the root thread")
def compaction_on_root(reference: Patch) -> None:
    reference.edit(
        compaction.install,
        "if thread_id is None or turn_id is None",
        "thread_id = thread_id or trace.state.root_thread_id\nif turn_id is None",
    )


@mutant("TRACE-COMPACTION-6", "puts a compaction without turn in the last turn")
def compaction_in_last_turn(reference: Patch) -> None:
    reference.never_raises(
        compaction.install, MissingContext, "turn_id = next(reversed(trace.state.codex_turns), '')"
    )


@mutant("TRACE-COMPACTION-7", "accepts a second compaction and keeps the later one")
def last_compaction_wins(reference: Patch) -> None:
    reference.never_raises(compaction.install, DuplicateCompaction)


@mutant("TRACE-COMPACTION-8", "does not look for the turn of a compaction")
def compaction_turn_not_checked(reference: Patch) -> None:
    reference.edit(compaction.install, TURN_OF_THREAD_8, "pass")


@mutant("TRACE-COMPACTION-8", "accepts a compaction of a turn of another thread")
def compaction_on_other_thread(reference: Patch) -> None:
    reference.edit(compaction.install, TURN_OF_THREAD_8, "trace.turn(turn_id, 'TRACE-COMPACTION-8')")


@mutant("TRACE-COMPACTION-9", "takes a missing history for an empty one")
def history_may_be_missing(reference: Patch) -> None:
    reference.never_raises(
        compaction.read_checkpoint,
        InvalidCheckpoint,
        "fields = {'input_history': [], 'replacement_history': [], **fields, name: []}",
    )


@mutant("TRACE-COMPACTION-10", "makes every item of the input history new")
def input_history_new(reference: Patch) -> None:
    reference.edit(
        compaction.install,
        "shown.show_known(checkpoint.input_history, conversation.view)",
        "shown.show_new(checkpoint.input_history)",
    )


@mutant("TRACE-COMPACTION-10", "names the compaction as producer of its input history")
def input_history_produced(reference: Patch) -> None:
    reference.edit(compaction.install, "shown.show_known(", "made.show_known(")


@mutant("TRACE-COMPACTION-10", "finds the input history only in its places")
def input_history_in_place(reference: Patch) -> None:
    reference.edit(
        Payload.show_known,
        "pool.take_first(item.key)",
        "next((id for id in base.item_ids[_:_ + 1] if self.trace.keys[id] == item.key), None)",
    )


@mutant("TRACE-COMPACTION-11", "makes no producer for the marker")
def marker_without_producer(reference: Patch) -> None:
    reference.edit(compaction.install, "made.create(MARKER)", "shown.create(MARKER)")


@mutant("TRACE-COMPACTION-11", "puts the marker after the replacement")
def marker_last(reference: Patch) -> None:
    reference.edit(compaction.install, "marker = made.create(MARKER).item_id", "pass")
    reference.edit(
        compaction.install,
        "replacement = made.show_new(checkpoint.replacement_history)",
        "replacement = made.show_new(checkpoint.replacement_history)\nmarker = made.create(MARKER).item_id",
    )


@mutant("TRACE-COMPACTION-12", "finds the replacement in the view")
def replacement_found(reference: Patch) -> None:
    reference.edit(
        compaction.install,
        "made.show_new(checkpoint.replacement_history)",
        "made.show_known(checkpoint.replacement_history, conversation.view)",
    )


@mutant("TRACE-COMPACTION-12", "makes no producer for the replacement")
def replacement_without_producer(reference: Patch) -> None:
    reference.edit(compaction.install, "made.show_new(", "shown.show_new(")


@mutant("TRACE-COMPACTION-13", "lists requests in order of their start")
def requests_in_order(reference: Patch) -> None:
    reference.edit(
        compaction.install,
        "sorted(trace.compaction_requests_of[compaction_id])",
        "list(trace.compaction_requests_of[compaction_id])",
    )


@mutant("TRACE-COMPACTION-13", "adds a request that starts after the installation")
def later_request_added(reference: Patch) -> None:
    def start(original: Callable[..., None], trace: Reduction, event: Any) -> None:
        original(trace, event)
        installed = trace.state.compactions.get(event.payload.compaction_id)
        if installed is not None:
            installed.request_ids.append(event.payload.compaction_request_id)

    reference.wrap(compaction.start_request, start)


@mutant("TRACE-COMPACTION-14", "does not list the replacement in its thread")
def replacement_not_listed(reference: Patch) -> None:
    reference.edit(compaction.install, LISTED, "[*before, marker]")


@mutant("TRACE-COMPACTION-14", "does not compare the next request with the replacement")
def replacement_not_used(reference: Patch) -> None:
    reference.edit(
        inference.show_request, "conversation.replacement or conversation.view", "conversation.view"
    )


@mutant("TRACE-COMPACTION-14", "never uses the replacement up")
def replacement_not_used_up(reference: Patch) -> None:
    reference.edit(inference.show_request, "conversation.replacement = None", "pass")


@mutant("TRACE-COMPACTION-14", "uses the replacement up with an incremental request")
def replacement_used_up_early(reference: Patch) -> None:
    reference.edit(
        inference.show_request,
        "conversation.view = view",
        "conversation.view = view\nconversation.replacement = None",
    )


@mutant("TRACE-COMPACTION-14", "makes the replacement the view at once")
def replacement_is_view(reference: Patch) -> None:
    reference.edit(
        compaction.install,
        "conversation.replacement = replacement",
        "conversation.replacement = replacement\nconversation.view = replacement",
    )


@mutant("TRACE-COMPACTION-14", "takes an empty replacement for none")
def empty_replacement_ignored(reference: Patch) -> None:
    reference.edit(
        compaction.install,
        "conversation.replacement = replacement",
        "conversation.replacement = replacement if replacement.item_ids else None",
    )
