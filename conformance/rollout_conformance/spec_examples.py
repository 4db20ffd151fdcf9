"""The examples of the normative text that are executed: fenced blocks with a known info string."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from rollout_conformance.requirements import Problem, SpecError, markdown_files

STANDARD_MANIFEST: dict[str, Any] = {
    "schema_version": 1,
    "trace_id": "trace",
    "rollout_id": "root",
    "root_thread_id": "root",
    "started_at_unix_ms": 1000,
    "raw_event_log": "trace.jsonl",
    "payloads_dir": "payloads",
}
"""The manifest of every event log shown in the text."""

_WORDS = ("manifest", "event", "payload", "accepted", "rejected", "state-fragment")
_FENCE = re.compile(r"```(?P<info>.*)")


@dataclass(frozen=True)
class JsonExample:
    """A manifest or an event, valid by its schema."""

    place: str
    kind: str
    value: Any


@dataclass(frozen=True)
class StateFragment:
    """What lies at a JSON pointer of the reduced state."""

    place: str
    pointer: str
    value: Any


@dataclass(frozen=True)
class BundleExample:
    """An event log with its payload files, and what a reducer makes of it."""

    place: str
    log: str
    payloads: tuple[tuple[str, str], ...]
    rejected_as: str | None
    fragments: tuple[StateFragment, ...] = ()

    def write(self, directory: Path) -> Path:
        """Write the bundle into an empty directory and return that."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "payloads").mkdir()
        (directory / "manifest.json").write_bytes(msgspec.json.encode(STANDARD_MANIFEST))
        (directory / "trace.jsonl").write_text(self.log, encoding="utf-8", newline="")
        for path, text in self.payloads:
            (directory / path).write_text(text, encoding="utf-8", newline="")
        return directory


@dataclass(frozen=True)
class Examples:
    """All executable examples of the text."""

    values: tuple[JsonExample, ...]
    bundles: tuple[BundleExample, ...]


@dataclass(frozen=True)
class _Block:
    file: str
    line: int
    info: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    def json(self) -> Any:
        try:
            return msgspec.json.decode(self.text)
        except msgspec.DecodeError as error:
            raise self.error(f"the block is not JSON: {error}") from error

    def error(self, message: str) -> SpecError:
        return SpecError(Problem(self.file, self.line, message))


def load_examples(spec_dir: Path) -> Examples:
    """Read the examples of all files; raise `SpecError` for a block that makes no sense where it stands."""
    values: list[JsonExample] = []
    bundles: list[BundleExample] = []
    for path in markdown_files(spec_dir):
        own_bundles, own_values = _read_file(path, path.relative_to(spec_dir).as_posix())
        bundles += own_bundles
        values += own_values
    return Examples(tuple(values), tuple(bundles))


def _read_file(path: Path, file: str) -> tuple[list[BundleExample], list[JsonExample]]:
    values: list[JsonExample] = []
    bundles: list[BundleExample] = []
    payloads: list[tuple[str, str]] = []
    last: _Block | None = None
    for block in _blocks(path, file):
        match block.info.split():
            case ["json", "manifest" | "event" as kind]:
                values.append(JsonExample(block.place, kind, block.json()))
            case ["json", "payload", name]:
                payloads.append((name, block.text))
                last = block
            case ["jsonl", "accepted"]:
                bundles.append(BundleExample(block.place, block.text, tuple(payloads), None))
                payloads = []
            case ["jsonl", "rejected", code]:
                bundles.append(BundleExample(block.place, block.text, tuple(payloads), code))
                payloads = []
            case ["json", "state-fragment", *pointer] if len(pointer) <= 1:
                if not bundles or bundles[-1].rejected_as:
                    raise block.error("a state fragment needs an accepted event log before it")
                bundles[-1] = _with_fragment(bundles[-1], block, "".join(pointer))
            case words if set(words) & set(_WORDS):
                raise block.error(f"unknown example form: {block.info}")
    if payloads and last:
        raise last.error("a payload block needs an event log after it")
    return bundles, values


def _with_fragment(bundle: BundleExample, block: _Block, pointer: str) -> BundleExample:
    fragment = StateFragment(block.place, pointer, block.json())
    return BundleExample(
        bundle.place, bundle.log, bundle.payloads, bundle.rejected_as, (*bundle.fragments, fragment)
    )


def resolve_pointer(value: Any, pointer: str) -> Any:
    """Return what lies at a JSON pointer (RFC 6901); the ids of the examples need no escapes but these."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def _blocks(path: Path, file: str) -> Iterator[_Block]:
    info: str | None = None
    start = 0
    held: list[str] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True), start=1):
        fence = _FENCE.match(text)
        if info is None and fence:
            info, start, held = fence["info"].strip(), number, []
        elif info is not None and text.strip() == "```":
            yield _Block(file, start, info, "".join(held))
            info = None
        elif info is not None:
            held.append(text)
    if info is not None:
        raise SpecError(Problem(file, start, "the block is not closed"))
