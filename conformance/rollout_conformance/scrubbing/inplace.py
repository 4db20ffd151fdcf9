"""A line of JSON rewritten where it stands: only characters inside it change, never its length.

The scanner needs no valid JSON.  A line that is torn, glued or otherwise damaged goes through the same
rules, token by token, and comes out damaged in the same way.
"""

import re
from collections.abc import Callable, Iterator

from rollout_conformance.scrubbing.masks import Masks
from rollout_conformance.scrubbing.moments import Shift
from rollout_conformance.scrubbing.words import Words, is_identity, is_moment
from rollout_reference.jsontext import JsonError, parse

_TOKEN = re.compile(
    r'(?P<string>"(?P<inner>[^"\\]*(?:\\.[^"\\]*)*)(?P<end>"?))'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])"
    r"|(?P<literal>\b(?:true|false|null)\b)"
    r"|(?P<still>[\s,:]+|\\)"
    r'|(?P<other>[^"\[\]{}\s,:\\]+)',
    re.DOTALL,
)
_COLON = re.compile(r"\s*:")
_ESCAPE = re.compile(
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.)", re.DOTALL
)
_NO_ESCAPE = r"\x"
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MOMENT_DIGITS = 13
_LONG_DIGITS = 19
"""Digits from which an integer may not fit into 64 bits."""

_NESTED_LIMIT = 5
"""How deep JSON in strings of JSON is followed."""

Change = Callable[[str], str]
"""Gives a text of the same length, with the characters that JSON escapes in their places."""


class Rewriter:
    """Rewrites texts by the replacements of one run."""

    def __init__(self, words: Words, masks: Masks, shift: Shift) -> None:
        self._words = words
        self._masks = masks
        self._shift = shift

    def line(self, line: bytes) -> bytes:
        """Return one line, valid or not, without its content, at the same length."""
        text = line.decode("utf-8", "surrogateescape")
        return self._json(text, _NESTED_LIMIT).encode("utf-8", "surrogateescape")

    def _json(self, text: str, room: int) -> str:
        return "".join(self._tokens(text, room))

    def _tokens(self, text: str, room: int) -> Iterator[str]:
        names: list[tuple[str, str]] = []
        name = known = ""
        for token in _TOKEN.finditer(text):
            whole = token[0]
            if token["string"] is not None:
                change: Change = self._key
                if _COLON.match(text, token.end()):
                    name = _decoded(token["inner"])
                    # The values of a map are what the map is named for.
                    known = name if name in self._words.keys else names[-1][1] if names else ""
                else:
                    change = self._value_under(name, known, room)
                yield f'"{_rewritten(token["inner"], change)}{token["end"]}'
            elif token["number"]:
                yield self._number(name, whole)
            elif token["other"]:
                yield self._masks.junk(whole)
            else:
                yield whole
                if token["open"]:
                    names.append((name, known))
                elif token["close"] and names:
                    name, known = names.pop()

    def _key(self, key: str) -> str:
        return key if key in self._words.keys else self._masks.identity(key)

    def _value_under(self, key: str, known_key: str, room: int) -> Change:
        def change(value: str) -> str:
            if self._words.keeps_value(known_key, value):
                return value
            if (moved := self._shift.stamp(value)) is not None:
                return moved
            if is_identity(key):
                return self._masks.identity(value)
            if key in self._words.base64:
                return self._masks.base64(value)
            if room and _is_json(value):
                return self._json(value, room - 1)
            return self._masks.text(value)

        return change

    def _number(self, key: str, number: str) -> str:
        if is_moment(key) and number.isdigit() and len(number) <= _MOMENT_DIGITS:
            moved = str(self._shift.number(int(number)))
            if len(moved) == len(number):
                return moved
        elif key in self._words.numbers:
            return number
        masked = re.sub("[1-9]", "1", number)
        return masked if _fits(masked) == _fits(number) else re.sub("[1-9]", "9", number)


def _fits(number: str) -> bool:
    """Tell whether a number is no integer that is too large for every reader."""
    digits = number.removeprefix("-")
    if not digits.isdigit() or len(digits) < _LONG_DIGITS:
        return True
    return len(digits) <= _LONG_DIGITS + 1 and -(2**63) <= int(number) < 2**64


def _rewritten(inner: str, change: Change) -> str:
    """Change the text of a JSON string and spell it with the same escapes."""
    if "\\" not in inner:
        return change(inner)
    pieces = _ESCAPE.split(inner)
    fresh = change("".join(_unescaped(piece) for piece in pieces))
    spelled, at = [], 0
    for number, piece in enumerate(pieces):
        length = len(_unescaped(piece))
        spelled.append(
            _escaped_like(piece, fresh[at : at + length]) if number % 2 else fresh[at : at + length]
        )
        at += length
    return "".join(spelled)


def _decoded(inner: str) -> str:
    return "".join(map(_unescaped, _ESCAPE.split(inner)))


def _unescaped(piece: str) -> str:
    """Return the text of one escape, or a piece without one as it is."""
    if not piece.startswith("\\"):
        return piece
    if piece[1] == "u" and len(piece) > len("\\u"):
        units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in piece.split("\\u")[1:])
        return units.decode("utf-16-be", "surrogatepass")
    short = piece[1]
    return _SHORT.get(short, short if short in '"\\/' else piece)


def _escaped_like(piece: str, char: str) -> str:
    """Spell a character as the escape that stood in its place."""
    if char == _unescaped(piece) and len(char) == 1:
        return piece
    if len(char) > 1:
        return _NO_ESCAPE  # there stood none either
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _is_json(value: str) -> bool:
    """Tell whether a string holds an object or array of JSON."""
    if not value.lstrip(" \t\r\n").startswith(("{", "[")):
        return False
    try:
        parse(value)
    except JsonError:
        return False
    return True
