"""JSON as both formats need it: exact numbers, strict syntax, bounded depth, compact text.

Values are plain Python (dict, list, str, int, bool, None), except that a number which is not an
integer is a `Number`: its text is part of the format, a float would lose it.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from operator import eq
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

MAX_DEPTH = 127
"""Containers that may be nested in one value.  [TRACE-PAYLOAD-7, TRACE-LINE-10]"""


class JsonError(ValueError):
    """The text is not one JSON value within the limits; the message says where."""


class TooDeep(JsonError):
    """The text nests more containers than the limit."""

    def __init__(self) -> None:
        super().__init__(f"nested deeper than {MAX_DEPTH} containers")


class Number:
    """A number that is not an integer, by its text (exponent as `e` with a sign).  [TRACE-TEXT-3]"""

    __slots__ = ("text",)

    def __init__(self, token: str) -> None:
        self.text = token
        if "e" in token or "E" in token:
            mantissa, marker, exponent = token.replace("E", "e").partition("e")
            sign = "" if exponent[0] in "+-" else "+"
            self.text = mantissa + marker + sign + exponent

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Number({self.text!r})"


def _raw_number(value: object) -> msgspec.Raw:
    if isinstance(value, Number):
        return msgspec.Raw(value.text.encode())
    raise NotImplementedError(type(value).__name__)


_LONG_INTEGER = re.compile(rb"[0-9]{%d}" % sys.int_info.str_digits_check_threshold)

_decoder = msgspec.json.Decoder(float_hook=Number)
_encoder = msgspec.json.Encoder(enc_hook=_raw_number)


def parse(text: bytes | str, *, known: Sequence[Any] = ()) -> Any:
    """Parse one JSON value of at most `MAX_DEPTH` nested containers.

    A repeated key keeps its first place and its last value.  `known` are elements of arrays that
    were parsed before: an array directly inside the value that begins with equal ones takes these
    instead, with the order of keys that they have.  Raises `JsonError`.
    [TRACE-PAYLOAD-6, TRACE-PAYLOAD-7, TRACE-PAYLOAD-8]
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = _decoder.decode(data)
    except RecursionError:
        raise TooDeep from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not _LONG_INTEGER.search(data):
            raise JsonError(str(error)) from None
        value = _parse_long_integers(data)
    if (known or data.count(b"[") + data.count(b"{") > MAX_DEPTH) and _too_deep(value, known):
        raise TooDeep
    return value


def _parse_long_integers(text: bytes) -> Any:
    """Parse, slowly but as strictly, JSON with integers of more digits than Python converts."""
    try:
        value = json.loads(
            text.decode(), parse_int=_integer, parse_float=Number, parse_constant=_refuse_constant
        )
        _encoder.encode(value)  # finds unpaired surrogates
    except RecursionError:
        raise TooDeep from None
    except ValueError as error:
        raise JsonError(str(error)) from None
    return value


def _integer(token: str) -> int | Number:
    return int(token) if len(token) <= sys.int_info.str_digits_check_threshold else Number(token)


def _refuse_constant(name: str) -> None:
    raise JsonError(f"{name} is no JSON number")


def _too_deep(value: Any, known: Sequence[Any]) -> bool:
    """Tell whether a parsed value nests more than `MAX_DEPTH` containers."""
    if not known or not isinstance(value, dict):
        return _deeper(value, MAX_DEPTH)
    return any(
        _deeper(child[_take_over(child, known) :], MAX_DEPTH - 1)
        if isinstance(child, list)
        else _deeper(child, MAX_DEPTH - 1)
        for child in value.values()
    )


def _take_over(array: list[Any], known: Sequence[Any]) -> int:
    """Let an array begin with the known elements that it repeats; return how many."""
    count = len(known)
    if array[:count] != known:
        count = sum(takewhile(bool, map(eq, known, array)))
    array[:count] = known[:count]
    return count


def _deeper(value: Any, room: int) -> bool:
    """Tell whether a value nests more than `room` containers."""
    if not isinstance(value, (dict, list)):
        return False
    children = value.values() if isinstance(value, dict) else value
    return room == 0 or any(_deeper(child, room - 1) for child in children if isinstance(child, (dict, list)))


def compact(value: Any) -> str:
    """Print a parsed value without spaces, keys in source order, numbers as they stood.

    [TRACE-TEXT-1, TRACE-TEXT-2, TRACE-TEXT-3]
    """
    return _encoder.encode(value).decode()


def pretty(value: Any) -> bytes:
    """Print a value with an indent of two, non-ASCII raw, no final newline.  [TRACE-STATE-7]"""
    return msgspec.json.format(_encoder.encode(value), indent=2)


class RepeatingObject(dict[str, Any]):
    """An object in whose text some keys stood more than once."""

    repeated: frozenset[str]


def may_repeat_keys(text: bytes, value: Any) -> bool:
    """Tell, cheaply, whether an object in `text` may repeat a key; `value` is the parsed text.

    A text that prints back to itself repeats nothing, since a repeated key would be gone; the
    lines of a real writer all do.  Other texts may: parse them with `parse_keeping_repeats`.
    """
    return _encoder.encode(value) != text.strip(b" \t\r\n")


def parse_keeping_repeats(text: bytes) -> Any:
    """Parse valid JSON slowly, marking each object that repeats a key."""
    return json.loads(text, object_pairs_hook=_keep_repeats, parse_int=str, parse_float=str)


def repeated_keys(value: dict[str, Any]) -> frozenset[str]:
    """Return the keys that stood more than once in this object's text."""
    return value.repeated if isinstance(value, RepeatingObject) else frozenset()


def _keep_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    marked = RepeatingObject(plain)
    counts = Counter(key for key, _ in pairs)
    marked.repeated = frozenset(key for key, count in counts.items() if count > 1)
    return marked


def parse_struct(text: str, struct: type[S]) -> S:
    """Parse JSON text straight into a struct; a field that it knows may stand only once.

    Raises `JsonError`.
    """
    value = parse(text)
    repeats = parse_keeping_repeats(text.encode()) if may_repeat_keys(text.encode(), value) else value
    if isinstance(repeats, dict):
        for name in sorted(repeated_keys(repeats).intersection(struct.__struct_fields__)):
            raise JsonError(f"{name!r} stands twice")
    try:
        return msgspec.convert(value, struct)
    except msgspec.ValidationError as error:
        raise JsonError(str(error)) from None
