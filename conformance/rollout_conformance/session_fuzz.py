"""Lines of a rollout, changed at random, read by the reference and by the real CLI.

A finding is a line that one of them takes for an item and the other does not, or that they write differently.
Differences that the specification lists as deviations are told by `explained`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rollout_conformance.mutation.drafts import Dice
from rollout_conformance.mutation.jsontree import Members, Slot, Token, copy, dump, parse, slots
from rollout_conformance.mutation.vocabulary import NUMBERS, SWAPPED_TYPES, TEXTS
from rollout_conformance.record.app_server import AppServer
from rollout_conformance.record.fork_oracle import fork_lines
from rollout_reference.session.defects import Defect
from rollout_reference.session.lines import Line, canonical_line, read_line
from rollout_reference.session.shapes.forms import ObjectForm
from rollout_reference.session.shapes.shape import Shape
from rollout_reference.session.writing.policy import is_persisted

OTHER_VALUES = (
    *SWAPPED_TYPES,
    "/",
    "/w/../x//y/.",
    "relative",
    "file:///w/a%20b",
    "/root/a/b",
    "/root/A",
    Token("4294967295"),
    Token("18446744073709551615"),
)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")
PRIVATE_KEY = b"$serde_json::private::Number"


@dataclass(frozen=True)
class Finding:
    """A line about which reference and CLI do not agree."""

    line: bytes
    reference: bytes
    """The line as the reference writes it, or why it is no item."""
    codex: bytes
    """The line as the CLI writes it; empty if it is no item."""


class Changer:
    """Makes new lines out of given ones; what it makes follows from the seed alone."""

    def __init__(self, lines: Sequence[bytes], seed: int) -> None:
        self._trees = [parse(line) for line in lines]
        self._dice = Dice(seed)
        places = [slot for tree in self._trees for slot in slots(tree)]
        self._names = sorted({slot.name for slot in places})
        self._values: dict[str, list[Any]] = {}
        for slot in places:
            self._values.setdefault(slot.name, []).append(slot.value)

    def next_line(self) -> bytes:
        """Return a given line with one or two changes."""
        dice = self._dice
        tree = Members([("line", copy(dice.pick(self._trees)))])
        for _ in range(1 if dice.often(0.8) else 2):
            inner = tree.values[0]
            if isinstance(inner, Members) and inner.names:
                dice.pick(_CHANGES)(self, inner)
        return dump(tree.values[0]).encode("utf-8", "surrogatepass")

    def change_value(self, tree: Members) -> None:
        """Put a value of another kind, or an awkward one, anywhere."""
        slot = self._dice.pick(list(slots(tree)))
        slot.put(copy(self._dice.pick(OTHER_VALUES)))

    def change_scalar(self, tree: Members) -> None:
        """Put another number for a number, another text for a text."""
        scalars = [slot for slot in slots(tree) if isinstance(slot.value, str | Token)]
        slot = self._dice.pick(scalars)
        is_number = isinstance(slot.value, Token)
        slot.put(Token(self._dice.pick(NUMBERS)) if is_number else self._dice.pick(TEXTS))

    def borrow_value(self, tree: Members) -> None:
        """Put what stands under the same name elsewhere."""
        slot: Slot = self._dice.pick(list(slots(tree)))
        slot.put(copy(self._dice.pick(self._values[slot.name])) if slot.name in self._values else None)

    def delete_member(self, tree: Members) -> None:
        """Leave a member of an object out."""
        members, index = self._member(tree)
        del members.names[index], members.values[index]

    def rename_member(self, tree: Members) -> None:
        """Call a member otherwise."""
        members, index = self._member(tree)
        members.names[index] = self._dice.pick(self._names)

    def add_member(self, tree: Members) -> None:
        """Add a member that stands elsewhere, maybe for the second time."""
        members, index = self._member(tree)
        name = self._dice.pick(self._names)
        members.names.insert(index, name)
        members.values.insert(index, copy(self._dice.pick(self._values[name])))

    def repeat_member(self, tree: Members) -> None:
        """Let a member stand twice, with another value."""
        members, index = self._member(tree)
        members.names.append(members.names[index])
        members.values.append(copy(self._dice.pick(OTHER_VALUES)))

    def _member(self, tree: Members) -> tuple[Members, int]:
        inner = [slot.value for slot in slots(tree) if isinstance(slot.value, Members) and slot.value.names]
        members = self._dice.pick([tree, *inner, *inner])
        return members, self._dice.below(len(members.names))


_CHANGES: tuple[Callable[[Changer, Members], None], ...] = (
    Changer.change_value,
    Changer.change_scalar,
    Changer.borrow_value,
    Changer.borrow_value,
    Changer.delete_member,
    Changer.rename_member,
    Changer.add_member,
    Changer.repeat_member,
)


def compare(server: AppServer, lines: Sequence[bytes]) -> list[Finding]:
    """Return the lines on which reference and CLI do not agree."""
    answers = fork_lines(server, lines)
    return [
        finding for line, answer in zip(lines, answers, strict=True) for finding in _compared(line, answer)
    ]


def _compared(line: bytes, answer: list[bytes]) -> list[Finding]:
    read = read_line(line, 1)
    codex = b"\n".join(answer)
    if not isinstance(read, Line):
        reason = read.reason if isinstance(read, Defect) else "blank"
        return [Finding(line, reason.encode(), codex)] if answer else []
    if not answer and not is_persisted(read.type, read.payload, "legacy"):
        return []  # it may well be an item, but a fork does not keep it
    written = canonical_line(read)
    same = bool(answer) and _same(_content(codex), _content(written), line)
    return [] if same else [Finding(line, written, codex)]


def _content(line: bytes) -> Any:
    """Return what stands in a written line, except the time of writing."""
    tree: Any = parse(line)
    return Members(pair for pair in tree.pairs() if pair[0] != "timestamp")


def _same(codex: Any, reference: Any, line: bytes) -> bool:
    """Tell whether the CLI wrote the same, apart from keys of the line that it does not know."""
    if isinstance(codex, Members) and isinstance(reference, Members):
        if codex.pairs() == _OTHER and reference.names.count("type"):
            return True  # DEV-33
        known = [pair for pair in reference.pairs() if pair[0] in codex.names]
        others = [name for name in reference.names if name not in codex.names]
        return (
            [name for name, _ in known] == codex.names
            and all(name.encode() in line or dump(name).encode() in line for name in others)
            and all(_same(a, b, line) for a, (_, b) in zip(codex.values, known, strict=True))
        )
    if isinstance(codex, list) and isinstance(reference, list):
        return len(codex) == len(reference) and all(
            _same(a, b, line) for a, b in zip(codex, reference, strict=True)
        )
    return bool(type(codex) is type(reference) and codex == reference)


_OTHER = [("type", "other")]
"""What the CLI makes of an item whose type it does not know; the reference keeps the item."""


def explained(finding: Finding) -> str | None:
    """Return the deviation that a finding is a case of."""
    return next((name for name, holds in _DEVIATIONS.items() if holds(finding)), None)


def _is_other_coding(slot: Slot) -> bool:
    """Tell whether a place holds a name as an only key, or a number where a name tells objects apart."""
    one_key = isinstance(slot.value, Members) and slot.value.values == [None]
    return one_key or (slot.name in ("type", "kind") and isinstance(slot.value, Token))


@cache
def _newer_keys() -> frozenset[bytes]:
    """Return the keys that CLI 0.143.0 ignores; the reference reads them as a later version does."""
    shapes: list[type[Shape]] = [Shape]
    for shape in shapes:
        shapes += shape.__subclasses__()
    fields = (field for shape in shapes for field in ObjectForm(shape).fields)
    return frozenset({field.name.encode() for field in fields if field.newer} | {b"ordinal"})


def _is_about_newer_key(finding: Finding) -> bool:
    pointer = finding.reference.partition(b":")[0]
    return not _newer_keys().isdisjoint(pointer.split(b"/"))


_DEVIATIONS: dict[str, Callable[[Finding], bool]] = {
    "DEV-30": lambda f: (
        bool(f.codex)
        and b": expected " in f.reference
        and (b"found an array" in f.reference or any(map(_is_other_coding, slots(parse(f.line)))))
    ),
    "DEV-31": lambda f: (
        not f.codex
        and any(isinstance(s.value, str) and _WINDOWS_PATH.match(s.value) for s in slots(parse(f.line)))
    ),
    "DEV-32": lambda f: PRIVATE_KEY in f.line or (bool(f.codex) and b"more than 64 bits" in f.reference),
    "newer": lambda f: bool(f.codex) and _is_about_newer_key(f),
}
"""What explains a finding: a deviation of the specification, or a key that the CLI does not know yet."""
