"""The runtime payloads of agent tools, and the legacy text form of a message between agents."""

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from rollout_reference import jsontext
from rollout_reference.errors import InvalidAgentPayload
from rollout_reference.trace.vocabulary import I64

_HEX = "[0-9a-fA-F]"
_HYPHENATED = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
UUID_FORMS = re.compile(rf"{_HYPHENATED}|{_HEX}{{32}}|\{{{_HYPHENATED}\}}|urn:uuid:{_HYPHENATED}")
"""Hyphenated, plain, braced and URN form, in any case.  [TRACE-AGENT-9]"""

AGENT_PATH = re.compile(r"/morpheus|/root(/(?!root(/|$))[a-z0-9_]+)*")
"""`/morpheus`, or `/root` and any number of names below it.  [TRACE-AGENT-9]"""

STATUS_NAMES = frozenset({"pending_init", "running", "interrupted", "shutdown", "not_found"})


class InteractionBegin(Struct, frozen=True):
    """A task or message is on its way."""

    call_id: str
    prompt: str
    sender_thread_id: str
    receiver_thread_id: str
    started_at_ms: I64 = 0


class InteractionEnd(Struct, frozen=True):
    """A task or message was handed over."""

    call_id: str
    prompt: str
    sender_thread_id: str
    receiver_thread_id: str
    status: Any
    completed_at_ms: I64 = 0
    receiver_agent_nickname: str | None = None
    receiver_agent_role: str | None = None


class SpawnEnd(Struct, frozen=True):
    """A spawn returned, with a new thread unless it failed."""

    call_id: str
    prompt: str
    model: str
    sender_thread_id: str
    reasoning_effort: Annotated[str, Meta(min_length=1)]
    status: Any
    new_thread_id: str | None = None
    completed_at_ms: I64 = 0
    new_agent_nickname: str | None = None
    new_agent_role: str | None = None


class CloseBegin(Struct, frozen=True):
    """A thread is about to be closed."""

    call_id: str
    sender_thread_id: str
    receiver_thread_id: str
    started_at_ms: I64 = 0


class CloseEnd(Struct, frozen=True):
    """A thread was closed."""

    call_id: str
    sender_thread_id: str
    receiver_thread_id: str
    status: Any
    completed_at_ms: I64 = 0
    receiver_agent_nickname: str | None = None
    receiver_agent_role: str | None = None


class Activity(Struct, frozen=True):
    """A sub-agent was started, addressed or interrupted."""

    event_id: str
    agent_thread_id: str
    agent_path: str
    kind: Literal["started", "interacted", "interrupted"]
    occurred_at_ms: I64 = 0


class MessageArguments(Struct, frozen=True):
    """The arguments of a tool that sends a message.  [TRACE-AGENT-8]"""

    message: str


class MessageMetadata(Struct, frozen=True):
    """What a client may attach to a message between agents."""

    turn_id: str | None = None


class LegacyMessage(Struct, frozen=True):
    """A message between agents as JSON in the text of an assistant message.  [TRACE-AGENT-1]"""

    author: str
    recipient: str
    content: str
    trigger_turn: bool
    other_recipients: list[str] = []
    encrypted_content: str | None = None
    id: str | None = None
    internal_chat_message_metadata_passthrough: MessageMetadata | None = None


T = TypeVar("T", bound=Struct)


def read_agent_payload(value: Any, shape: type[T], payload_id: str) -> T:
    """Return a runtime payload in a shape, its thread ids normalised.

    Raises `InvalidAgentPayload`.  [TRACE-AGENT-9]
    """
    try:
        payload = msgspec.convert(value, shape)
        return _check(payload)
    except (msgspec.ValidationError, ValueError) as error:
        name = shape.__name__.lower()
        raise InvalidAgentPayload(payload_id, f"agent {name}", str(error)) from None


def _check(payload: T) -> T:
    """Return the payload with normalised thread ids; raises `ValueError` for a malformed value."""
    changes: dict[str, str] = {}
    for name in payload.__struct_fields__:
        value = getattr(payload, name)
        if name.endswith("thread_id") and value is not None:
            changes[name] = normal_uuid(value)
        elif name == "status":
            check_status(value)
        elif name == "agent_path":
            check_path(value)
    return msgspec.structs.replace(payload, **changes)


def normal_uuid(text: str) -> str:
    """Return a UUID in lower-case hyphenated form; raises `ValueError`."""
    if not UUID_FORMS.fullmatch(text):
        raise ValueError(f"{text!r} is no UUID")
    digits = re.sub("[^0-9a-f]", "", text.lower().removeprefix("urn:uuid:"))
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def check_path(text: str) -> None:
    """Raise `ValueError` for a text that is no agent path."""
    if not AGENT_PATH.fullmatch(text):
        raise ValueError(f"{text!r} is no agent path")


def check_status(value: Any) -> None:
    """Raise `ValueError` for a value that is no agent status."""
    if isinstance(value, str) and value in STATUS_NAMES:
        return
    if isinstance(value, dict) and len(value) == 1:
        detail = value.get("completed", value.get("errored"))
        if isinstance(detail, str) or (detail is None and "completed" in value):
            return
    raise ValueError("'status' is no agent status")


def read_legacy_message(text: str) -> LegacyMessage | None:
    """Return the message between agents that a text holds, if it is one."""
    if not text.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        message = jsontext.parse_struct(text, LegacyMessage)
        for path in (message.author, message.recipient, *message.other_recipients):
            check_path(path)
    except ValueError:
        return None
    return message
