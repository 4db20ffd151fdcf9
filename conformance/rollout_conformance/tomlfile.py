"""Read a TOML file into a struct; what is wrong with one is said with file and line."""

import re
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


class TomlError(Exception):
    """A file that cannot be read as what it is; the message names file and line."""


def read_toml(path: Path, struct: type[T]) -> T:
    """Return the contents of a file as a struct; raises `TomlError`."""
    try:
        text = path.read_bytes().decode()
        return msgspec.toml.decode(text, type=struct)
    except OSError as error:
        raise TomlError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TomlError(f"{path}: not UTF-8") from None
    except (msgspec.DecodeError, ValueError) as error:
        message = str(error)
        raise TomlError(f"{path} line {line_of(text, message)}: {_without_place(message)}") from None


_SYNTAX_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")
_STRUCT_PLACE = re.compile(r" - at `(?:key in )?\$(?P<steps>[^`]*)`$")
_FIELD = re.compile(r"contains unknown field `(?P<name>[^`]+)`")
ANY = "*"
"""A step whose name a decoder does not tell."""

_STEP = re.compile(r"\.(?P<name>[A-Za-z0-9_-]+)|\[(?P<number>\d+)\]|(?P<any>\[\.\.\.\])")
_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, message: str) -> int:
    """Return the line that a decoder complains of, counted from 1."""
    if place := _SYNTAX_PLACE.search(message):
        return int(place[1])
    if message.endswith("(at end of document)"):
        return text.count("\n") + 1
    place = _STRUCT_PLACE.search(message)
    steps = list(_STEP.finditer(place["steps"])) if place else []
    names = [step["name"] or ANY for step in steps if not step["number"]]
    number = next((int(step["number"]) for step in steps if step["number"]), 0)
    if unknown := _FIELD.search(message):
        names.append(unknown["name"])
    return line_of_key(text, names, number)


def line_of_key(text: str, names: list[str], number: int = 0) -> int:
    """Return the line of a key, or of the table that it is missing in.

    `names` are the steps to it; `number` is that of the table where several have its name.
    """
    table, entry, found = "", -1, 1
    for line, content in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(content):
            entry = entry + 1 if header["name"] == table else 0
            table = header["name"]
        steps = table.split(".") if table else []
        if len(steps) > len(names) > 0 and steps[: len(names)] == names and found == 1:
            found = line
        known = zip(steps, names, strict=False)
        if len(steps) > len(names) or any(name not in (step, ANY) for step, name in known):
            continue
        if not names or (table and entry != number):
            continue
        if header:
            found = line
        rest = names[len(steps) :]
        if rest and rest[0] != ANY and re.match(rf'\s*"?{re.escape(rest[0])}"?\s*=', content):
            return line
    return found


def _without_place(message: str) -> str:
    return _STRUCT_PLACE.sub("", _SYNTAX_PLACE.sub("", message)).removesuffix(" (at end of document)")
