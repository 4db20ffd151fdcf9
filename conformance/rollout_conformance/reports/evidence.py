"""The lines of an input that a result is about."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from rollout_conformance.answers import Refused
from rollout_conformance.cases import Case
from rollout_conformance.compare import Difference
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.results import Result

SHOWN_LINES = 2
SHOWN_CHARACTERS = 2_000
"""Characters of a line that are kept; what shows it cuts it to its width."""

LARGEST_FILE = 8 << 20
"""Bytes of an input file beyond which nobody looks for a line."""


class InputLine(Struct, frozen=True):
    """A line of an input file, or the whole file where it has no lines, and why it is shown."""

    file: str
    number: int | None
    why: str
    text: str

    @property
    def place(self) -> str:
        """Return where it stands."""
        return self.file if self.number is None else f"{self.file} line {self.number}"


def lines_involved(case: Case, result: Result) -> list[InputLine]:
    """Return at most two lines: where it was rejected or had to be, else what the difference is about."""
    found = [*_rejected_at(case, result.at, "rejected here")]
    if case.verdict == "must-reject":
        found += _rejected_at(case, _place_of_the_fault(case), "to be rejected here")
    elif not found and result.difference is not None:
        found += islice(_about(case, result.difference), SHOWN_LINES)
    unique = {(line.file, line.number): line for line in found}
    return list(unique.values())


def _place_of_the_fault(case: Case) -> dict[str, Any] | None:
    """Return where the reference rejects the input."""
    answer = Reference().perform(case.task)
    return answer.at if isinstance(answer, Refused) else None


def _rejected_at(case: Case, at: dict[str, Any] | None, why: str) -> Iterator[InputLine]:
    """Yield the line at a place; an implementation may name any place, so it may lie nowhere."""
    if at is None or not isinstance(at.get("file"), str):
        return
    file, number = at["file"], at.get("line")
    path = case.input / file
    if "\0" in file or not path.resolve().is_relative_to(case.input.resolve()):
        return
    lines = _lines_of(path)
    if isinstance(number, int) and 1 <= number <= len(lines):
        yield InputLine(file, number, why, lines[number - 1][:SHOWN_CHARACTERS])
    elif number is None and lines:
        whole = " ".join(line.strip() for line in lines)
        yield InputLine(file, None, why, whole[:SHOWN_CHARACTERS])


def _about(case: Case, difference: Difference) -> Iterator[InputLine]:
    """Yield the lines of the input's logs that made the object in which the difference lies."""
    keys = [key.replace("~1", "/").replace("~0", "~") for key in difference.pointer.split("/")[1:]]
    objects = list(_enclosing(case, keys))
    logs = sorted(path for path in case.input.glob("*.jsonl") if path.is_file())
    events = [(path.name, *line) for path in logs for line in enumerate(_lines_of(path), start=1)]
    for why, is_about in (
        ("made it", _by_field("seq", _numbers(objects, "_seq"))),
        ("made it", _by_field("wall_time_unix_ms", _numbers(objects, "_at_unix_ms"))),
        ("mentions it", _by_mention(keys)),
    ):
        hits = [
            InputLine(file, n, why, text[:SHOWN_CHARACTERS]) for file, n, text in events if is_about(text)
        ]
        if hits:
            yield from hits
            return


def _enclosing(case: Case, keys: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of the expected output around a place, the outermost first."""
    for document in case.expected_outputs().values():
        try:
            value = json.loads(document)
        except ValueError:
            continue
        for key in [*keys, None]:
            if isinstance(value, dict):
                yield value
                value = value.get(key)
            elif isinstance(value, list) and key is not None and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                break


def _numbers(objects: list[dict[str, Any]], ending: str) -> set[int]:
    """Return the numbers by which the innermost object that has any says when it was made."""
    for value in reversed(objects[1:]):
        window = value.get("execution")
        fields = {**value, **(window if isinstance(window, dict) else {})}
        numbers = {n for key, n in fields.items() if key.endswith(ending) and isinstance(n, int)}
        if numbers:
            return numbers
    return set()


def _by_field(name: str, wanted: set[int]) -> Callable[[str], bool]:
    """Tell which lines carry one of the numbers in a field."""

    def is_about(text: str) -> bool:
        if not wanted:
            return False
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            return False
        return isinstance(event, dict) and event.get(name) in wanted

    return is_about


def _by_mention(keys: Iterable[str]) -> Callable[[str], bool]:
    """Tell which lines have one of the keys as a value; names of fields stand as keys only."""
    quoted = [json.dumps(key, ensure_ascii=False) for key in keys if key and not key.isdecimal()]

    def is_about(text: str) -> bool:
        return any(
            text[at + len(key) :].lstrip()[:1] not in ("", ":")
            for key in quoted
            if (at := text.find(key)) >= 0
        )

    return is_about


def _lines_of(path: Path) -> list[str]:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return []
        return [line.decode(errors="replace").rstrip("\r") for line in path.read_bytes().split(b"\n")]
    except OSError:
        return []
