"""JSON as both formats need it: exact numbers, strict syntax, bounded depth, compact text.

Values are plain Python (dict, list, str, int, bool, None), except that a number which is not an
integer is a `Number`: its text is part of the format, a float would lose it.
"""

import json
from collections import Counter
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

MAX_DEPTH = 127
"""Containers that may be nested in one value.  [TRACE-PAYLOAD-7, TRACE-LINE-10]"""


class JsonError(ValueError):
    """The text is not one JSON value within the limits; the message says where."""


class Number:
    """A number that is not an integer, by its text (exponent as `e` with a sign).  [TRACE-TEXT-3]"""

    __slots__ = ("text",)

    def __init__(self, token: str) -> None:
        mantissa, marker, exponent = token.replace("E", "e").partition("e")
        sign = "" if not marker or exponent[0] in "+-" else "+"
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


_decoder = msgspec.json.Decoder(float_hook=Number)
_encoder = msgspec.json.Encoder(enc_hook=_raw_number)


def parse(text: bytes | str, *, known: Any = None) -> Any:
    """Parse one JSON value of at most `MAX_DEPTH` nested containers.

    A repeated key keeps its first place and its last value.  `known` is an already checked value
    that this one is likely to repeat in part: parts equal to it are not walked again.
    Raises `JsonError`.  [TRACE-PAYLOAD-6, TRACE-PAYLOAD-7, TRACE-PAYLOAD-8]
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = _decoder.decode(data)
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH} containers") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise JsonError(str(error)) from None
    if too_deep(data, value, known):
        raise JsonError(f"nested deeper than {MAX_DEPTH} containers")
    return value


def too_deep(data: bytes, value: Any, known: Any = None) -> bool:
    """Tell whether a parsed value nests more than `MAX_DEPTH` containers; `data` is its text."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    return _deeper(value, known, MAX_DEPTH)


def _deeper(value: Any, known: Any, room: int) -> bool:
    """Walk what differs from `known`; `room` is how many containers may still open."""
    if isinstance(value, dict):
        if room == 0:
            return True
        if known == value:
            return False
        before = known if isinstance(known, dict) else {}
        return any(
            _deeper(child, before.get(key), room - 1)
            for key, child in value.items()
            if isinstance(child, (dict, list))
        )
    if isinstance(value, list):
        if room == 0:
            return True
        past = known if isinstance(known, list) else []
        for index, child in enumerate(value):
            if isinstance(child, (dict, list)) and _deeper(
                child, past[index] if index < len(past) else None, room - 1
            ):
                return True
    return False


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
