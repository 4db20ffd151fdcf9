"""Compare what was made with what was expected; name where they differ, as a JSON pointer."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from rollout_reference import jsontext

SHOWN = 60
"""Characters of a value that a difference shows."""

MAX_TRIALS = 10_000
"""Pairings that are tried to find the counterparts of elements in free order."""

MAX_PATTERNED = 200
"""Elements with patterns that an array in free order may have."""

Mode = Literal["json", "json-iso", "bytes", "jsonl", "set"]
"""How a file is compared.

`json`: values, key order and number text; `json-iso`: values up to patterns, keys in any order;
`bytes`; `jsonl`: JSON lines in order; `set`: JSON lines in any order.
"""

PATTERNS = ("$any", "$either", "$id", "$absent")
KEY_PATTERN = "$id:"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID7 = re.compile(_UUID % "7")
_ANY_UUID = re.compile(_UUID % "[0-9a-f]")


class Difference(Struct, frozen=True):
    """One place where a document is not what was expected."""

    pointer: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: expected {self.expected}, got {self.actual}"


class PatternError(Exception):
    """An expectation whose patterns mean nothing, or too many things."""


def default_mode(name: str) -> Mode:
    """Return how a file is compared when its case does not say."""
    return "json" if name.endswith(".json") else "jsonl" if name.endswith(".jsonl") else "bytes"


class Comparison:
    """Compares the files of one case; `$id` names mean the same in all of them."""

    def __init__(self, modes: Mapping[str, Mode] | None = None, unordered: Sequence[str] = ()) -> None:
        self._modes = modes or {}
        self._unordered = unordered
        self._ids = _Bijection()

    def difference(self, name: str, expected: bytes, actual: bytes) -> Difference | None:
        """Return the first difference of a file; raises `PatternError`."""
        return next(self.differences(name, expected, actual), None)

    def differences(self, name: str, expected: bytes, actual: bytes) -> Iterator[Difference]:
        """Yield all differences of a file in the order of the expectation; raises `PatternError`."""
        mode = self._modes.get(name) or default_mode(name)
        if mode == "bytes":
            yield from _of_bytes(expected, actual)
        elif mode == "json-iso" or expected != actual:
            yield from self._of_documents(mode, expected, actual)

    def _of_documents(self, mode: Mode, expected: bytes, actual: bytes) -> Iterator[Difference]:
        try:
            wanted = _parse(mode, expected)
        except jsontext.JsonError as error:
            raise PatternError(f"the expectation is not JSON: {error}") from None
        try:
            made = _parse(mode, actual)
        except jsontext.JsonError as error:
            yield Difference("", "JSON lines" if mode in ("jsonl", "set") else "a JSON document", str(error))
            return
        unordered = ("", *self._unordered) if mode == "set" else self._unordered
        matcher = _Isomorphic(unordered, self._ids) if mode == "json-iso" else _Exact(unordered)
        yield from matcher.differences("", wanted, made)


def first_difference(expected: bytes, actual: bytes) -> Difference | None:
    """Return the first difference of two JSON documents, key order and number text included."""
    return Comparison({"": "json"}).difference("", expected, actual)


def holds_pattern(value: Any) -> bool:
    """Tell whether an expected value has a pattern anywhere in it."""
    if isinstance(value, dict):
        keyed = any(key.startswith(KEY_PATTERN) for key in value)
        return keyed or _pattern_of(value) is not None or any(map(holds_pattern, value.values()))
    return isinstance(value, list) and any(map(holds_pattern, value))


def _parse(mode: Mode, data: bytes) -> Any:
    if mode not in ("jsonl", "set"):
        return jsontext.parse(data)
    values = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                values.append(jsontext.parse(line))
            except jsontext.JsonError as error:
                raise jsontext.JsonError(f"line {number}: {error}") from None
    return values


def _of_bytes(expected: bytes, actual: bytes) -> Iterator[Difference]:
    if expected == actual:
        return
    pairs = zip(expected, actual, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(actual)))
    shown = [repr(data[at : at + SHOWN // 3])[1:] for data in (expected, actual)]
    yield Difference("", f"{shown[0]} at byte {at}", shown[1])


class _Exact:
    """Values, key order and number text are equal; arrays in free order hold the same elements."""

    def __init__(self, unordered: Sequence[str]) -> None:
        self._unordered = [_pointer_expression(pointer) for pointer in unordered]

    def differences(self, pointer: str, expected: Any, actual: Any) -> Iterator[Difference]:
        if isinstance(expected, dict) and isinstance(actual, dict):
            yield from self._of_objects(pointer, expected, actual)
        elif isinstance(expected, list) and isinstance(actual, list):
            if self._is_unordered(pointer):
                yield from self._of_free_order(pointer, expected, actual)
            else:
                yield from self._of_arrays(pointer, expected, actual)
        elif type(expected) is not type(actual) or expected != actual:
            yield Difference(pointer, shown(expected), shown(actual))

    def _is_unordered(self, pointer: str) -> bool:
        return any(expression.fullmatch(pointer) for expression in self._unordered)

    def _of_arrays(self, pointer: str, expected: list[Any], actual: list[Any]) -> Iterator[Difference]:
        for index, pair in enumerate(zip(expected, actual, strict=False)):
            yield from self.differences(f"{pointer}/{index}", *pair)
        if len(expected) != len(actual):
            yield Difference(pointer, f"{len(expected)} elements", f"{len(actual)} elements")

    def _of_objects(
        self, pointer: str, expected: dict[str, Any], actual: dict[str, Any]
    ) -> Iterator[Difference]:
        for key, value in expected.items():
            if key in actual:
                yield from self.differences(place(pointer, key), value, actual[key])
            else:
                yield Difference(place(pointer, key), shown(value), "no such key")
        for key, value in actual.items():
            if key not in expected:
                yield Difference(place(pointer, key), "no such key", shown(value))
        if list(expected) != list(actual) and not self._is_unordered(pointer):
            yield Difference(
                pointer, f"keys in order {', '.join(expected)}"[:SHOWN], ", ".join(actual)[:SHOWN]
            )

    def _of_free_order(self, pointer: str, expected: list[Any], actual: list[Any]) -> Iterator[Difference]:
        wanted, made = (Counter(map(jsontext.compact, values)) for values in (expected, actual))
        missing, extra = wanted - made, made - wanted
        for index, value in enumerate(expected):
            if missing[text := jsontext.compact(value)]:
                missing[text] -= 1
                yield Difference(f"{pointer}/{index}", _cut(text), "no such element")
        for index, value in enumerate(actual):
            if extra[text := jsontext.compact(value)]:
                extra[text] -= 1
                yield Difference(f"{pointer}/{index}", "no such element", _cut(text))


class _Bijection:
    """Which id a name stands for: one name an id, one id a name."""

    def __init__(self) -> None:
        self._ids: dict[str, Any] = {}
        self._names: dict[Any, str] = {}

    def bind(self, name: str, value: Any) -> bool:
        """Tell whether a name can stand for an id, and let it."""
        return self._ids.setdefault(name, value) == value and self._names.setdefault(value, name) == name

    def known(self, name: str) -> Any:
        """Return what a name stands for, None as long as nothing is known."""
        return self._ids.get(name)

    def saved(self) -> tuple[dict[str, Any], dict[Any, str]]:
        return dict(self._ids), dict(self._names)

    def restore(self, saved: tuple[dict[str, Any], dict[Any, str]]) -> None:
        self._ids, self._names = dict(saved[0]), dict(saved[1])


class _Isomorphic(_Exact):
    """Values are equal up to patterns and the choice of ids; keys may come in any order."""

    def __init__(self, unordered: Sequence[str], ids: _Bijection) -> None:
        super().__init__(unordered)
        self._ids = ids
        self._trials = 0

    def differences(self, pointer: str, expected: Any, actual: Any) -> Iterator[Difference]:
        match _pattern_of(expected):
            case None:
                yield from super().differences(pointer, expected, actual)
            case "$any":
                if not _is_kind(expected["$any"], actual):
                    yield Difference(pointer, f"any {expected['$any']}", shown(actual))
            case "$either":
                if not any(self._fits(pointer, choice, actual) for choice in expected["$either"]):
                    yield Difference(pointer, f"one of {_cut(shown(expected['$either']))}", shown(actual))
            case "$id":
                yield from self._of_id(pointer, expected["$id"], actual)
            case "$absent":
                yield Difference(pointer, "no such key", shown(actual))

    def _of_id(self, pointer: str, name: str, actual: Any) -> Iterator[Difference]:
        if not isinstance(actual, str | int) or isinstance(actual, bool):
            yield Difference(pointer, f"an id ({name})", shown(actual))
            return
        saved, known = self._ids.saved(), self._ids.known(name)
        if not self._ids.bind(name, actual):
            self._ids.restore(saved)
            told = f"the id {shown(known)} ({name})" if known is not None else f"an id of its own ({name})"
            yield Difference(pointer, told, shown(actual))

    def _fits(self, pointer: str, expected: Any, actual: Any) -> bool:
        """Tell whether a value fits; names that were bound on the way stay bound only if it does."""
        self._trials += 1
        if self._trials > MAX_TRIALS:
            raise PatternError(f"{pointer}: the patterns leave more than {MAX_TRIALS} choices open")
        saved = self._ids.saved()
        if next(self.differences(pointer, expected, actual), None) is None:
            return True
        self._ids.restore(saved)
        return False

    def _of_objects(
        self, pointer: str, expected: dict[str, Any], actual: dict[str, Any]
    ) -> Iterator[Difference]:
        named = {key: value for key, value in expected.items() if key.startswith(KEY_PATTERN)}
        plain = {key: value for key, value in expected.items() if key not in named}
        for key, value in plain.items():
            if key in actual:
                yield from self.differences(place(pointer, key), value, actual[key])
            elif _pattern_of(value) != "$absent":
                yield Difference(place(pointer, key), shown(value), "no such key")
        others = {key: value for key, value in actual.items() if key not in plain}
        if named:
            wanted = [[{"$id": key.removeprefix(KEY_PATTERN)}, value] for key, value in named.items()]
            yield from self._of_free_order(pointer, wanted, [list(pair) for pair in others.items()])
            return
        for key, value in others.items():
            yield Difference(place(pointer, key), "no such key", shown(value))

    def _of_free_order(self, pointer: str, expected: list[Any], actual: list[Any]) -> Iterator[Difference]:
        """Pair off equal elements, then find counterparts for those with patterns."""
        patterned = [value for value in expected if holds_pattern(value)]
        plain = [value for value in expected if not holds_pattern(value)]
        left = list(actual)
        for value in plain:
            at = next((n for n, made in enumerate(left) if self._fits(pointer, value, made)), None)
            if at is None:
                yield Difference(pointer, f"an element {shown(value)}", "no such element")
            else:
                del left[at]
        if len(patterned) != len(left):
            yield Difference(pointer, f"{len(expected)} elements", f"{len(actual)} elements")
        elif len(patterned) > MAX_PATTERNED:
            raise PatternError(f"{pointer}: more than {MAX_PATTERNED} elements in free order have patterns")
        elif not self._pair(pointer, patterned, left):
            yield Difference(pointer, f"elements such as {shown(patterned[0])}", shown(left[0]))

    def _pair(self, pointer: str, expected: list[Any], actual: list[Any]) -> bool:
        """Tell whether each element finds a counterpart of its own, going back where one was wrong."""
        if not expected:
            return True
        for index, value in enumerate(actual):
            saved = self._ids.saved()
            rest = actual[:index] + actual[index + 1 :]
            if self._fits(pointer, expected[0], value) and self._pair(pointer, expected[1:], rest):
                return True
            self._ids.restore(saved)
        return False


def _pattern_of(value: Any) -> str | None:
    """Return the kind of a pattern, None for a literal; raises `PatternError` for neither."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    key, meaning = next(iter(value.items()))
    if key not in PATTERNS:
        return None
    fits = {
        "$any": isinstance(meaning, str) and meaning in KINDS,
        "$either": isinstance(meaning, list) and len(meaning) > 0,
        "$id": isinstance(meaning, str) and meaning != "",
        "$absent": meaning is True,
    }
    if not fits[key]:
        raise PatternError(f"{shown(value)} is no pattern; $any knows {', '.join(KINDS)}")
    return str(key)


KINDS: dict[str, tuple[type, ...]] = {
    "uuid7": (str,),
    "uuid": (str,),
    "string": (str,),
    "int": (int,),
    "number": (int, jsontext.Number),
    "bool": (bool,),
    "array": (list,),
    "object": (dict,),
    "value": (object,),
}
"""What `$any` may stand for; `value` is anything, null too."""


def _is_kind(kind: str, value: Any) -> bool:
    if isinstance(value, bool) and kind not in ("bool", "value"):
        return False
    if not isinstance(value, KINDS[kind]):
        return False
    form = {"uuid7": _UUID7, "uuid": _ANY_UUID}.get(kind)
    return form is None or form.fullmatch(str(value)) is not None


def place(pointer: str, key: str) -> str:
    """Return the JSON pointer of a key of the object at a pointer."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _pointer_expression(pointer: str) -> re.Pattern[str]:
    steps = ("[^/]*" if step == "*" else re.escape(step) for step in pointer.split("/"))
    return re.compile("/".join(steps))


def shown(value: Any) -> str:
    """Return a value as compact text, cut where it is long."""
    return _cut(jsontext.compact(value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
