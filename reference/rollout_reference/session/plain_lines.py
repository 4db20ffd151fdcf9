"""Reading lines in ordinary form at once, without a tree of them.

It takes fewer lines than reading by way of the tree, and of those that it takes it makes the same: what
decoding does not look at (unknown keys, for instance) is made sure of by the bytes, and whatever is not
sure is left to the tree.
"""

import msgspec

from rollout_reference import jsontext
from rollout_reference.session.defects import LONG_RUN, has_long_integer
from rollout_reference.session.envelopes import NAMES, envelope_decoder
from rollout_reference.session.line import NOT_PARSED, PlainLine
from rollout_reference.session.line_types import OLD_KEYS, holds_none

_OPENING = b"["
_SIGNS = bytes(
    ord("0") if byte in b"0123456789" else ord(_OPENING) if byte in b"[{" else 0 for byte in range(256)
)
"""Shows of a line where digits stand and containers begin, in texts too: if none are many, none are real."""


def read_plain(data: bytes, number: int) -> PlainLine | None:
    """Read one line, given without its line feed; None if only its tree tells, whatever the reason."""
    try:
        envelope = envelope_decoder().decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    item = envelope.payload
    signs = data.translate(_SIGNS)
    is_suspect = signs.count(_OPENING) > jsontext.MAX_DEPTH or signs.find(LONG_RUN) >= 0  # faster than `in`
    if is_suspect and not _is_within_limits(data):
        return None
    if not data.isascii() and not _is_utf8(data):
        return None
    old_keys = OLD_KEYS[type(item)]
    if old_keys and not holds_none(old_keys, data):
        return None
    name = NAMES[type(envelope)]
    return PlainLine(number, envelope.timestamp, envelope.ordinal, name, data, item, NOT_PARSED)


def _is_within_limits(data: bytes) -> bool:
    """Tell whether a line nests as many containers, and has as large integers, as it may.

    [SESSION-LINE-2, SESSION-LINE-9]
    """
    try:
        return not has_long_integer(data, jsontext.parse(data))
    except jsontext.JsonError:
        return False


def _is_utf8(data: bytes) -> bool:
    """Tell whether also what stands under unknown keys is UTF-8.  [SESSION-LINE-1]"""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
