"""Old forms inside an envelope that a reader no longer takes, or takes without what they say.

Each rewrites the payload of a line into a form of today with the same meaning; names and forms that
readers still take are left to the canonical form of the line.  [SESSION-LEGACY-7]
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from rollout_reference import jsontext

PASSTHROUGH = "internal_chat_message_metadata_passthrough"

_ESCAPE = b"\\u"
"""A name may be written with escapes; no writer does it."""

Payload = dict[str, Any]


class Renewal(Struct, frozen=True):
    """One old form: the type of its line, bytes without which no line has it, and how it is renewed."""

    type: str
    sign: bytes
    renew: Callable[[Payload], Payload]


def sandbox_type(context: Payload) -> Payload:
    """Name the kind of a sandbox policy by `type`, not by `mode`.  [SESSION-LEGACY-8]"""
    policy = context.get("sandbox_policy")
    if not isinstance(policy, dict) or "type" in policy or not isinstance(policy.get("mode"), str):
        return context
    rest = {key: value for key, value in policy.items() if key != "mode"}
    return context | {"sandbox_policy": {"type": policy["mode"], **rest}}


def cwd_path(context: Payload) -> Payload:
    """Give the working directory as a path, not as a URI.  [SESSION-LEGACY-9]"""
    cwd = context.get("cwd")
    if not isinstance(cwd, str) or not cwd.startswith("file:///"):
        return context
    return context | {"cwd": unquote(urlsplit(cwd).path)}


def item_passthrough(item: Payload) -> Payload:
    """Keep an item's turn id under the name that readers know.  [SESSION-LEGACY-10]"""
    metadata = item.get("metadata")
    if PASSTHROUGH in item or not isinstance(metadata, dict) or not isinstance(metadata.get("turn_id"), str):
        return item
    rest = {key: value for key, value in item.items() if key != "metadata"}
    return rest | {PASSTHROUGH: metadata}


def history_passthrough(compacted: Payload) -> Payload:
    """Do the same for the items of a compaction.  [SESSION-LEGACY-10]"""
    history = compacted.get("replacement_history")
    if not isinstance(history, list):
        return compacted
    renewed = [item_passthrough(item) if isinstance(item, dict) else item for item in history]
    return compacted | {"replacement_history": renewed}


RENEWALS = (
    Renewal("turn_context", b'"mode"', sandbox_type),
    Renewal("turn_context", b'"file:', cwd_path),
    Renewal("response_item", b'"metadata"', item_passthrough),
    Renewal("compacted", b'"metadata"', history_passthrough),
)


def renewed(data: bytes) -> bytes:
    """Return a line with its old forms renewed; a line that has none, or is not JSON, as it is."""
    candidates = [each for each in RENEWALS if each.sign in data or _ESCAPE in data]
    if not candidates:
        return data
    try:
        tree = jsontext.parse(data)
    except jsontext.JsonError:
        return data
    if not isinstance(tree, dict) or not isinstance(tree.get("payload"), dict):
        return data
    payload = tree["payload"]
    for each in candidates:
        if each.type == tree.get("type"):
            payload = each.renew(payload)
    return data if payload is tree["payload"] else jsontext.compact(tree | {"payload": payload}).encode()
