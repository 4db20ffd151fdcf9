"""What a host calls to record its session: handles that know which events to write, and when.

No call raises into the host, whatever goes wrong; failures are counted.  [TRACE-WRITER-12]
What cannot be recorded takes with it what only makes sense after it: a handle whose start was
not written records nothing, so that the bundle stays one that reduces.  [TRACE-WRITER-22]

What stands inside requests, responses and runtime payloads is the host's; the recorder checks only
that it is JSON.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference.trace.events import (
    AgentResultObserved,
    CodeCellStarted,
    CodexTurnEnded,
    CodexTurnStarted,
    InferenceStarted,
    ModelRequester,
    ProtocolEventObserved,
    RolloutEnded,
    RolloutStarted,
    ThreadEnded,
    ThreadStarted,
    ToolCallStarted,
)
from rollout_reference.trace.recorded_calls import (
    CodeCellRecorder,
    CompactionRecorder,
    InferenceRecorder,
    ToolRecorder,
    invocation_of,
    start_tool,
)
from rollout_reference.trace.recording import NOWHERE, Context, Handle, Recording
from rollout_reference.trace.tool_kinds import is_code_mode_call, kind_of, summary_of
from rollout_reference.trace.vocabulary import ExecutionStatus, RolloutStatus
from rollout_reference.trace.writer import BundleWriter, Clock, NewId, new_uuid, unix_ms

TRACE_ROOT_VARIABLE = "CODEX_ROLLOUT_TRACE_ROOT"
ROOT_PATH = "/root"

PROTOCOL_EVENTS = frozenset(
    {
        "session_configured",
        "turn_started",
        "turn_complete",
        "turn_aborted",
        "thread_rolled_back",
        "error",
        "warning",
        "shutdown_complete",
    }
)
"""The protocol events that a bundle keeps; others are none of its business."""


class SessionMetadata(Struct, frozen=True, kw_only=True):
    """What a host tells about a thread when it starts."""

    task_name: str | None = None
    nickname: str | None = None
    agent_role: str | None = None
    session_source: Any = "cli"
    cwd: str | None = None
    rollout_path: str | None = None
    model: str | None = None
    provider_name: str | None = None
    approval_policy: str | None = None
    sandbox_policy: str | None = None


class Recorder:
    """The record of one rollout: a root thread and the threads that it spawns.  [TRACE-WRITER-8]"""

    def __init__(self, recording: Recording, root_thread_id: str) -> None:
        self._recording = recording
        self._threads: dict[str, ThreadRecorder] = {}
        self.root_thread_id = root_thread_id

    @property
    def enabled(self) -> bool:
        """Tell whether anything is written."""
        return self._recording.enabled

    @property
    def bundle(self) -> Path | None:
        """Return the bundle's directory; None when recording is disabled."""
        writer = self._recording.writer
        return None if writer is None else writer.folder

    @property
    def failures(self) -> int:
        """Return how many payloads and events could not be written.  [TRACE-WRITER-12]"""
        return self._recording.failures

    @property
    def last_error(self) -> Exception | None:
        """Return why the latest of them failed."""
        return self._recording.last_error

    @property
    def repeats(self) -> int:
        """Return how many ends came for what had ended already."""
        return self._recording.repeats

    def root_thread(self, metadata: SessionMetadata | None = None) -> "ThreadRecorder":
        """Begin the rollout with its root thread.  [TRACE-WRITER-11]"""
        with self._recording.lock:
            if self.root_thread_id in self._threads:
                return self._threads[self.root_thread_id]
            writer = self._recording.writer
            if writer is not None:
                self._recording.event(RolloutStarted(writer.manifest.trace_id, self.root_thread_id))
            return self._begin(self.root_thread_id, ROOT_PATH, 0, metadata or SessionMetadata())

    def thread(self, thread_id: str) -> "ThreadRecorder":
        """Return the handle of a thread that is resumed or attached again; it has started already.

        A thread that this bundle does not know is not recorded.  [TRACE-WRITER-7]
        """
        with self._recording.lock:
            known = self._threads.get(thread_id)
            return known or ThreadRecorder(self, self._recording.disabled(), thread_id, ROOT_PATH, 0)

    def close(self) -> None:
        """Give the log back, after the last thread has ended."""
        if self._recording.writer is not None:
            self._recording.writer.close()

    def _begin(self, thread_id: str, agent_path: str, depth: int, told: SessionMetadata) -> "ThreadRecorder":
        """Record the one start of a thread.  [TRACE-WRITER-7]"""
        with self._recording.lock:
            if thread_id in self._threads:
                return self._threads[thread_id]
            metadata = {"thread_id": thread_id, "agent_path": agent_path, **msgspec.structs.asdict(told)}
            started = ThreadStarted(
                thread_id, agent_path, self._recording.payload("session_metadata", metadata)
            )
            recording = self._recording.start(started, NOWHERE)
            thread = ThreadRecorder(self, recording, thread_id, agent_path, depth)
            self._threads[thread_id] = thread
            return thread


class ThreadRecorder(Handle):
    """One thread of the rollout."""

    def __init__(
        self, recorder: Recorder, recording: Recording, thread_id: str, agent_path: str, depth: int
    ) -> None:
        super().__init__(recording, Context(thread_id))
        self._recorder = recorder
        self._depth = depth
        self.thread_id = thread_id
        self.agent_path = agent_path

    def spawn(
        self, agent_path: str, *, thread_id: str | None = None, metadata: SessionMetadata | None = None
    ) -> "ThreadRecorder":
        """Start a child thread in the same bundle.  [TRACE-WRITER-8]"""
        child_id = thread_id or self._recording.new_id()
        if not self.enabled:  # a child of an unrecorded parent is not recorded
            return ThreadRecorder(self._recorder, self._recording, child_id, agent_path, self._depth + 1)
        told = metadata or SessionMetadata()
        source = {
            "parent_thread_id": self.thread_id,
            "depth": self._depth + 1,
            "agent_path": agent_path,
            "agent_nickname": told.nickname,
            "agent_role": told.agent_role,
        }
        told = msgspec.structs.replace(told, session_source={"subagent": {"thread_spawn": source}})
        return self._recorder._begin(child_id, agent_path, self._depth + 1, told)

    def resume(self) -> "ThreadRecorder":
        """Go on with a thread that was closed; it keeps its one start.  [TRACE-WRITER-7]"""
        self._ended = False
        return self

    def turn(self, codex_turn_id: str | None = None) -> "TurnRecorder":
        """Start a turn."""
        turn_id = codex_turn_id or self._recording.new_id()
        context = Context(self.thread_id, turn_id)
        recording = self._recording.start(CodexTurnStarted(turn_id, self.thread_id), context, turn=turn_id)
        return TurnRecorder(recording, context, self.agent_path)

    def protocol_event(self, event_type: str, event: Any) -> None:
        """Keep a protocol event as evidence, if it is one of those that a bundle keeps."""
        if event_type in PROTOCOL_EVENTS:
            ref = self._recording.payload("protocol_event", event)
            if ref is not None:
                self._recording.event(ProtocolEventObserved(event_type, ref))

    def end(self, status: RolloutStatus = "completed") -> None:
        """Record that the thread shut down, and with the root thread the rollout.  [TRACE-WRITER-18]"""
        if self._ends():
            self._recording.event(ThreadEnded(self.thread_id, status))
            if self.thread_id == self._recorder.root_thread_id:
                self._recording.event(RolloutEnded(status))


class TurnRecorder(Handle):
    """One turn of a thread."""

    def __init__(self, recording: Recording, context: Context, agent_path: str) -> None:
        super().__init__(recording, context)
        self._agent_path = agent_path
        self.thread_id = context.thread_id or ""
        self.codex_turn_id = context.codex_turn_id or ""

    def complete(self) -> None:
        """End the turn as it was meant to.  [TRACE-WRITER-10]"""
        self._end("completed")

    def abort(self) -> None:
        """End the turn early, for whatever reason.  [TRACE-WRITER-10]"""
        self._end("cancelled")

    def _end(self, status: ExecutionStatus) -> None:
        if self._ends():
            self._recording.event(CodexTurnEnded(self.codex_turn_id, status), self._context)

    def inference(
        self, request: Mapping[str, Any], *, model: str = "", provider_name: str = ""
    ) -> "InferenceRecorder":
        """Start one attempt of a model request, before it is sent.

        A request that builds on a response which was not recorded cannot be recorded either.
        """
        call_id = self._recording.new_id()
        recording = self._recording
        previous = request.get("previous_response_id") if isinstance(request, Mapping) else None
        if isinstance(previous, str) and not recording.knows(f"response of {self.thread_id}", previous):
            if recording.enabled:
                recording.fail(ValueError(f"response {previous!r} was not recorded"))
            recording = recording.disabled()
        ref = recording.payload("inference_request", request)
        if ref is None:
            return InferenceRecorder(recording.disabled(), self._context, call_id)
        started = InferenceStarted(call_id, self.thread_id, self.codex_turn_id, model, provider_name, ref)
        recording = recording.start(started, self._context)
        return InferenceRecorder(recording, self._context, call_id)

    def tool(
        self,
        call_id: str,
        name: str,
        payload: Mapping[str, Any],
        *,
        namespace: str | None = None,
    ) -> "ToolRecorder":
        """Start a tool call that the model asked for; `payload` is its input as the model gave it.

        The code-mode call itself is no tool call: its `CodeCellRecorder` is the record.
        """
        recording = self._recording
        if is_code_mode_call(name, namespace, payload):
            recording = recording.disabled()
        return start_tool(
            recording,
            self._context,
            ToolCallStarted(
                tool_call_id=call_id,
                model_visible_call_id=call_id,
                requester=ModelRequester(),
                kind=kind_of(name),
                summary=summary_of(name, namespace, payload),
            ),
            invocation_of(name, namespace, payload),
        )

    def code_cell(self, runtime_cell_id: str, call_id: str, source_js: str) -> "CodeCellRecorder":
        """Start a code cell, before any tool call nested in it.  [TRACE-WRITER-21]"""
        started = CodeCellStarted(runtime_cell_id, call_id, source_js)
        runtime = f"{self.thread_id} {runtime_cell_id}"
        recording = self._recording.start(started, self._context, code_call=call_id, runtime_cell=runtime)
        return CodeCellRecorder(recording, self._context, runtime_cell_id)

    def compaction(self, compaction_id: str | None = None) -> "CompactionRecorder":
        """Prepare the record of a remote compaction; its requests and its end are events."""
        return CompactionRecorder(self._recording, self._context, compaction_id or self._recording.new_id())

    def deliver_result(
        self, parent: ThreadRecorder, message: str, status: Any, deliver: Callable[[], bool]
    ) -> bool:
        """Deliver this turn's result to the parent and record it if that succeeded.

        Returns, and lets through, what `deliver` does: it is the host's own act, recorded or not.
        [TRACE-WRITER-16]
        """
        delivered = deliver()
        if delivered and self.enabled and parent.enabled:
            result = {"child_agent_path": self._agent_path, "message": message, "status": status}
            self._recording.event(
                AgentResultObserved(
                    f"edge:agent_result:{self.thread_id}:{self.codex_turn_id}:{parent.thread_id}",
                    self.thread_id,
                    self.codex_turn_id,
                    parent.thread_id,
                    message,
                    self._recording.payload("agent_result", result),
                ),
                self._context,
            )
        return delivered


def record(
    trace_root: Path | str,
    *,
    root_thread_id: str | None = None,
    clock: Clock = unix_ms,
    new_id: NewId = new_uuid,
) -> Recorder:
    """Record a rollout below a trace root; disabled when the bundle cannot be made.

    [TRACE-WRITER-6, TRACE-WRITER-14]
    """
    thread_id = root_thread_id or new_id()
    try:
        writer = BundleWriter.create(trace_root, thread_id, clock=clock, new_id=new_id)
    except Exception as error:
        recording = Recording(None, clock, new_id)
        recording.fail(error)
        return Recorder(recording, thread_id)
    return Recorder(Recording(writer, clock, new_id), thread_id)


def from_environment(
    environment: Mapping[str, str] | None = None,
    *,
    root_thread_id: str | None = None,
    clock: Clock = unix_ms,
    new_id: NewId = new_uuid,
) -> Recorder:
    """Record a rollout if the environment says where; an empty value is the current directory.

    [TRACE-WRITER-15]
    """
    trace_root = (os.environ if environment is None else environment).get(TRACE_ROOT_VARIABLE)
    if trace_root is None:
        return Recorder(Recording(None, clock, new_id), root_thread_id or new_id())
    return record(trace_root, root_thread_id=root_thread_id, clock=clock, new_id=new_id)
