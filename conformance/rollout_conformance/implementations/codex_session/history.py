"""`session.history` by the real CLI: the turns of its answer to `thread/read`."""

from collections.abc import Iterator
from typing import Any

from rollout_conformance.answers import Accepted, Answer, Unsupported
from rollout_conformance.implementations.codex_session import inputs
from rollout_conformance.implementations.codex_session.inputs import Given
from rollout_conformance.implementations.codex_session.server import Server
from rollout_conformance.implementations.history_options import HistoryOptions, history_options_of
from rollout_conformance.record.app_server import RequestRefused
from rollout_conformance.tasks import Task
from rollout_reference import jsontext


def history_answer(server: Server, task: Task) -> Answer:
    """Return the turns of a case's thread.

    Raises `ScriptError` for options that are not understood, and what `Server.ask` raises.
    """
    asked = history_options_of(task.options)
    for lacking in sorted(surfaces(asked) & server.lacks):
        return Unsupported(lacking)
    given = inputs.put(server, task.input, asked.path, asked.thread)
    try:
        turns = turns_of(server, given, asked.items)
    finally:
        given.remove()
    return Accepted({"history.json": given.back(jsontext.pretty({"turns": turns}))})


def surfaces(asked: HistoryOptions) -> set[str]:
    """Return what a release must offer to be asked for a history like this, where not all do."""
    return {f"view: {asked.view}"} | ({"from_ordinal"} if asked.from_ordinal else set())


def turns_of(server: Server, given: Given, items: str = "full") -> list[dict[str, Any]]:
    """Return the turns of a thread in the home, the oldest first.  Raises what `Server.ask` raises."""
    for thread_id in given.paginated:  # one that was never resumed has no turns: DEV-87
        _resume_once(server, thread_id, needed=thread_id == given.thread_id)
    if items != "full":
        return list(_listed(server, given.thread_id, items))
    answer = server.ask("thread/read", threadId=given.thread_id, includeTurns=True)
    turns: list[dict[str, Any]] = answer["thread"]["turns"]
    return turns


def _resume_once(server: Server, thread_id: str, *, needed: bool) -> None:
    """Resume a thread and let it go; one that is not needed may be refused."""
    try:
        server.ask("thread/resume", threadId=thread_id)
        server.ask("thread/unsubscribe", threadId=thread_id)
    except RequestRefused:
        if needed:
            raise


def _listed(server: Server, thread_id: str, items: str) -> Iterator[dict[str, Any]]:
    """Yield the turns page by page."""
    cursor = None
    while True:
        told = {"threadId": thread_id, "itemsView": items, "sortDirection": "asc", "cursor": cursor}
        page = server.ask("thread/turns/list", **told)
        yield from page["data"]
        cursor = page["nextCursor"]
        if cursor is None:
            return
