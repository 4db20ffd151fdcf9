"""Take out of a raw bundle what belongs to the CLI or to the machine.  Same raw bundle in, same bytes out.

What is replaced, everywhere the same value by the same value, so that what was equal stays equal:

* UUIDs by their rank among all UUIDs of the bundle: byte order of ids is kept;
* wall times (milliseconds, seconds, ISO text, dates in rollout paths) by the same times moved to a fixed
  start;
* folders of the recording stage by neutral ones, the Python that runs the MCP server by ``python3``, the port
  of the model server by 1;
* texts of ``user``, ``developer`` and ``system`` messages that the scenario did not write by ``[tag N]``;
  N counts the distinct texts of the bundle;
* messages of ``warning`` and ``error`` protocol events by ``[warning N]`` and ``[error N]``, and the advice
  that the CLI adds to the result of a failed agent by ``[advice]``;
* ``instructions`` that are not ours by ``[instructions N]``; of each entry of a ``tools`` list only type and
  name are kept;
* of model requests the ``tools`` by an empty list and the ``client_metadata`` by an empty object;
* an ``aggregated_output`` over 10,000 characters that only repeats ``stdout`` by ``[as stdout]``.

Everything else keeps its place, order and value.  The reducer reads of a request only ``input`` and
``previous_response_id``.  The expected state is made afterwards, by reducing the scrubbed bundle.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FIRST_MOMENT_MS = 1_760_000_000_000
STAGE_FOLDERS = {
    "/mnt/codex-home": "/codex-home",
    "/mnt/project": "/project",
    "/mnt/traces": "/traces",
    "/mnt/user": "/user-home",
    "/mnt/cli": "/cli",
}

_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])"
)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT(\d\d)([:-])(\d\d)[:-](\d\d)(\.\d+)?")
_DATED_FOLDER = re.compile(r"sessions/(\d{4})/(\d\d)/(\d\d)/")
_LONG_NUMBER = re.compile(r"(?<![\w.])\d{10}(\d{3})?(?![\w.])")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_PYTHON = re.compile(r"/[\w./-]+/bin/python[\d.]*")
_TAG = re.compile(r"<([a-z_ ]+)>")
_UNREAD: dict[str, Any] = {"tools": [], "client_metadata": {}}
_LONG_TEXT = 10_000
_FOREIGN_ROLES = ("user", "developer", "system")
_ADVICE = re.compile(r"This agent's turn failed\..*", re.DOTALL)
_WINDOW_MS = 86_400_000


def scrub_bundle(raw: Path, clean: Path, own_texts: Iterable[str]) -> None:
    """Write the scrubbed form of the bundle ``raw`` to the new folder ``clean``."""
    names = [
        "manifest.json",
        "trace.jsonl",
        *(f"payloads/{name}" for name in _payload_names(raw / "payloads")),
    ]
    texts = {name: (raw / name).read_text(encoding="utf-8") for name in names}
    scrubber = Scrubber(texts.values(), json.loads(texts["manifest.json"])["started_at_unix_ms"], own_texts)
    (clean / "payloads").mkdir(parents=True)
    for name, text in texts.items():
        (clean / name).write_bytes(_rewritten(name, text, scrubber.value).encode())


def _payload_names(folder: Path) -> list[str]:
    return sorted((path.name for path in folder.iterdir()), key=lambda name: (len(name), name))


def _rewritten(name: str, text: str, change: Callable[[Any], Any]) -> str:
    """Keep the writer's two layouts: one compact value a line, or one indented value."""
    if not name.endswith(".jsonl"):
        return json.dumps(change(json.loads(text)), ensure_ascii=False, indent=2)
    lines = (
        json.dumps(change(json.loads(line)), ensure_ascii=False, separators=(",", ":"))
        for line in text.splitlines()
    )
    return "".join(f"{line}\n" for line in lines)


class Scrubber:
    """The replacements of one bundle."""

    def __init__(self, texts: Iterable[str], started_at_ms: int, own_texts: Iterable[str]) -> None:
        found = {match.group(0): match.group(1) for text in texts for match in _UUID.finditer(text)}
        self._uuids = {
            uuid: f"{rank:08x}-0000-{found[uuid]}000-8000-000000000000"
            for rank, uuid in enumerate(sorted(found), 1)
        }
        self._start_ms = started_at_ms
        # Whole seconds only: then the second and the millisecond forms of a moment move alike.
        self._shift_s = (FIRST_MOMENT_MS - started_at_ms) // 1000
        self._own = {form for text in own_texts for form in (text, text.strip())}
        self._marks: dict[str, str] = {}

    def value(self, value: Any) -> Any:
        """Return a JSON value with everything replaced."""
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value)
        return value

    def text(self, text: str) -> str:
        """Return a string with ids, times and places replaced."""
        text = _ADVICE.sub("[advice]", text)
        text = _UUID.sub(lambda match: self._uuids[match.group(0)], text)
        text = _STAMP.sub(self._stamp, text)
        text = _DATED_FOLDER.sub(self._dated_folder, text)
        text = _LONG_NUMBER.sub(lambda match: str(self._number(int(match.group(0)))), text)
        text = _PORT.sub("127.0.0.1:1", text)
        text = _PYTHON.sub("python3", text)
        for folder, neutral in STAGE_FOLDERS.items():
            text = text.replace(folder, neutral)
        return text

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        content = value.get("content")
        if (
            value.get("type") == "message"
            and value.get("role") in _FOREIGN_ROLES
            and isinstance(content, list)
        ):
            value = {**value, "content": [self._part(part) for part in content]}
        if value.get("type") in ("warning", "error") and isinstance(value.get("message"), str):
            value = {**value, "message": self._mark(value["message"], value["type"])}
        if isinstance(value.get("input"), list) and isinstance(value.get("tools"), list):
            value = {key: _UNREAD.get(key, each) for key, each in value.items()}
        repeated = value.get("aggregated_output")
        if isinstance(repeated, str) and len(repeated) > _LONG_TEXT and repeated == value.get("stdout"):
            value = {**value, "aggregated_output": "[as stdout]"}
        changed: dict[str, Any] = {}
        for key, each in value.items():
            if key == "tools" and isinstance(each, list):
                changed[key] = [_tool(tool) for tool in each]
            elif key == "instructions" and isinstance(each, str):
                changed[key] = each if each.strip() in self._own else self._mark(each, "instructions")
            else:
                changed[self.text(key)] = self.value(each)
        return changed

    def _part(self, part: Any) -> Any:
        if (
            not isinstance(part, dict)
            or not isinstance(part.get("text"), str)
            or part["text"].strip() in self._own
        ):
            return part
        tag = _TAG.match(part["text"])
        return {**part, "text": self._mark(part["text"], tag.group(1) if tag else "text")}

    def _mark(self, text: str, name: str) -> str:
        return self._marks.setdefault(text, f"[{name} {len(self._marks) + 1}]")

    def _number(self, number: int) -> int:
        if abs(number - self._start_ms) < _WINDOW_MS:
            return number + self._shift_s * 1000
        if abs(number * 1000 - self._start_ms) < _WINDOW_MS:
            return number + self._shift_s
        return number

    def _stamp(self, match: re.Match[str]) -> str:
        colon = match.group(2)
        seen = f"{match.group(0)[:11]}{match.group(1)}:{match.group(3)}:{match.group(4)}"
        moved = datetime.fromisoformat(seen).replace(tzinfo=UTC) + timedelta(seconds=self._shift_s)
        return moved.strftime(f"%Y-%m-%dT%H{colon}%M{colon}%S") + (match.group(5) or "")

    def _dated_folder(self, match: re.Match[str]) -> str:
        started = datetime.fromtimestamp(self._start_ms // 1000 + self._shift_s, UTC)
        return started.strftime("sessions/%Y/%m/%d/")


def _tool(tool: Any) -> Any:
    if not isinstance(tool, dict):
        return tool
    kept = {key: tool[key] for key in ("type", "name", "defer_loading") if key in tool}
    if isinstance(tool.get("tools"), list):
        kept["tools"] = [_tool(each) for each in tool["tools"]]
    return kept
