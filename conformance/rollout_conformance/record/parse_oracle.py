"""Which lines the real CLI reads, and why not the others: the answers are in its log.

Reading a thread with its history, the CLI logs each line that it drops, in order and with the reason.
Before each probe stands a mark, a line of a type that no version knows, so that the log tells which probe
a reason belongs to.  Unlike a fork, this also says of lines that no version keeps whether they are read.
"""

import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rollout_conformance.record.app_server import AppServer, AppServerError

LOGS = "codex_rollout=trace"
"""What the server's log has to tell."""

GHOST = "ghost snapshot"

_WRITTEN_AT = "2026-01-02T03:04:05.678Z"
_DAY = Path("sessions/2026/01/02")
_MARK = "rolloutspec_probe_"
_LOG_SECONDS = 10.0
_DROPPED = re.compile(
    r"failed to parse (?:rollout line|line as JSON): (?P<reason>.*)"
    r"|skipping legacy ghost_snapshot rollout line"
)


def why_not_read(server: AppServer, probes: Sequence[bytes]) -> list[str | None]:
    """Return, for each probe (a line without line feed), why the CLI does not read it; None if it does.

    The server has to run with `logs=LOGS`.  Raises `AppServerError`.
    """
    thread_id = str(uuid.uuid4())
    header = {
        "session_id": thread_id,
        "id": thread_id,
        "timestamp": _WRITTEN_AT,
        "cwd": str(server.home),
        "originator": "rolloutspec",
        "cli_version": "0.143.0",
        "source": "vscode",
    }
    lines = [_line("session_meta", header), _line("event_msg", {"type": "user_message", "message": "hi"})]
    for number, probe in enumerate(probes):
        lines += [_line(f"{_MARK}{number}_", {}), probe]
    lines.append(_line(f"{_MARK}{len(probes)}_", {}))
    path = server.home / _DAY / f"rollout-2026-01-02T03-04-05-{thread_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    log = server.home / "app-server.log"
    begin = log.stat().st_size
    server.request("thread/read", {"threadId": thread_id, "includeTurns": True})
    reasons = dict(_reasons(_told(log, begin, f"{_MARK}{len(probes)}_")))
    return [reasons.get(number) for number in range(len(probes))]


def _line(kind: str, payload: dict[str, Any]) -> bytes:
    return json.dumps({"timestamp": _WRITTEN_AT, "type": kind, "payload": payload}).encode()


def _told(log: Path, begin: int, last: str) -> str:
    """Return what the log tells from a place on, once it has come to the last mark."""
    until = time.monotonic() + _LOG_SECONDS
    while time.monotonic() < until:
        with log.open("rb") as file:
            file.seek(begin)
            text = file.read().decode(errors="replace")
        if last in text:
            return text
        time.sleep(0.05)
    raise AppServerError(f"the log does not come to its end; see {log}")


def _reasons(text: str) -> Iterator[tuple[int, str]]:
    current = -1
    for match in _DROPPED.finditer(text):
        reason = match["reason"] or GHOST
        if mark := re.match(rf"unknown variant `{_MARK}(\d+)_`", reason):
            current = int(mark[1])
        elif current >= 0:
            yield current, reason
