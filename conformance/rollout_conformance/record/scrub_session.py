"""Take out of raw rollouts what belongs to the CLI or to the machine; the rest is as for bundles.

Texts of the CLI stand in more places of a rollout than of a bundle: in the world state, in the settings of a
turn, in the summary that a compaction begins with.  So every string of several words that the scenario did
not write is replaced by ``[KEY N]``, except what tools said and were asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from rollout_conformance.record.scrub import Scrubber
from rollout_reference.session.names import segment_id_of

_SAID_BY_TOOLS = frozenset(
    {"arguments", "output", "aggregated_output", "formatted_output", "stdout", "stderr", "command", "cmd"}
)
_SENTENCE = re.compile(r"[A-Za-z]{2,}[ \n]+(?:\S+[ \n]+){2}\S")


class Scrubbed(NamedTuple):
    """A scrubbed rollout, and the id that others of its home name it by."""

    segment_id: str
    content: bytes


def scrub_rollouts(raws: Mapping[str, bytes], own_texts: Iterable[str]) -> list[Scrubbed]:
    """Return the scrubbed forms of the rollouts of one home, given by their names, in that order.

    What is equal in several stays equal.
    """
    texts = [raw.decode() for raw in raws.values()]
    scrubber = _SessionScrubber([*texts, *raws], _first_moment(texts[0]), own_texts)
    parsed = [[scrubber.value(json.loads(line)) for line in text.split("\n") if line] for text in texts]
    ids = [
        segment_id_of(scrubber.text(name), _thread_of(lines))
        for name, lines in zip(raws, parsed, strict=True)
    ]
    clean = {own: [_printed(line) for line in lines] for own, lines in zip(ids, parsed, strict=True)}
    before = dict(zip(ids, texts, strict=True))
    for lines in parsed:
        _move_base(lines[0], before, clean)
    return [
        Scrubbed(own, "".join(map(_printed, lines)).encode()) for own, lines in zip(ids, parsed, strict=True)
    ]


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
    """Let a base that a rollout refers to end where it ended before the bytes changed."""
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
