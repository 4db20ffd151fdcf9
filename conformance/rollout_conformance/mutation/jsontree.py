"""JSON as an editor needs it: repeated keys and number tokens survive, and so does nonsense.

Nothing here knows the format or the reference's parser: what a mutator writes must not depend on
what is under test.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_BRACKETS_OPEN = 400
"""A text that may nest deeper is left alone; Python versions differ in how deep they parse."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Token:
    """A number, or anything else that is to be printed as it stands."""

    text: str


class Members:
    """An object as names and values side by side; a name may stand twice."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        kept = list(pairs)
        self.names = [name for name, _ in kept]
        self.values: list[Any] = [value for _, value in kept]

    def get(self, name: str) -> Any:
        """Return the value of the last member with a name, or None."""
        for position in range(len(self.names) - 1, -1, -1):
            if self.names[position] == name:
                return self.values[position]
        return None

    def pairs(self) -> list[tuple[str, Any]]:
        """Return the members in order."""
        return list(zip(self.names, self.values, strict=True))


Tree = Any
"""`Members`, list, str, `Token`, bool or None."""


class Slot(NamedTuple):
    """A place in a tree: `holder[position]`, under the nearest name above."""

    holder: list[Tree]
    position: int
    name: str

    @property
    def value(self) -> Tree:
        """Return what stands there."""
        return self.holder[self.position]

    def put(self, value: Tree) -> None:
        """Put something else there."""
        self.holder[self.position] = value


def parse(text: bytes | str) -> Tree | None:
    """Return the tree of a JSON object or array; None for any other text."""
    if _may_nest_too_deep(text if isinstance(text, bytes) else text.encode("utf-8", "replace")):
        return None
    try:
        tree = json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=Members,
            parse_int=Token,
            parse_float=Token,
            parse_constant=Token,
        )
    except ValueError:
        return None
    return tree if isinstance(tree, (Members, list)) else None


def dump(tree: Tree) -> str:
    """Print a tree compactly, members in their order."""
    match tree:
        case Members():
            members = (f"{_quoted(name)}:{dump(value)}" for name, value in tree.pairs())
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(map(dump, tree)) + "]"
        case Token(text=text):
            return text
        case str():
            return _quoted(tree)
        case _:
            return json.dumps(tree)


def copy(tree: Tree) -> Tree:
    """Return a copy that shares no container with the tree."""
    match tree:
        case Members():
            return Members((name, copy(value)) for name, value in tree.pairs())
        case list():
            return [copy(value) for value in tree]
        case _:
            return tree


def slots(tree: Tree, name: str = "") -> Iterator[Slot]:
    """Yield every place below the root, outer before inner."""
    for slot in children(tree, name):
        yield slot
        yield from slots(slot.value, slot.name)


def children(tree: Tree, name: str = "") -> list[Slot]:
    """Return the places directly below a node; elements of an array bear the array's name."""
    if isinstance(tree, Members):
        return [Slot(tree.values, index, own) for index, own in enumerate(tree.names)]
    if isinstance(tree, list):
        return [Slot(tree, index, name) for index in range(len(tree))]
    return []


def _quoted(text: str) -> str:
    """Return a JSON string; unpaired surrogates cannot be encoded and stay escapes."""
    printed = json.dumps(text, ensure_ascii=False)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", printed)


def _may_nest_too_deep(text: bytes) -> bool:
    if text.count(b"[") + text.count(b"{") <= MAX_BRACKETS_OPEN:
        return False
    depth = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", text):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_BRACKETS_OPEN
