"""The JSON Schemas of the specification, and which shape each payload of a bundle must have."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from rollout_conformance.locations import spec_dir

Json = Any

_AGENT_BEGINS = {
    "assign_agent_task": "interaction_begin",
    "send_message": "interaction_begin",
    "close_agent": "close_begin",
}
_AGENT_ENDS = {
    "spawn_agent": "spawn_end",
    "assign_agent_task": "interaction_end",
    "send_message": "interaction_end",
    "close_agent": "close_end",
}
_TERMINALS = ("exec_command", "write_stdin")
_FIXED_USES = {
    "thread_started": ("metadata_payload", "session_metadata"),
    "inference_started": ("request_payload", "inference_request"),
    "inference_completed": ("response_payload", "inference_response"),
    "inference_failed": ("partial_response_payload", "inference_response"),
    "inference_cancelled": ("partial_response_payload", "inference_response"),
    "compaction_installed": ("checkpoint_payload", "compaction_checkpoint"),
}


@cache
def schema(name: str) -> Json:
    """Return one schema file by the first part of its name, such as `trace-event`."""
    return msgspec.json.decode((spec_dir() / "schema" / f"{name}.schema.json").read_bytes())


@cache
def validator(name: str, definition: str | None = None) -> Draft202012Validator:
    """Return a validator for a schema file or for one of its `$defs`."""
    whole = schema(name)
    if definition is None:
        return Draft202012Validator(whole)
    registry: Registry[Json] = Resource.from_contents(whole) @ Registry()
    return Draft202012Validator({"$ref": f"{whole['$id']}#/$defs/{definition}"}, registry=registry)


@dataclass(frozen=True)
class PayloadUse:
    """A payload that a reducer opens, and the shapes of which it must have one; none means any JSON."""

    path: str
    shapes: tuple[str, ...]

    def fits(self, value: Json) -> bool:
        """Tell whether the value has one of the shapes."""
        shapes = self.shapes
        if self.shapes and self._is_activity(value):
            shapes = ("activity",)
        return not shapes or any(validator("trace-payload", shape).is_valid(value) for shape in shapes)

    def _is_activity(self, value: Json) -> bool:
        ends = set(_AGENT_ENDS.values())
        return isinstance(value, dict) and "agent_thread_id" in value and bool(ends & set(self.shapes))


def read_json(path: Path) -> Json:
    """Return one JSON file; a number out of range of a float is infinite, which no schema minds."""
    return json.loads(path.read_bytes(), parse_int=_integer)


def read_log(path: Path) -> list[Json]:
    """Return the lines of an accepted event log as JSON, blank ones left out."""
    lines = path.read_bytes().decode().split("\n")
    return [json.loads(line, parse_int=_integer) for line in lines if line.strip()]


def _integer(token: str) -> int:
    """Return an integer; one of more digits than Python converts by its first digits, which is as far out."""
    return int(token[: sys.int_info.default_max_str_digits])


def opened_payloads(events: list[Json]) -> list[PayloadUse]:
    """Return the payloads that a reducer opens for these events.  [TRACE-PAYLOAD-4, TRACE-PAYLOAD-5]"""
    tools = _Tools()
    return [use for event in events for use in tools.uses(event["payload"])]


@dataclass
class _Tools:
    """What is known of the tool calls so far, as far as it decides which payloads are opened."""

    kinds: dict[str, str] = field(default_factory=dict)
    with_operation: set[str] = field(default_factory=set)
    with_runtime: set[str] = field(default_factory=set)

    def uses(self, event: Json) -> Iterator[PayloadUse]:
        match event["type"]:
            case "tool_call_started":
                yield from self._started(event)
            case "tool_call_runtime_started":
                yield from self._runtime_started(event)
            case "tool_call_runtime_ended":
                yield from self._runtime_ended(event)
            case "tool_call_ended":
                yield from self._ended(event)
            case name if name in _FIXED_USES:
                key, shape = _FIXED_USES[name]
                yield from _use(event.get(key), shape)

    def _started(self, event: Json) -> Iterator[PayloadUse]:
        tool, kind = event["tool_call_id"], event["kind"]["type"]
        self.kinds[tool] = kind
        invocation = event.get("invocation_payload")
        if kind == "write_stdin" and invocation:
            self.with_operation.add(tool)
            yield from _use(invocation, "write_stdin_invocation")
        else:
            yield from _use(invocation)

    def _runtime_started(self, event: Json) -> Iterator[PayloadUse]:
        tool = event["tool_call_id"]
        self.with_runtime.add(tool)
        kind = self.kinds[tool]
        if kind in _TERMINALS:
            self.with_operation.add(tool)
            yield from _use(event["runtime_payload"], "exec_begin")
        elif kind in _AGENT_BEGINS:
            yield from _use(event["runtime_payload"], _AGENT_BEGINS[kind])

    def _runtime_ended(self, event: Json) -> Iterator[PayloadUse]:
        tool = event["tool_call_id"]
        self.with_runtime.add(tool)
        kind = self.kinds[tool]
        shapes = self._end_shapes(tool) or (() if kind not in _AGENT_ENDS else (_AGENT_ENDS[kind],))
        yield from _use(event["runtime_payload"], *shapes)

    def _ended(self, event: Json) -> Iterator[PayloadUse]:
        tool = event["tool_call_id"]
        if tool in self.with_operation and tool not in self.with_runtime:
            yield from _use(event.get("result_payload"), *self._end_shapes(tool))

    def _end_shapes(self, tool: str) -> tuple[str, ...]:
        if tool not in self.with_operation:
            return ()
        return ("exec_end", "tool_result") if self.kinds[tool] == "write_stdin" else ("exec_end",)


def _use(reference: Json, *shapes: str) -> Iterator[PayloadUse]:
    if reference is not None:
        yield PayloadUse(reference["path"], shapes)
