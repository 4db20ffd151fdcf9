"""Lines that are no items, and why.  [SESSION-LINE-1, SESSION-LINE-2, SESSION-LINE-9]"""

import json
from typing import Any, final

from msgspec import Struct

from rollout_reference import jsontext

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Characters that a blank line may hold: those with the Unicode property White_Space."""

LONG_RUN = b"0" * 19
"""As many digits as the shortest integer has that may be beyond 64 bits."""
_DIGITS = bytes(ord("0") if byte in b"0123456789" else 0 for byte in range(256))


@final
class Defect(Struct):
    """A line that is no item; `code` is the kind of defect, `rule` the requirement that decided.

    `reason` names keys and types, never content.
    """

    number: int
    code: str
    rule: str
    reason: str


class Flaw(Exception):
    """Why a line is no item."""

    def __init__(self, code: str, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.rule = rule
        self.reason = reason


def check_blank(data: bytes, error: jsontext.JsonError) -> None:
    """Raise the `Flaw` of bytes that are not one JSON value, unless they are a blank line."""
    try:
        text = data.decode()
    except UnicodeDecodeError as damage:
        reason = f"byte {damage.start} of the line is not UTF-8"
        raise Flaw("invalid_utf8", "SESSION-LINE-1", reason) from None
    if not text.strip(WHITE_SPACE):
        return  # SESSION-FILE-20
    if isinstance(error, jsontext.TooDeep):
        raise Flaw("too_deep", "SESSION-LINE-2", str(error))
    code, reason = "malformed", "the line is not JSON"
    if data.startswith(BYTE_ORDER_MARK):
        code, reason = "byte_order_mark", "the line begins with a byte order mark"
    elif _is_glued(text):
        code, reason = "glued", "more than one JSON object stands on the line"
    raise Flaw(code, "SESSION-LINE-1", reason)


def _is_glued(text: str) -> bool:
    """Tell whether a line that is not JSON begins with a whole object and goes on with another."""
    rest = text.lstrip(" \t\r")
    try:
        _, end = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return False
    return rest.startswith("{") and rest[end:].lstrip(" \t\r").startswith("{")


def has_long_integer(data: bytes, tree: Any) -> bool:
    """Tell whether an integer below -2^63 or above 2^64-1 stands anywhere; `tree` is the parsed data."""
    # Most lines have no 19 digits in a row, and are done here.
    return LONG_RUN in data.translate(_DIGITS) and _holds_long_integer(tree)


def _holds_long_integer(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_long_integer, value.values()))
    if isinstance(value, list):
        return any(map(_holds_long_integer, value))
    if isinstance(value, jsontext.Number):
        return value.text.lstrip("-").isdigit()
    return isinstance(value, int) and not -(2**63) <= value < 2**64
