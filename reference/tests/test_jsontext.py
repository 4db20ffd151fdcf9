"""JSON as the format needs it: strict, bounded in depth, exact in numbers and in the order of keys."""

from typing import Any

import pytest

from rollout_reference.jsontext import (
    JsonError,
    Number,
    TooDeep,
    compact,
    may_repeat_keys,
    parse,
    parse_keeping_repeats,
    pretty,
    repeated_keys,
)

LONG = "7" * 5_000


# --- what is one JSON value -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "1\x00",
        "\ufeff1",
        "1 2",
        "{} {}",
        "[1,]",
        '{"a":1,}',
        "{a:1}",
        "'a'",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "nul",
        "True",
        '"\n"',
        '"\x01"',
        '"\\x41"',
        '"\\u12"',
        '"\\ud800"',
        '"\\udc00"',
        '"\\ud800\\u0041"',
        '{"\\ud800":1}',
        '"',
        "[",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\xaf"',
        b"1 \xff",
        "\N{NO-BREAK SPACE}1",
        "// a\n1",
    ],
    ids=repr,
)
def test_refused_text(text: str | bytes) -> None:
    """Only RFC 8259 counts, in UTF-8, without a byte order mark.  [TRACE-PAYLOAD-6]"""
    with pytest.raises(JsonError):
        parse(text)


@pytest.mark.parametrize("fault", ["NaN", '"\\ud800"', '"\x01"', "01", "'", "\ufeff"], ids=repr)
def test_long_integer_hides_no_fault(fault: str) -> None:
    """Text with an integer of thousands of digits is read as strictly as any other.  [TRACE-PAYLOAD-6]"""
    with pytest.raises(JsonError):
        parse(f"[{LONG}, {fault}]")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" \t\r\n1\r\n", 1),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\u0000"', "\0"),
        ('"\x7f\u2028/"', "\x7f\u2028/"),
        ("-0", 0),
        ("[]", []),
    ],
    ids=repr,
)
def test_accepted_text(text: str, value: Any) -> None:
    """White space may surround a value, and a string may hold every character by escape.

    [TRACE-PAYLOAD-6]
    """
    assert parse(text) == value


# --- depth ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("depth", [128, 10_000, 1_000_000])
def test_too_deep(opening: str, closing: str, depth: int) -> None:
    """Depth is refused by its count, not by running out of stack.  [TRACE-PAYLOAD-7]"""
    with pytest.raises(TooDeep):
        parse(opening * depth + "1" + closing * depth)


def test_too_deep_without_an_end() -> None:
    """A text that only opens is refused as well.  [TRACE-PAYLOAD-7]"""
    with pytest.raises(JsonError):
        parse("[" * 1_000_000)


def test_too_deep_around_a_long_integer() -> None:
    """The slow way to read long integers has the same limit.  [TRACE-PAYLOAD-7]"""
    with pytest.raises(TooDeep):
        parse("[" * 200 + LONG + "]" * 200)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deepest(opening: str, closing: str) -> None:
    """127 containers are allowed, however many stand beside each other.  [TRACE-PAYLOAD-7]"""
    deepest = opening * 125 + "1" + closing * 125
    text = f"[[{deepest},{deepest}]]"

    assert compact(parse(text)) == text


def test_depth_of_what_known_elements_are_followed_by() -> None:
    """Elements that were seen before are not walked again; all others are.  [TRACE-PAYLOAD-7]"""
    with pytest.raises(TooDeep):
        parse('{"input":[1,2,' + "[" * 126 + "]" * 126 + "]}", known=[1, 2])


def test_depth_beside_known_elements() -> None:
    """A field beside the array that is known is walked.  [TRACE-PAYLOAD-7]"""
    with pytest.raises(TooDeep):
        parse('{"input":[1,2],"tools":' + "[" * 127 + "]" * 127 + "}", known=[1, 2])


def test_known_elements_are_shared() -> None:
    """An array that begins like the known one gets the same objects."""
    seen = parse('{"input":[{"a":[1]},{"b":2}]}')["input"]

    again = parse('{"input":[{"a":[1]},{"b":3}]}', known=seen)["input"]

    assert again[0] is seen[0]
    assert again[1] == {"b": 3}


# --- keys -------------------------------------------------------------------------------------


def test_repeated_key() -> None:
    """The last value stands at the first position.  [TRACE-PAYLOAD-8]"""
    assert compact(parse('{"a":1,"b":2,"a":3}')) == '{"a":3,"b":2}'


def test_keys_keep_their_order() -> None:
    """Nothing is sorted.  [TRACE-PAYLOAD-8, TRACE-TEXT-1]"""
    assert compact(parse('{ "b" : 1, "a" : { "z" : 0, "y" : 0 } }')) == '{"b":1,"a":{"z":0,"y":0}}'


@pytest.mark.parametrize("key", ["$serde_json::private::Number", "$serde_json::private::RawValue"])
def test_no_key_is_private(key: str) -> None:
    """An object stays an object.  [TRACE-PAYLOAD-10]"""
    text = '{"' + key + '":"1"}'

    assert compact(parse(text)) == text


def test_repeats_are_named() -> None:
    """Each object knows its own repeated keys, however they are written."""
    value = parse_keeping_repeats(b'{"a":1,"\\u0061":2,"b":{"c":1,"c":1}}')

    assert repeated_keys(value) == {"a"}
    assert repeated_keys(value["b"]) == {"c"}


@pytest.mark.parametrize("text", ['{"a":1,"b":[{"c":null}]}', ' {"a":1}\r'], ids=repr)
def test_text_of_a_writer_repeats_nothing(text: str) -> None:
    """What prints back to itself needs no second look."""
    assert not may_repeat_keys(text.encode(), parse(text))


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '{"x":{"a":1,"a":2}}'])
def test_text_that_repeats_keys_is_looked_at(text: str) -> None:
    """A repeated key does not print back."""
    assert may_repeat_keys(text.encode(), parse(text))


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551616", "18446744073709551616"),
        ("-" + "9" * 30, "-" + "9" * 30),
        ("1" * 640, "1" * 640),
        ("1" * 641, "1" * 641),
        ("1" * 4_301, "1" * 4_301),
        (LONG, LONG),
        ("-" + LONG, "-" + LONG),
        ("1.0", "1.0"),
        ("-0.0", "-0.0"),
        ("0.10", "0.10"),
        ("1e3", "1e+3"),
        ("1E5", "1e+5"),
        ("1E-5", "1e-5"),
        ("-1.50E+007", "-1.50e+007"),
        ("1e400", "1e+400"),
        ("1e" + LONG, "1e+" + LONG),
        ("0." + LONG, "0." + LONG),
    ],
    ids=lambda text: text[:24],
)
def test_number_in_compact_text(token: str, text: str) -> None:
    """A number keeps its digits, whatever a float would make of it.  [TRACE-TEXT-3]"""
    assert compact(parse(f"[{token}]")) == f"[{text}]"


def test_numbers_are_equal_by_their_text() -> None:
    """`1.0` and `1.00` are different texts, `1e3` and `1E+3` the same."""
    assert Number("1.0") != Number("1.00")
    assert Number("1e3") == Number("1E+3")


# --- text -------------------------------------------------------------------------------------


def test_strings_in_compact_text() -> None:
    """Only what JSON requires is escaped.  [TRACE-TEXT-2]"""
    value = parse('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F\\u007f\\u2028é😀"')

    assert compact(value) == '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\u2028é😀"'


def test_pretty_text() -> None:
    """Two spaces, non-ASCII as it is, empty containers closed, no line feed at the end.  [TRACE-STATE-7]"""
    assert pretty({"a": [1, "é"], "b": {}, "c": []}).decode() == (
        '{\n  "a": [\n    1,\n    "é"\n  ],\n  "b": {},\n  "c": []\n}'
    )
