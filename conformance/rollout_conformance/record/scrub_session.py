"""Take out of raw rollouts what belongs to the CLI or to the machine; the rest is as for bundles.

Texts of the CLI stand in more places of a rollout than of a bundle: in the world state, in the settings of a
turn, in the summary that a compaction begins with.  So every string of several words that the scenario did
not write is replaced by ``[KEY N]``, except what tools said and were asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rollout_conformance.record.scrub import Scrubber

_SAID_BY_TOOLS = frozenset(
    {"arguments", "output", "aggregated_output", "formatted_output", "stdout", "stderr", "command", "cmd"}
)
_SENTENCE = re.compile(r"[A-Za-z]{2,}[ \n]+(?:\S+[ \n]+){2}\S")


def scrub_rollouts(raws: Sequence[bytes], own_texts: Iterable[str]) -> list[bytes]:
    """Return the scrubbed forms of the rollouts of one home; what is equal in several stays equal."""
    texts = [raw.decode() for raw in raws]
    scrubber = _SessionScrubber(texts, _first_moment(texts[0]), own_texts)
    parsed = [[scrubber.value(json.loads(line)) for line in text.split("\n") if line] for text in texts]
    clean = {_thread_of(lines): [_printed(line) for line in lines] for lines in parsed}
    before = {_thread_of(lines): text for lines, text in zip(parsed, texts, strict=True)}
    for lines in parsed:
        _move_base(lines[0], before, clean)
    return ["".join(map(_printed, lines)).encode() for lines in parsed]


def _first_moment(text: str) -> int:
    first = json.loads(text.partition("\n")[0])
    return int(datetime.fromisoformat(first["timestamp"]).timestamp() * 1000)


def _thread_of(lines: list[Any]) -> str:
    first = lines[0]
    thread: str = first["payload"]["id"] if "payload" in first else first["id"]
    return thread


def _printed(line: Any) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _move_base(first: Any, before: dict[str, str], clean: dict[str, list[str]]) -> None:
    """Let a fork that refers to its parent end where it ended before the bytes changed."""
    base = first.get("payload", {}).get("history_base")
    if not base:
        return
    prefix = before[base["thread_id"]].encode()[: base["end_byte_offset"]]
    kept = clean[base["thread_id"]][: prefix.count(b"\n")]
    base["end_byte_offset"] = len("".join(kept).encode())


class _SessionScrubber(Scrubber):
    """Also moves times that are fractions of seconds and replaces sentences that are not the scenario's."""

    def value(self, value: Any) -> Any:
        if isinstance(value, float):
            return self._number(int(value)) + value % 1
        return super().value(value)

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        return super()._object({key: self._told(key, each) for key, each in value.items()})

    def _told(self, key: str, value: Any) -> Any:
        if key in _SAID_BY_TOOLS or not isinstance(value, str):
            return value
        if value.strip() in self._own or not _SENTENCE.search(value):
            return value
        return self._mark(value, key)
