"""Files and folders copied without their content; the copy appears whole or not at all."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import zstandard
from msgspec import Struct, field

from rollout_conformance.scrubbing.inplace import Rewriter
from rollout_conformance.scrubbing.masks import Masks
from rollout_conformance.scrubbing.moments import Shift, first_stamp
from rollout_conformance.scrubbing.words import Words
from rollout_conformance.validate.tree import entries
from rollout_reference.session.errors import SessionRejected, ZstDamaged
from rollout_reference.session.names import ARCHIVED, COLD_SUFFIX, PLAIN_SUFFIX, SESSIONS, is_cold, parse_name
from rollout_reference.session.reading.frames import decode

LEVEL = 3
_CHUNK = 1 << 20
_HEAD = 64 << 10
_ROLLOUT = "rollout-"


class Scrubbed(Struct):
    """What a run did.  Paths of `written` are below the output folder."""

    written: list[Path] = field(default_factory=list)
    cut: list[Path] = field(default_factory=list)
    """Cold files that are damaged; their copies end, as damaged, where the damage begins."""
    refused: list[tuple[Path, str]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=Counter)
    """Things that are no rollout, by kind."""


def scrub(source: Path, target: Path, words: Words) -> Scrubbed:
    """Write a copy of a rollout, or of all rollouts below a folder, into the new folder `target`.

    The same input gives the same bytes.  Raises `OSError`; then there is no `target`.
    """
    found = list(entries(source)) if source.is_dir() else []
    done = Scrubbed(left_out=Counter(entry.kind for entry in found if entry.kind != "rollout"))
    files = [entry.path for entry in found if entry.kind == "rollout"] or [source][: not source.is_dir()]
    root = source if source.is_dir() else source.parent
    readable = []
    for path in files:
        try:
            if not path.is_file():
                raise OSError("not a regular file")
            with path.open("rb"):
                readable.append(path)
        except OSError as error:
            done.refused.append((path, error.strerror or str(error)))
    run = _Run(root, readable, words)
    with _new_folder(target) as folder:
        for path in readable:
            try:
                run.copy(path, folder, done)
            except SessionRejected as rejection:
                done.refused.append((path, rejection.reason()))
    return done


class _Run:
    """The replacements of one run: a key drawn from all that is read, and one distance in time."""

    def __init__(self, root: Path, files: list[Path], words: Words) -> None:
        self._root = root
        self._masks = Masks(_key(root, files))
        self._shift = Shift(_first_moment(files))
        self._rewriter = Rewriter(words, self._masks, self._shift)

    def copy(self, path: Path, folder: Path, done: Scrubbed) -> None:
        """Copy one file to its new name; a copy that cannot be finished is taken away again."""
        new = self._new_path(path.relative_to(self._root))
        target = folder / new
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("rb") as source, target.open("xb") as output:
                damaged = (
                    self._copy_cold(source, output) if is_cold(path) else self._copy_plain(source, output)
                )
        except SessionRejected:
            target.unlink()
            raise
        done.written.append(new)
        if damaged:
            done.cut.append(new)

    def _copy_plain(self, source: BinaryIO, output: BinaryIO) -> bool:
        for line in source:
            output.write(self._scrubbed(line))
        return False

    def _copy_cold(self, source: BinaryIO, output: BinaryIO) -> bool:
        """Copy a compressed file; tell whether it is damaged, the copy is then cut short, too."""
        encoder = zstandard.ZstdCompressor(level=LEVEL).compressobj()
        held: list[bytes] = []
        damaged = False
        try:
            for piece in decode(source):
                *ended, rest = piece.split(b"\n")
                for end in ended:
                    line = b"".join((*held, end, b"\n"))
                    held.clear()
                    output.write(encoder.compress(self._scrubbed(line)))
                held.append(rest)
        except ZstDamaged:
            damaged = True
        output.write(encoder.compress(self._scrubbed(b"".join(held))))
        output.write(
            encoder.flush(
                zstandard.COMPRESSOBJ_FLUSH_BLOCK if damaged else zstandard.COMPRESSOBJ_FLUSH_FINISH
            )
        )
        return damaged

    def _scrubbed(self, line: bytes) -> bytes:
        ended = line.endswith(b"\n")
        return self._rewriter.line(line[:-1] if ended else line) + (b"\n" if ended else b"")

    def _new_path(self, path: Path) -> Path:
        name = parse_name(path.name)
        if name is None:
            return Path(*map(self._new_folder, path.parts[:-1]), self._odd_name(path.name))
        new = name.__class__(
            self._shift.stamp(name.timestamp) or name.timestamp,
            self._masks.uuid(name.thread_id),
            self._masks.uuid(name.segment_id) if name.segment_id else None,
        )
        folders = self._dated(path.parts[:-1], name.timestamp)
        return Path(*folders, new.file_name + (COLD_SUFFIX if is_cold(path) else ""))

    def _dated(self, folders: tuple[str, ...], stamp: str) -> list[str]:
        """Rename folders; those of a day move as the files in them do."""
        *others, year, month, day = ("", "", "", *folders)
        if not all(part.isascii() and part.isdigit() for part in (year, month, day)):
            return [self._new_folder(part) for part in folders]
        try:
            moved = self._shift.day(date(int(year), int(month), int(day)), stamp)
        except (ValueError, OverflowError):
            return [self._new_folder(part) for part in folders]
        kept = [self._new_folder(part) for part in others if part]
        return [*kept, f"{moved.year:04}", f"{moved.month:02}", f"{moved.day:02}"]

    def _new_folder(self, name: str) -> str:
        return name if name in (SESSIONS, ARCHIVED) or name.isdigit() else self._masks.identity(name)

    def _odd_name(self, name: str) -> str:
        """Rename a file whose name holds no time and thread."""
        cold = COLD_SUFFIX if name.endswith(COLD_SUFFIX) else ""
        bare = name.removesuffix(COLD_SUFFIX)
        plain = PLAIN_SUFFIX if bare.endswith(PLAIN_SUFFIX) else ""
        bare = bare.removesuffix(PLAIN_SUFFIX)
        head = _ROLLOUT if bare.startswith(_ROLLOUT) else ""
        return head + self._masks.identity(bare.removeprefix(_ROLLOUT)) + plain + cold


def _key(root: Path, files: list[Path]) -> bytes:
    """Draw a key from everything that is read, so that only who has all of it could draw it again."""
    digest = blake2b(digest_size=64)
    for path in files:
        digest.update(os.fsencode(path.relative_to(root)) + b"\0")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.digest()


def _first_moment(files: list[Path]) -> str | None:
    """Return the first time in the names of the files; without one, the first that stands in a file."""
    named = [name.timestamp for path in files if (name := parse_name(path.name))]
    if named:
        return min(named)
    heads = (first_stamp(_head(path).decode("latin-1")) for path in files)
    return next((stamp for stamp in heads if stamp), None)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        if not is_cold(path):
            return file.read(_HEAD)
        try:
            return next(decode(file), b"")
        except SessionRejected:
            return b""


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill, which gets its name only when all is well."""
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield partial
        partial.chmod(0o755)
        os.rename(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
