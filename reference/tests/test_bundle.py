"""What lies in a bundle directory: manifest, log, limits, and files that are no files."""

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rollout_reference.trace import bundle as bundle_module

if TYPE_CHECKING:
    from conftest import BundleDir

MANIFEST_IS_UNREADABLE = ("trace.manifest_unreadable", "TRACE-BUNDLE-2", "manifest.json")
MANIFEST_IS_INVALID = ("trace.manifest_invalid", "TRACE-MANIFEST-1", "manifest.json")
LOG_IS_UNREADABLE = ("trace.log_unreadable", "TRACE-BUNDLE-3", "trace.jsonl")
TOO_LARGE = "trace.too_large"


# --- the directory ----------------------------------------------------------------------------


def test_bundle_with_empty_log_is_the_empty_graph(bundle: "BundleDir") -> None:
    """Nothing happened yet, and the manifest says whose bundle it is.  [TRACE-MANIFEST-5]"""
    state = bundle.reduce()

    assert (state.trace_id, state.root_thread_id, state.status) == ("trace", "root", "running")
    assert not state.threads


def test_bundle_that_does_not_exist(bundle: "BundleDir") -> None:
    """A path to nothing has no manifest.  [TRACE-BUNDLE-2]"""
    shutil.rmtree(bundle.path)

    assert bundle.refusal() == MANIFEST_IS_UNREADABLE


def test_bundle_that_is_a_file(bundle: "BundleDir") -> None:
    """A file has no manifest below it; the same error as for any file that cannot be opened.

    [TRACE-BUNDLE-2]
    """
    bundle.path = bundle.path / "trace.jsonl"

    assert bundle.refusal() == MANIFEST_IS_UNREADABLE


def test_names_in_the_manifest_are_not_followed(bundle: "BundleDir") -> None:
    """The log is `trace.jsonl`, whatever the manifest calls it.  [TRACE-BUNDLE-1]"""
    bundle.write("manifest.json", changed_manifest(raw_event_log="../other.jsonl", payloads_dir="/"))
    bundle.log(bundle.thread_started())

    assert list(bundle.reduce().threads) == ["root"]


# --- files that are no regular files ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "refusal"), [("manifest.json", MANIFEST_IS_UNREADABLE), ("trace.jsonl", LOG_IS_UNREADABLE)]
)
@pytest.mark.parametrize("replacement", ["nothing", "folder", "fifo", "loop", "dangling"])
def test_file_is_missing_or_no_file(
    bundle: "BundleDir", name: str, refusal: tuple[str, str, str], replacement: str
) -> None:
    """What is no regular file is refused, and a pipe is not waited for.  [TRACE-BUNDLE-2, TRACE-BUNDLE-3]"""
    (bundle.path / name).unlink()
    put(replacement, bundle.path / name)

    assert bundle.refusal() == refusal


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize(
    ("name", "refusal"), [("manifest.json", MANIFEST_IS_UNREADABLE), ("trace.jsonl", LOG_IS_UNREADABLE)]
)
def test_file_without_permission(bundle: "BundleDir", name: str, refusal: tuple[str, str, str]) -> None:
    """A file that may not be read is refused.  [TRACE-BUNDLE-2, TRACE-BUNDLE-3]"""
    (bundle.path / name).chmod(0)

    assert bundle.refusal() == refusal


# --- the manifest -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" \n",
        b"null",
        b"[]",
        b'{"schema_version":1}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"{}\x00",
        b"{} {}",
        b'{"trace_id":"\xff"}',
        b'{"trace_id":"\\ud800"}',
        b'{"started_at_unix_ms":NaN}',
        b"[" * 10_000,
        b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 500_000 + b"]" * 500_000,
    ],
    ids=lambda text: repr(text[:16]),
)
def test_manifest_that_is_no_manifest(bundle: "BundleDir", text: bytes) -> None:
    """Anything but one object with its fields is one clear error.  [TRACE-MANIFEST-1]"""
    bundle.write("manifest.json", text)

    assert bundle.refusal() == MANIFEST_IS_INVALID


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("schema_version", "1.0"),
        ("schema_version", "-1"),
        ("schema_version", "4294967296"),
        ("schema_version", "true"),
        ("schema_version", "1" * 5_000),
        ("started_at_unix_ms", "9223372036854775808"),
        ("started_at_unix_ms", "1" * 20),
        ("started_at_unix_ms", "1e400"),
        ("trace_id", "null"),
        ("rollout_id", "[]"),
    ],
    ids=lambda value: value[:24],
)
def test_manifest_field_of_another_type(bundle: "BundleDir", name: str, token: str) -> None:
    """The seven fields have the types of the table, integers their range.  [TRACE-MANIFEST-1]"""
    bundle.write("manifest.json", changed_manifest(**{name: "@"}).replace('"@"', token))

    assert bundle.refusal() == MANIFEST_IS_INVALID


def test_known_manifest_field_twice(bundle: "BundleDir") -> None:
    """Which of the two counts would be a guess, also when they are equal.  [TRACE-MANIFEST-3]"""
    bundle.write("manifest.json", changed_manifest().replace("{", '{"trace_id": "trace", ', 1))

    assert bundle.refusal() == ("trace.manifest_invalid", "TRACE-MANIFEST-3", "manifest.json")


@pytest.mark.parametrize("extra", ['"x": 1, "x": 2, ', f'"x": {"1" * 5_000}, ', '"x": 1e400, ', "\r\n"])
def test_what_the_manifest_may_also_hold(bundle: "BundleDir", extra: str) -> None:
    """Unknown fields may come twice and be any number.  [TRACE-MANIFEST-2]"""
    bundle.write("manifest.json", changed_manifest().replace("{", "{" + extra, 1))

    assert bundle.reduce().trace_id == "trace"


def test_manifest_of_a_later_schema(bundle: "BundleDir") -> None:
    """What schema 2 means is not guessed; the sentence says what is implemented.  [TRACE-MANIFEST-4]"""
    bundle.write("manifest.json", changed_manifest(schema_version=2))

    assert bundle.refusal() == ("trace.unsupported_schema", "TRACE-MANIFEST-4", "manifest.json")


# --- limits -----------------------------------------------------------------------------------


def test_manifest_above_its_limit(bundle: "BundleDir") -> None:
    """More than 1 MiB is no manifest; nothing of it is read.  [TRACE-BUNDLE-5]"""
    os.truncate(bundle.path / "manifest.json", bundle_module.MAX_MANIFEST_BYTES + 1)

    assert bundle.refusal() == (TOO_LARGE, "TRACE-BUNDLE-5", "manifest.json")


def test_manifest_at_its_limit(bundle: "BundleDir") -> None:
    """The limit itself is allowed.  [TRACE-BUNDLE-5]"""
    bundle.write("manifest.json", changed_manifest().ljust(bundle_module.MAX_MANIFEST_BYTES))

    assert bundle.reduce().trace_id == "trace"


def test_payload_above_its_limit(bundle: "BundleDir") -> None:
    """More than 256 MiB is refused before it is read; the file here is all hole.  [TRACE-BUNDLE-5]"""
    bundle.read_payload("{}")
    os.truncate(bundle.payloads / "1.json", bundle_module.MAX_PAYLOAD_BYTES + 1)

    assert bundle.refusal() == (TOO_LARGE, "TRACE-BUNDLE-5", "trace.jsonl line 1 (seq 1)")


def test_payload_above_its_limit_that_nothing_reads(bundle: "BundleDir") -> None:
    """A limit concerns files that are opened.  [TRACE-BUNDLE-5, TRACE-PAYLOAD-5]"""
    os.truncate(bundle.write("payloads/1.json", ""), bundle_module.MAX_PAYLOAD_BYTES + 1)

    assert bundle.reduce().status == "running"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", ""])
def test_line_at_its_limit(bundle: "BundleDir", monkeypatch: pytest.MonkeyPatch, line_end: str) -> None:
    """The line end is not counted.  [TRACE-BUNDLE-5]"""
    line = bundle.thread_started()
    bundle.write("trace.jsonl", line + line_end)
    monkeypatch.setattr(bundle_module, "MAX_LINE_BYTES", len(line))

    assert list(bundle.reduce().threads) == ["root"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("filler", ["x", " ", "\N{NO-BREAK SPACE}"])
def test_line_above_its_limit(
    bundle: "BundleDir", monkeypatch: pytest.MonkeyPatch, filler: str, line_end: str
) -> None:
    """A line above the limit is refused at its own number, even one of blanks.  [TRACE-BUNDLE-5]"""
    first = bundle.thread_started()
    bundle.write("trace.jsonl", first + "\n" + filler * (len(first) + 1) + line_end)
    monkeypatch.setattr(bundle_module, "MAX_LINE_BYTES", len(first))

    assert bundle.refusal() == (TOO_LARGE, "TRACE-BUNDLE-5", "trace.jsonl line 2")


def changed_manifest(**fields: Any) -> str:
    """Return a good manifest with some fields changed."""
    good = {
        "schema_version": 1,
        "trace_id": "trace",
        "rollout_id": "root",
        "root_thread_id": "root",
        "started_at_unix_ms": 1,
        "raw_event_log": "trace.jsonl",
        "payloads_dir": "payloads",
    }
    return json.dumps({**good, **fields})


def put(thing: str, path: Path) -> None:
    """Put something that is no regular file at a path."""
    match thing:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path.name)
        case "dangling":
            path.symlink_to("nothing")
