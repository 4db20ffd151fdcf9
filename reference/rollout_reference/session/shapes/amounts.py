"""Numbers and amounts that have a text of their own: floating point, durations, bytes.

[SESSION-EVENT-5, SESSION-EVENT-6, SESSION-EVENT-7]
"""

import base64
import binascii
import struct
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from rollout_reference.jsontext import Number
from rollout_reference.session.shapes.shape import U32, U64, Checked, Mismatch, Shape

_INTEGERS = range(-(2**63), 2**64)


class Float(float, Checked):
    """A binary64 number; an integer of 64 bits, or a fraction in one of its two shortest texts."""

    @classmethod
    def canonical(cls, value: Any) -> Number:
        """Return the number in its shortest text, or raise `Mismatch`."""
        return Number(_notation(*_shortest(cls._number(value))))

    @classmethod
    def made(cls, value: Any) -> Self:
        """Return the number."""
        return cls(cls._number(value))

    @staticmethod
    def _number(value: Any) -> float:
        if isinstance(value, Number) and _is_shortest(value.text):
            return float(value.text)
        if type(value) is int and value in _INTEGERS:
            return float(value)
        raise Mismatch("", "a number in its shortest text", value)  # SESSION-EVENT-5


class Float32(Float):
    """A number that is kept, and written, with the precision of binary32."""

    @classmethod
    def canonical(cls, value: Any) -> Number:
        """Return the shortest text of the nearest binary32 number, or raise `Mismatch`."""
        number = cls._number(value)
        try:
            single = struct.unpack("<f", struct.pack("<f", number))[0]
        except OverflowError:
            raise Mismatch("", "a number within binary32") from None
        texts = (f"{single:.{digits}g}" for digits in range(1, 10))
        text = next(t for t in texts if struct.pack("<f", float(t)) == struct.pack("<f", single))
        return Number(_notation(*_shortest(float(text))))


class Duration(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span of time; `nanos` of a second and more are carried over.  [SESSION-EVENT-6]"""

    secs: U64
    nanos: U32

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Carry nanoseconds over."""
        secs, nanos = tree.get("secs"), tree.get("nanos")
        if type(secs) is not int or type(nanos) is not int or not 10**9 <= nanos < 2**32:
            return tree
        return tree | {"secs": secs + nanos // 10**9, "nanos": nanos % 10**9}

    def __post_init__(self) -> None:
        if self.nanos >= 10**9:
            raise ValueError("the nanoseconds make up a second")


class Base64(str, Checked):
    """Bytes in base64 of the standard alphabet; padding may be missing.  [SESSION-EVENT-7]"""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the text with its padding, or raise `Mismatch`."""
        if not isinstance(value, str):
            raise Mismatch("", "a string", value)
        bare = value.rstrip("=")
        padded = bare + "=" * (-len(bare) % 4)
        try:
            data = base64.b64decode(padded, validate=True)
        except binascii.Error:
            raise Mismatch("", "base64") from None
        if not padded.startswith(value) or base64.b64encode(data).decode() != padded:
            raise Mismatch("", "base64")
        return padded


def _is_shortest(text: str) -> bool:
    number = float(text)
    if repr(number) == text and "e" not in text:  # the usual number, told fast
        return number - number == 0
    if number - number != 0:  # beyond binary64
        return False
    # Of two texts as short and as near, the one is read with an exponent where one is due, the other without.
    return text in (_notation(*_shortest(number)), _plain(*_nearest(number)))


def _shortest(number: float) -> tuple[str, str, int]:
    """Return sign, shortest digits, and the power of ten of the first; halves are rounded up."""
    sign, digits, power = _nearest(number)
    unit = Decimal(1).scaleb(power - len(digits) + 1)
    up = Decimal(abs(number)).quantize(unit, ROUND_HALF_UP)
    if digits == "0" or float(up) != abs(number):
        return sign, digits, power
    exact = up.as_tuple()
    whole = "".join(map(str, exact.digits))
    return sign, whole.rstrip("0"), len(whole) + int(exact.exponent) - 1


def _nearest(number: float) -> tuple[str, str, int]:
    """Return the same with halves rounded to the even digit."""
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    sign = "-" if repr(number).startswith("-") else ""
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return sign, "0", 0
    leading = len(whole.lstrip("0")) if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")))
    return sign, digits.rstrip("0"), leading - 1 + int(exponent or 0)


def _notation(sign: str, digits: str, power: int) -> str:
    """Print as a writer does: exponents below 1e-5 and from 1e16 on."""
    if -6 < power < 16:
        text = _plain("", digits, power)
        return sign + (text if "." in text else f"{text}.0")
    rest = f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{rest}e{'+' if power > 0 else '-'}{abs(power)}"


def _plain(sign: str, digits: str, power: int) -> str:
    """Print without an exponent."""
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    whole = digits[: power + 1].ljust(power + 1, "0")
    return f"{sign}{whole}" + (f".{digits[power + 1 :]}" if digits[power + 1 :] else "")
