"""A bundle written by hand, byte by byte, for tests of what a reducer must withstand."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rollout_reference.errors import Rejected
from rollout_reference.trace import RolloutTrace, reduce

MANIFEST = {
    "schema_version": 1,
    "trace_id": "trace",
    "rollout_id": "root",
    "root_thread_id": "root",
    "started_at_unix_ms": 1,
    "raw_event_log": "trace.jsonl",
    "payloads_dir": "payloads",
}


class Refusal(NamedTuple):
    """What a rejection says to a program: its code, the requirement, the place."""

    code: str
    rule: str
    place: str


class BundleDir:
    """A bundle directory with a good manifest and an empty log, to be spoiled by a test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.payloads = path / "payloads"
        self.payloads.mkdir(parents=True)
        self.write("manifest.json", json.dumps(MANIFEST))
        self.log()

    def write(self, name: str, content: bytes | str) -> Path:
        """Write a file of the bundle and return its path."""
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def log(self, *lines: bytes | str) -> None:
        """Write the event log, each line with its line feed."""
        encoded = [line.encode() if isinstance(line, str) else line for line in lines]
        self.write("trace.jsonl", b"".join(line + b"\n" for line in encoded))

    def event(self, event_type: str, /, *, seq: int = 1, **fields: Any) -> str:
        """Return the line of an event."""
        envelope = {"schema_version": 1, "seq": seq, "wall_time_unix_ms": 10, "rollout_id": "root"}
        return json.dumps({**envelope, "payload": {"type": event_type, **fields}})

    def thread_started(self, *, seq: int = 1, metadata: str | None = None) -> str:
        """Return the start of the root thread; `metadata` is the path of a payload that is read."""
        ref = {"raw_payload_id": "raw_payload:1", "kind": {"type": "session_metadata"}, "path": metadata}
        fields = {"metadata_payload": ref} if metadata is not None else {}
        return self.event("thread_started", seq=seq, thread_id="root", agent_path="/root", **fields)

    def read_payload(self, content: bytes | str, path: str = "payloads/1.json") -> None:
        """Let the payload with this content be read by the only event of the log."""
        self.write(path, content)
        self.log(self.thread_started(metadata=path))

    def reduce(self) -> RolloutTrace:
        """Reduce the bundle."""
        return reduce(self.path)

    def refusal(self) -> Refusal:
        """Reduce, and return why that was refused: in one line, and with the bundle left as it was."""
        before = self._content()
        with pytest.raises(Rejected) as caught:
            reduce(self.path)
        error = caught.value
        assert self._content() == before  # TRACE-BUNDLE-6
        assert str(error).isprintable()
        return Refusal(error.code, error.rule, str(error.place))

    def _content(self) -> dict[str, tuple[int, bytes]]:
        return {
            str(path.relative_to(self.path)): (path.lstat().st_mtime_ns, _bytes_of(path))
            for path in sorted(self.path.rglob("*"))
        }


def _bytes_of(path: Path) -> bytes:
    is_small_file = path.is_file() and path.stat().st_size < 1 << 25
    return path.read_bytes() if is_small_file else b""


@pytest.fixture
def bundle(tmp_path: Path) -> BundleDir:
    """Return a bundle that reduces to the empty graph."""
    return BundleDir(tmp_path / "bundle")
