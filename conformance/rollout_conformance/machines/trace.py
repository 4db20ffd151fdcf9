"""A host that plays at random and records what it does: a state machine over trace bundles."""

import shutil
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from rollout_conformance.invariants import LAWS, TraceRun
from rollout_conformance.machines.frame import Finding, Machine, action
from rollout_conformance.machines.world import (
    Call,
    Cell,
    Compaction,
    Delivery,
    Inference,
    Item,
    Thread,
    Tool,
    Turn,
    World,
    agent_message,
    message,
    output_item,
)
from rollout_reference.errors import Rejected
from rollout_reference.trace.recorded_calls import (
    CodeCellRecorder,
    CompactionRecorder,
    CompactionRequestRecorder,
    InferenceRecorder,
    ToolRecorder,
)
from rollout_reference.trace.recorder import (
    Recorder,
    ThreadRecorder,
    TurnRecorder,
    record,
)

Reduce = Callable[[Path], bytes]
"""Reduces a bundle to the bytes of its state; raises `errors.Rejected`."""

MODEL_WRITES = ("message", "exec", "exec_command", "exec", "reasoning", "look", "wait", "spawn_agent")
ANSWER = st.none() | st.lists(st.sampled_from(MODEL_WRITES), max_size=3)
"""The items of a response that follows at once, or none that does."""


class TraceMachine(Machine):
    """Threads, turns, requests, responses, tools, cells, compactions, children, in any order.

    One host action a rule: the world is told, and the recorder.  After each step every law is
    checked on what `reduce_bundle` makes of the log.
    """

    reduce_bundle: ClassVar[Reduce]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.folder = Path(tempfile.mkdtemp(prefix="rolloutspec-"))
        self.checked = 0
        self.recorder: Recorder
        self.threads: dict[Thread, ThreadRecorder] = {}
        self.turns: dict[Turn, TurnRecorder] = {}
        self.inferences: dict[Inference, InferenceRecorder] = {}
        self.tools: dict[Tool, ToolRecorder] = {}
        self.cells: dict[Cell, CodeCellRecorder] = {}
        self.compactions: dict[Compaction, CompactionRecorder] = {}
        self.requests: dict[str, CompactionRequestRecorder] = {}

    def teardown(self) -> None:
        """Remove the bundle."""
        self.recorder.close()
        shutil.rmtree(self.folder)

    @initialize()
    def start_rollout(self) -> None:
        """Begin with the root thread."""
        ticks, ids = count(1_000), count(1)
        self.recorder = record(
            self.folder,
            root_thread_id=f"00000000-0000-7000-8000-{0:012x}",
            clock=lambda: next(ticks),
            new_id=lambda: f"00000000-0000-4000-8000-{next(ids):012x}",
        )
        self._add(self.recorder.root_thread(), None)

    def things(self, source: str) -> list[Any]:
        """Return what the world has as `source`."""
        found: list[Any] = getattr(self.world, source)
        return found

    # --- threads ------------------------------------------------------------------------------------

    @action("threads", fork=st.booleans())
    def spawn(self, parent: Thread, fork: bool) -> None:
        """Start a child, with a fresh or a forked history."""
        child = self._spawn(parent)
        if fork:
            child.history = list(parent.history)

    @action("open_threads")
    def close_thread(self, thread: Thread) -> None:
        """Shut a thread down; the root thread takes the rollout with it."""
        thread.closed = thread.ended = True
        self.threads[thread].end()

    @action("closed_threads")
    def resume_thread(self, thread: Thread) -> None:
        """Attach a closed thread to the same bundle again: no second start may be written."""
        self._open(thread)
        if thread.parent:
            self.threads[thread.parent].spawn(thread.path, thread_id=thread.id)

    @action("open_threads", kind=st.sampled_from(["warning", "agent_message_delta"]))
    def observe(self, thread: Thread, kind: str) -> None:
        """Pass a protocol event on; the recorder keeps some and ignores others."""
        self.threads[thread].protocol_event(kind, {"type": kind})

    # --- turns --------------------------------------------------------------------------------------

    @action("idle_threads")
    def start_turn(self, thread: Thread) -> None:
        """Start a turn that does nothing yet."""
        self._turn_of(thread)

    @action("open_turns", completes=st.booleans())
    def end_turn(self, turn: Turn, completes: bool) -> None:
        """End or interrupt a turn, even if the host still waits for a model."""
        self.world.end_turn(turn, "completed" if completes else "cancelled")
        if completes:
            self.turns[turn].complete()
        else:
            self.turns[turn].abort()

    @action("undelivered_turns")
    def deliver_result(self, turn: Turn) -> None:
        """Hand a child's result to its parent."""
        child, parent = turn.thread, turn.thread.parent
        assert parent
        turn.delivered = True
        result = agent_message(child.path, parent.path, self.world.name("result"))
        edge_id = f"edge:agent_result:{child.id}:{turn.id}:{parent.id}"

        def deliver() -> bool:
            parent.history.append(result)
            self.world.deliveries.append(Delivery(edge_id, parent, result.label, falls_back=False))
            return True

        text = result.label[1]
        self.turns[turn].deliver_result(self.threads[parent], text, {"completed": text}, deliver)

    # --- requests and responses ---------------------------------------------------------------------

    @action("quiet_threads", answer=ANSWER)
    def ask(self, thread: Thread, answer: list[str] | None) -> None:
        """Send the whole history; the answer may come before anything else happens."""
        self.world.say(thread)
        self._ask(thread, {"input": repeated(thread.history)}, answer)

    @action("continuing_threads", answer=ANSWER)
    def ask_more(self, thread: Thread, answer: list[str] | None) -> None:
        """Send only what came after the latest response, naming that."""
        assert thread.continues
        self.world.say(thread)
        new = repeated(thread.history[thread.sent :])
        self._ask(thread, {"input": new, "previous_response_id": thread.continues.response_id}, answer)

    @action("open_inferences", kind=st.sampled_from(MODEL_WRITES))
    def write(self, inference: Inference, kind: str) -> None:
        """Let the model finish an item; the host can take it up before the response is complete."""
        self.world.write(inference, kind)

    @action("open_inferences")
    def answer(self, inference: Inference) -> None:
        """Complete a response."""
        self._answer(inference, [])

    @action("open_inferences", fails=st.booleans())
    def break_off(self, inference: Inference, fails: bool) -> None:
        """Lose or give up a response in the middle, and try to end it once more."""
        handle, items = self.inferences[inference], written(inference.items)
        self.world.answer(inference, "failed" if fails else "cancelled")
        if fails:
            handle.fail("stream closed", items)
        else:
            handle.cancel("interrupted", items)
        handle.complete([])

    # --- tools --------------------------------------------------------------------------------------

    @action("open_calls", begins=st.booleans())
    def take_up(self, call: Call, begins: bool) -> None:
        """Do what the model called for, maybe before its response is complete."""
        if call.name == "exec":
            self._start_cell(call)
        elif call.name == "spawn_agent":
            self._spawn_by_tool(call)
        else:
            tool = self._dispatch(call)
            if begins and call.name == "exec_command":
                self._begin_command(tool)

    @action("running_runtimes")
    def end_command(self, tool: Tool) -> None:
        """End the process of a shell command, maybe long after its call returned."""
        tool.runtime = "ended"
        said = {"stdout": "", "stderr": "", "formatted_output": "", "exit_code": 0}
        self.tools[tool].runtime_ended({"call_id": tool.id, "process_id": tool.id, **said})

    @action("running_tools", status=st.sampled_from(["completed", "failed"]))
    def return_tool(self, tool: Tool, status: Any) -> None:
        """Return from a tool; its output is part of the history."""
        self._return(tool, status)

    @action("tools")
    def reach_mcp_server(self, tool: Tool) -> None:
        """Let a tool reach its MCP server; it is asked for its id there twice."""
        handle = self.tools[tool]
        assert handle.correlate_mcp() == handle.correlate_mcp()

    # --- code cells ---------------------------------------------------------------------------------

    @action("open_cells")
    def nest_tool(self, cell: Cell) -> None:
        """Let running code call a tool."""
        handle = self.cells[cell].tool("look", {"type": "function", "arguments": "{}"})
        tool = Tool(handle.tool_call_id, cell.turn, None)
        self.world.tools.append(tool)
        self.tools[tool] = handle

    @action("silent_cells")
    def yield_cell(self, cell: Cell) -> None:
        """Let a cell answer before it is done."""
        cell.responded = True
        cell.turn.thread.history.append(output_item(cell.call))
        self.cells[cell].respond("yielded", {"Yielded": {}})

    @action("open_cells", status=st.sampled_from(["completed", "failed", "terminated"]))
    def end_cell(self, cell: Cell, status: Any) -> None:
        """End a cell: with its first answer, or later, as a wait of the current turn sees it."""
        cell.open = False
        cell.status = "cancelled" if status == "terminated" else status
        if cell.responded:
            seen_by = cell.turn.thread.turn
            self.cells[cell].end(status, {"Result": {}}, seen_by=self.turns[seen_by] if seen_by else None)
        else:
            cell.responded = True
            cell.turn.thread.history.append(output_item(cell.call))
            self.cells[cell].respond(status, {"Result": {}})

    # --- compaction ---------------------------------------------------------------------------------

    @action("still_threads")
    def begin_compaction(self, thread: Thread) -> None:
        """Decide to replace the history."""
        turn = self._turn_of(thread)
        compaction = Compaction(self.world.name("compaction"), turn)
        self.world.compactions.append(compaction)
        self.compactions[compaction] = self.turns[turn].compaction(compaction.id)

    @action("open_compactions", works=st.booleans())
    def ask_for_replacement(self, compaction: Compaction, works: bool) -> None:
        """Ask the provider for a replacement, or hear from it."""
        handle = self.requests.pop(compaction.id, None)
        if handle is None:
            request = {"input": repeated(compaction.turn.thread.history)}
            self.requests[compaction.id] = self.compactions[compaction].request(request)
        elif works:
            handle.complete([{"type": "compaction", "encrypted_content": "c"}])
        else:
            handle.fail("overloaded")

    @action("open_compactions", keeps=st.booleans())
    def install(self, compaction: Compaction, keeps: bool) -> None:
        """Put the replacement in place; it may keep what the user said."""
        before = compaction.turn.thread.history
        kept = [item for item in before if item.written.get("role") == "user"] if keeps else []
        replacement = [*kept, message("user", self.world.name("summary"))]
        self.compactions[compaction].install(repeated(before), repeated(replacement))
        self.world.install(compaction, replacement)

    # --- after each step ----------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        """Check every law on what the reducer makes of the log."""
        lines = self._log.read_bytes().splitlines(keepends=True)
        if len(lines) == self.checked:
            return
        assert self.recorder.failures == 0, self.recorder.last_error
        finding = self._first_broken(lines)
        if finding is not None:
            self.report(finding)
        self.checked = len(lines)

    def _first_broken(self, lines: list[bytes]) -> Finding | None:
        try:
            state_json = self._reduce_lines(lines)
        except Rejected as rejection:
            return Finding("TRACE-WRITER-22", str(rejection), lines)
        run = TraceRun(self.world, lines, state_json, self._reduce_lines, self.checked)
        for law in LAWS:
            try:
                law.check(run)
            except (AssertionError, Rejected) as failure:
                return Finding(law.requirement, f"{law.sentence} {failure}", lines)
        return None

    def _reduce_lines(self, lines: list[bytes]) -> bytes:
        """Reduce the bundle with other lines in its log, then put the log back."""
        whole = self._log.read_bytes()
        text = b"".join(lines)
        if text == whole:
            return type(self).reduce_bundle(self._bundle)
        try:
            self._log.write_bytes(text)
            return type(self).reduce_bundle(self._bundle)
        finally:
            self._log.write_bytes(whole)

    # --- what several rules do ----------------------------------------------------------------------

    @property
    def _bundle(self) -> Path:
        assert self.recorder.bundle
        return self.recorder.bundle

    @property
    def _log(self) -> Path:
        return self._bundle / "trace.jsonl"

    def _add(self, handle: ThreadRecorder, parent: Thread | None) -> Thread:
        thread = Thread(handle.thread_id, handle.agent_path, parent=parent)
        self.world.threads.append(thread)
        self.threads[thread] = handle
        return thread

    def _spawn(self, parent: Thread) -> Thread:
        self._open(parent)
        path = f"{parent.path}/{self.world.name('child').replace('-', '_')}"
        return self._add(self.threads[parent].spawn(path), parent)

    def _open(self, thread: Thread) -> None:
        """Resume a thread if it is closed."""
        if thread.closed:
            thread.closed = False
            self.threads[thread] = self.recorder.thread(thread.id).resume()

    def _turn_of(self, thread: Thread) -> Turn:
        """Return the running turn of a thread; start one if there is none."""
        self._open(thread)
        if thread.turn is None:
            thread.turn = Turn(self.world.name("turn"), thread)
            self.world.turns.append(thread.turn)
            self.turns[thread.turn] = self.threads[thread].turn(thread.turn.id)
        return thread.turn

    def _ask(self, thread: Thread, request: dict[str, Any], answer: list[str] | None) -> None:
        turn = self._turn_of(thread)
        handle = self.turns[turn].inference(request, model="a-model", provider_name="a-provider")
        inference = self.world.ask(turn, handle.inference_call_id)
        self.inferences[inference] = handle
        if answer is not None:
            self._answer(inference, answer)

    def _answer(self, inference: Inference, kinds: list[str]) -> None:
        """Let the model finish some more items and its response."""
        for kind in kinds:
            self.world.write(inference, kind)
        response_id = self.world.name("response")
        self.world.answer(inference, "completed", response_id)
        self.inferences[inference].complete(written(inference.items), response_id=response_id)

    def _dispatch(self, call: Call) -> Tool:
        turn = self._turn_of(call.thread)
        call.tool = Tool(call.id, turn, call)
        self.world.tools.append(call.tool)
        payload = {"type": "function", "arguments": call.arguments}
        self.tools[call.tool] = self.turns[turn].tool(call.id, call.name, payload)
        return call.tool

    def _spawn_by_tool(self, call: Call) -> None:
        """Let a call start a child and hand it its task."""
        tool = self._dispatch(call)
        parent = tool.turn.thread
        child = self._spawn(parent)
        activity = {
            "event_id": call.id,
            "agent_thread_id": child.id,
            "agent_path": child.path,
            "kind": "started",
        }
        self.tools[tool].runtime_ended(activity)
        self._return(tool, "completed")
        task = agent_message(parent.path, child.path, call.message)
        child.history.append(task)
        edge_id = f"edge:spawn:{parent.id}:{child.id}"
        self.world.deliveries.append(Delivery(edge_id, child, task.label, falls_back=True))

    def _start_cell(self, call: Call) -> None:
        """Run the code that the model wrote."""
        turn = self._turn_of(call.thread)
        cell = Cell(f"code_cell:{call.id}", self.world.name("cell"), call, turn)
        self.world.cells.append(cell)
        self.cells[cell] = self.turns[cell.turn].code_cell(cell.runtime_id, call.id, "text(1)")

    def _begin_command(self, tool: Tool) -> None:
        tool.runtime = "running"
        self.tools[tool].runtime_started(
            {"call_id": tool.id, "command": ["true"], "cwd": "/project", "process_id": tool.id}
        )

    def _return(self, tool: Tool, status: Any) -> None:
        tool.status = status
        if tool.call:
            tool.turn.thread.history.append(output_item(tool.call))
        self.tools[tool].end(status, {"type": "direct_response", "response_item": {"output": "done"}})


def trace_machine(reduce_bundle: Reduce, findings: list[Finding] | None = None) -> type[TraceMachine]:
    """Return a machine that judges a reducer; the last broken law lands in `findings`."""
    members = {
        "reduce_bundle": staticmethod(reduce_bundle),
        "findings": [] if findings is None else findings,
    }
    return type("TraceMachineOfReducer", (TraceMachine,), members)


def repeated(items: list[Item]) -> list[Any]:
    """Return items as a request repeats them."""
    return [item.repeated for item in items]


def written(items: list[Item]) -> list[Any]:
    """Return items as a response first has them."""
    return [item.written for item in items]
