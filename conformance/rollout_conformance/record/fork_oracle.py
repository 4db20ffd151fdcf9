"""Which lines the real CLI parses, and how it writes them: the answers are in a fork.

A fork of a legacy thread copies every line that parsed and that the CLI persists, written anew; lines
that did not parse are missing.  Each probe is followed by a mark, so that what stands between two marks
of the fork is the answer to one probe.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rollout_conformance.record.app_server import AppServer

WRITTEN_AT = "2026-01-02T03:04:05.678Z"
_DAY = Path("sessions/2026/01/02")
_MARK = "rolloutspec-probe"


def fork_lines(
    server: AppServer, probes: Sequence[bytes], *, meta: dict[str, Any] | None = None
) -> list[list[bytes]]:
    """Return, for each probe, the lines that a fork holds in its place: none if it did not parse.

    `probes` are lines without line feed; `meta` overrides fields of the parent's `session_meta`.  The line's
    `timestamp` is written anew by the CLI.  Raises `AppServerError` if the thread cannot be forked.
    """
    thread_id = str(uuid.uuid4())
    head = {
        "session_id": thread_id,
        "id": thread_id,
        "timestamp": WRITTEN_AT,
        "cwd": str(server.home),
        "originator": "rolloutspec",
        "cli_version": "0.143.0",
        "source": "vscode",
        "history_mode": "legacy",
        **(meta or {}),
    }
    lines = [_line("session_meta", head), _mark(-1)]
    for number, probe in enumerate(probes):
        lines += [probe, _mark(number)]
    path = server.home / _DAY / f"rollout-2026-01-02T03-04-05-{thread_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    forked = server.request("thread/fork", {"threadId": thread_id, "path": str(path)})
    written = Path(forked["thread"]["path"]).read_bytes().splitlines()
    server.request("thread/unsubscribe", {"threadId": forked["thread"]["id"]})
    return _between_marks(written, len(probes))


def _line(kind: str, payload: dict[str, Any]) -> bytes:
    return json.dumps({"timestamp": WRITTEN_AT, "type": kind, "payload": payload}).encode()


def _mark(number: int) -> bytes:
    return _line("world_state", {"full": False, "state": {_MARK: number}})


def _between_marks(written: list[bytes], count: int) -> list[list[bytes]]:
    answers: list[list[bytes]] = [[] for _ in range(count)]
    current = -2
    for line in written:
        state = json.loads(line)["payload"].get("state")
        if isinstance(state, dict) and _MARK in state:
            current = state[_MARK]
        elif -1 <= current < count - 1:
            answers[current + 1].append(line)
    return answers
