"""The same values in another spelling: blanks, order of keys, escapes, line ends, blank lines."""

import re
from collections.abc import Iterator

from rollout_conformance.metamorphic.given import Given, each_line, each_object
from rollout_conformance.mutation.jsontree import Members, Tree, parse

_BLANK = " \t"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CHARACTER = re.compile(r"\\u[0-9A-Fa-f]{4}|\\.|.", re.DOTALL)


def with_blanks(given: Given) -> Given:
    """Put blanks before, between and behind the tokens of each line."""
    return given.with_rollouts(each_line(_spaced))


def with_keys_turned(given: Given) -> Given:
    """Turn the keys of all objects round.

    A line in which one stands twice stays as it is, and so does a bare header: a reader of that tells
    its keys in an order of their own.
    """
    return given.with_rollouts(each_object(_all_turned))


def with_escapes(given: Given) -> Given:
    """Write each ASCII letter of names and texts as an escape."""
    return given.with_rollouts(each_line(_escaped))


def with_carriage_returns(given: Given) -> Given:
    """Put a carriage return before each line feed."""
    return given.with_rollouts(lambda data: data.replace(b"\n", b"\r\n"))


def with_blank_lines(given: Given) -> Given:
    """Put a blank line before each line, so that line n becomes line 2 n."""
    return given.with_rollouts(_parted)


def _spaced(line: bytes) -> bytes:
    if not isinstance(parse(line), Members):
        return line
    tokens = _TOKEN.findall(line.decode())
    return _BLANK.join(["", *tokens, ""]).encode()


def _escaped(line: bytes) -> bytes:
    if not isinstance(parse(line), Members):
        return line
    return _TEXT.sub(lambda text: _CHARACTER.sub(_escape, text[0]), line.decode()).encode()


def _escape(character: re.Match[str]) -> str:
    found = character[0]
    return f"\\u{ord(found):04x}" if found.isascii() and found.isalpha() else found


def _parted(data: bytes) -> bytes:
    lines = data.split(b"\n")
    end = lines.pop()  # what stands behind the last line feed
    told = [*lines, end] if end else lines
    text = b"".join(b"%s\n%s\n" % (_BLANK.encode(), line) for line in told)
    return text.removesuffix(b"\n") if end else text


def _all_turned(tree: Members) -> Members | None:
    if "type" not in tree.names or any(len(set(each.names)) < len(each.names) for each in _objects(tree)):
        return None
    turned = _turned(tree)
    return turned if isinstance(turned, Members) else None


def _turned(tree: Tree) -> Tree:
    match tree:
        case Members():
            return Members((name, _turned(value)) for name, value in reversed(tree.pairs()))
        case list():
            return [_turned(value) for value in tree]
        case _:
            return tree


def _objects(tree: Tree) -> Iterator[Members]:
    if isinstance(tree, Members):
        yield tree
    for value in tree.values if isinstance(tree, Members) else tree if isinstance(tree, list) else ():
        yield from _objects(value)
