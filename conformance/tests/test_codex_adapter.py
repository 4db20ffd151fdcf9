"""The real CLI as an implementation: one server for many tasks, and another one when it breaks."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rollout_conformance.answers import Accepted, Broken, Refused, Unsupported
from rollout_conformance.implementations.codex_session.operations import Sessions
from rollout_conformance.library import Library
from rollout_conformance.tasks import Task
from rollout_reference import jsontext

pytestmark = pytest.mark.codex

MOST_MS = 60_000
CASES = Library()


@pytest.fixture(scope="module")
def sessions() -> Iterator[Sessions]:
    """Have two servers of CLI 0.143.0."""
    made = Sessions(Path(os.environ["ROLLOUTSPEC_CODEX"]), 2, frozenset({"cut: spawn"}))
    yield made
    made.close()


def task_of(case: str) -> Task:
    """Return what a case asks for."""
    found = CASES.find(case)
    assert found is not None
    return found.task


def test_ids_of_the_case_come_back(sessions: Sessions) -> None:
    """A thread has another id in the server's home, and none of that shows."""
    answer = sessions.perform(task_of("session-context-resume"), MOST_MS)

    assert isinstance(answer, Accepted)
    context = answer.outputs["context.json"]
    assert b"-9000-" not in context
    assert jsontext.parse(context)["window"]["window_id"] == "00000000-0000-7000-8000-000000000100"


def test_tasks_at_once_do_not_meet(sessions: Sessions) -> None:
    """As many as there are servers are under way; the others wait."""
    tasks = [task_of("session-context-resume"), task_of("session-history-agent")] * 3

    with ThreadPoolExecutor(len(tasks)) as pool:
        answers = list(pool.map(lambda task: sessions.perform(task, MOST_MS), tasks))

    assert answers[0] == answers[2] == answers[4]
    assert answers[1] == answers[3] == answers[5]
    assert answers[0] != answers[1]


def test_refusal_is_the_servers_own(sessions: Sessions) -> None:
    """Its words are kept; a code it has not."""
    answer = sessions.perform(task_of("session-context-fork-turn-missing"), MOST_MS)

    assert isinstance(answer, Refused)
    assert answer.code is None
    assert answer.message.startswith("thread/fork: ")


def test_refusal_is_the_same_each_time(sessions: Sessions) -> None:
    """It names the ids of the case and no place of this run, so that a report can be checked."""
    task = task_of("session-context-base-thread-missing")

    first, again = (sessions.perform(task, MOST_MS) for _ in range(2))

    assert isinstance(first, Refused)
    assert first == again
    assert "-9000-" not in first.message


def test_what_it_cannot_be_asked_for_is_said(sessions: Sessions) -> None:
    """Without asking."""
    assert sessions.perform(task_of("session-context-spawn-two"), MOST_MS) == Unsupported("cut: spawn")


def test_operation_of_another_format_is_left(sessions: Sessions) -> None:
    """Whoever has the binary answers it otherwise."""
    assert sessions.perform(Task("trace.reduce", Path(), 1), MOST_MS) is None


def test_server_that_is_late_is_replaced() -> None:
    """The task is a timeout, and the next one is answered."""
    sessions = Sessions(Path(os.environ["ROLLOUTSPEC_CODEX"]), 1, frozenset())
    task = task_of("session-context-resume")

    late = sessions.perform(task, 5)
    next_answer = sessions.perform(task, MOST_MS)

    sessions.close()
    assert isinstance(late, Broken)
    assert late.kind == "timeout"
    assert isinstance(next_answer, Accepted)


def test_program_that_is_no_server_is_a_crash(tmp_path: Path) -> None:
    """It ends at once; that is told, and where its log is."""
    program = tmp_path / "codex"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    sessions = Sessions(program, 1, frozenset())

    answer = sessions.perform(task_of("session-context-resume"), MOST_MS)

    sessions.close()
    assert isinstance(answer, Broken)
    assert answer.kind == "crash"
