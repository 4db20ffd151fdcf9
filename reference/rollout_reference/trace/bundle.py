"""The bundle on disk: its manifest, the lines of its log, and safe access to its payload files."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.errors import (
    LineNotUtf8,
    LogUnreadable,
    ManifestInvalid,
    ManifestUnreadable,
    PayloadEscape,
    PayloadInvalidJson,
    PayloadUnreadable,
    TooLarge,
)
from rollout_reference.trace.vocabulary import I64, U32, PayloadRef

MANIFEST = "manifest.json"
EVENT_LOG = "trace.jsonl"
PAYLOADS = "payloads"

MAX_MANIFEST_BYTES = 1 << 20
MAX_LINE_BYTES = 64 << 20
MAX_PAYLOAD_BYTES = 256 << 20
"""Limits that a reader keeps, in bytes.  [TRACE-BUNDLE-5]"""

_BLANK = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode white space; `str.strip()` alone would also take U+001C to U+001F.  [TRACE-LINE-2]"""


class Manifest(Struct, frozen=True):
    """`manifest.json`, written once when the bundle is created.  [TRACE-MANIFEST-1]"""

    schema_version: U32
    trace_id: str
    rollout_id: str
    root_thread_id: str
    started_at_unix_ms: I64
    raw_event_log: str
    payloads_dir: str


class Bundle:
    """A bundle directory, read only.  [TRACE-BUNDLE-1, TRACE-BUNDLE-6]"""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real_root = os.path.realpath(root)
        self._safe_folders: dict[str, bool] = {}

    def manifest(self) -> Manifest:
        """Read the manifest.

        Raises `ManifestUnreadable`, `ManifestInvalid` or `TooLarge`.
        """
        try:
            data = _read_regular(self.root / MANIFEST, MAX_MANIFEST_BYTES)
        except OSError as error:
            raise ManifestUnreadable(error.strerror or str(error)) from None
        if data is None:
            raise TooLarge("the manifest", MAX_MANIFEST_BYTES)
        try:
            value = jsontext.parse(data)
            manifest = msgspec.convert(value, Manifest)
        except (jsontext.JsonError, msgspec.ValidationError) as error:
            raise ManifestInvalid(str(error)) from None
        if jsontext.may_repeat_keys(data, value):
            repeats = jsontext.repeated_keys(jsontext.parse_keeping_repeats(data))
            for name in sorted(repeats.intersection(Manifest.__struct_fields__)):
                raise ManifestInvalid(f"{name!r} stands twice", rule="TRACE-MANIFEST-3")
        return manifest

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of the log that are not blank, with their 1-based numbers, without line end.

        Raises `LogUnreadable`.  A line above the limit is cut after it; `check_line` refuses it.
        [TRACE-LINE-1, TRACE-LINE-2]
        """
        try:
            log = os.fdopen(_open_regular(self.root / EVENT_LOG), "rb")
        except OSError as error:
            raise LogUnreadable(error.strerror or str(error)) from None
        with log:
            number = 0
            while line := log.readline(MAX_LINE_BYTES + len(b"\r\n")):
                number += 1
                line = line.removesuffix(b"\n").removesuffix(b"\r")
                is_plain = line.startswith(b"{") or len(line) > MAX_LINE_BYTES
                if is_plain or line.decode(errors="replace").strip(_BLANK):
                    yield number, line

    def read_payload(self, ref: PayloadRef, known: Sequence[Any] = ()) -> Any:
        """Read and parse the file that a reference names; `known` as in `jsontext.parse`.

        Raises `PayloadEscape`, `PayloadUnreadable`, `PayloadInvalidJson` or `TooLarge`.
        """
        self._check_contained(ref)
        try:
            data = _read_regular(f"{self._real_root}/{ref.path}", MAX_PAYLOAD_BYTES)
        except OSError as error:
            raise PayloadUnreadable(ref.raw_payload_id, ref.path, error.strerror or str(error)) from None
        if data is None:
            raise TooLarge(f"payload {ref.raw_payload_id}", MAX_PAYLOAD_BYTES)
        try:
            return jsontext.parse(data, known=known)
        except jsontext.JsonError as error:
            rule = "TRACE-PAYLOAD-7" if isinstance(error, jsontext.TooDeep) else "TRACE-PAYLOAD-6"
            raise PayloadInvalidJson(ref.raw_payload_id, ref.path, str(error), rule=rule) from None

    def _check_contained(self, ref: PayloadRef) -> None:
        """Refuse a path that is empty or absolute, climbs, or leaves by a symlink.  [TRACE-PAYLOAD-3]"""
        path = ref.path
        if not path or path.startswith("/") or "\0" in path or ".." in path.split("/"):
            raise PayloadEscape(ref.raw_payload_id, path)
        folder = os.path.dirname(path)
        if folder not in self._safe_folders:
            self._safe_folders[folder] = self._is_inside(folder)
        if not self._safe_folders[folder] or (
            os.path.islink(f"{self._real_root}/{path}") and not self._is_inside(path)
        ):
            raise PayloadEscape(ref.raw_payload_id, path)

    def _is_inside(self, path: str) -> bool:
        real = os.path.realpath(os.path.join(self._real_root, path))
        return os.path.commonpath([self._real_root, real]) == self._real_root


def check_line(line: bytes) -> None:
    """Raise `TooLarge` or `LineNotUtf8` for a line that is neither.  [TRACE-BUNDLE-5, TRACE-LINE-3]"""
    if len(line) > MAX_LINE_BYTES:
        raise TooLarge("the line", MAX_LINE_BYTES)
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise LineNotUtf8(f"byte {error.start + 1}: {error.reason}") from None


def _open_regular(path: Path | str) -> int:
    """Open a regular file without ever waiting for a pipe or device.  Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("not a regular file")
    return handle


def _read_regular(path: Path | str, limit: int) -> bytes | None:
    """Return a file's bytes, or None when it is larger than `limit`.  Raises `OSError`."""
    with os.fdopen(_open_regular(path), "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        return file.read(size + 1) if size <= limit else None
