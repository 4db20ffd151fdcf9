"""Wrong writers: the bundle, its lines and payloads, and what a recorder makes of a session."""

from types import MappingProxyType

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.trace import tool_kinds, writer
from rollout_reference.trace.recorded_calls import CodeCellRecorder
from rollout_reference.trace.recorder import Recorder, ThreadRecorder, TurnRecorder
from rollout_reference.trace.recording import Handle, Recording
from rollout_reference.trace.writer import BundleWriter

CREATE = BundleWriter.create.__func__  # type: ignore[attr-defined]

# --- the bundle ---------------------------------------------------------------------------------


@mutant("TRACE-WRITER-2", "counts events from 0")
def seq_from_zero(reference: Patch) -> None:
    reference.edit(BundleWriter.append, "seq=self._next_seq", "seq=self._next_seq - 1")


@mutant("TRACE-WRITER-2", "counts payloads and events together")
def seq_counts_payloads(reference: Patch) -> None:
    reference.edit(BundleWriter.append, "seq=self._next_seq", "seq=self._next_seq + self._next_payload - 1")


@mutant("TRACE-WRITER-3", "counts payloads from 0")
def payload_from_zero(reference: Patch) -> None:
    reference.edit(
        BundleWriter.write_payload, "number = self._next_payload", "number = self._next_payload - 1"
    )


@mutant("TRACE-WRITER-3", "names payload files after their kind")
def payload_named_by_kind(reference: Patch) -> None:
    reference.edit(BundleWriter.write_payload, "{number}.json", "{kind}-{number}.json")


@mutant("TRACE-WRITER-4", "puts spaces between the tokens of a line")
def line_with_spaces(reference: Patch) -> None:
    reference.edit(
        writer._line,
        "msgspec.json.encode(event)",
        "msgspec.json.format(msgspec.json.encode(event), indent=0)",
    )


@mutant("TRACE-WRITER-4", "leaves out what is null")
def line_without_nulls(reference: Patch) -> None:
    reference.edit(
        writer._line,
        "msgspec.json.encode(event)",
        "msgspec.json.encode({k: v for k, v in msgspec.to_builtins(event).items() if v is not None})",
    )


@mutant("TRACE-WRITER-4", "ends lines with CR LF")
def line_ends_windows(reference: Patch) -> None:
    reference.edit(writer._line, "data + b'\\n'", "data + b'\\r\\n'")


@mutant("TRACE-WRITER-5", "names another log in the manifest")
def manifest_names_other_log(reference: Patch) -> None:
    reference.edit(CREATE, "raw_event_log=EVENT_LOG", "raw_event_log='events.jsonl'")


@mutant("TRACE-WRITER-6", "names the directory after the thread first")
def directory_turned(reference: Patch) -> None:
    reference.edit(CREATE, "{trace_id}-{root_thread_id}", "{root_thread_id}-{trace_id}")


@mutant("TRACE-WRITER-6", "gives the rollout the id of the trace")
def rollout_named_by_trace(reference: Patch) -> None:
    reference.edit(CREATE, "rollout_id=root_thread_id", "rollout_id=trace_id")


# --- threads and turns --------------------------------------------------------------------------


@mutant("TRACE-WRITER-7", "starts a resumed thread again")
def resumed_thread_starts(reference: Patch) -> None:
    reference.edit(
        ThreadRecorder.resume,
        "self._ended = False",
        "self._ended = False\nself._recording.event(ThreadStarted(self.thread_id, self.agent_path))",
    )


@mutant("TRACE-WRITER-7", "starts a thread again that is attached again")
def attached_thread_starts(reference: Patch) -> None:
    reference.edit(
        Recorder.thread,
        "known = self._threads.get(thread_id)",
        "known = self._threads.get(thread_id)\nself._recording.event(ThreadStarted(thread_id, ROOT_PATH))",
    )


@mutant("TRACE-WRITER-8", "begins a rollout with each child thread")
def child_begins_rollout(reference: Patch) -> None:
    reference.edit(
        Recorder._begin,
        "metadata = ",
        "if depth:\n    self._recording.event(RolloutStarted('', thread_id))\nmetadata = ",
    )


@mutant("TRACE-WRITER-9", "records every end of an attempt")
def every_end_recorded(reference: Patch) -> None:
    reference.edit(Handle._ends, "if self._ended", "if False")


@mutant("TRACE-WRITER-10", "ends an aborted turn as aborted")
def aborted_is_aborted(reference: Patch) -> None:
    reference.edit(TurnRecorder.abort, "'cancelled'", "'aborted'")


@mutant("TRACE-WRITER-11", "does not begin the rollout")
def rollout_not_begun(reference: Patch) -> None:
    reference.edit(Recorder.root_thread, "if writer is not None", "if False")


@mutant("TRACE-WRITER-16", "records a result that was not delivered")
def lost_result_recorded(reference: Patch) -> None:
    reference.edit(TurnRecorder.deliver_result, "if delivered and ", "if ")


@mutant("TRACE-WRITER-16", "records a result before it is delivered")
def result_recorded_early(reference: Patch) -> None:
    reference.edit(TurnRecorder.deliver_result, "delivered = deliver()", "delivered = True")
    reference.edit(TurnRecorder.deliver_result, "return delivered", "return deliver()")


@mutant("TRACE-WRITER-17", "does not put the turn into the envelope")
def envelope_without_turn(reference: Patch) -> None:
    reference.edit(Recording.event, "codex_turn_id=context.codex_turn_id", "codex_turn_id=None")


@mutant("TRACE-WRITER-17", "puts its thread into the envelope of a thread's end")
def envelope_of_thread_end(reference: Patch) -> None:
    ended = "self._recording.event(ThreadEnded(self.thread_id, status)"
    reference.edit(ThreadRecorder.end, ended, f"{ended}, self._context")


@mutant("TRACE-WRITER-18", "ends the rollout with each thread")
def every_thread_ends_rollout(reference: Patch) -> None:
    reference.edit(ThreadRecorder.end, "if self.thread_id == self._recorder.root_thread_id", "if True")


@mutant("TRACE-WRITER-18", "does not end the rollout")
def rollout_not_ended(reference: Patch) -> None:
    reference.edit(ThreadRecorder.end, "if self.thread_id == self._recorder.root_thread_id", "if False")


# --- tools and cells ----------------------------------------------------------------------------


@mutant("TRACE-WRITER-19", "does not know local_shell")
def shell_is_other(reference: Patch) -> None:
    known = {name: kind for name, kind in tool_kinds.KIND_OF_NAME.items() if name != "local_shell"}
    reference.constant(tool_kinds, "KIND_OF_NAME", MappingProxyType(known))


@mutant("TRACE-WRITER-19", "takes a further task for a message")
def task_is_message(reference: Patch) -> None:
    kinds = dict(tool_kinds.KIND_OF_NAME)
    kinds["followup_task"] = kinds["assign_task"] = kinds["send_message"]
    reference.constant(tool_kinds, "KIND_OF_NAME", MappingProxyType(kinds))


@mutant("TRACE-WRITER-20", "cuts a preview one character late")
def preview_longer(reference: Patch) -> None:
    reference.constant(tool_kinds, "PREVIEW_CHARACTERS", 161)


@mutant("TRACE-WRITER-20", "does not say that a preview was cut")
def preview_without_dots(reference: Patch) -> None:
    reference.edit(tool_kinds._cut, " + '...'", "")


@mutant("TRACE-WRITER-20", "labels a tool without its namespace")
def label_without_namespace(reference: Patch) -> None:
    reference.edit(tool_kinds.summary_of, "name if namespace is None else f'{namespace}.{name}'", "name")


@mutant("TRACE-WRITER-21", "ends a cell that yielded")
def yielded_cell_ends(reference: Patch) -> None:
    reference.edit(CodeCellRecorder.respond, "if status != 'yielded'", "if True")


@mutant("TRACE-WRITER-21", "does not end a cell with its answer")
def answered_cell_left(reference: Patch) -> None:
    reference.edit(CodeCellRecorder.respond, "if status != 'yielded'", "if False")


@mutant("TRACE-WRITER-21", "ends a cell in the turn in which it started")
def cell_ends_in_its_turn(reference: Patch) -> None:
    reference.edit(CodeCellRecorder.end, "if seen_by is None", "if True")


@mutant("TRACE-WRITER-22", "records a call id twice")
def repeated_call_recorded(reference: Patch) -> None:
    reference.edit(Recording.start, "if taken & self._names", "if False")


@mutant("TRACE-WRITER-22", "records a request on a response that it does not know")
def unknown_response_recorded(reference: Patch) -> None:
    reference.edit(TurnRecorder.inference, "if isinstance(previous, str) and", "if False and")
