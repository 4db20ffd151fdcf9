"""What a host calls to record its session: handles that know which events to write, and when.

No call raises into the host, whatever goes wrong; failures are counted.  [TRACE-WRITER-12]
What cannot be recorded takes with it what only makes sense after it: a handle whose start was
not written records nothing, so that the bundle stays one that reduces.  [TRACE-WRITER-22]

What stands inside requests, responses and runtime payloads is the host's; the recorder checks only
that it is JSON.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec
from msgspec import Struct

from rollout_reference.trace.events import (
    AgentResultObserved,
    CodeCellEnded,
    CodeCellInitialResponse,
    CodeCellRequester,
    CodeCellStarted,
    CodexTurnEnded,
    CodexTurnStarted,
    CompactionInstalled,
    CompactionRequestCompleted,
    CompactionRequestFailed,
    CompactionRequestStarted,
    InferenceCancelled,
    InferenceCompleted,
    InferenceFailed,
    InferenceStarted,
    McpToolCallCorrelationAssigned,
    ModelRequester,
    ProtocolEventObserved,
    RawEvent,
    RolloutEnded,
    RolloutStarted,
    ThreadEnded,
    ThreadStarted,
    ToolCallEnded,
    ToolCallRuntimeEnded,
    ToolCallRuntimeStarted,
    ToolCallStarted,
)
from rollout_reference.trace.tool_kinds import is_code_mode_call, kind_of, summary_of
from rollout_reference.trace.vocabulary import (
    CodeCellStatus,
    ExecutionStatus,
    PayloadKindName,
    PayloadRef,
    RolloutStatus,
)
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

A = ParamSpec("A")
R = TypeVar("R")


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


class Usage(Struct, frozen=True, kw_only=True):
    """The tokens of a response."""

    input_tokens: int
    cached_input_tokens: int = 0
    output_tokens: int
    reasoning_output_tokens: int = 0
    total_tokens: int | None = None


class Context(Struct, frozen=True):
    """The thread and turn in which an event happens.  [TRACE-WRITER-17]"""

    thread_id: str | None = None
    codex_turn_id: str | None = None


NOWHERE = Context()


class Recording:
    """The writer behind all handles of one rollout, and what went wrong with it."""

    def __init__(self, writer: BundleWriter | None, clock: Clock, new_id: NewId) -> None:
        self.writer = writer
        self.clock = clock
        self.new_id = new_id
        self.lock = threading.RLock()
        self.failures = 0
        self.repeats = 0
        self.last_error: Exception | None = None
        self._names: set[tuple[str, str]] = set()
        self._compaction_requests = 0

    @property
    def enabled(self) -> bool:
        """Tell whether calls are written."""
        return self.writer is not None

    def disabled(self) -> "Recording":
        """Return a recording that accepts the same calls and writes nothing.  [TRACE-WRITER-14]"""
        return self if self.writer is None else Recording(None, self.clock, self.new_id)

    def payload(self, kind: PayloadKindName, value: Any) -> PayloadRef | None:
        """Write a payload; None when that is disabled or failed.  [TRACE-WRITER-13]"""
        return None if self.writer is None else self._guarded(self.writer.write_payload, kind, value)

    def event(self, event: RawEvent, context: Context = NOWHERE) -> bool:
        """Append an event and tell whether it was written.  [TRACE-WRITER-12]"""
        if self.writer is None:
            return False

        def append(writer: BundleWriter) -> bool:
            writer.append(event, thread_id=context.thread_id, codex_turn_id=context.codex_turn_id)
            return True

        return self._guarded(append, self.writer) or False

    def start(self, event: RawEvent, context: Context, **names: str | None) -> "Recording":
        """Append the first event of something and return where its later ones go.

        The names that it takes must be new in the bundle, or no reducer would take it.
        """
        with self.lock:
            taken = {(space, name) for space, name in names.items() if name is not None}
            if self.writer is None:
                return self
            if taken & self._names:
                self.fail(ValueError(f"already recorded: {sorted(taken & self._names)}"))
                return self.disabled()
            if not self.event(event, context):
                return self.disabled()
            self._names |= taken
            return self

    def knows(self, space: str, name: str) -> bool:
        """Tell whether something of that name was recorded."""
        return (space, name) in self._names

    def remember(self, space: str, name: str | None) -> None:
        """Note a name that later calls may refer to."""
        if self.enabled and name is not None:
            with self.lock:
                self._names.add((space, name))

    def fail(self, error: Exception) -> None:
        """Count something that could not be recorded."""
        with self.lock:
            self.failures += 1
            self.last_error = error

    def repeat(self) -> None:
        """Count an end of what has ended already."""
        with self.lock:
            self.repeats += 1

    def next_compaction_request(self) -> str:
        """Return the id of the next compaction request."""
        with self.lock:
            self._compaction_requests += 1
            return f"compaction_request:{self._compaction_requests}"

    def _guarded(self, action: Callable[A, R], *args: A.args, **kwargs: A.kwargs) -> R | None:
        try:
            return action(*args, **kwargs)
        except Exception as error:  # a host must not fail because its record does
            self.fail(error)
            return None


class _Handle:
    """Something that is recorded from its start to its one end."""

    def __init__(self, recording: Recording, context: Context) -> None:
        self._recording = recording
        self._context = context
        self._ended = False

    @property
    def enabled(self) -> bool:
        """Tell whether the calls of this handle are written."""
        return self._recording.enabled

    def _ends(self) -> bool:
        """Tell whether this is the first end; another is counted and ignored.  [TRACE-WRITER-9]"""
        with self._recording.lock:
            if self._ended:
                self._recording.repeat()
                return False
            self._ended = True
            return True


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
            recording = self._recording.start(started, NOWHERE, thread=thread_id)
            thread = ThreadRecorder(self, recording, thread_id, agent_path, depth)
            self._threads[thread_id] = thread
            return thread


class ThreadRecorder(_Handle):
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


class TurnRecorder(_Handle):
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
        recording = recording.start(started, self._context, inference=call_id)
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
        return _start_tool(
            recording,
            self._context,
            ToolCallStarted(
                tool_call_id=call_id,
                model_visible_call_id=call_id,
                requester=ModelRequester(),
                kind=kind_of(name),
                summary=summary_of(name, namespace, payload),
            ),
            _invocation(name, namespace, payload),
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


class InferenceRecorder(_Handle):
    """One attempt of a model request; its first end counts.  [TRACE-WRITER-9]"""

    def __init__(self, recording: Recording, context: Context, inference_call_id: str) -> None:
        super().__init__(recording, context)
        self.inference_call_id = inference_call_id

    def complete(
        self,
        output_items: Sequence[Any],
        *,
        response_id: str | None = None,
        upstream_request_id: str | None = None,
        usage: Usage | None = None,
    ) -> None:
        """Record the whole response."""
        if not self._ends():
            return
        response = _response(output_items, response_id, upstream_request_id, usage)
        ref = self._recording.payload("inference_response", response)
        if ref is not None:  # TRACE-WRITER-13
            completed = InferenceCompleted(
                inference_call_id=self.inference_call_id,
                response_id=response_id,
                upstream_request_id=upstream_request_id,
                response_payload=ref,
            )
            if self._recording.event(completed, self._context):
                self._recording.remember(f"response of {self._context.thread_id}", response_id)

    def fail(
        self, error: str, partial_items: Sequence[Any] = (), *, upstream_request_id: str | None = None
    ) -> None:
        """Record that the attempt failed, with the items that were finished before."""
        if self._ends():
            failed = InferenceFailed(
                inference_call_id=self.inference_call_id,
                upstream_request_id=upstream_request_id,
                error=error,
                partial_response_payload=self._partial(partial_items, upstream_request_id),
            )
            self._recording.event(failed, self._context)

    def cancel(
        self, reason: str, partial_items: Sequence[Any] = (), *, upstream_request_id: str | None = None
    ) -> None:
        """Record that the attempt was given up, with the items that were finished before."""
        if self._ends():
            cancelled = InferenceCancelled(
                inference_call_id=self.inference_call_id,
                upstream_request_id=upstream_request_id,
                reason=reason,
                partial_response_payload=self._partial(partial_items, upstream_request_id),
            )
            self._recording.event(cancelled, self._context)

    def _partial(self, items: Sequence[Any], upstream_request_id: str | None) -> PayloadRef | None:
        if not items:
            return None
        response = _response(items, None, upstream_request_id, None)
        return self._recording.payload("inference_response", response)


class ToolRecorder(_Handle):
    """One tool call, from its dispatch to its return."""

    def __init__(self, recording: Recording, context: Context, tool_call_id: str) -> None:
        super().__init__(recording, context)
        self._runtime_started = False
        self._mcp_call_id: str | None = None
        self.tool_call_id = tool_call_id

    def correlate_mcp(self, mcp_call_id: str | None = None) -> str:
        """Record, once, and return the id under which an MCP server sees the call."""
        with self._recording.lock:
            if self._mcp_call_id is None:
                self._mcp_call_id = mcp_call_id or self._recording.new_id()
                assigned = McpToolCallCorrelationAssigned(self.tool_call_id, self._mcp_call_id)
                self._recording.event(assigned)
            return self._mcp_call_id

    def runtime_started(self, event: Any) -> None:
        """Record, once, that the runtime behind the call began."""
        with self._recording.lock:
            if self._runtime_started:
                self._recording.repeat()
                return
            self._runtime_started = True
        ref = self._recording.payload("tool_runtime_event", event)
        if ref is not None:
            self._recording.event(ToolCallRuntimeStarted(self.tool_call_id, ref), self._context)

    def runtime_ended(self, event: Any, status: ExecutionStatus = "completed") -> None:
        """Record that the runtime behind the call ended, maybe long after the call returned."""
        ref = self._recording.payload("tool_runtime_event", event)
        if ref is not None:
            self._recording.event(ToolCallRuntimeEnded(self.tool_call_id, status, ref), self._context)

    def end(self, status: ExecutionStatus = "completed", result: Any = None) -> None:
        """Record that the call returned."""
        if self._ends():
            ref = None if result is None else self._recording.payload("tool_result", result)
            self._recording.event(ToolCallEnded(self.tool_call_id, status, ref), self._context)


class CodeCellRecorder(_Handle):
    """One code cell: start, first response, end.  [TRACE-WRITER-21]"""

    def __init__(self, recording: Recording, context: Context, runtime_cell_id: str) -> None:
        super().__init__(recording, context)
        self._responded = False
        self.runtime_cell_id = runtime_cell_id

    def tool(
        self,
        name: str,
        payload: Mapping[str, Any],
        *,
        namespace: str | None = None,
        runtime_tool_id: str | None = None,
    ) -> ToolRecorder:
        """Start a tool call that the running code asked for."""
        return _start_tool(
            self._recording,
            self._context,
            ToolCallStarted(
                tool_call_id=f"exec-{self._recording.new_id()}",
                code_mode_runtime_tool_id=runtime_tool_id,
                requester=CodeCellRequester(self.runtime_cell_id),
                kind=kind_of(name),
                summary=summary_of(name, namespace, payload),
            ),
            _invocation(name, namespace, payload),
        )

    def respond(self, status: CodeCellStatus, response: Any = None) -> None:
        """Record the first response; unless the cell yielded, that is its end too."""
        with self._recording.lock:
            if self._responded:
                self._recording.repeat()
                return
            self._responded = True
        ref = self._payload(response)
        self._recording.event(CodeCellInitialResponse(self.runtime_cell_id, status, ref), self._context)
        if status != "yielded":
            self.end(status, response)

    def end(
        self, status: CodeCellStatus, response: Any = None, *, seen_by: TurnRecorder | None = None
    ) -> None:
        """Record the end of a cell that yielded, as the wait of a later turn saw it."""
        if self._ends():
            context = self._context if seen_by is None else seen_by._context
            ended = CodeCellEnded(self.runtime_cell_id, status, self._payload(response))
            self._recording.event(ended, context)

    def _payload(self, response: Any) -> PayloadRef | None:
        return None if response is None else self._recording.payload("tool_result", {"response": response})


class CompactionRecorder(_Handle):
    """One remote compaction: attempts to get a replacement history, and its installation."""

    def __init__(self, recording: Recording, context: Context, compaction_id: str) -> None:
        super().__init__(recording, context)
        self.compaction_id = compaction_id

    def request(
        self, request: Mapping[str, Any], *, model: str = "", provider_name: str = ""
    ) -> "CompactionRequestRecorder":
        """Start one attempt; another one, also with another model, is the same compaction."""
        request_id = self._recording.next_compaction_request()
        ref = self._recording.payload("compaction_request", request)
        recording = self._recording.disabled()
        if ref is not None:
            started = CompactionRequestStarted(
                self.compaction_id,
                request_id,
                self._context.thread_id or "",
                self._context.codex_turn_id or "",
                model,
                provider_name,
                ref,
            )
            recording = self._recording.start(started, self._context, compaction_request=request_id)
        return CompactionRequestRecorder(recording, self._context, self.compaction_id, request_id)

    def install(self, input_history: Sequence[Any], replacement_history: Sequence[Any]) -> None:
        """Record that the replacement history goes live."""
        if self._ends():
            checkpoint = {"input_history": input_history, "replacement_history": replacement_history}
            ref = self._recording.payload("compaction_checkpoint", checkpoint)
            if ref is not None:
                installed = CompactionInstalled(self.compaction_id, ref)
                self._recording.start(installed, self._context, compaction=self.compaction_id)


class CompactionRequestRecorder(_Handle):
    """One attempt of a remote compaction."""

    def __init__(
        self, recording: Recording, context: Context, compaction_id: str, compaction_request_id: str
    ) -> None:
        super().__init__(recording, context)
        self.compaction_id = compaction_id
        self.compaction_request_id = compaction_request_id

    def complete(self, output_items: Sequence[Any]) -> None:
        """Record the response."""
        if self._ends():
            ref = self._recording.payload("compaction_response", {"output_items": output_items})
            if ref is not None:
                completed = CompactionRequestCompleted(self.compaction_id, self.compaction_request_id, ref)
                self._recording.event(completed, self._context)

    def fail(self, error: str) -> None:
        """Record that the attempt failed."""
        if self._ends():
            failed = CompactionRequestFailed(self.compaction_id, self.compaction_request_id, error)
            self._recording.event(failed, self._context)


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


def _start_tool(
    recording: Recording, context: Context, started: ToolCallStarted, invocation: dict[str, Any]
) -> ToolRecorder:
    if recording.enabled:
        ref = recording.payload("tool_invocation", invocation)
        started = msgspec.structs.replace(started, invocation_payload=ref)
        recording = recording.start(
            started, context, tool=started.tool_call_id, visible_call=started.model_visible_call_id
        )
    return ToolRecorder(recording, context, started.tool_call_id)


def _invocation(name: str, namespace: str | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"tool_name": name, "tool_namespace": namespace, "payload": payload}


def _response(
    items: Sequence[Any], response_id: str | None, upstream_request_id: str | None, usage: Usage | None
) -> dict[str, Any]:
    return {
        "response_id": response_id,
        "upstream_request_id": upstream_request_id,
        "token_usage": usage,
        "output_items": items,
    }
