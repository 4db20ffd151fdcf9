"""A paginated rollout and its legacy twin: the events that a legacy writer leaves show the same turns."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import Json, Reader, Turns
from rollout_reference import jsontext

Event = tuple[str, dict[str, Json]]
_TURNS = ("task_started", "task_complete", "turn_aborted")
_MCP = (
    "connector_id",
    "mcp_app_resource_uri",
    "link_id",
    "app_name",
    "template_id",
    "action_name",
    "plugin_id",
)


@law("I-9", "the events of a legacy writer show the turns that the items of a paginated rollout show")
def twin(data: bytes, reader: Reader) -> None:
    """[SESSION-HISTORY-19, SESSION-HISTORY-20, SESSION-HISTORY-21]"""
    only_if(lines.is_paginated(data), "subagent_history_start_ordinal" not in lines.header(data))
    told = lines.events(data, "item_completed", *_TURNS)
    only_if(any(each["type"] == "item_completed" for each in told), is_orderly(told))
    paginated = reader.history(data, "running")  # a stored legacy rollout keeps not all of the events
    legacy = reader.history(legacy_twin(data), "running")
    assert _contents(legacy) == _contents(paginated)


def legacy_twin(data: bytes) -> bytes:
    """Return the legacy rollout that tells of the same turns."""
    head = {key: value for key, value in lines.header(data).items() if key != "history_mode"}
    events = [lines.event(name, **told) for each in _told(data) for name, told in _fanned_out(each)]
    return lines.line("session_meta", head) + b"".join(events)


def is_orderly(told: list[Json]) -> bool:
    """Tell whether turns follow each other, and each item is told once, in its turn, in a twin form.

    Two thoughts in a row are one in a legacy rollout, so they do not count as orderly.
    """
    open_turn, items = None, set[str]()
    for each in told:
        if each["type"] == "task_started":
            if open_turn is not None or each["turn_id"] in items:
                return False
            open_turn = each["turn_id"]
            items.add(open_turn)
        elif each.get("turn_id") != open_turn:
            return False
        elif each["type"] != "item_completed":
            open_turn = None
        elif each["item"]["id"] in items or not _has_twin(each["item"]):
            return False
        else:
            items.add(each["item"]["id"])
    kinds = [each.get("item", each)["type"] for each in told]
    return ("Reasoning", "Reasoning") not in pairwise(kinds)


def _told(data: bytes) -> list[Json]:
    return lines.events(data, "item_completed", *_TURNS)


def _fanned_out(told: Json) -> Iterator[Event]:
    if told["type"] != "item_completed":
        yield told["type"], {key: value for key, value in told.items() if key != "type"}
        return
    item = told["item"]
    fan_out = FAN_OUT.get(item["type"])
    if fan_out is None:
        yield "item_completed", {key: value for key, value in told.items() if key != "type"}
    else:
        yield from fan_out(item, told["turn_id"])


def _has_twin(item: Json) -> bool:
    """Tell whether the events about an item can show all that the item shows, at once and not empty."""
    told = _TOLD_WHOLE.get(item["type"])
    return told is None or told(item)


def _says_one_thing(item: Json) -> bool:
    kinds = [part["type"] for part in item["content"]]
    return kinds in (["text"], ["text", "image"], ["text", "local_image"])


_TOLD_WHOLE: dict[str, Callable[[Json], bool]] = {
    "UserMessage": _says_one_thing,
    "AgentMessage": lambda item: len(item["content"]) == 1 and bool(item["content"][0]["text"]),
    "Reasoning": lambda item: (
        bool(item["summary_text"]) and all((*item["summary_text"], *item.get("raw_content", [])))
    ),
    "Plan": lambda item: bool(item["text"]),
    "McpToolCall": lambda item: item["status"] != "inProgress" and "duration" in item,
    "FileChange": lambda item: item.get("status") is not None,
    "CollabAgentToolCall": lambda item: False,
}
"""Which items of a type have events that show as much as they do; of other types all have."""


def _user(item: Json, turn_id: str) -> Iterator[Event]:
    text, *images = item["content"]
    yield (
        "user_message",
        {
            "message": text["text"],
            "text_elements": text.get("text_elements", []),
            "images": [each["image_url"] for each in images if each["type"] == "image"],
            "local_images": [each["path"] for each in images if each["type"] == "local_image"],
            "client_id": item.get("client_id"),
        },
    )


def _agent(item: Json, turn_id: str) -> Iterator[Event]:
    for part in item["content"]:
        told = {"phase": item.get("phase"), "memory_citation": item.get("memory_citation")}
        yield "agent_message", {"message": part["text"], **told}


def _reasoning(item: Json, turn_id: str) -> Iterator[Event]:
    for text in item["summary_text"]:
        yield "agent_reasoning", {"text": text}
    for text in item.get("raw_content", []):
        yield "agent_reasoning_raw_content", {"text": text}


def _search(item: Json, turn_id: str) -> Iterator[Event]:
    yield "web_search_end", {"call_id": item["id"], "query": item["query"], "action": item["action"]}


def _image(item: Json, turn_id: str) -> Iterator[Event]:
    told = {key: value for key, value in item.items() if key not in ("id", "type")}
    yield "image_generation_end", {"call_id": item["id"], **told}


def _view(item: Json, turn_id: str) -> Iterator[Event]:
    yield "view_image_tool_call", {"call_id": item["id"], "path": item["path"]}


def _patch(item: Json, turn_id: str) -> Iterator[Event]:
    told = {"call_id": item["id"], "turn_id": turn_id, "changes": item["changes"], "status": item["status"]}
    yield "patch_apply_end", {**told, "stdout": "", "stderr": "", "success": item["status"] == "completed"}


def _mcp(item: Json, turn_id: str) -> Iterator[Event]:
    names = dict(zip(_MCP, map(_camel, _MCP), strict=True))
    about = {event: item[name] for event, name in names.items() if item.get(name) is not None}
    result = {"Ok": item["result"]} if item.get("result") else {"Err": item["error"]["message"]}
    asked = {"server": item["server"], "tool": item["tool"], "arguments": item["arguments"]}
    told = {"call_id": item["id"], "invocation": asked, "duration": item["duration"], "result": result}
    yield "mcp_tool_call_end", told | about


def _sub_agent(item: Json, turn_id: str) -> Iterator[Event]:
    told = {"agent_thread_id": item["agent_thread_id"], "agent_path": item["agent_path"]}
    if item["kind"] != "completed":
        yield (
            "sub_agent_activity",
            {"event_id": item["id"], "occurred_at_ms": 1, "kind": item["kind"], **told},
        )


def _compaction(item: Json, turn_id: str) -> Iterator[Event]:
    yield "context_compacted", {}


FAN_OUT: dict[str, Callable[[Json, str], Iterator[Event]]] = {
    "UserMessage": _user,
    "AgentMessage": _agent,
    "Reasoning": _reasoning,
    "WebSearch": _search,
    "ImageGeneration": _image,
    "ImageView": _view,
    "FileChange": _patch,
    "McpToolCall": _mcp,
    "SubAgentActivity": _sub_agent,
    "ContextCompaction": _compaction,
}
"""What a legacy writer leaves of an item; of one that is not here, the item itself."""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _contents(turns: Turns) -> list[tuple[Any, ...]]:
    """Return what turns are and hold, without the ids of items."""
    return [
        (turn["id"], turn["status"], turn["error"], [_without_id(item) for item in turn["items"]])
        for turn in turns
    ]


def _without_id(item: dict[str, Json]) -> str:
    return jsontext.compact({key: value for key, value in item.items() if key != "id"})
