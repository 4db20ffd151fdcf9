"""Lines in ordinary form, decoded into their type at once: no tree is made of them.

It takes fewer lines than reading by way of the tree, and of those that it takes it makes the same: what
decoding does not look at (unknown keys, for instance) is made sure of by the bytes, and whatever is not
sure is left to the tree.
"""

from functools import cache
from typing import Any, Union

import msgspec

from rollout_reference.jsontext import MAX_DEPTH, Number
from rollout_reference.session.defects import LONG_RUN
from rollout_reference.session.line_types import LINE_TYPES, OLD_KEYS, holds_none
from rollout_reference.session.shapes.shape import checked

Envelope = Any
"""A struct of the type of a line: `timestamp`, `ordinal`, `payload`."""

NAMES = {kind.tagged: kind.name for kind in LINE_TYPES.values()}
"""The line type of what was decoded, by its class."""

_OPENING = b"["
_SIGNS = bytes(
    ord("0") if byte in b"0123456789" else ord(_OPENING) if byte in b"[{" else 0 for byte in range(256)
)
"""Shows of a line where digits stand and containers begin, in texts too: if none are many, none are real."""


@cache
def _decoder() -> msgspec.json.Decoder[Envelope]:
    """Make the decoder, which takes a while, when the first line is read."""
    return msgspec.json.Decoder(Union[tuple(NAMES)], dec_hook=checked, float_hook=Number)  # noqa: UP007


def plain_envelope(data: bytes) -> Envelope:
    """Return the contents of a line that was found to be plain."""
    return _decoder().decode(data)


def decode_plain(data: bytes) -> Envelope | None:
    """Return the contents of a line; None if only its tree tells, whatever the reason."""
    try:
        line = _decoder().decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    signs = data.translate(_SIGNS)
    old_keys = OLD_KEYS[type(line.payload)]
    if (
        signs.count(_OPENING) > MAX_DEPTH  # SESSION-LINE-2
        or LONG_RUN in signs  # SESSION-LINE-9
        or not (data.isascii() or _is_utf8(data))
        or (old_keys and not holds_none(old_keys, data))
    ):
        return None
    return line


def _is_utf8(data: bytes) -> bool:
    """Tell whether also what stands under unknown keys is UTF-8.  [SESSION-LINE-1]"""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
