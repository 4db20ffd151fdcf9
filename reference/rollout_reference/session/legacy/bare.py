"""Lines of CLI 0.33 and older, which have no envelope, and how each becomes one that has.

Such a file begins with a header, an object about the session; every other line is a response item
itself, or a mark that the state of the session was to be saved, which holds nothing.
"""

from typing import Any, Literal

from rollout_reference import jsontext
from rollout_reference.session.lines import Defect

Era = Literal["bare", "enveloped"]

BARE_ITEMS = frozenset(
    {
        "message",
        "reasoning",
        "local_shell_call",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "web_search_call",
    }
)
"""The response items of that time; other types of the provider were not written.  [SESSION-LEGACY-2]"""

ASSUMED = ("cwd", "originator", "cli_version")
"""Fields of a `session_meta` that a header has not; they are empty after the upgrade.  [SESSION-LEGACY-4]"""


def era_of(tree: Any) -> Era | None:
    """Tell from one line in which era its file was written; None if the line does not tell.

    [SESSION-LEGACY-1]
    """
    if not isinstance(tree, dict):
        return None
    if "payload" in tree:
        return "enveloped"
    is_bare = is_header(tree) or "record_type" in tree or tree.get("type") in BARE_ITEMS
    return "bare" if is_bare else None


def is_header(tree: dict[str, Any]) -> bool:
    """Tell whether a line without envelope is the header.  [SESSION-LEGACY-2]"""
    return "type" not in tree and isinstance(tree.get("id"), str) and isinstance(tree.get("timestamp"), str)


class BareLines:
    """Gives the lines of one bare file their envelopes, in the order of the file."""

    def __init__(self) -> None:
        self._timestamp = ""

    def enveloped(self, data: bytes, number: int) -> bytes | Defect:
        """Return a line in its envelope; a mark without content is a defect.

        A line that has an envelope, or is not JSON, comes back as it is: reading it tells.
        [SESSION-LEGACY-3, SESSION-LEGACY-4, SESSION-LEGACY-5]
        """
        try:
            tree = jsontext.parse(data)
        except jsontext.JsonError:
            return data
        if era_of(tree) != "bare":
            return data
        if is_header(tree):
            self._timestamp = tree["timestamp"]
            return _line(self._timestamp, "session_meta", meta_of(tree))
        if "record_type" in tree:
            reason = "the line marks that state was saved, and holds none"
            return Defect(number, "state_record", "SESSION-LEGACY-5", reason)
        return _line(self._timestamp, "response_item", tree)


def meta_of(header: dict[str, Any]) -> dict[str, Any]:
    """Return a header as the payload of a `session_meta`.  [SESSION-LEGACY-4]"""
    known = {"id": header["id"], "timestamp": header["timestamp"], **dict.fromkeys(ASSUMED, "")}
    return known | {key: value for key, value in header.items() if value is not None}


def _line(timestamp: str, name: str, payload: dict[str, Any]) -> bytes:
    return jsontext.compact({"timestamp": timestamp, "type": name, "payload": payload}).encode()
