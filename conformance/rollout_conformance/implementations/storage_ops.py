"""The operations of storage, as the reference performs them: on a copy of the home that a case gives.

Git keeps neither times nor modes nor empty folders, so `files.json` beside the home says them; see
`spec/conformance/storage.md`.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from rollout_reference.session.storage import freeze, thaw

HOME = "home"
ATTRIBUTES = "files.json"
REPORT = "report.json"
MODE = 0o644
"""The mode of a file that is not named."""

_MS = 1_000_000
_SLACK_MS = 2_000
"""How coarse the times of a file system may be."""


class Attributes(Struct, frozen=True, forbid_unknown_fields=True):
    """What a file has besides its bytes: its path below the home, its age in milliseconds, its mode."""

    path: str
    age_ms: int = 0
    mode: Annotated[str, Meta(pattern="^0[0-7]{3}$")] = f"{MODE:04o}"


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """A symbolic link of a home and what it points to, as it stands in the link."""

    path: str
    to: str


class Listing(Struct, frozen=True, forbid_unknown_fields=True):
    """What `files.json` says."""

    files: list[Attributes] = []
    links: list[Link] = []
    folders: list[str] = []
    """Folders that are there although they hold nothing."""


def freeze_to(given: Path, out: Path, now_ms: int) -> None:
    """Do one run over the home below `given`; leave in `out` the home, its `files.json` and `report.json`."""
    home = copy_home(given, out, now_ms)
    started_ms = time.time() * 1000
    report = freeze(home, now_ms, clock=lambda: 0.0)
    (out / REPORT).write_bytes(report.to_json())
    _describe(home, out, now_ms, started_ms)


def thaw_to(given: Path, out: Path, now_ms: int, path: str) -> None:
    """Thaw one rollout, by its path below the home; leave in `out` the home and its `files.json`.

    Raises the rejections of `storage.thaw`.
    """
    home = copy_home(given, out, now_ms)
    started_ms = time.time() * 1000
    thaw(home, Path(path))
    _describe(home, out, now_ms, started_ms)


def freeze_outputs(given: Path, now_ms: int) -> dict[str, bytes]:
    """Return what `freeze_to` leaves, by path."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as folder:
        freeze_to(given, Path(folder), now_ms)
        return _read(Path(folder))


def thaw_outputs(given: Path, now_ms: int, path: str) -> dict[str, bytes]:
    """Return what `thaw_to` leaves, by path."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as folder:
        thaw_to(given, Path(folder), now_ms, path)
        return _read(Path(folder))


def copy_home(given: Path, out: Path, now_ms: int) -> Path:
    """Make in `out` the home below `given`, with the attributes that `files.json` gives it."""
    home = out / HOME
    shutil.copytree(given / HOME, home, symlinks=True)
    listing = Listing()
    if (given / ATTRIBUTES).exists():
        listing = msgspec.json.decode((given / ATTRIBUTES).read_bytes(), type=Listing)
    for folder in listing.folders:
        (home / folder).mkdir(parents=True, exist_ok=True)
    named = {each.path: each for each in listing.files}
    for path in sorted(each for each in home.rglob("*") if each.is_file()):
        attributes = named.get(path.relative_to(home).as_posix()) or Attributes("")
        path.chmod(int(attributes.mode, 8))
        modified = (now_ms - attributes.age_ms) * _MS
        os.utime(path, ns=(modified, modified))
    for link in listing.links:
        (home / link.path).parent.mkdir(parents=True, exist_ok=True)
        (home / link.path).symlink_to(link.to)
    return home


def _describe(home: Path, out: Path, now_ms: int, started_ms: float) -> None:
    """Say the attributes of what is left; what was written meanwhile is as old as the operation: 0."""
    files = []
    for path in _files(home):
        status = path.stat()
        modified = status.st_mtime_ns // _MS
        age = 0 if modified >= started_ms - _SLACK_MS else now_ms - modified
        files.append(Attributes(path.relative_to(home).as_posix(), age, f"{status.st_mode & 0o777:04o}"))
    data = msgspec.json.encode(Listing(files))
    (out / ATTRIBUTES).write_bytes(msgspec.json.format(data, indent=2) + b"\n")


def _files(folder: Path) -> list[Path]:
    """Return the regular files below a folder in order; links are neither returned nor followed."""
    found = [
        Path(root, name)
        for root, _, names in os.walk(folder)
        for name in names
        if not os.path.islink(os.path.join(root, name))
    ]
    return sorted(found)


def _read(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in _files(out)}
