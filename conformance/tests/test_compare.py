"""Comparison names the first difference and reads patterns, ids and free order."""

import re
from collections.abc import Iterator

import pytest

from rollout_conformance.compare import Comparison, Difference, Mode, PatternError, first_difference
from rollout_conformance.locations import spec_dir

UUID7 = "01890a5d-ac96-774b-bcce-b302099a8057"


def iso(expected: str, actual: str, *unordered: str) -> Difference | None:
    """Compare two documents up to patterns."""
    return Comparison({"a": "json-iso"}, unordered).difference("a", expected.encode(), actual.encode())


def examples() -> Iterator[tuple[str, str, str | None]]:
    """Yield the comparisons of the specification: expected, made, pointer of the difference."""
    text = (spec_dir() / "conformance" / "cases.md").read_text("utf-8")
    expected = ""
    for info, body in re.findall(
        r"^```json (expected|made [^\n]*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE
    ):
        if info == "expected":
            expected = body
        else:
            yield expected, body, info.removeprefix("made ").removeprefix("differs ")


@pytest.mark.parametrize(("expected", "made", "said"), list(examples()))
def test_examples_of_the_text_are_right(expected: str, made: str, said: str) -> None:
    """What the specification shows to fit fits, and the rest differs where it says."""
    difference = iso(expected, made)

    assert (difference.pointer if difference else "fits") == said


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        ("1", "1", None),
        ("1.0", "1", "/: expected 1.0, got 1"),
        ("1", "true", "/: expected 1, got true"),
        ("1e5", "1E+5", None),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', "/: expected keys in order a, b, got b, a"),
        ('{"a":{"b/c":1}}', '{"a":{"b/c":2}}', "/a/b~1c: expected 1, got 2"),
        ('{"a":1}', "{}", "/a: expected 1, got no such key"),
        ("{}", '{"a~":1}', "/a~0: expected no such key, got 1"),
        ("[1,2]", "[1]", "/: expected 2 elements, got 1 elements"),
        ('{"a":{"$any":"int"}}', '{"a":1}', '/a: expected {"$any":"int"}, got 1'),
        ("[]", "[", "/: expected a JSON document, got Input data was truncated"),
    ],
)
def test_json_is_compared_exactly(expected: str, actual: str, told: str | None) -> None:
    """Types, number texts and key order count; patterns are literal."""
    difference = first_difference(expected.encode(), actual.encode())

    assert (str(difference) if difference else None) == told


@pytest.mark.parametrize(
    ("kind", "fits", "others"),
    [
        ("uuid7", [f'"{UUID7}"'], [f'"{UUID7.replace("774b", "474b")}"', f'"{UUID7.upper()}"', "1", "null"]),
        ("uuid", [f'"{UUID7}"', f'"{UUID7.replace("774b", "474b")}"'], ['"x"', f'"{UUID7}0"']),
        ("string", ['"x"', '""'], ["1", "null"]),
        ("int", ["1", "-3"], ["1.0", "true", '"1"']),
        ("number", ["1", "1.5e3"], ["true", '"1"']),
        ("bool", ["true"], ["1", "null"]),
        ("array", ["[]"], ["{}"]),
        ("object", ["{}"], ["[]"]),
        ("value", ["null", "true", "{}"], []),
    ],
)
def test_any_stands_for_a_kind(kind: str, fits: list[str], others: list[str]) -> None:
    """Each kind fits its values and no others."""
    pattern = f'{{"$any":"{kind}"}}'

    assert [text for text in fits if iso(pattern, text)] == []
    assert [text for text in others if not iso(pattern, text)] == []


@pytest.mark.parametrize(
    "pattern",
    ['{"$any":"uid7"}', '{"$either":[]}', '{"$either":1}', '{"$id":""}', '{"$absent":false}', "{"],
)
def test_meaningless_expectation_is_an_error_of_the_suite(pattern: str) -> None:
    """An expectation that says nothing is never a failure of the implementation."""
    with pytest.raises(PatternError):
        iso(pattern, "1")


def test_one_id_has_one_name() -> None:
    """A bijection goes both ways, and through all files of a case."""
    comparison = Comparison({"a": "json-iso", "b": "json-iso"})

    assert comparison.difference("a", b'[{"$id":"x"},{"$id":"y"}]', b'["p","q"]') is None
    assert comparison.difference("b", b'[{"$id":"y"}]', b'["q"]') is None
    assert (
        str(comparison.difference("b", b'[{"$id":"y"}]', b'["p"]')) == '/0: expected the id "q" (y), got "p"'
    )
    assert (
        str(comparison.difference("b", b'[{"$id":"z"}]', b'["p"]'))
        == '/0: expected an id of its own (z), got "p"'
    )


def test_names_are_bound_only_by_what_fits() -> None:
    """A choice that was tried and left binds nothing."""
    expected = '[{"$either":[{"a":{"$id":"x"},"b":1},{"a":{"$any":"string"}}]},{"$id":"x"}]'

    assert iso(expected, '[{"a":"p"},"q"]') is None
    assert iso(expected, '[{"a":"p","b":1},"q"]') is not None


@pytest.mark.parametrize(
    ("expected", "actual", "pointer"),
    [
        ('{"a":[1,2,2]}', '{"a":[2,1,2]}', None),
        ('{"a":[1,2,2]}', '{"a":[1,1,2]}', "/a/1"),
        ('{"a":[1]}', '{"a":[1,3]}', "/a/1"),
        ('{"b":[1,2]}', '{"b":[2,1]}', "/b/0"),
        ('{"c":{"d":[1,2]}}', '{"c":{"d":[2,1]}}', None),
        ('{"o":{"x":1,"y":2}}', '{"o":{"y":2,"x":1}}', None),
        ('{"p":{"x":1,"y":2}}', '{"p":{"y":2,"x":1}}', "/p"),
    ],
)
def test_free_order_holds_only_where_it_is_given(expected: str, actual: str, pointer: str | None) -> None:
    """Arrays keep their multiset, objects their members."""
    comparison = Comparison({}, ["/a", "/*/d", "/o"])

    difference = comparison.difference("x.json", expected.encode(), actual.encode())

    assert (difference.pointer if difference else None) == pointer


def test_elements_in_free_order_find_their_counterparts() -> None:
    """A wrong first pairing is taken back, and ids count."""
    first = '"a":[{"$any":"int"},7,{"$either":[1,2]}]'
    second = '"b":[{"id":{"$id":"x"}},{"id":{"$id":"y"},"of":{"$id":"x"}}]'
    expected = f"{{{first},{second}}}"

    assert iso(expected, '{"a":[1,9,7],"b":[{"id":"q","of":"p"},{"id":"p"}]}', "/a", "/b") is None
    assert iso(expected, '{"a":[9,9,7],"b":[]}', "/a", "/b") == Difference(
        "/a", 'elements such as {"$any":"int"}', "9"
    )
    assert iso(expected, '{"a":[1,9,7],"b":[{"id":"q","of":"q"},{"id":"p"}]}', "/a", "/b") is not None


def test_too_many_choices_are_an_error_of_the_suite() -> None:
    """Patterns that fit everything end in an error, not in a hang."""
    expected = "[" + ",".join(['{"$any":"int"}'] * 12 + ['{"$any":"string"}']) + "]"

    with pytest.raises(PatternError, match="choices open"):
        iso(expected, str(list(range(13))), "")


@pytest.mark.parametrize(
    ("mode", "expected", "actual", "told"),
    [
        ("jsonl", '{"a": 1}\n[2]\n', '{"a":1}\n\n[2]', None),
        ("jsonl", "1\n2\n", "2\n1\n", "/0: expected 1, got 2"),
        ("jsonl", "1\n", "1\n{\n", "/: expected JSON lines, got line 2: Input data was truncated"),
        ("set", "1\n2\n2\n", "2\n1\n2\n", None),
        ("set", "1\n2\n2\n", "2\n1\n1\n", "/1: expected 2, got no such element"),
        ("bytes", "ab", "ab", None),
        ("bytes", "ab", "ax", "/: expected 'b' at byte 1, got 'x'"),
        ("bytes", "ab", "abc", "/: expected '' at byte 2, got 'c'"),
    ],
)
def test_modes_compare_what_they_say(mode: Mode, expected: str, actual: str, told: str | None) -> None:
    """Lines, lines in any order, bytes."""
    difference = Comparison({"a": mode}).difference("a", expected.encode(), actual.encode())

    assert (str(difference) if difference else None) == told


@pytest.mark.parametrize(("name", "told"), [("a.json", None), ("a.jsonl", None), ("a.bin", "/: expected")])
def test_mode_follows_from_the_name(name: str, told: str | None) -> None:
    """White space counts only in bytes."""
    difference = Comparison().difference(name, b"[1]", b"[ 1 ]")

    assert (str(difference)[:11] if difference else None) == told
