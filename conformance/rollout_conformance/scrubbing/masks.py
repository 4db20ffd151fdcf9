"""Strings without their content: other characters of the same width, in the same places.

A mask keeps what a reader's behaviour can depend on (length in code points and bytes, white space, the
characters of paths and JSON, ids that are equal) and nothing that says what the text was.  Replacements come
from a pseudo-random function under a key, so the same key gives the same replacements, and without the key
nobody can try out what a replacement stands for.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice

from rollout_conformance.scrubbing.words import STAYING_TEXT

_KEPT_SIGNS = frozenset('"\\/[]{}<>(),:._-=')
_WHITE = "\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SORTS_OF_BYTES = (0x80, 0x90, 0xA0, 0xC0, 0xC2, 0xE0, 0xE1, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5)
"""The first byte of each sort that UTF-8 tells apart."""

_FIRST_ESCAPED_BYTE = 0xDC00
"""`surrogateescape` shows the byte N, which is not UTF-8, as this character plus N."""

_STAMP_LENGTH = 12
_DIGITS = "0123456789"
_LETTERS_AND_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TRIES = 200
_UUID = r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
_STAYING = re.compile(f"(?P<uuid>{_UUID})|{STAYING_TEXT}")
_PADDING = re.compile(r"[0-9x](={1,2})\Z")
"""The last letter before padding has bits that must be zero."""

_BARE_UUID = re.compile(r"[0-9A-Fa-f]{32}")
_ID_PREFIX = re.compile(
    r"(?:urn:uuid:)?(?:(?:call|msg|amsg|rs|lsh|fc|tsc|fco|ctc|ctco|tso|ws|ig|cmp|at|resp|item|exec)[_-])?"
)


class _Mask(dict[int, str]):
    """What each character becomes; made as it is asked for."""

    def __missing__(self, code: int) -> str:
        self[code] = _masked(chr(code))
        return self[code]


def _masked(char: str) -> str:
    if char.isascii():
        if char.isalnum() or char == "+":
            return "x"
        return char if char in _KEPT_SIGNS or char.isspace() or not char.isprintable() else "."
    if re.match(f"[{_WHITE}\ufeff]", char):
        return char
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return _masked_half(code)
    return ("\u00a4", "\u25a1", "\U0001d11e")[len(char.encode()) - 2]


def _masked_half(code: int) -> str:
    """Replace an unpaired surrogate, or a byte that is not UTF-8, by one of its sort."""
    byte = code - _FIRST_ESCAPED_BYTE
    if not 0x80 <= byte <= 0xFF:
        return chr(0xD800 if code < _FIRST_ESCAPED_BYTE else 0xDFFF)
    return chr(_FIRST_ESCAPED_BYTE + max(sort for sort in _SORTS_OF_BYTES if sort <= byte))


_MASK = _Mask()


def _stamped(text: str, stamp: Iterator[str]) -> str:
    masked = text.translate(_MASK)
    return re.sub("x", lambda _: next(stamp, "x"), masked, count=_STAMP_LENGTH)


class Masks:
    """The replacements of one run."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()

    def text(self, text: str) -> str:
        """Return the text without its content; equal texts stay equal, UUIDs in it stay the same ones.

        The first letters become digits that depend on the whole text, so that different texts differ.
        """
        stamp = islice(self._drawn(f"text {text}", _DIGITS), _STAMP_LENGTH)
        start, parts = 0, []
        for match in _STAYING.finditer(text):
            parts.append(_stamped(text[start : match.start()], stamp))
            parts.append(self.uuid(match[0]) if match["uuid"] else match[0])
            start = match.end()
        parts.append(_stamped(text[start:], stamp))
        return "".join(parts)

    def junk(self, text: str) -> str:
        """Return text that stands outside of any string; it becomes no number and no literal."""
        return text.translate(_MASK)

    def base64(self, text: str) -> str:
        """Return data in Base64 without its content; what was valid stays valid."""
        return _PADDING.sub(r"A\1", self.text(text))

    def identity(self, text: str) -> str:
        """Return the replacement of an id: another id for each id, as far as their length allows."""
        if _BARE_UUID.fullmatch(text):
            return self.uuid(text)
        prefix = _ID_PREFIX.match(text)
        start = prefix.end() if prefix else 0
        return text[:start] + self._renamed(text[start:])

    def uuid(self, text: str) -> str:
        """Return another UUID of the same version, spelled in the same way."""
        digits = text.replace("-", "").lower()
        if not digits.strip("0"):
            return text
        drawn = self._draw(f"uuid {digits}", 32, _DIGITS)
        version = digits[12] if digits[12].isdigit() else "4"
        variant = digits[16] if digits[16].isdigit() else "8"
        replaced = drawn[:12] + version + drawn[13:16] + variant + drawn[17:]
        if "-" not in text:
            return replaced
        return "-".join((replaced[:8], replaced[8:12], replaced[12:16], replaced[16:20], replaced[20:]))

    def _renamed(self, text: str) -> str:
        if re.search(_UUID, text):
            return self.text(text)
        if text not in self._ids:
            for attempt in range(_TRIES):
                renamed = self._candidate(text, attempt)
                if renamed not in self._taken:
                    break
            self._taken.add(renamed)
            self._ids[text] = renamed
        return self._ids[text]

    def _candidate(self, text: str, attempt: int) -> str:
        drawn = self._drawn(f"id {attempt} {text}", _LETTERS_AND_DIGITS)
        fresh = []
        for place, char in enumerate(text):
            if char.isascii() and char.isalnum():
                letter = next(drawn)
                # Every fourth place holds a digit, so that no word can arise.
                fresh.append(letter if place % 4 != 3 else str(_LETTERS_AND_DIGITS.index(letter) % 10))
            else:
                fresh.append(_MASK[ord(char)])
        return "".join(fresh)

    def _draw(self, what: str, count: int, alphabet: str) -> str:
        drawn = self._drawn(what, alphabet)
        return "".join(next(drawn) for _ in range(count))

    def _drawn(self, what: str, alphabet: str) -> Iterator[str]:
        """Yield characters that depend on the key and on `what`, without end."""
        data = what.encode("utf-8", "surrogatepass")
        seed = blake2b(data, key=self._key, digest_size=32).digest()
        block = 0
        while True:
            for byte in blake2b(block.to_bytes(8, "big"), key=seed).digest():
                if byte < 256 - 256 % len(alphabet):
                    yield alphabet[byte % len(alphabet)]
            block += 1
