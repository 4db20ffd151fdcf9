"""Lines that are to be written: checked when they are given, numbered and dated when they are written."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.session.errors import NotRecordable
from rollout_reference.session.lines import Defect, Line, canonical_line, read_line
from rollout_reference.session.writing.header import utc_text
from rollout_reference.session.writing.policy import HistoryMode, Undecided, is_persisted


class RolloutItem(Struct, frozen=True):
    """What a host hands to its recorder: the type and payload of a line, and further keys of it."""

    type: str
    payload: Any
    extra: dict[str, Any] = {}


def draft(item: RolloutItem) -> Line:
    """Return an item as a line without time and ordinal.

    Raises `NotRecordable` for what the reader of this package would not take.  [SESSION-WRITER-2]
    """
    envelope = {"timestamp": utc_text(0), "type": item.type, "payload": item.payload}
    try:
        data = jsontext.compact(envelope | item.extra).encode()
        line = read_line(data, 0)
    except (TypeError, ValueError, NotImplementedError, RecursionError) as error:
        raise NotRecordable(item.type, str(error)) from None
    if isinstance(line, Line):
        return line
    detail = line.reason if isinstance(line, Defect) else "it is empty"
    raise NotRecordable(item.type, detail)


def drafts(items: Iterable[RolloutItem], mode: HistoryMode) -> list[Line]:
    """Return the lines of the items that a file of a history mode holds, in their order.

    Raises `NotRecordable` if any of them cannot be recorded.  [SESSION-POLICY-1, SESSION-POLICY-2]
    """
    return [draft(item) for item in items if _is_persisted(item, mode)]


def _is_persisted(item: RolloutItem, mode: HistoryMode) -> bool:
    try:
        return is_persisted(item.type, item.payload, mode)
    except Undecided as undecided:
        raise NotRecordable(item.type, str(undecided)) from None


def text_of(line: Line, now_ms: int, ordinal: int | None) -> bytes:
    """Return the bytes of a line, its end included, with the time of its writing.

    [SESSION-WRITER-3, SESSION-ORDINAL-1]
    """
    return canonical_line(msgspec.structs.replace(line, timestamp=utc_text(now_ms), ordinal=ordinal)) + b"\n"
