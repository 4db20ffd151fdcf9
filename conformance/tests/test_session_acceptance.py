"""The real CLI takes what the reference recorder writes: it lists, reads, resumes, goes on and forks.

What it sends to the scripted model is the proof: the model is shown exactly the recorded history.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from rollout_conformance.record.app_server import AppServer
from rollout_conformance.record.model_beside import CONFIG, command_of, requests_of
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.writing.drafts import RolloutItem
from rollout_reference.session.writing.forking import fork
from rollout_reference.session.writing.header import ThreadStart
from rollout_reference.session.writing.policy import HistoryMode
from rollout_reference.session.writing.recorder import RolloutRecorder

pytestmark = pytest.mark.codex


class Release(NamedTuple):
    """A release of the real CLI, and a history mode that it can go on with."""

    version: str
    variable: str
    mode: HistoryMode


RELEASES = [
    Release("0.143.0", "ROLLOUTSPEC_CODEX", "legacy"),
    Release("0.169.0", "ROLLOUTSPEC_CODEX_169", "legacy"),
    Release("0.169.0", "ROLLOUTSPEC_CODEX_169", "paginated"),
]


class Stage:
    """A home in which the reference and a real CLI take turns."""

    def __init__(self, home: Path, release: Release) -> None:
        self.home = home
        self.release = release
        home.mkdir()
        (home / "config.toml").write_text(CONFIG)

    def start(self) -> ThreadStart:
        """Return what a host knows about a new thread."""
        return ThreadStart(
            cwd=str(self.home),
            cli_version=self.release.version,
            originator="rolloutspec",
            source="cli",
            model_provider="scripted",
            history_mode=self.release.mode,
        )

    def thread(self, *questions: str) -> RolloutRecorder:
        """Record a thread with a turn for each question."""
        recorder = RolloutRecorder.create(self.home, self.start())
        for question in questions:
            self.record_turn(recorder, question)
        return recorder

    def record_turn(self, recorder: RolloutRecorder, question: str) -> None:
        """Record a whole turn, in the forms of both history modes; the policy chooses."""
        recorder.append(*turn_items(recorder.thread_id, question, str(self.home)))

    def server(self) -> AppServer:
        """Return the real CLI on this home."""
        return AppServer(command_of(Path(os.environ[self.release.variable]), self.home), self.home)

    def asked(self) -> list[list[str]]:
        """Return what the user and the model had said, as each request told it."""
        return [said_in(request["input"]) for request in requests_of(self.home)]


@pytest.fixture(params=RELEASES, ids=lambda release: f"{release.version}-{release.mode}")
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    """Return a stage for each release and mode."""
    return Stage(tmp_path / "home", request.param)


def turn_items(thread_id: str, question: str, cwd: str) -> Iterator[RolloutItem]:
    """Yield the items of a turn that answers a question with `<question>!`."""
    turn_id = f"turn {question}"
    answer = f"{question}!"

    def event(event_type: str, **fields: Any) -> RolloutItem:
        return RolloutItem("event_msg", {"type": event_type, **fields})

    def completed(**item: Any) -> RolloutItem:
        times = {"started_at_ms": 1, "completed_at_ms": 2}
        return event("item_completed", thread_id=thread_id, turn_id=turn_id, item=item, **times)

    yield event("task_started", turn_id=turn_id, model_context_window=None)
    yield RolloutItem("response_item", message("user", question))
    context: dict[str, Any] = {"turn_id": turn_id, "cwd": cwd, "approval_policy": "never"}
    context |= {"sandbox_policy": {"type": "danger-full-access"}, "model": "gpt-5.2", "summary": "auto"}
    yield RolloutItem("turn_context", context)
    yield event("user_message", message=question)
    text = {"type": "text", "text": question, "text_elements": []}
    yield completed(type="UserMessage", id=f"user {question}", content=[text])
    yield RolloutItem("response_item", message("assistant", answer))
    yield event("agent_message", message=answer)
    yield completed(type="AgentMessage", id=f"agent {question}", content=[{"type": "Text", "text": answer}])
    yield event("task_complete", turn_id=turn_id, last_agent_message=answer)


def message(role: str, text: str) -> dict[str, Any]:
    """Return a message item."""
    part = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": part, "text": text}]}


def said_in(items: list[dict[str, Any]]) -> list[str]:
    """Return the texts of user and model, without what the CLI tells about itself."""
    messages = (item for item in items if item["type"] == "message" and item["role"] != "developer")
    texts = (part["text"] for item in messages for part in item["content"])
    return [text for text in texts if not text.startswith("<")]


def shown_in(turns: list[dict[str, Any]]) -> list[str]:
    """Return the texts of user and model in turns that the CLI shows."""
    items = (item for turn in turns for item in turn["items"])
    return [item["text"] if "text" in item else item["content"][0]["text"] for item in items]


def ask(server: AppServer, thread_id: str, question: str) -> None:
    """Let the CLI play a turn."""
    given = [{"type": "text", "text": question, "text_elements": []}]
    server.request("turn/start", {"threadId": thread_id, "input": given})
    turn = server.notified("turn/completed")["turn"]
    assert turn["status"] == "completed"


def lines_of(path: Path) -> list[Line]:
    """Return the lines of a rollout, none of which is a defect."""
    with read_rollout(path) as reading:
        lines = list(reading)
    assert [line for line in lines if not isinstance(line, Line)] == []
    return [line for line in lines if isinstance(line, Line)]


def ordinals_of(path: Path) -> list[int | None]:
    """Return the ordinals of a rollout as they stand, those of lines that nobody knows included."""
    return [json.loads(line).get("ordinal") for line in path.read_bytes().splitlines()]


# --- one recorder, one CLI ------------------------------------------------------------------------------


def test_thread_is_listed_and_shown(stage: Stage) -> None:
    """It stands in the list with its first words, and its turns are complete.  [SESSION-WRITER-4]"""
    recorder = stage.thread("one", "two")
    recorder.close()

    with stage.server() as server:
        shown = server.request("thread/resume", {"threadId": recorder.thread_id})["thread"]
        listed = server.request("thread/list", {})["data"]

    assert [(thread["id"], thread["preview"]) for thread in listed] == [(recorder.thread_id, "one")]
    assert shown_in(shown["turns"]) == ["one", "one!", "two", "two!"]
    assert (shown["historyMode"], shown["modelProvider"]) == (stage.release.mode, "scripted")


def test_thread_is_read_without_being_resumed(stage: Stage) -> None:
    """Its metadata come from its header.  [SESSION-WRITER-4, SESSION-WRITER-17]"""
    recorder = stage.thread("one")
    recorder.close()

    with stage.server() as server:
        read = server.request("thread/read", {"threadId": recorder.thread_id, "includeTurns": True})["thread"]

    assert (read["id"], read["sessionId"], read["cliVersion"]) == (
        recorder.thread_id,
        recorder.thread_id,
        stage.release.version,
    )
    wanted = ["one", "one!"] if stage.release.mode == "legacy" else []  # projected by a resume only
    assert shown_in(read["turns"]) == wanted


def test_model_is_shown_the_recorded_history(stage: Stage) -> None:
    """A turn after a resume sends all that was said.  [SESSION-POLICY-4]"""
    recorder = stage.thread("one", "two")
    recorder.close()

    with stage.server() as server:
        server.request("thread/resume", {"threadId": recorder.thread_id})
        ask(server, recorder.thread_id, "three")

    assert stage.asked() == [["one", "one!", "two", "two!", "three"]]


def test_recorder_and_cli_take_turns(stage: Stage) -> None:
    """Each goes on where the other stopped, also after a torn line.  [SESSION-WRITER-9, SESSION-ORDINAL-5]"""
    recorder = stage.thread("one")
    recorder.close()
    with stage.server() as server:
        server.request("thread/resume", {"threadId": recorder.thread_id})
        ask(server, recorder.thread_id, "two")
    with recorder.path.open("ab") as file:
        file.write(b'{"timestamp":"2026-01-02T03:04:05.678Z","ordinal":99,"type":"event_m')

    again = RolloutRecorder.resume(recorder.path)
    stage.record_turn(again, "three")
    again.close()
    with stage.server() as server:
        shown = server.request("thread/resume", {"threadId": recorder.thread_id})["thread"]
        ask(server, recorder.thread_id, "four")

    assert shown_in(shown["turns"]) == ["one", "one!", "two", "Answer 1.", "three", "three!"]
    assert stage.asked()[-1] == ["one", "one!", "two", "Answer 1.", "three", "three!", "four"]
    whole = [line for line in recorder.path.read_bytes().splitlines() if not line.endswith(b'"event_m')]
    ordinals = [json.loads(line).get("ordinal") for line in whole]
    assert ordinals == (list(range(len(whole))) if stage.release.mode == "paginated" else [None] * len(whole))


def test_cold_rollout_is_gone_on_with(stage: Stage) -> None:
    """The frame of the reference is read and thawed by the CLI.  [SESSION-LAW-4]"""
    recorder = stage.thread("one")
    recorder.close()
    cold = recorder.path.with_name(recorder.path.name + ".zst")
    cold.write_bytes(zstandard.compress(recorder.path.read_bytes()))
    recorder.path.unlink()

    with stage.server() as server:
        server.request("thread/resume", {"threadId": recorder.thread_id})
        ask(server, recorder.thread_id, "two")

    assert stage.asked() == [["one", "one!", "two"]]
    assert recorder.path.exists()
    assert not cold.exists()


def test_replaced_history_is_what_the_model_is_shown(stage: Stage) -> None:
    """A compaction that the recorder has written counts.  [SESSION-POLICY-3]"""
    recorder = stage.thread("one")
    windows = {"first_window_id": "w0", "previous_window_id": "w0", "window_id": "w1", "window_number": 1}
    history = [message("user", "what remains")]
    recorder.append(
        RolloutItem("compacted", {"message": "in short", "replacement_history": history, **windows})
    )
    stage.record_turn(recorder, "two")
    recorder.close()

    with stage.server() as server:
        server.request("thread/resume", {"threadId": recorder.thread_id})
        ask(server, recorder.thread_id, "three")

    assert stage.asked() == [["what remains", "two", "two!", "three"]]


def test_metadata_updates_are_taken(stage: Stage) -> None:
    """The last git facts of a legacy thread are shown.  [SESSION-WRITER-21]"""
    recorder = stage.thread("one")
    recorder.update_git({"branch": "topic", "commit_hash": "0" * 40})
    recorder.update_memory_mode("disabled")
    recorder.close()

    with stage.server() as server:
        server.request("thread/resume", {"threadId": recorder.thread_id})
        (listed,) = server.request("thread/list", {})["data"]

    legacy = stage.release.mode == "legacy"
    assert (listed["gitInfo"] or {}).get("branch") == ("topic" if legacy else None)


# --- forks ----------------------------------------------------------------------------------------------


def test_fork_of_the_reference_is_gone_on_with(stage: Stage) -> None:
    """Copied or pointed at, the parent's history is sent.  [SESSION-WRITER-18, SESSION-WRITER-20]"""
    parent = stage.thread("one", "two")
    child = fork(parent.path, stage.start())
    stage.record_turn(child, "three")
    stage.record_turn(parent, "not in the fork")
    parent.close()
    child.close()

    with stage.server() as server:
        resumed = server.request("thread/resume", {"threadId": child.thread_id})["thread"]
        ask(server, child.thread_id, "four")

    assert stage.asked() == [["one", "one!", "two", "two!", "three", "three!", "four"]]
    assert resumed["forkedFromId"] == parent.thread_id


def test_fork_of_a_fork_is_gone_on_with(stage: Stage) -> None:
    """Bases build on bases.  [SESSION-WRITER-20, SESSION-ORDINAL-2]"""
    first = stage.thread("one")
    second = fork(first.path, stage.start())
    stage.record_turn(second, "two")
    third = fork(second.path, stage.start())
    stage.record_turn(third, "three")
    for recorder in (first, second, third):
        recorder.close()

    with stage.server() as server:
        server.request("thread/resume", {"threadId": third.thread_id})
        ask(server, third.thread_id, "four")

    assert stage.asked() == [["one", "one!", "two", "two!", "three", "three!", "four"]]


def test_fork_that_builds_on_a_torn_file_is_gone_on_with(stage: Stage) -> None:
    """The torn line is no part of the history.  [SESSION-ORDINAL-8]"""
    parent = stage.thread("one")
    parent.close()
    with parent.path.open("ab") as file:
        file.write(b'{"timestamp":"2026-01-02T03:04:05.678Z","ordinal":99,"type":"event_m')
    child = fork(parent.path, stage.start())
    child.close()

    with stage.server() as server:
        server.request("thread/resume", {"threadId": child.thread_id})
        ask(server, child.thread_id, "two")

    assert stage.asked() == [["one", "one!", "two"]]


def test_cli_forks_as_the_reference_does(stage: Stage) -> None:
    """Same parent, same header, same lines: but for ids, times and what the CLI knows about itself.

    [SESSION-WRITER-16, SESSION-WRITER-18, SESSION-WRITER-20]
    """
    parent = stage.thread("one")
    parent.close()
    with stage.server() as server:
        theirs = Path(server.request("thread/fork", {"threadId": parent.thread_id})["thread"]["path"])
    ours = fork(parent.path, stage.start())

    mine, yours = lines_of(ours.path), lines_of(theirs)
    same = ("forked_from_id", "originator", "history_mode", "history_base", "forked_from_ordinal_exclusive")
    assert [mine[0].payload.get(key) for key in same] == [yours[0].payload.get(key) for key in same]
    assert yours[0].payload["session_id"] == yours[0].payload["id"]
    copied = [line for line in yours[1:] if line.payload.get("type") != "thread_settings_applied"]
    assert [(line.type, line.ordinal) for line in copied] == [(line.type, line.ordinal) for line in mine[1:]]
    # 0.169.0 adds keys of its own to what it copies.
    assert [line.payload | ours.payload for line, ours in zip(copied, mine[1:], strict=True)] == [
        line.payload for line in copied
    ]


# --- ordinals -------------------------------------------------------------------------------------------


def test_line_of_an_unknown_type_keeps_its_ordinal_with_the_reference_only(tmp_path: Path) -> None:
    """The CLI gives it again, which is DEV-61.  [SESSION-ORDINAL-5]"""
    stage = Stage(tmp_path / "home", RELEASES[2])
    recorder = stage.thread("one")
    recorder.close()
    count = len(ordinals_of(recorder.path))
    unknown = {"timestamp": "2026-01-02T03:04:05.678Z", "ordinal": count, "type": "from_the_future"}
    with recorder.path.open("a") as file:
        file.write(json.dumps(unknown | {"payload": {}}) + "\n")
    content = recorder.path.read_bytes()

    RolloutRecorder.resume(recorder.path).close()
    with stage.server() as server:
        server.request("thread/resume", {"threadId": recorder.thread_id})
    theirs = ordinals_of(recorder.path)
    recorder.path.write_bytes(content)
    ours = RolloutRecorder.resume(recorder.path)
    stage.record_turn(ours, "two")

    assert theirs[count : count + 2] == [count, count]
    assert ordinals_of(recorder.path) == list(range(len(ordinals_of(recorder.path))))


def test_rollout_without_its_last_ordinal_is_refused_by_both(tmp_path: Path) -> None:
    """Nobody could tell where to go on.  [SESSION-ORDINAL-6]"""
    stage = Stage(tmp_path / "home", RELEASES[2])
    recorder = stage.thread("one")
    recorder.close()
    with recorder.path.open("a") as file:
        file.write('{"timestamp":"t","type":"world_state","payload":{"full":true,"state":{}}}\n')

    with stage.server() as server, pytest.raises(Exception, match="missing an ordinal"):
        server.request("thread/resume", {"threadId": recorder.thread_id})
    with pytest.raises(Exception, match="SESSION-ORDINAL-6"):
        RolloutRecorder.resume(recorder.path)
