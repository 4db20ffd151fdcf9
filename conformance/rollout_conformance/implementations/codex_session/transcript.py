"""`session.transcript` by the real CLI: the texts of the messages that `thread/read` shows.

A client that shows what was said has nothing else to go by.
"""

from collections.abc import Iterator
from typing import Any

from rollout_conformance.answers import Accepted, Answer
from rollout_conformance.implementations.codex_session import inputs
from rollout_conformance.implementations.codex_session.history import turns_of
from rollout_conformance.implementations.codex_session.server import Server
from rollout_conformance.implementations.history_options import transcript_options_of
from rollout_conformance.tasks import Task
from rollout_reference import jsontext

ROLES = {"userMessage": "user", "agentMessage": "assistant", "plan": "assistant"}


def transcript_answer(server: Server, task: Task) -> Answer:
    """Return what was said in a case's thread.

    Raises `ScriptError` for options that are not understood, and what `Server.ask` raises.
    """
    asked = transcript_options_of(task.options)
    given = inputs.put(server, task.input, asked.path, asked.thread)
    try:
        messages = list(_messages(turns_of(server, given)))
    finally:
        given.remove()
    return Accepted({"transcript.json": given.back(jsontext.pretty({"messages": messages}))})


def _messages(turns: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    for turn in turns:
        for item in turn["items"]:
            text = _text(item) if item["type"] in ROLES else ""
            if text:
                yield {"turn": turn["id"], "role": ROLES[item["type"]], "text": text}


def _text(item: dict[str, Any]) -> str:
    if item["type"] == "userMessage":
        return "".join(part["text"] for part in item["content"] if part["type"] == "text")
    return str(item["text"])
