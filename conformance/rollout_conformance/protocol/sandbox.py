"""Folders that an adapter may touch: one home for its process, and `in`, `out`, `tmp` for each operation."""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path

CHUNK = 1 << 20
ROOM = 4 << 30
"""Free bytes that a folder in memory must have to be used: then no disk slows a run down."""

SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
"""How a file of an adapter is opened: no link is followed, no pipe is waited for."""

NAMED = 5
"""Files that a message names; of more it says only how many."""


class BadOutput(Exception):
    """An output that is not what its name says."""


class Sandbox:
    """The folders of one adapter; gone when it is closed, or forgotten."""

    def __init__(self) -> None:
        self._home = tempfile.mkdtemp(prefix="rolloutspec-home-")
        self._root = tempfile.mkdtemp(prefix="rolloutspec-", dir=_base())
        self.home = os.path.join(self._home, "home")
        self.tmp = os.path.join(self._home, "tmp")
        os.mkdir(self.home)
        os.mkdir(self.tmp)
        self._count = 0
        self._finalizers = [weakref.finalize(self, _remove, folder) for folder in (self._root, self._home)]

    def environment(self) -> dict[str, str]:
        """Return the whole environment of an adapter: nothing else of the caller's reaches it."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "HOME": self.home,
            "TMPDIR": self.tmp,
        }

    def folders(self, source: Path) -> "Folders":
        """Make the folders of the next operation, with a copy of its input."""
        self._count += 1
        return Folders(os.path.join(self._root, f"op-{self._count}"), source)

    def close(self) -> None:
        """Remove everything."""
        for finalizer in self._finalizers:
            finalizer()


class Folders:
    """The folders of one operation."""

    def __init__(self, root: str, source: Path) -> None:
        self._root = root
        self.given = os.path.join(root, "in")
        self.out = os.path.join(root, "out")
        self.tmp = os.path.join(root, "tmp")
        os.mkdir(root)
        os.mkdir(self.out)
        os.mkdir(self.tmp)
        self._before = _copy(os.fspath(source), self.given)

    def changes(self) -> list[str]:
        """Return what is different in `in`, as words."""
        after = _contents(self.given)
        if after == self._before:
            return []
        names = sorted(self._before.keys() | after.keys())
        return [
            f"{name} {'added' if name not in self._before else 'removed' if name not in after else 'changed'}"
            for name in names
            if self._before.get(name) != after.get(name)
        ]

    def outputs(self, names: list[str]) -> dict[str, bytes]:
        """Read the outputs that a reply names, those of a folder by their paths in it.

        A name without a file is left out: the judge says what is missing.  Raises `BadOutput`.
        """
        found: dict[str, bytes] = {}
        for name in names:
            path = os.path.join(self.out, name)
            if not _is_inside(name):
                raise BadOutput(f"an output must lie in the folder out: {name!r}")
            if name.endswith("/"):
                inner = _files(path, name) if os.path.isdir(path) else []
                found |= {inside: _read(file) for inside, file in inner}
            elif os.path.lexists(path):
                found[name] = _read(path)
        return found

    def unnamed(self, names: list[str]) -> list[str]:
        """Return the files in `out` that a reply does not name."""
        folders = tuple(name for name in names if name.endswith("/"))
        return [
            name
            for name, _ in _files(self.out, "")
            if name not in names and not (folders and name.startswith(folders))
        ]

    def remove(self) -> None:
        """Remove the folders of this operation."""
        try:
            for _, entry in reversed(list(_entries(self._root, ""))):
                (os.rmdir if entry.is_dir(follow_symlinks=False) else os.unlink)(entry.path)
            os.rmdir(self._root)
        except OSError:  # something still writes there, or its paths are too long
            _remove(self._root)


def _base() -> str | None:
    """Return where the folders of operations go; None for where temporary files go anyway."""
    memory = "/dev/shm"  # noqa: S108  (the names below it are made by mkdtemp)
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return None
    status = os.statvfs(memory)
    return memory if status.f_bavail * status.f_frsize >= ROOM else None


def listed(names: Sequence[str]) -> str:
    """Return names for a sentence, the first few of many."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _remove(folder: str) -> None:
    """Remove a folder as far as possible; folders a thousand deep stay behind."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)


def _is_inside(name: str) -> bool:
    parts = name.removesuffix("/").split("/")
    return bool(name) and not any(part in ("", ".", "..") for part in parts) and "\0" not in name


def _read(path: str) -> bytes:
    """Read a regular file, and nothing through a link."""
    try:
        file = os.open(path, SAFELY)
    except OSError as error:
        raise BadOutput(f"an output cannot be read: {os.path.basename(path)!r}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise BadOutput(f"an output must be a regular file: {os.path.basename(path)!r}")
    with open(file, "rb") as opened:
        return opened.read()


def _copy(source: str, target: str) -> dict[str, bytes]:
    """Copy a folder and return its contents, a digest by relative path.  Raises `OSError`."""
    contents: dict[str, bytes] = {}
    os.mkdir(target)
    for name, entry in _entries(source, ""):
        copy = os.path.join(target, name)
        if entry.is_dir():
            os.mkdir(copy)
            contents[name] = b""
            continue
        contents[name] = _copy_file(entry.path, copy)
    return contents


def _copy_file(source: str, target: str) -> bytes:
    """Copy a file and return its digest."""
    given = os.open(source, os.O_RDONLY)
    taken = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    digest = hashlib.sha256()
    try:
        while data := os.read(given, CHUNK):
            digest.update(data)
            left = memoryview(data)
            while left:
                left = left[os.write(taken, left) :]
    finally:
        os.close(given)
        os.close(taken)
    return digest.digest()


def _contents(folder: str) -> dict[str, bytes]:
    if not os.path.isdir(folder):
        return {}
    return {
        name: b"" if entry.is_dir(follow_symlinks=False) else _digest(entry)
        for name, entry in _entries(folder, "")
    }


def _digest(entry: "os.DirEntry[str]") -> bytes:
    if not entry.is_file(follow_symlinks=False):
        return b"no file"
    digest = hashlib.sha256()
    try:
        file = os.open(entry.path, SAFELY)
    except OSError:
        return b"unreadable"
    try:
        while data := os.read(file, CHUNK):
            digest.update(data)
    finally:
        os.close(file)
    return digest.digest()


def _files(folder: str, prefix: str) -> list[tuple[str, str]]:
    """Return the paths of what is no folder, in order, with the prefix before each relative one."""
    entries = _entries(folder, "")
    return sorted(
        (prefix + name, entry.path) for name, entry in entries if not entry.is_dir(follow_symlinks=False)
    )


def _entries(folder: str, prefix: str) -> "Iterator[tuple[str, os.DirEntry[str]]]":
    """Yield everything below a folder by its relative path, a folder before what is in it.

    What cannot be listed counts as empty.  No recursion: an adapter decides how deep its folders are.
    """
    waiting = [(folder, prefix)]
    while waiting:
        path, begin = waiting.pop()
        try:
            with os.scandir(path) as entries:
                found = list(entries)
        except OSError:
            continue
        for entry in found:
            name = begin + entry.name
            yield name, entry
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, name + "/"))
