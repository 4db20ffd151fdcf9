"""Scripts of recorder calls: what the operation `trace.write` is given, and how the reference plays them.

`spec/schema/writer-script.schema.json` and `spec/conformance/writers.md` say the same to others.
"""

import uuid
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from rollout_conformance.script_error import ScriptError
from rollout_reference import jsontext
from rollout_reference.trace.recorded_calls import (
    CodeCellRecorder,
    CompactionRecorder,
    CompactionRequestRecorder,
    InferenceRecorder,
    ToolRecorder,
    Usage,
)
from rollout_reference.trace.recorder import (
    Recorder,
    SessionMetadata,
    ThreadRecorder,
    TurnRecorder,
    record,
)

SCRIPT = "script.json"
TRACE_ROOT = "bundle"
"""The folder of the output that stands for the working folder of the host."""

Id = Annotated[str, Meta(min_length=1)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$")]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Items = list[dict[str, Any]]

RuntimeStatus = Literal["completed", "failed", "cancelled"]
ToolStatus = Literal["completed", "failed", "cancelled"]
CellStatus = Literal["yielded", "completed", "failed", "terminated"]
AbortReason = Literal["interrupted", "replaced", "review_ended", "budget_limited"]
ProtocolEventType = Literal[
    "session_configured",
    "turn_started",
    "turn_complete",
    "turn_aborted",
    "thread_rolled_back",
    "error",
    "warning",
    "shutdown_complete",
]

H = TypeVar("H")


class Stage:
    """The recorder that plays a script, and the handles that its calls have made."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._handles: dict[str, object] = {}

    def keep(self, name: str, handle: object) -> None:
        """Let later calls of the script mean a handle by a name."""
        if name in self._handles:
            raise ScriptError(f"the name {name!r} is taken")
        self._handles[name] = handle

    def get(self, name: str, kind: type[H]) -> H:
        """Return the handle of a name; it must be of a kind."""
        handle = self._handles.get(name)
        if not isinstance(handle, kind):
            raise ScriptError(f"{name!r} is no {kind.__name__.removesuffix('Recorder')}")
        return handle


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="call"):
    """Base of the calls of a script."""

    def play(self, stage: Stage) -> None:
        """Make the call."""
        raise NotImplementedError


class Making(Call, frozen=True, kw_only=True):
    """A call that begins something, which later calls mean by a name."""

    name: Name = field(name="as")


class Metadata(Struct, frozen=True, forbid_unknown_fields=True):
    """What the host tells about a thread."""

    task_name: str | None = None
    nickname: str | None = None
    agent_role: str | None = None
    model: str | None = None

    def told(self) -> SessionMetadata:
        """Return it as the recorder takes it."""
        return SessionMetadata(**msgspec.structs.asdict(self))


# --- threads --------------------------------------------------------------------------------------


class RootThread(Making, frozen=True, kw_only=True, tag="root_thread"):
    """The root session starts.  [TRACE-WRITER-11]"""

    metadata: Metadata = Metadata()

    def play(self, stage: Stage) -> None:
        """Begin the rollout."""
        stage.keep(self.name, stage.recorder.root_thread(self.metadata.told()))


class Spawn(Making, frozen=True, kw_only=True, tag="spawn"):
    """The thread `of` spawns a child.  [TRACE-WRITER-8]"""

    of: Name
    thread_id: Uuid
    agent_path: Id
    metadata: Metadata = Metadata()

    def play(self, stage: Stage) -> None:
        """Start the child."""
        parent = stage.get(self.of, ThreadRecorder)
        told = self.metadata.told()
        stage.keep(self.name, parent.spawn(self.agent_path, thread_id=self.thread_id, metadata=told))


class Resume(Call, frozen=True, kw_only=True, tag="resume"):
    """A thread of this bundle that was shut down goes on.  [TRACE-WRITER-7]"""

    of: Name

    def play(self, stage: Stage) -> None:
        """Go on with it."""
        stage.get(self.of, ThreadRecorder).resume()


class Attach(Making, frozen=True, kw_only=True, tag="attach"):
    """The host takes up a thread by its id, without the handle that it had.  [TRACE-WRITER-7]"""

    thread_id: Uuid

    def play(self, stage: Stage) -> None:
        """Take it up."""
        stage.keep(self.name, stage.recorder.thread(self.thread_id))


class ShutDown(Call, frozen=True, kw_only=True, tag="shut_down"):
    """A thread shuts down in order.  [TRACE-WRITER-18]"""

    of: Name

    def play(self, stage: Stage) -> None:
        """End it."""
        stage.get(self.of, ThreadRecorder).end()


class ProtocolEvent(Call, frozen=True, kw_only=True, tag="protocol_event"):
    """The thread `of` sends a protocol event of a kind that bundles keep."""

    of: Name
    event_type: ProtocolEventType
    event: Any

    def play(self, stage: Stage) -> None:
        """Keep it."""
        stage.get(self.of, ThreadRecorder).protocol_event(self.event_type, self.event)


# --- turns and inference ----------------------------------------------------------------------------


class Turn(Making, frozen=True, kw_only=True, tag="turn"):
    """A turn of the thread `of` starts."""

    of: Name
    codex_turn_id: Id

    def play(self, stage: Stage) -> None:
        """Start it."""
        stage.keep(self.name, stage.get(self.of, ThreadRecorder).turn(self.codex_turn_id))


class CompleteTurn(Call, frozen=True, kw_only=True, tag="complete_turn"):
    """A turn completes.  [TRACE-WRITER-10]"""

    of: Name

    def play(self, stage: Stage) -> None:
        """Complete it."""
        stage.get(self.of, TurnRecorder).complete()


class AbortTurn(Call, frozen=True, kw_only=True, tag="abort_turn"):
    """A turn is aborted, for a reason that its end does not tell.  [TRACE-WRITER-10]"""

    of: Name
    reason: AbortReason

    def play(self, stage: Stage) -> None:
        """Abort it."""
        stage.get(self.of, TurnRecorder).abort()


class DeliverResult(Call, frozen=True, kw_only=True, tag="deliver_result"):
    """The result of the turn `of` is sent to its parent thread, and arrives or not.  [TRACE-WRITER-16]"""

    of: Name
    to: Name
    message: str
    status: Any
    delivered: bool

    def play(self, stage: Stage) -> None:
        """Deliver it."""
        parent = stage.get(self.to, ThreadRecorder)
        turn = stage.get(self.of, TurnRecorder)
        turn.deliver_result(parent, self.message, self.status, lambda: self.delivered)


class Inference(Making, frozen=True, kw_only=True, tag="inference"):
    """The turn `of` makes one attempt to call a model.  [TRACE-WRITER-9]"""

    of: Name
    model: str
    provider_name: str
    request: dict[str, Any]

    def play(self, stage: Stage) -> None:
        """Start the attempt."""
        turn = stage.get(self.of, TurnRecorder)
        attempt = turn.inference(self.request, model=self.model, provider_name=self.provider_name)
        stage.keep(self.name, attempt)


class TokenUsage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tokens of a response."""

    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    total_tokens: int

    def told(self) -> Usage:
        """Return it as the recorder takes it."""
        return Usage(**msgspec.structs.asdict(self))


class CompleteInference(Call, frozen=True, kw_only=True, tag="complete_inference"):
    """An attempt gets its whole response."""

    of: Name
    output_items: Items
    response_id: str | None = None
    upstream_request_id: str | None = None
    usage: TokenUsage | None = None

    def play(self, stage: Stage) -> None:
        """Complete the attempt."""
        stage.get(self.of, InferenceRecorder).complete(
            self.output_items,
            response_id=self.response_id,
            upstream_request_id=self.upstream_request_id,
            usage=self.usage.told() if self.usage else None,
        )


class FailInference(Call, frozen=True, kw_only=True, tag="fail_inference"):
    """An attempt fails; `partial_items` were finished before."""

    of: Name
    error: str
    partial_items: Items = []
    upstream_request_id: str | None = None

    def play(self, stage: Stage) -> None:
        """Fail the attempt."""
        attempt = stage.get(self.of, InferenceRecorder)
        attempt.fail(self.error, self.partial_items, upstream_request_id=self.upstream_request_id)


class CancelInference(Call, frozen=True, kw_only=True, tag="cancel_inference"):
    """An attempt is given up; `partial_items` were finished before."""

    of: Name
    reason: str
    partial_items: Items = []
    upstream_request_id: str | None = None

    def play(self, stage: Stage) -> None:
        """Give the attempt up."""
        attempt = stage.get(self.of, InferenceRecorder)
        attempt.cancel(self.reason, self.partial_items, upstream_request_id=self.upstream_request_id)


# --- tools and code cells ---------------------------------------------------------------------------


class Tool(Making, frozen=True, kw_only=True, tag="tool"):
    """The turn `of` dispatches a tool call of the model.  [TRACE-WRITER-19, TRACE-WRITER-20]"""

    of: Name
    call_id: Id
    tool_name: Id
    namespace: str | None = None
    payload: dict[str, Any]

    def play(self, stage: Stage) -> None:
        """Dispatch it."""
        turn = stage.get(self.of, TurnRecorder)
        tool = turn.tool(self.call_id, self.tool_name, self.payload, namespace=self.namespace)
        stage.keep(self.name, tool)


class NestedTool(Making, frozen=True, kw_only=True, tag="nested_tool"):
    """The code cell `of` dispatches a tool call."""

    of: Name
    tool_name: Id
    namespace: str | None = None
    payload: dict[str, Any]
    runtime_tool_id: str | None = None

    def play(self, stage: Stage) -> None:
        """Dispatch it."""
        tool = stage.get(self.of, CodeCellRecorder).tool(
            self.tool_name, self.payload, namespace=self.namespace, runtime_tool_id=self.runtime_tool_id
        )
        stage.keep(self.name, tool)


class CorrelateMcp(Call, frozen=True, kw_only=True, tag="correlate_mcp"):
    """The MCP server of a tool call is really called."""

    of: Name

    def play(self, stage: Stage) -> None:
        """Give the call its id for the server."""
        stage.get(self.of, ToolRecorder).correlate_mcp()


class BeginRuntime(Call, frozen=True, kw_only=True, tag="begin_runtime"):
    """The runtime behind a tool call begins."""

    of: Name
    event: Any

    def play(self, stage: Stage) -> None:
        """Begin it."""
        stage.get(self.of, ToolRecorder).runtime_started(self.event)


class EndRuntime(Call, frozen=True, kw_only=True, tag="end_runtime"):
    """The runtime behind a tool call ends."""

    of: Name
    event: Any
    status: RuntimeStatus

    def play(self, stage: Stage) -> None:
        """End it."""
        stage.get(self.of, ToolRecorder).runtime_ended(self.event, self.status)


class EndTool(Call, frozen=True, kw_only=True, tag="end_tool"):
    """A tool call returns."""

    of: Name
    status: ToolStatus
    result: Any = None

    def play(self, stage: Stage) -> None:
        """Return."""
        stage.get(self.of, ToolRecorder).end(self.status, self.result)


class CodeCell(Making, frozen=True, kw_only=True, tag="code_cell"):
    """The turn `of` starts a code cell.  [TRACE-WRITER-21]"""

    of: Name
    runtime_cell_id: Id
    call_id: Id
    source_js: str

    def play(self, stage: Stage) -> None:
        """Start it."""
        turn = stage.get(self.of, TurnRecorder)
        stage.keep(self.name, turn.code_cell(self.runtime_cell_id, self.call_id, self.source_js))


class RespondCell(Call, frozen=True, kw_only=True, tag="respond_cell"):
    """A code cell answers the model for the first time."""

    of: Name
    status: CellStatus
    response: Any = None

    def play(self, stage: Stage) -> None:
        """Answer."""
        stage.get(self.of, CodeCellRecorder).respond(self.status, self.response)


class EndCell(Call, frozen=True, kw_only=True, tag="end_cell"):
    """A wait in the turn `seen_by` sees the end of a code cell that had yielded."""

    of: Name
    seen_by: Name
    status: Literal["completed", "failed", "terminated"]
    response: Any = None

    def play(self, stage: Stage) -> None:
        """See the end."""
        cell, turn = stage.get(self.of, CodeCellRecorder), stage.get(self.seen_by, TurnRecorder)
        cell.end(self.status, self.response, seen_by=turn)


# --- compaction -------------------------------------------------------------------------------------


class Compaction(Making, frozen=True, kw_only=True, tag="compaction"):
    """The turn `of` begins a remote compaction; nothing is recorded yet."""

    of: Name
    compaction_id: Id

    def play(self, stage: Stage) -> None:
        """Begin it."""
        stage.keep(self.name, stage.get(self.of, TurnRecorder).compaction(self.compaction_id))


class RequestCompaction(Making, frozen=True, kw_only=True, tag="request_compaction"):
    """The compaction `of` makes one attempt."""

    of: Name
    model: str
    provider_name: str
    request: dict[str, Any]

    def play(self, stage: Stage) -> None:
        """Start the attempt."""
        compaction = stage.get(self.of, CompactionRecorder)
        attempt = compaction.request(self.request, model=self.model, provider_name=self.provider_name)
        stage.keep(self.name, attempt)


class CompleteCompaction(Call, frozen=True, kw_only=True, tag="complete_compaction"):
    """An attempt of a compaction gets its response."""

    of: Name
    output_items: Items

    def play(self, stage: Stage) -> None:
        """Complete the attempt."""
        stage.get(self.of, CompactionRequestRecorder).complete(self.output_items)


class FailCompaction(Call, frozen=True, kw_only=True, tag="fail_compaction"):
    """An attempt of a compaction fails."""

    of: Name
    error: str

    def play(self, stage: Stage) -> None:
        """Fail the attempt."""
        stage.get(self.of, CompactionRequestRecorder).fail(self.error)


class InstallCompaction(Call, frozen=True, kw_only=True, tag="install_compaction"):
    """The replacement history of a compaction goes live."""

    of: Name
    input_history: Items
    replacement_history: Items

    def play(self, stage: Stage) -> None:
        """Put it in place."""
        compaction = stage.get(self.of, CompactionRecorder)
        compaction.install(self.input_history, self.replacement_history)


AnyCall = (
    RootThread
    | Spawn
    | Resume
    | Attach
    | ShutDown
    | ProtocolEvent
    | Turn
    | CompleteTurn
    | AbortTurn
    | DeliverResult
    | Inference
    | CompleteInference
    | FailInference
    | CancelInference
    | Tool
    | NestedTool
    | CorrelateMcp
    | BeginRuntime
    | EndRuntime
    | EndTool
    | CodeCell
    | RespondCell
    | EndCell
    | Compaction
    | RequestCompaction
    | CompleteCompaction
    | FailCompaction
    | InstallCompaction
)


class Script(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A `script.json`: the root thread and what its host calls, in order."""

    schema: Literal[1]
    root_thread_id: Uuid
    trace_root: Annotated[str, Meta(pattern=r"^[a-z0-9]+(/[a-z0-9]+)*$")] | None = None
    """The trace root, a path below the folder `bundle`; that folder itself if not given."""
    calls: list[AnyCall]


def read_script(folder: Path) -> Script:
    """Return the script of an input folder; raises `ScriptError`."""
    try:
        return msgspec.convert(jsontext.parse((folder / SCRIPT).read_bytes()), Script)
    except OSError as error:
        raise ScriptError(f"{SCRIPT}: {error.strerror}") from None
    except (jsontext.JsonError, msgspec.ValidationError) as error:
        raise ScriptError(f"{SCRIPT}: {error}") from None


def play(script: Script, folder: Path, *, now_ms: int, id_seed: str) -> None:
    """Play a script with the reference writer; what it leaves lies below `bundle` in a folder.

    The same script, time and seed give the same bytes.  Raises `ScriptError`.
    """
    trace_root = folder / TRACE_ROOT / (script.trace_root or "")
    recorder = record(
        trace_root, root_thread_id=script.root_thread_id, clock=lambda: now_ms, new_id=ids_of(id_seed)
    )
    stage = Stage(recorder)
    for number, call in enumerate(script.calls):
        try:
            call.play(stage)
        except ScriptError as error:
            raise ScriptError(f"{SCRIPT}: {error} - at `$.calls[{number}]`") from None
    recorder.close()


def ids_of(seed: str) -> Callable[[], str]:
    """Return a source of UUIDs that follow from a seed."""
    numbers = count(1)

    def new_id() -> str:
        digest = uuid.uuid5(uuid.NAMESPACE_OID, f"{seed} {next(numbers)}")
        return str(uuid.UUID(bytes=digest.bytes, version=4))

    return new_id
