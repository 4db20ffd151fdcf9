"""What a host's calls leave in the bundle, and what they never do to the host."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rollout_reference.trace import RolloutTrace, reduce
from rollout_reference.trace.recorded_calls import (
    Usage,
)
from rollout_reference.trace.recorder import (
    Recorder,
    SessionMetadata,
    ThreadRecorder,
    TurnRecorder,
    from_environment,
    record,
)
from rollout_reference.trace.state import AtItem, AtThread, ByInference, Spawned
from rollout_reference.trace.tool_kinds import kind_of, summary_of
from rollout_reference.trace.vocabulary import Generic, Other, snake

CHILD = "00000000-0000-7000-8000-00000000000c"
CODEX = os.environ.get("ROLLOUTSPEC_CODEX", "")

Event = Mapping[str, Any]


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """Return a recorder with a ticking clock and counted ids."""
    return seeded(tmp_path)


def seeded(trace_root: Path) -> Recorder:
    """Record with a ticking clock and counted ids."""
    ticks, ids = count(1_000), count(1)
    return record(
        trace_root, root_thread_id="root", clock=lambda: next(ticks), new_id=lambda: f"id-{next(ids)}"
    )


# --- whole sessions -------------------------------------------------------------------------------


def test_first_events_are_rollout_and_root_thread(recorder: Recorder) -> None:
    """The metadata of the root thread is the first payload.  [TRACE-WRITER-11]"""
    recorder.root_thread(SessionMetadata(model="a-model", nickname="Ada"))

    rollout, thread = events_of(recorder)
    assert rollout == {"type": "rollout_started", "trace_id": "id-1", "root_thread_id": "root"}
    assert (thread["type"], thread["agent_path"]) == ("thread_started", "/root")
    assert thread["metadata_payload"]["raw_payload_id"] == "raw_payload:1"
    assert state_of(recorder).threads["root"].default_model == "a-model"


def test_plain_session(recorder: Recorder) -> None:
    """One turn with one request and its answer, then the shutdown.  [TRACE-WRITER-18, TRACE-WRITER-10]"""
    root = recorder.root_thread()
    turn = root.turn("turn-1")
    inference = turn.inference({"input": [user("Hello.")]}, model="a-model", provider_name="a-provider")
    inference.complete([assistant("Hi.")], response_id="resp-1", usage=Usage(input_tokens=5, output_tokens=2))
    turn.complete()
    root.protocol_event("shutdown_complete", {"type": "shutdown_complete"})
    root.end()

    assert types_of(recorder)[2:] == [
        "codex_turn_started",
        "inference_started",
        "inference_completed",
        "codex_turn_ended",
        "protocol_event_observed",
        "thread_ended",
        "rollout_ended",
    ]
    state = state_of(recorder)
    call = state.inference_calls[inference.inference_call_id]
    assert (state.status, call.response_id, call.execution.status) == ("completed", "resp-1", "completed")
    assert call.usage is not None
    assert call.usage.input_tokens == 5
    assert state.conversation_items["conversation_item:2"].produced_by == [
        ByInference(inference.inference_call_id)
    ]


def test_context_of_the_envelope(recorder: Recorder) -> None:
    """Thread and turn stand in the envelope where the table says so, and nowhere else.  [TRACE-WRITER-17]"""
    play_everything(recorder)

    for event in envelopes_of(recorder):
        kind = event["payload"]["type"]
        has_context = (event["thread_id"] is not None, event["codex_turn_id"] is not None)
        assert has_context == ((False, False) if kind in WITHOUT_CONTEXT else (True, True)), kind


WITHOUT_CONTEXT = {
    "rollout_started",
    "rollout_ended",
    "thread_started",
    "thread_ended",
    "mcp_tool_call_correlation_assigned",
    "protocol_event_observed",
}


def test_every_prefix_reduces(recorder: Recorder, tmp_path: Path) -> None:
    """Whatever the host did last, what it left can be read.  [TRACE-WRITER-22]"""
    play_everything(recorder)
    bundle = folder_of(recorder)
    lines = (bundle / "trace.jsonl").read_bytes().splitlines(keepends=True)

    for length in range(len(lines) + 1):
        (bundle / "trace.jsonl").write_bytes(b"".join(lines[:length]))
        reduce(bundle)


def test_same_calls_give_the_same_bytes(tmp_path: Path) -> None:
    """With clock and ids given, a recording is a function of the calls."""
    first, second = seeded(tmp_path / "first"), seeded(tmp_path / "second")
    play_everything(first)
    play_everything(second)

    assert files_of(first) == files_of(second)


@pytest.mark.codex
@pytest.mark.skipif(not CODEX, reason="ROLLOUTSPEC_CODEX names no binary of the real CLI")
def test_real_cli_reads_what_is_recorded(recorder: Recorder, tmp_path: Path) -> None:
    """The real reducer accepts a recording and sees the same graph.  [TRACE-WRITER-22]"""
    play_everything(recorder)
    home = tmp_path / "home"
    home.mkdir()
    output = tmp_path / "state.json"

    subprocess.run(
        [CODEX, "debug", "trace-reduce", str(folder_of(recorder)), "-o", str(output)],
        env={"CODEX_HOME": str(home), "HOME": str(home), "PATH": os.defpath},
        check=True,
        capture_output=True,
        timeout=60,
    )

    assert output.read_bytes() == state_of(recorder).to_json()


# --- threads ----------------------------------------------------------------------------------------


def test_child_shares_the_bundle(recorder: Recorder) -> None:
    """A spawned thread starts in its parent's bundle, without a rollout of its own.  [TRACE-WRITER-8]"""
    root = recorder.root_thread()
    child = root.spawn("/root/search", metadata=SessionMetadata(nickname="Bo", agent_role="worker"))

    assert types_of(recorder).count("rollout_started") == 1
    thread = state_of(recorder).threads[child.thread_id]
    assert thread.nickname == "Bo"
    assert thread.origin == Spawned("root", f"edge:spawn:root:{child.thread_id}", "search", "worker")


def test_resumed_child_is_not_started_again(recorder: Recorder) -> None:
    """A child that was closed and resumed keeps its one beginning.  [TRACE-WRITER-7]"""
    root = recorder.root_thread()
    child = root.spawn("/root/search", thread_id="child")
    child.end()

    child.resume()
    recorder.thread("child").turn("turn-after").complete()
    root.spawn("/root/search", thread_id="child")
    recorder.root_thread()

    assert types_of(recorder).count("thread_started") == 2
    assert types_of(recorder).count("rollout_started") == 1
    assert state_of(recorder).codex_turns["turn-after"].thread_id == "child"


def test_unknown_thread_is_not_recorded(recorder: Recorder) -> None:
    """A child resumed without its parent's recording leaves nothing.  [TRACE-WRITER-8]"""
    recorder.root_thread()
    stranger = recorder.thread("from-another-bundle")
    stranger.turn().inference({"input": []}).complete([])
    stranger.spawn("/root/more").turn().complete()

    assert not stranger.enabled
    assert types_of(recorder) == ["rollout_started", "thread_started"]


def test_child_end_leaves_the_rollout_open(recorder: Recorder) -> None:
    """Only the root thread ends the rollout, and a thread ends once.  [TRACE-WRITER-18]"""
    root = recorder.root_thread()
    child = root.spawn("/root/search")
    child.end()
    assert "rollout_ended" not in types_of(recorder)
    root.end()
    root.end()

    assert types_of(recorder)[-3:] == ["thread_ended", "thread_ended", "rollout_ended"]
    assert recorder.repeats == 1


def test_only_some_protocol_events_are_kept(recorder: Recorder) -> None:
    """Deltas and the like are none of the bundle's business."""
    root = recorder.root_thread()
    root.protocol_event("turn_started", {"type": "task_started"})
    root.protocol_event("agent_message_delta", {"type": "agent_message_delta"})

    assert [event["event_type"] for event in events_of(recorder)[2:]] == ["turn_started"]


# --- inference ----------------------------------------------------------------------------------------


def test_attempt_has_one_end(recorder: Recorder) -> None:
    """The first end counts; later ones are counted and ignored.  [TRACE-WRITER-9]"""
    turn = recorder.root_thread().turn()
    inference = turn.inference({"input": [user("Hello.")]})
    inference.cancel("interrupted", [assistant("Hal")])
    inference.fail("stream closed")
    inference.complete([assistant("Hallo")])

    assert types_of(recorder)[-2:] == ["inference_started", "inference_cancelled"]
    assert recorder.repeats == 2
    assert recorder.failures == 0


def test_attempt_ends_once_for_racing_threads(recorder: Recorder) -> None:
    """Two threads that end the same attempt write one end.  [TRACE-WRITER-9]"""
    turn = recorder.root_thread().turn()
    attempts = [turn.inference({"input": [user("Hello.")]}) for _ in range(50)]

    enders = [
        threading.Thread(target=lambda: [each.complete([]) for each in attempts]),
        threading.Thread(target=lambda: [each.fail("lost") for each in attempts]),
    ]
    for each in enders:
        each.start()
    for each in enders:
        each.join()

    ends = [kind for kind in types_of(recorder) if kind in ("inference_completed", "inference_failed")]
    assert (len(ends), recorder.repeats) == (50, 50)


def test_failure_without_items_has_no_partial_payload(recorder: Recorder) -> None:
    """Nothing was finished, so nothing is stored."""
    turn = recorder.root_thread().turn()
    turn.inference({"input": [user("Hello.")]}).fail("connection refused", upstream_request_id="req-1")

    assert events_of(recorder)[-1]["partial_response_payload"] is None


def test_request_on_an_unrecorded_response_is_left_out(recorder: Recorder) -> None:
    """It could not be reduced, so it is a failure of the recording.  [TRACE-WRITER-22]"""
    turn = recorder.root_thread().turn()
    turn.inference({"input": [], "previous_response_id": "resp-lost"}).complete([])

    assert types_of(recorder)[-1] == "codex_turn_started"
    assert recorder.failures == 1


@pytest.mark.parametrize(("act", "status"), [("complete", "completed"), ("abort", "cancelled")])
def test_turn_status(recorder: Recorder, act: str, status: str) -> None:
    """A turn completes, or it was aborted for whatever reason; it does so once.  [TRACE-WRITER-10]"""
    turn = recorder.root_thread().turn("turn-1")
    getattr(turn, act)()
    turn.complete()

    assert [event["status"] for event in events_of(recorder)[3:]] == [status]


# --- tools and code cells -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("exec_command", "exec_command"),
        ("local_shell", "exec_command"),
        ("shell", "exec_command"),
        ("shell_command", "exec_command"),
        ("write_stdin", "write_stdin"),
        ("apply_patch", "apply_patch"),
        ("web_search", "web"),
        ("web_search_preview", "web"),
        ("image_generation", "image_generation"),
        ("image_query", "image_generation"),
        ("spawn_agent", "spawn_agent"),
        ("send_message", "send_message"),
        ("followup_task", "assign_agent_task"),
        ("assign_task", "assign_agent_task"),
        ("wait_agent", "wait_agent"),
        ("close_agent", "close_agent"),
        ("interrupt_agent", "close_agent"),
    ],
)
def test_kind_by_name(name: str, kind: str) -> None:
    """The table of tool names.  [TRACE-WRITER-19]"""
    assert snake(type(kind_of(name)).__name__) == kind


def test_any_other_name_is_its_own_kind() -> None:
    """MCP tools are among them.  [TRACE-WRITER-19]"""
    assert kind_of("mcp__server__tool") == Other("mcp__server__tool")


@pytest.mark.parametrize(
    ("namespace", "payload", "summary"),
    [
        (None, {"type": "function", "arguments": "{}"}, Generic("look", "{}")),
        ("maps", {"type": "custom", "input": "x" * 160}, Generic("maps.look", "x" * 160)),
        (None, {"type": "custom", "input": "ü" * 161}, Generic("look", "ü" * 160 + "...")),
        (None, {"type": "tool_search", "arguments": {"query": "agent"}}, Generic("look", "agent")),
        (None, {"type": "local_shell", "command": ["ls", "-l"]}, Generic("look", "ls -l")),
        (None, {"type": "new"}, Generic("look", None)),
    ],
)
def test_summary(namespace: str | None, payload: Event, summary: Generic) -> None:
    """Label, and the first 160 characters of the input.  [TRACE-WRITER-20]"""
    assert summary_of("look", namespace, payload) == summary


def test_tool_from_dispatch_to_return(recorder: Recorder) -> None:
    """A command: dispatch, runtime begin and end, return."""
    turn = recorder.root_thread().turn()
    play_command(turn, "call-1")

    state = state_of(recorder)
    assert types_of(recorder)[3:] == [
        "tool_call_started",
        "tool_call_runtime_started",
        "tool_call_runtime_ended",
        "tool_call_ended",
    ]
    assert state.tool_calls["call-1"].execution.status == "completed"
    assert state.terminal_operations["terminal_operation:1"].execution.status == "completed"


def test_tool_returns_once_and_correlates_once(recorder: Recorder) -> None:
    """A second return is ignored; the MCP call id stays what it was."""
    turn = recorder.root_thread().turn()
    tool = turn.tool("call-1", "ask", function("{}"), namespace="mcp__maps")
    first = tool.correlate_mcp()
    again = tool.correlate_mcp()
    tool.end("failed", {"type": "error", "error": "no"})
    tool.end("completed")

    assert first == again
    assert state_of(recorder).tool_calls["call-1"].mcp_call_id == first
    assert state_of(recorder).tool_calls["call-1"].execution.status == "failed"
    assert recorder.repeats == 1


def test_repeated_call_id_is_left_out(recorder: Recorder) -> None:
    """A model that repeats a call id costs that call, not the bundle.  [TRACE-WRITER-22]"""
    turn = recorder.root_thread().turn()
    turn.tool("call-1", "look", function("{}")).end()
    turn.tool("call-1", "look", function("{}")).end("failed")

    assert state_of(recorder).tool_calls["call-1"].execution.status == "completed"
    assert recorder.failures == 1


def test_code_mode_call_is_no_tool(recorder: Recorder) -> None:
    """Its code cell is the record; a function of the same name is a tool."""
    turn = recorder.root_thread().turn()
    turn.tool("call-1", "exec", {"type": "custom", "input": "text(1)"}).end()
    turn.tool("call-2", "exec", function("{}")).end()

    assert list(state_of(recorder).tool_calls) == ["call-2"]


@pytest.mark.parametrize("status", ["completed", "failed", "terminated"])
def test_code_cell_ends_with_its_response(recorder: Recorder, status: Any) -> None:
    """Without a yield the first response is the end.  [TRACE-WRITER-21]"""
    turn = recorder.root_thread().turn()
    cell = turn.code_cell("1", "call-1", "text(1)")
    nested = cell.tool("look", function("{}"), runtime_tool_id="tool-1")
    nested.end()
    cell.respond(status, {"Result": {}})
    cell.respond("completed")

    assert types_of(recorder)[3:] == [
        "code_cell_started",
        "tool_call_started",
        "tool_call_ended",
        "code_cell_initial_response",
        "code_cell_ended",
    ]
    started = events_of(recorder)[4]
    assert started["tool_call_id"].startswith("exec-id-")
    assert started["model_visible_call_id"] is None
    assert started["requester"] == {"type": "code_cell", "runtime_cell_id": "1"}


def test_yielded_cell_ends_in_the_turn_that_sees_it(recorder: Recorder) -> None:
    """A later wait finds the end; the envelope names its turn.  [TRACE-WRITER-21]"""
    root = recorder.root_thread()
    turn = root.turn("turn-1")
    cell = turn.code_cell("1", "call-1", "yield_control()")
    cell.respond("yielded", {"Yielded": {}})
    turn.complete()
    later = root.turn("turn-2")
    cell.end("completed", {"Result": {}}, seen_by=later)

    assert types_of(recorder).count("code_cell_ended") == 1
    assert envelopes_of(recorder)[-1]["codex_turn_id"] == "turn-2"


# --- compaction and agent results -----------------------------------------------------------------------


def test_compaction(recorder: Recorder) -> None:
    """A failed attempt, another one, and the replacement goes live, once."""
    turn = recorder.root_thread().turn()
    turn.inference({"input": [user("One.")]}).complete([assistant("Two.")])
    compaction = turn.compaction("compaction-1")
    compaction.request({"input": [user("One.")]}).fail("overloaded")
    compaction.request({"input": [user("One.")]}, model="fallback").complete(
        [{"type": "compaction", "encrypted_content": "c"}]
    )
    compaction.install([user("One.")], [user("Shorter.")])
    compaction.install([], [])

    made = state_of(recorder).compactions["compaction-1"]
    assert made.request_ids == ["compaction_request:1", "compaction_request:2"]
    assert state_of(recorder).compaction_requests["compaction_request:1"].execution.status == "failed"
    assert recorder.repeats == 1


def test_result_is_recorded_after_its_delivery(recorder: Recorder) -> None:
    """The parent has the result before the bundle says so.  [TRACE-WRITER-16]"""
    root = recorder.root_thread()
    child_turn = root.spawn("/root/search", thread_id="child").turn("child-turn")
    child_turn.complete()
    inbox: list[str] = []

    def deliver() -> bool:
        assert "agent_result_observed" not in types_of(recorder)
        inbox.append("Found.")
        return True

    assert child_turn.deliver_result(root, "Found.", {"completed": "Found."}, deliver)
    assert inbox == ["Found."]
    assert events_of(recorder)[-1]["edge_id"] == "edge:agent_result:child:child-turn:root"


def test_result_that_did_not_arrive_is_not_recorded(recorder: Recorder) -> None:
    """The parent is gone, or its inbox raises: that is the host's to handle.  [TRACE-WRITER-16]"""
    root = recorder.root_thread()
    child_turn = root.spawn("/root/search").turn()

    def broken() -> bool:
        raise ConnectionError("parent is gone")

    assert not child_turn.deliver_result(root, "Found.", "shutdown", lambda: False)
    with pytest.raises(ConnectionError):
        child_turn.deliver_result(root, "Found.", "shutdown", broken)
    assert "agent_result_observed" not in types_of(recorder)


def test_delivered_message_is_an_edge(recorder: Recorder) -> None:
    """The result leads from the child's last message to the parent's next request."""
    play_everything(recorder)

    edges = state_of(recorder).interaction_edges
    result = edges[f"edge:agent_result:{CHILD}:child-turn:root"]
    assert isinstance(result.source, AtItem)
    assert isinstance(result.target, AtItem)
    assert edges[f"edge:spawn:root:{CHILD}"].target == AtThread(CHILD)


# --- switching on, and failing ----------------------------------------------------------------------------


def test_no_variable_no_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host makes the same calls and nothing is written.  [TRACE-WRITER-14, TRACE-WRITER-15]"""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CODEX_ROLLOUT_TRACE_ROOT", raising=False)
    recorder = from_environment()
    play_everything(recorder)

    assert (recorder.enabled, recorder.bundle, recorder.failures) == (False, None, 0)
    assert list(tmp_path.iterdir()) == []


def test_disabled_recording_still_delivers(tmp_path: Path) -> None:
    """What the host does in a call, it does without a recording too.  [TRACE-WRITER-14]"""
    root = from_environment({}).root_thread()
    inbox: list[str] = []

    root.spawn("/root/search").turn().deliver_result(root, "Found.", None, lambda: inbox.append("x") is None)

    assert inbox == ["x"]


def test_variable_names_the_trace_root(tmp_path: Path) -> None:
    """The bundle lies directly below it.  [TRACE-WRITER-15]"""
    recorder = from_environment({"CODEX_ROLLOUT_TRACE_ROOT": str(tmp_path / "traces")}, root_thread_id="root")
    recorder.root_thread()

    assert folder_of(recorder).parent == tmp_path / "traces"
    assert state_of(recorder).root_thread_id == "root"


def test_empty_variable_is_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set to nothing is still set.  [TRACE-WRITER-15]"""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODEX_ROLLOUT_TRACE_ROOT", "")
    from_environment(root_thread_id="root").root_thread()

    (bundle,) = tmp_path.iterdir()
    assert len(reduce(bundle).threads) == 1


def test_trace_root_that_cannot_be_made_disables(tmp_path: Path) -> None:
    """A file stands where the directory should be.  [TRACE-WRITER-14, TRACE-WRITER-12]"""
    (tmp_path / "file").write_text("")
    recorder = record(tmp_path / "file" / "traces")
    play_everything(recorder)

    assert (recorder.enabled, recorder.failures) == (False, 1)
    assert isinstance(recorder.last_error, OSError)


def test_lost_payloads_cost_references_or_events(recorder: Recorder) -> None:
    """An optional reference becomes null, an event that needs its reference is dropped.

    [TRACE-WRITER-13, TRACE-WRITER-12, TRACE-WRITER-22]
    """
    root = recorder.root_thread()
    turn = root.turn("turn-1")
    payloads = folder_of(recorder) / "payloads"
    shutil.rmtree(payloads)
    payloads.write_text("a file stands where the directory was")

    turn.inference({"input": []}).complete([])
    turn.tool("call-1", "look", function("{}")).end("completed", {"type": "error", "error": "e"})
    root.protocol_event("warning", {"type": "warning"})
    child = root.spawn("/root/search")
    turn.abort()

    assert types_of(recorder)[3:] == [
        "tool_call_started",
        "tool_call_ended",
        "thread_started",
        "codex_turn_ended",
    ]
    assert events_of(recorder)[3]["invocation_payload"] is None
    assert events_of(recorder)[4]["result_payload"] is None
    assert events_of(recorder)[5]["metadata_payload"] is None
    assert child.enabled
    assert recorder.failures == 5


def test_values_that_are_no_json_cost_no_exception(recorder: Recorder) -> None:
    """A host may hand over anything.  [TRACE-WRITER-12]"""
    root = recorder.root_thread()
    turn = root.turn("\ud800")
    turn.complete()
    good = root.turn("turn-2")
    good.inference(object()).complete([])  # type: ignore[arg-type]
    good.inference({"input": [object()]}).fail("x")
    good.tool("call-1", "look", ["no", "mapping"]).end(  # type: ignore[arg-type]
        "no such status"  # type: ignore[arg-type]
    )
    root.end("cancelled")  # type: ignore[arg-type]

    assert types_of(recorder)[2:] == ["codex_turn_started", "tool_call_started"]
    assert recorder.failures == 6


def test_recording_after_the_log_was_closed_fails_quietly(recorder: Recorder) -> None:
    """The host goes on; the count tells.  [TRACE-WRITER-12]"""
    turn = recorder.root_thread().turn()
    recorder.close()
    turn.complete()

    assert recorder.failures == 1
    assert recorder.last_error is not None


# --- a host that does everything ------------------------------------------------------------------------


def play_everything(recorder: Recorder) -> None:
    """Play a session in which every event type that a writer makes occurs."""
    root = recorder.root_thread(SessionMetadata(model="a-model"))
    root.protocol_event("session_configured", {"type": "session_configured"})
    turn = root.turn("turn-1")
    root.protocol_event("turn_started", {"type": "task_started"})
    asked = user("Do it.")
    reply = [
        function_call("call-1", "exec_command"),
        {"type": "custom_tool_call", "call_id": "call-2", "name": "exec", "input": "text(1)"},
        function_call("call-3", "spawn_agent"),
    ]
    turn.inference({"input": [asked]}).fail("stream closed", [assistant("I")])
    turn.inference({"input": [asked]}).cancel("retried")
    turn.inference({"input": [asked]}, model="a-model").complete(reply, response_id="resp-1")
    play_command(turn, "call-1")
    cell = turn.code_cell("1", "call-2", "text(1)")
    nested = cell.tool("ask", function("{}"), namespace="mcp__maps", runtime_tool_id="tool-1")
    nested.correlate_mcp()
    nested.end("completed", {"type": "code_mode_response", "value": {}})
    cell.respond("yielded", {"Yielded": {}})
    child = play_child(root, turn)
    outputs = [
        {"type": "function_call_output", "call_id": "call-1", "output": "done"},
        {"type": "custom_tool_call_output", "call_id": "call-2", "output": "running"},
    ]
    turn.inference({"input": outputs, "previous_response_id": "resp-1"}).complete([assistant("Wait.")])
    turn.complete()
    root.protocol_event("turn_complete", {"type": "task_complete"})

    last = root.turn("turn-2")
    cell.end("completed", {"Result": {}}, seen_by=last)
    compaction = last.compaction()
    compaction.request({"input": [asked]}).fail("overloaded")
    compaction.request({"input": [asked]}).complete([{"type": "compaction", "encrypted_content": "c"}])
    compaction.install([asked], [user("In short.")])
    last.inference({"input": [user("In short."), agent_message("/root/search", "/root", "Found.")]}).complete(
        [assistant("All done.")]
    )
    last.abort()
    root.protocol_event("shutdown_complete", {"type": "shutdown_complete"})
    root.end()
    child.end()


def play_child(root: ThreadRecorder, turn: TurnRecorder) -> ThreadRecorder:
    """Play a child that is spawned, answers, and delivers its answer to its parent."""
    spawn = turn.tool("call-3", "spawn_agent", function('{"message":"Search."}'), namespace="agents")
    child = root.spawn("/root/search", thread_id=CHILD)
    spawn.runtime_ended(
        {
            "event_id": "call-3",
            "agent_thread_id": CHILD,
            "agent_path": "/root/search",
            "kind": "started",
        }
    )
    spawn.end("completed", {"type": "direct_response", "response_item": {"output": "{}"}})
    child_turn = child.turn("child-turn")
    child_turn.inference({"input": [user("Search.")]}).complete([assistant("Found.")])
    child_turn.complete()
    child_turn.deliver_result(root, "Found.", {"completed": "Found."}, lambda: True)
    return child


def play_command(turn: TurnRecorder, call_id: str) -> None:
    """Play a shell command from dispatch to return."""
    tool = turn.tool(call_id, "exec_command", function('{"cmd":"ls"}'))
    tool.runtime_started({"call_id": call_id, "command": ["ls"], "cwd": "/project", "process_id": "7"})
    tool.runtime_ended(
        {
            "call_id": call_id,
            "process_id": "7",
            "stdout": "a\n",
            "stderr": "",
            "formatted_output": "a\n",
            "exit_code": 0,
        }
    )
    tool.end("completed", {"type": "direct_response", "response_item": {"output": "a"}})


def user(text: str) -> dict[str, Any]:
    """Return a message of the user."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def assistant(text: str) -> dict[str, Any]:
    """Return a message of the model."""
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def agent_message(author: str, recipient: str, text: str) -> dict[str, Any]:
    """Return a message from another agent."""
    content = [{"type": "input_text", "text": text}]
    return {"type": "agent_message", "author": author, "recipient": recipient, "content": content}


def function(arguments: str) -> dict[str, Any]:
    """Return the input of a function tool."""
    return {"type": "function", "arguments": arguments}


def function_call(call_id: str, name: str) -> dict[str, Any]:
    """Return a call of a function tool as the model writes it."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": "{}"}


def folder_of(recorder: Recorder) -> Path:
    """Return the bundle of an enabled recorder."""
    assert recorder.bundle is not None
    return recorder.bundle


def envelopes_of(recorder: Recorder) -> list[Event]:
    """Return the lines of the log, parsed."""
    return [json.loads(line) for line in (folder_of(recorder) / "trace.jsonl").read_text().splitlines()]


def events_of(recorder: Recorder) -> list[Event]:
    """Return the events of the log."""
    return [envelope["payload"] for envelope in envelopes_of(recorder)]


def types_of(recorder: Recorder) -> list[str]:
    """Return the event types of the log."""
    return [event["type"] for event in events_of(recorder)]


def files_of(recorder: Recorder) -> dict[str, bytes]:
    """Return every file of the bundle."""
    bundle = folder_of(recorder)
    return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def state_of(recorder: Recorder) -> RolloutTrace:
    """Reduce what is recorded so far."""
    return reduce(folder_of(recorder))
