"""A bundle in memory, open for editing, and the choices that a seed makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from rollout_conformance.mutation.jsontree import Members, Slot, Tree, children, dump, parse, slots
from rollout_conformance.mutation.vocabulary import KIND_OF_ID, NAMES

LOG = "trace.jsonl"
MANIFEST = "manifest.json"

T = TypeVar("T")

_READ = frozenset(NAMES)


@dataclass(frozen=True)
class MemoryBundle:
    """The files of a bundle by their path in it, `/` between folders."""

    files: dict[str, bytes]

    @classmethod
    def load(cls, folder: Path) -> "MemoryBundle":
        """Read all files below a folder."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def write(self, folder: Path) -> None:
        """Write the files below a folder, which need not exist."""
        folder.mkdir(parents=True, exist_ok=True)
        made = {folder}
        for name, data in self.files.items():
            path = folder / name
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            path.write_bytes(data)

    @cached_property
    def ids(self) -> dict[str, list[str]]:
        """Return the ids that stand anywhere in the bundle, by kind, sorted."""
        found: dict[str, set[str]] = {}
        for name in sorted(self.files):
            texts = self.files[name].split(b"\n") if name == LOG else [self.files[name]]
            for slot in (slot for text in texts for slot in slots(parse(text))):
                kind = KIND_OF_ID.get(slot.name)
                if kind is not None and isinstance(slot.value, str):
                    found.setdefault(kind, set()).add(slot.value)
        return {kind: sorted(found[kind]) for kind in sorted(found)}


class Dice:
    """Choices that follow from a seed alone."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311

    def below(self, limit: int) -> int:
        """Return a number from 0 to before `limit`, which is at least 1."""
        return int(self._random.random() * limit)

    def often(self, share: float) -> bool:
        """Tell yes in this share of calls."""
        return self._random.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several choices."""
        return choices[self.below(len(choices))]

    def two(self, limit: int) -> tuple[int, int]:
        """Return two different numbers below `limit`, which is at least 2, the lower first."""
        one, other = self.below(limit), self.below(limit - 1)
        other += other >= one
        return min(one, other), max(one, other)


@dataclass
class Text:
    """A JSON text of a draft that is open for editing: a file, or one line of the log."""

    tree: Tree
    name: str
    line: int | None = None


class Draft:
    """A bundle while operators change it."""

    def __init__(self, bundle: MemoryBundle, donor: MemoryBundle) -> None:
        self.files = dict(bundle.files)
        self.ids = bundle.ids
        self.donor = donor

    @property
    def lines(self) -> list[bytes]:
        """Return the lines of the log with their line feeds."""
        return self.files.get(LOG, b"").splitlines(keepends=True) if LOG in self.files else []

    @lines.setter
    def lines(self, lines: list[bytes]) -> None:
        self.files[LOG] = b"".join(lines)

    def payload_names(self) -> list[str]:
        """Return the names of all files but manifest and log."""
        return sorted(self.files.keys() - {MANIFEST, LOG})

    def open_any(self, dice: Dice) -> Text | None:
        """Open a line, a payload or, seldom, the manifest."""
        if dice.often(0.04):
            return self.open_file(MANIFEST)
        names = self.payload_names()
        if names and dice.often(0.5):
            return self.open_file(dice.pick(names))
        return self.open_line(dice)

    def open_file(self, name: str) -> Text | None:
        """Open a file, if it holds JSON."""
        tree = parse(self.files.get(name, b""))
        return None if tree is None else Text(tree, name)

    def open_line(self, dice: Dice) -> Text | None:
        """Open one line of the log, if it holds JSON."""
        lines = self.lines
        if not lines:
            return None
        number = dice.below(len(lines))
        tree = parse(lines[number])
        return None if tree is None else Text(tree, LOG, number)

    def save(self, text: Text) -> None:
        """Write an edited text back."""
        data = dump(text.tree).encode()
        if text.line is None:
            self.files[text.name] = data
        else:
            lines = self.lines
            lines[text.line] = data + b"\n"
            self.lines = lines


def choose_slot(tree: Tree, dice: Dice, wanted: Callable[[Slot], bool] = lambda _: True) -> Slot | None:
    """Return a place that is wanted: by a walk from the root, by a known name, or any."""
    if dice.often(0.4):
        node, name = tree, ""
        while below := [slot for slot in children(node, name) if wanted(slot) or children(slot.value)]:
            slot = dice.pick(below)
            if wanted(slot) and dice.often(0.4):
                return slot
            node, name = slot.value, slot.name
    found = [slot for slot in slots(tree) if wanted(slot)]
    known = [slot for slot in found if slot.name in _READ]
    found = known if known and dice.often(0.6) else found
    return dice.pick(found) if found else None


def edit_slot(
    draft: Draft, dice: Dice, wanted: Callable[[Slot], bool], change: Callable[[Slot], Any]
) -> None:
    """Open a text, change one place of it that is wanted, save it."""
    text = draft.open_any(dice)
    slot = choose_slot(text.tree, dice, wanted) if text else None
    if text and slot:
        change(slot)
        draft.save(text)


def edit_object(draft: Draft, dice: Dice, change: Callable[[Members, int], Any]) -> None:
    """Open a text, change an object at one of its members, save it."""
    text = draft.open_any(dice)
    if text is None:
        return
    inner = [slot.value for slot in slots(text.tree) if isinstance(slot.value, Members) and slot.value.names]
    objects = [text.tree, *inner] if isinstance(text.tree, Members) and text.tree.names else inner
    if objects:
        chosen = dice.pick(objects)
        known = [index for index, name in enumerate(chosen.names) if name in _READ]
        pool = known if known and dice.often(0.6) else list(range(len(chosen.names)))
        change(chosen, dice.pick(pool))
        draft.save(text)


def edit_array(draft: Draft, dice: Dice, least: int, change: Callable[[list[Tree]], Any]) -> None:
    """Open a text, change an array of at least so many elements, save it."""
    edit_slot(
        draft, dice, lambda slot: isinstance(slot.value, list) and len(slot.value) >= least, _into(change)
    )


def _into(change: Callable[[list[Tree]], Any]) -> Callable[[Slot], Any]:
    return lambda slot: change(slot.value)


def ended(line: bytes) -> bytes:
    """Return a line with its line feed."""
    return line if line.endswith(b"\n") else line + b"\n"


def is_reference(slot: Slot) -> bool:
    """Tell whether a payload reference stands in a place."""
    return isinstance(slot.value, Members) and {"raw_payload_id", "path"}.issubset(slot.value.names)


def is_text(slot: Slot) -> bool:
    """Tell whether a string stands in a place."""
    return isinstance(slot.value, str)


def can_be_written(files: dict[str, bytes]) -> bool:
    """Tell whether there is something to damage further, and no file is a folder of another."""
    folders = {name[:place] for name in files for place, letter in enumerate(name) if letter == "/"}
    return bool(files) and folders.isdisjoint(files)
