"""Recording handles of what happens within a turn: inference, tools, code cells, compaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference.trace.events import (
    CodeCellEnded,
    CodeCellInitialResponse,
    CodeCellRequester,
    CompactionInstalled,
    CompactionRequestCompleted,
    CompactionRequestFailed,
    CompactionRequestStarted,
    InferenceCancelled,
    InferenceCompleted,
    InferenceFailed,
    McpToolCallCorrelationAssigned,
    ToolCallEnded,
    ToolCallRuntimeEnded,
    ToolCallRuntimeStarted,
    ToolCallStarted,
)
from rollout_reference.trace.recording import Context, Handle, Recording
from rollout_reference.trace.tool_kinds import kind_of, summary_of
from rollout_reference.trace.vocabulary import CodeCellStatus, ExecutionStatus, PayloadRef


class Usage(Struct, frozen=True, kw_only=True):
    """The tokens of a response."""

    input_tokens: int
    cached_input_tokens: int = 0
    output_tokens: int
    reasoning_output_tokens: int = 0
    total_tokens: int | None = None


class InferenceRecorder(Handle):
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


class ToolRecorder(Handle):
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


class CodeCellRecorder(Handle):
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
        return start_tool(
            self._recording,
            self._context,
            ToolCallStarted(
                tool_call_id=f"exec-{self._recording.new_id()}",
                code_mode_runtime_tool_id=runtime_tool_id,
                requester=CodeCellRequester(self.runtime_cell_id),
                kind=kind_of(name),
                summary=summary_of(name, namespace, payload),
            ),
            invocation_of(name, namespace, payload),
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

    def end(self, status: CodeCellStatus, response: Any = None, *, seen_by: Handle | None = None) -> None:
        """Record the end of a cell that yielded, as the wait of a later turn saw it."""
        if self._ends():
            context = self._context if seen_by is None else seen_by._context
            ended = CodeCellEnded(self.runtime_cell_id, status, self._payload(response))
            self._recording.event(ended, context)

    def _payload(self, response: Any) -> PayloadRef | None:
        return None if response is None else self._recording.payload("tool_result", {"response": response})


class CompactionRecorder(Handle):
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
            recording = self._recording.start(started, self._context)
        return CompactionRequestRecorder(recording, self._context, self.compaction_id, request_id)

    def install(self, input_history: Sequence[Any], replacement_history: Sequence[Any]) -> None:
        """Record that the replacement history goes live."""
        if self._ends():
            checkpoint = {"input_history": input_history, "replacement_history": replacement_history}
            ref = self._recording.payload("compaction_checkpoint", checkpoint)
            if ref is not None:
                installed = CompactionInstalled(self.compaction_id, ref)
                self._recording.start(installed, self._context, compaction=self.compaction_id)


class CompactionRequestRecorder(Handle):
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


def start_tool(
    recording: Recording, context: Context, started: ToolCallStarted, invocation: dict[str, Any]
) -> ToolRecorder:
    """Record the start of a tool call with its invocation."""
    if recording.enabled:
        ref = recording.payload("tool_invocation", invocation)
        started = msgspec.structs.replace(started, invocation_payload=ref)
        recording = recording.start(started, context, visible_call=started.model_visible_call_id)
    return ToolRecorder(recording, context, started.tool_call_id)


def invocation_of(name: str, namespace: str | None, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the invocation payload of a tool call."""
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
