"""The operations of storage, as the reference performs them: on a copy of the home that a case gives."""

import os
import tempfile
import time
from pathlib import Path

import msgspec

from rollout_conformance.implementations.given_home import (
    ATTRIBUTES,
    NS_OF_MS,
    Attributes,
    Listing,
    copy_home,
)
from rollout_reference.session.storage import freeze, thaw

REPORT = "report.json"

_SLACK_MS = 2_000
"""How coarse the times of a file system may be."""


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


def _describe(home: Path, out: Path, now_ms: int, started_ms: float) -> None:
    """Say the attributes of what is left; what was written meanwhile is as old as the operation: 0."""
    files = []
    for path in _files(home):
        status = path.stat()
        modified = status.st_mtime_ns // NS_OF_MS
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
