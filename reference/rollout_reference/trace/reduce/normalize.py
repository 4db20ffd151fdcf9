"""One form for every response item, whichever type and payload it comes from.

The table `NORMALIZERS` is the table of item types in the specification.  [TRACE-ITEM-1]
"""

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.errors import (
    InvalidAgentMessage,
    InvalidCompactionItem,
    InvalidMessageRole,
    InvalidReasoning,
    UnsupportedItem,
)
from rollout_reference.trace.reduce.agent_payloads import MessageMetadata
from rollout_reference.trace.reduce.reduction import MatchKey
from rollout_reference.trace.state import (
    AgentRoute,
    Code,
    Encoded,
    Json,
    Part,
    PayloadReference,
    Summary,
    Text,
)
from rollout_reference.trace.vocabulary import Channel, ItemKind, Role

MAX_SUMMARY_BYTES = 240
"""UTF-8 bytes of a JSON summary before it is cut.  [TRACE-ITEM-13]"""

ENCRYPTED = "encrypted_content"
ROLES = frozenset(get_args(Role))
CHANNEL_OF_PHASE: dict[str, Channel] = {
    "commentary": "commentary",
    "final_answer": "final",
    "summary": "summary",
}
TEXT_TYPES = frozenset({"input_text", "output_text", "text"})


class NormalItem(Struct, frozen=True):
    """A response item in the one form that all rules compare.

    `repeatable`: the same JSON in another payload gives the same item, part by part.
    """

    role: Role
    channel: Channel | None
    kind: ItemKind
    parts: tuple[Part, ...]
    call_id: str | None = None
    agent_message: AgentRoute | None = None
    repeatable: bool = True

    def match_key(self) -> MatchKey:
        """Return what two sightings of the same item have in common.

        [TRACE-CONVERSATION-1, TRACE-CONVERSATION-2]
        """
        if self.kind == "reasoning":
            encoded = next((part for part in self.parts if isinstance(part, Encoded)), None)
            return (self.kind, encoded or self.parts)
        parts = tuple(part.summary if isinstance(part, Json) else part for part in self.parts)
        return (self.role, self.channel, self.kind, self.agent_message, self.call_id, parts)


def normalize(item: Any, payload_id: str) -> NormalItem | None:
    """Bring one response item of a payload into normal form; None for one that is dropped.

    Raises `UnsupportedItem`, `InvalidMessageRole`, `InvalidReasoning`, `InvalidAgentMessage` or
    `InvalidCompactionItem`.  [TRACE-ITEM-1, TRACE-ITEM-2]
    """
    item_type = item.get("type") if isinstance(item, dict) else None
    normalizer = NORMALIZERS.get(item_type) if isinstance(item_type, str) else None
    if normalizer is None:
        raise UnsupportedItem(repr(item_type) if isinstance(item_type, str) else "none")
    return normalizer(item, payload_id)


# --- messages -------------------------------------------------------------------------------------


def _message(item: dict[str, Any], payload_id: str) -> NormalItem:
    """[TRACE-ITEM-3]"""
    role = item.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidMessageRole(repr(role) if isinstance(role, str) else "missing")
    phase = item.get("phase")
    channel = CHANNEL_OF_PHASE.get(phase) if isinstance(phase, str) else None
    parts = _content_parts(item.get("content"), payload_id)
    return NormalItem(role, channel, "message", parts, repeatable=_without_payload(parts))  # type: ignore[arg-type]


def _content_parts(content: Any, payload_id: str) -> tuple[Part, ...]:
    """[TRACE-ITEM-4]"""
    if not isinstance(content, list):
        return (PayloadReference("content", payload_id),)
    parts: list[Part] = []
    for element in content:
        element_type = element.get("type") if isinstance(element, dict) else None
        if not isinstance(element_type, str):
            parts.append(PayloadReference("content", payload_id))
        elif element_type not in TEXT_TYPES:
            parts.append(PayloadReference(element_type, payload_id))
        elif isinstance(element.get("text"), str):
            parts.append(Text(element["text"]))
    return tuple(parts) or (PayloadReference("empty_content", payload_id),)


class _InputText(Struct, frozen=True, tag_field="type", tag="input_text"):
    text: str


class _EncryptedContent(Struct, frozen=True, tag_field="type", tag="encrypted_content"):
    encrypted_content: str


class _AgentMessageItem(Struct, frozen=True):
    author: str
    recipient: str
    content: list[_InputText | _EncryptedContent]
    id: str | None = None
    internal_chat_message_metadata_passthrough: MessageMetadata | None = None


def _agent_message(item: dict[str, Any], payload_id: str) -> NormalItem:
    """[TRACE-ITEM-5]"""
    try:
        message = msgspec.convert(item, _AgentMessageItem)
    except msgspec.ValidationError as error:
        raise InvalidAgentMessage(str(error)) from None
    if not message.content:
        raise InvalidAgentMessage("it has no content")
    parts: tuple[Part, ...] = tuple(
        Text(part.text) if isinstance(part, _InputText) else Encoded(ENCRYPTED, part.encrypted_content)
        for part in message.content
    )
    route = AgentRoute(message.author, message.recipient)
    return NormalItem("assistant", "analysis", "message", parts, agent_message=route)


# --- reasoning and compaction -----------------------------------------------------------------------


def _reasoning(item: dict[str, Any], payload_id: str) -> NormalItem:
    """[TRACE-ITEM-6, TRACE-ITEM-7]"""
    content = item.get("content")
    parts: list[Part] = []
    if content is not None:
        parts += [Text(text) for text in _reasoning_texts("content", content, {"reasoning_text", "text"})]
    if "summary" in item:
        parts += [Summary(text) for text in _reasoning_texts("summary", item["summary"], {"summary_text"})]
    encrypted = item.get(ENCRYPTED)
    if isinstance(encrypted, str):
        parts.append(Encoded(ENCRYPTED, encrypted))
    elif encrypted is not None:
        raise InvalidReasoning("'encrypted_content' is not a string")
    if not parts:
        raise InvalidReasoning("it has no part")
    return NormalItem("assistant", "analysis", "reasoning", tuple(parts))


def _reasoning_texts(name: str, elements: Any, types: set[str]) -> list[str]:
    if not isinstance(elements, list):
        raise InvalidReasoning(f"'{name}' is not an array")
    texts = []
    for element in elements:
        fields = element if isinstance(element, dict) else {}
        element_type, text = fields.get("type"), fields.get("text")
        if not isinstance(element_type, str) or element_type not in types or not isinstance(text, str):
            raise InvalidReasoning(f"an element of '{name}' is no {' or '.join(sorted(types))} with a text")
        texts.append(text)
    return texts


def _compaction(item: dict[str, Any], payload_id: str) -> NormalItem:
    """[TRACE-ITEM-12]"""
    encrypted = item.get(ENCRYPTED)
    if not isinstance(encrypted, str):
        raise InvalidCompactionItem(item["type"])
    return NormalItem("assistant", "summary", "message", (Encoded(ENCRYPTED, encrypted),))


# --- calls and outputs ---------------------------------------------------------------------------------


def _function_call(item: dict[str, Any], payload_id: str) -> NormalItem:
    """[TRACE-ITEM-8]"""
    if "arguments" not in item:
        part: Part = PayloadReference("payload", payload_id)
    elif isinstance(item["arguments"], str):
        part = _arguments_part(item["arguments"], payload_id)
    else:
        part = json_part(item["arguments"], payload_id)
    repeatable = isinstance(item.get("arguments"), str)
    return _call("function_call", item, (part,), repeatable=repeatable)


def _arguments_part(arguments: str, payload_id: str) -> Part:
    try:
        return json_part(jsontext.parse(arguments), payload_id)
    except jsontext.JsonError:
        return Text(arguments)


def _custom_tool_call(item: dict[str, Any], payload_id: str) -> NormalItem:
    """[TRACE-ITEM-10]"""
    source = item.get("input")
    if not isinstance(source, str):
        return _whole(item, payload_id, kind="custom_tool_call")
    part: Part = Code("javascript", source) if item.get("name") == "exec" else Text(source)
    return _call("custom_tool_call", item, (part,))


def _output(item: dict[str, Any], payload_id: str, *, kind: ItemKind) -> NormalItem:
    """[TRACE-ITEM-9]"""
    output = item.get("output")
    if "output" not in item:
        parts: tuple[Part, ...] = (PayloadReference("tool_output", payload_id),)
    elif isinstance(output, str):
        parts = (Text(output),)
    elif isinstance(output, list):
        parts = _content_parts(output, payload_id)
    else:
        parts = (json_part(output, payload_id),)
    return _call(kind, item, parts, repeatable=_without_payload(parts))


def _whole(item: dict[str, Any], payload_id: str, *, kind: ItemKind) -> NormalItem:
    """[TRACE-ITEM-11]"""
    return _call(kind, item, (json_part(item, payload_id),), repeatable=False)


def _call(
    kind: ItemKind, item: dict[str, Any], parts: tuple[Part, ...], *, repeatable: bool = True
) -> NormalItem:
    """Return a call or an output; its `call_id` counts only as a string.  [TRACE-ITEM-14]"""
    role: Role = "tool" if kind in {"function_call_output", "custom_tool_call_output"} else "assistant"
    call_id = item.get("call_id")
    return NormalItem(
        role, "commentary", kind, parts, call_id if isinstance(call_id, str) else None, repeatable=repeatable
    )


def json_part(value: Any, payload_id: str) -> Json:
    """Return a JSON value by its compact text, cut at a character boundary.  [TRACE-ITEM-13]"""
    text = jsontext.compact(value)
    data = text.encode()
    if len(data) > MAX_SUMMARY_BYTES:
        text = data[:MAX_SUMMARY_BYTES].decode(errors="ignore") + "..."
    return Json(text, payload_id)


def _without_payload(parts: tuple[Part, ...]) -> bool:
    """Tell whether no part depends on the payload or on the order of keys in it.  [TRACE-ITEM-15]"""
    return not any(isinstance(part, (PayloadReference, Json)) for part in parts)


def _dropped(item: dict[str, Any], payload_id: str) -> None:
    """[TRACE-ITEM-2]"""


NORMALIZERS: dict[str, Callable[[dict[str, Any], str], NormalItem | None]] = {
    "additional_tools": _dropped,
    "message": _message,
    "agent_message": _agent_message,
    "reasoning": _reasoning,
    "function_call": _function_call,
    "function_call_output": partial(_output, kind="function_call_output"),
    "custom_tool_call": _custom_tool_call,
    "custom_tool_call_output": partial(_output, kind="custom_tool_call_output"),
    "tool_search_call": partial(_whole, kind="function_call"),
    "web_search_call": partial(_whole, kind="function_call"),
    "image_generation_call": partial(_whole, kind="function_call"),
    "local_shell_call": partial(_whole, kind="function_call"),
    "tool_search_output": partial(_whole, kind="function_call_output"),
    "mcp_tool_call_output": partial(_whole, kind="function_call_output"),
    "compaction": _compaction,
    "compaction_summary": _compaction,
    "context_compaction": _compaction,
}
