"""What an operation is given, in memory: the files of an input folder by path, and the options."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import zstandard
from msgspec import Struct
from msgspec.structs import replace

from rollout_conformance.mutation.jsontree import Members, dump, parse
from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.reading import frames

COLD = ".zst"
_ROLLOUT = re.compile(
    r"(?:rollout|home/(?:archived_)?sessions/(?:.*/)?rollout-[^/]*)\.jsonl(?:\.zst)?", re.DOTALL
)

Rewrite = Callable[[bytes], bytes]


class Given(Struct, frozen=True):
    """An input: `files` by their path in the input folder, and what the operation is told besides."""

    op: str
    files: dict[str, bytes]
    options: dict[str, Any]

    @property
    def rollouts(self) -> list[str]:
        """Return the paths of the rollouts, in either form, in order."""
        return sorted(path for path in self.files if _ROLLOUT.fullmatch(path))

    def plain(self, path: str) -> bytes | None:
        """Return the lines of a rollout of either form; None for a cold one that cannot be decoded."""
        data = self.files[path]
        if not path.endswith(COLD):
            return data
        try:
            return b"".join(frames.decode(BytesIO(data)))
        except SessionRejected:
            return None

    def with_rollouts(self, rewrite: Rewrite) -> "Given":
        """Return this with the lines of each rollout rewritten, each in the form that it has."""
        files = dict(self.files)
        for path in self.rollouts:
            data = self.plain(path)
            if data is not None and (changed := rewrite(data)) != data:
                files[path] = zstandard.compress(changed) if path.endswith(COLD) else changed
        return replace(self, files=files)

    def moved(self, places: dict[str, str]) -> "Given":
        """Return this with files in other places."""
        return replace(self, files={places.get(path, path): data for path, data in self.files.items()})


def read_given(op: str, folder: Path, options: dict[str, Any]) -> Given:
    """Read an input folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return Given(op, {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}, options)


def each_object(rewrite: Callable[[Members], Members | None]) -> Rewrite:
    """Return a change of the lines that are JSON objects; None leaves one as it stands."""

    def changed(line: bytes) -> bytes:
        tree = parse(line)
        written = rewrite(tree) if isinstance(tree, Members) else None
        return line if written is None else dump(written).encode("utf-8", "surrogatepass")

    return each_line(changed)


def each_line(rewrite: Rewrite) -> Rewrite:
    """Return a change of each line, its line feed left out."""
    return lambda data: b"\n".join(map(rewrite, data.split(b"\n")))


def put(tree: Members, name: str, value: Any) -> None:
    """Give the last member of a name another value."""
    tree.values[len(tree.names) - 1 - tree.names[::-1].index(name)] = value
