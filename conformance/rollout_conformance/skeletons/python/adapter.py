"""An adapter for rolloutspec: one JSON message a line on stdin, one reply a line on stdout.

Print nothing else to stdout; stderr is free for what you want to say to yourself.
"""

import json
import sys
import traceback
from pathlib import Path
from typing import Any


class Rejected(Exception):
    """The bundle breaks a rule; the code says which, such as `trace.duplicate_thread_start`."""

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


class Unsupported(Exception):
    """Something that this adapter does not do."""


def hello() -> dict[str, Any]:
    """Say who you are.  A profile is a promise: add "trace-reader" once all of it is done."""
    return {
        "rcp": 1,
        "implementation": {"name": "my-reader", "version": "0.1.0", "language": "python"},
        "profiles": [],
        "capabilities": [],
    }


def trace_reduce(given: Path) -> bytes:
    """Turn the bundle in the folder `given` into the text of its state."""
    # GO ON HERE: read given/"manifest.json" and given/"trace.jsonl", call your reader, return the
    # JSON of the state; raise Rejected(code, why, line) for a bundle that breaks a rule, and
    # Unsupported("...") for one that uses what you do not do yet.  The rules are in spec/trace/.
    raise Unsupported("trace.reduce")


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to one message, without its id."""
    if message["op"] == "hello":
        return hello()
    if message["op"] != "trace.reduce":
        return {"outcome": "unsupported", "capability": message["op"]}
    try:
        state = trace_reduce(Path(message["in"]))
    except Unsupported as gap:
        return {"outcome": "unsupported", "capability": "trace.reduce", "message": str(gap)}
    except Rejected as fault:
        at = {"file": "trace.jsonl", "line": fault.line} if fault.line else {}
        return {"outcome": "rejected", "code": fault.code, "at": at, "message": str(fault)}
    except Exception as bug:
        return {"outcome": "error", "message": repr(bug), "traceback": traceback.format_exc()}
    Path(message["out"], "state.json").write_bytes(state)
    return {"outcome": "ok", "outputs": ["state.json"]}


for line in sys.stdin.buffer:
    asked = json.loads(line)
    if asked["op"] == "bye":
        break
    print(json.dumps({"id": asked["id"], **answer(asked)}), flush=True)
