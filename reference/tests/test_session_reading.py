"""Reading a rollout file: real files, real compression, real processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.lines import Defect
from rollout_reference.session.reading import physical
from rollout_reference.session.reading.rollout import Reading, read_rollout

THREAD = "019f0000-0000-7000-8000-00000000000a"
OTHER = "019f0000-0000-7000-8000-00000000000b"
MEGABYTE = 1 << 20
NAME = "rollout.jsonl"

Place = Callable[[Path], None]

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the kernel by /proc")


def line(kind: str, payload: Any, **more: Any) -> bytes:
    """Return a line in its envelope."""
    envelope = {"timestamp": "2026-07-01T00:00:00.000Z", **more, "type": kind, "payload": payload}
    return json.dumps(envelope, ensure_ascii=False).encode() + b"\n"


def meta(thread: str = THREAD, **more: Any) -> bytes:
    """Return a header line."""
    known = {"id": thread, "timestamp": "2026-07-01T00:00:00.000Z", "cwd": "/project", "originator": "test"}
    return line("session_meta", {**known, "cli_version": "0.143.0", **more})


def state(text: str) -> bytes:
    """Return an ordinary line that holds a text."""
    return line("world_state", {"full": True, "state": {"text": text}})


def frame(data: bytes, **options: Any) -> bytes:
    """Return one frame of zstd."""
    return zstandard.ZstdCompressor(level=3, **options).compress(data)


def texts(reading: Reading) -> list[str]:
    """Read to the end; return the texts of ordinary lines and the codes of defects, in order."""
    found = list(reading)
    return [
        f"<{each.code}>" if isinstance(each, Defect) else each.payload["state"]["text"]
        for each in found
        if isinstance(each, Defect) or each.type == "world_state"
    ]


def refusal(path: Path) -> tuple[str, str]:
    """Read to the end; return the code and the rule of the rejection."""
    with pytest.raises(SessionRejected) as caught:
        list(read_rollout(path))
    return caught.value.code, caught.value.rule


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """Return the path of a rollout that is not there yet."""
    return tmp_path / NAME


def cold(path: Path) -> Path:
    """Return the path of the cold form."""
    return path.with_name(path.name + ".zst")


# --- what is in its place ---------------------------------------------------------------------------


def a_folder(path: Path) -> None:
    """Make a folder."""
    path.mkdir()


def a_pipe(path: Path) -> None:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)


def a_loop(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path)


def below_a_file(path: Path) -> None:
    """Let the path go through a file."""
    path.parent.rmdir()
    path.parent.write_bytes(b"")


def unreadable_content(path: Path) -> None:
    """Link to a regular file whose first byte cannot be read."""
    path.symlink_to("/proc/self/mem")


@pytest.mark.parametrize(
    "put", [a_folder, a_pipe, a_loop, below_a_file, pytest.param(unreadable_content, marks=needs_proc)]
)
def test_what_is_no_readable_file_is_refused_at_once(rollout: Path, put: Place) -> None:
    """[SESSION-FILE-3, SESSION-FILE-14]"""
    put(rollout)

    assert refusal(rollout) == ("session.unreadable", "SESSION-FILE-3")


def test_nothing_is_there(rollout: Path) -> None:
    """[SESSION-FILE-3, SESSION-FILE-9]"""
    begin = time.monotonic()

    assert refusal(rollout) == ("session.not_found", "SESSION-FILE-3")
    assert time.monotonic() - begin >= 0.15


def test_a_link_to_a_rollout_is_followed(rollout: Path) -> None:
    """[SESSION-FILE-3]"""
    rollout.with_name("elsewhere").write_bytes(meta() + state("one"))
    rollout.symlink_to("elsewhere")

    assert texts(read_rollout(rollout)) == ["one"]


def test_a_rollout_without_permission() -> None:
    """[SESSION-FILE-3]"""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103  (so that another user gets to the file)
        path = Path(folder, NAME)
        path.write_bytes(meta())
        path.chmod(0)
        user = os.geteuid()
        os.seteuid(65534 if user == 0 else user)
        try:
            assert refusal(path) == ("session.unreadable", "SESSION-FILE-3")
        finally:
            os.seteuid(user)


# --- the two forms ----------------------------------------------------------------------------------


def test_the_plain_form_is_read_where_both_are(rollout: Path) -> None:
    """[SESSION-FILE-8]"""
    rollout.write_bytes(meta() + state("plain"))
    cold(rollout).write_bytes(frame(meta() + state("cold")))

    assert texts(read_rollout(rollout)) == texts(read_rollout(cold(rollout))) == ["plain"]


def test_the_cold_form_is_read_by_either_path(rollout: Path) -> None:
    """[SESSION-FILE-8]"""
    cold(rollout).write_bytes(frame(meta() + state("cold")))

    assert texts(read_rollout(rollout)) == texts(read_rollout(cold(rollout))) == ["cold"]


def test_a_folder_in_the_place_of_the_plain_form_does_not_hide_the_cold_one(rollout: Path) -> None:
    """[SESSION-FILE-8]"""
    rollout.mkdir()
    cold(rollout).write_bytes(frame(meta() + state("cold")))

    assert texts(read_rollout(rollout)) == ["cold"]


def test_a_form_that_appears_a_moment_later_is_found(rollout: Path) -> None:
    """Neither form is there for a moment while one takes the place of the other.  [SESSION-FILE-9]"""
    hidden = rollout.with_name("hidden")
    hidden.write_bytes(frame(meta() + state("late")))
    threading.Timer(0.07, hidden.rename, [cold(rollout)]).start()

    assert texts(read_rollout(rollout)) == ["late"]


@settings(deadline=None, max_examples=60)
@given(cuts=st.lists(st.integers(0, 2000), max_size=6), checksum=st.booleans(), size=st.booleans())
def test_frames_may_end_anywhere(cuts: list[int], checksum: bool, size: bool) -> None:
    """Whatever the frames, the content is that of the plain file.  [SESSION-FILE-10]"""
    data = meta() + b"".join(state(f"größe {number}") for number in range(12))
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[begin:end] for begin, end in pairwise(places)]
    skippable = b"\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"
    content = skippable.join(frame(p, write_checksum=checksum, write_content_size=size) for p in pieces)
    with tempfile.TemporaryDirectory() as folder:
        cold(Path(folder, NAME)).write_bytes(content)
        reading = read_rollout(Path(folder, NAME))

        assert texts(reading) == [f"größe {number}" for number in range(12)]
        assert reading.diagnostics.bytes == len(data)


def test_a_cold_file_that_is_cut_anywhere_is_refused(rollout: Path) -> None:
    """[SESSION-FILE-11]"""
    content = frame(meta()) + frame(state("one"), write_checksum=True)
    whole = len(frame(meta()))
    cuts = [size for size in range(len(content)) if size != whole]
    refusals = set()
    for size in cuts:
        cold(rollout).write_bytes(content[:size])
        refusals.add(refusal(rollout))

    assert refusals == {("session.zst_damaged", "SESSION-FILE-11")}


@pytest.mark.parametrize("garbage", [b"x", b"\0" * 8, b"garbage\n", b"\x28\xb5\x2f\xfd\xff"])
def test_garbage_after_a_frame_is_refused(rollout: Path, garbage: bytes) -> None:
    """[SESSION-FILE-11]"""
    cold(rollout).write_bytes(frame(meta() + state("one")) + garbage)

    assert refusal(rollout) == ("session.zst_damaged", "SESSION-FILE-11")


def test_lines_before_the_damage_come_first(rollout: Path) -> None:
    """Who reads to rescue gets what is whole, and is told that it is not all.  [SESSION-FILE-11]"""
    cold(rollout).write_bytes(frame(meta() + state("one")) + frame(state("two"))[:-2])
    reading = read_rollout(rollout)

    assert [next(reading).number, next(reading).number] == [1, 2]
    with pytest.raises(SessionRejected, match="line 3"):
        next(reading)


def test_a_bomb_is_refused_before_it_grows(rollout: Path) -> None:
    """A frame of a few kilobytes that is a gigabyte.  [SESSION-FILE-12]"""
    compressor = zstandard.ZstdCompressor().compressobj()
    zeros = bytes(MEGABYTE)
    content = b"".join(compressor.compress(zeros) for _ in range(1024)) + compressor.flush()
    cold(rollout).write_bytes(content)

    assert len(content) < 100_000
    assert refusal(rollout) == ("session.zst_bomb", "SESSION-FILE-12")


def test_lines_that_compress_well_are_no_bomb(rollout: Path) -> None:
    """Sixty-four megabytes may come from next to nothing.  [SESSION-FILE-12]"""
    cold(rollout).write_bytes(frame(meta() + (b" " * (MEGABYTE - 1) + b"\n") * 63))
    reading = read_rollout(rollout)

    assert texts(reading) == []
    assert reading.diagnostics.blank == 63


# --- lines ------------------------------------------------------------------------------------------


def test_a_line_above_the_limit_costs_only_itself(rollout: Path) -> None:
    """[SESSION-FILE-5]"""
    with rollout.open("wb") as file:
        file.write(meta() + state("before"))
        file.truncate(file.tell() + 256 * MEGABYTE + 1)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + state("after"))

    assert texts(read_rollout(rollout)) == ["before", "<too_long>", "after"]


def test_the_limit_is_exact_wherever_the_line_is_cut(rollout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is lowered here: a line at it is read, one above it is not.  [SESSION-FILE-5]"""
    monkeypatch.setattr(physical, "MAX_LINE_BYTES", 1000)
    fill = 1000 - len(state("")) + 1
    rollout.write_bytes(meta() + state("x" * fill) + state("x" * (fill + 1)) + state("after"))
    chunks = range(1, 1100, 7)

    read = []
    for size in chunks:
        monkeypatch.setattr(physical, "_CHUNK", size)
        read.append(texts(read_rollout(rollout)))

    assert read == [["x" * fill, "<too_long>", "after"]] * len(chunks)


def test_a_plain_file_that_is_cut_anywhere_loses_one_line(rollout: Path) -> None:
    """[SESSION-FILE-2, SESSION-FILE-15]"""
    head = meta()
    whole = head + state("one") + state("größe")
    for size in range(len(head), len(whole)):
        rollout.write_bytes(whole[:size])
        reading = read_rollout(rollout)
        found = texts(reading)

        assert "<torn>" in found or reading.diagnostics.defects == {}
        assert [text for text in found if text != "<torn>"] == ["one", "größe"][
            : len(found) - ("<torn>" in found)
        ]
        assert reading.diagnostics.lines == whole[:size].count(b"\n") + reading.diagnostics.unterminated


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                meta(),
                meta(OTHER),
                state("x"),
                b"\n",
                b" \r\n",
                b"\xff\n",
                b"{}\n",
                b"[1]\n",
                b'{"a',
                b"\xef\xbb\xbf{}\n",
                b'{"id":"i","timestamp":"t"}\n',
                b'{"record_type":"state"}\n',
                b'{"type":"message"}\n',
                b"\xe2\x80\xa8\n",
            ]
        )
        | st.binary(max_size=40)
    )
)
def test_any_bytes_are_read_or_refused_and_every_line_is_counted(pieces: list[bytes]) -> None:
    """[SESSION-FILE-15]"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        path.write_bytes(b"".join(pieces))
        reading = read_rollout(path)
        try:
            found = list(reading)
        except SessionRejected as rejection:
            assert rejection.code in {"session.empty", "session.unknown_history_mode"}
            return

    counts = reading.diagnostics
    assert counts.lines == b"".join(pieces).count(b"\n") + counts.unterminated
    assert counts.lines == counts.blank + counts.items + sum(counts.defects.values())
    assert len(found) == counts.items + sum(counts.defects.values())
    assert sum(counts.types.values()) == counts.items


# --- a file that changes ----------------------------------------------------------------------------


def test_a_file_that_grows_is_read_to_the_end_that_is_met(rollout: Path) -> None:
    """[SESSION-FILE-13]"""
    rollout.write_bytes(meta() + state("one"))
    reading = read_rollout(rollout)
    next(reading)
    with rollout.open("ab") as file:
        file.write(state("two"))

    assert texts(reading) == ["one", "two"]
    assert reading.diagnostics.changed


@pytest.mark.parametrize("form", [Path, cold])
def test_a_file_that_is_replaced_is_read_as_it_was_opened(
    rollout: Path, form: Callable[[Path], Path]
) -> None:
    """[SESSION-FILE-13]"""
    packed = frame if form is cold else bytes
    form(rollout).write_bytes(packed(meta() + state("old") * 3))
    reading = read_rollout(rollout)
    next(reading)
    new = rollout.with_name("new")
    new.write_bytes(packed(meta(OTHER) + state("new")))
    new.replace(form(rollout))

    assert texts(reading) == ["old", "old", "old"]
    assert reading.diagnostics.changed
    assert reading.diagnostics.thread_id == THREAD


def test_a_file_that_is_removed_or_cut_meanwhile(rollout: Path) -> None:
    """[SESSION-FILE-13]"""
    rollout.write_bytes(meta() + state("x" * MEGABYTE) * 2)
    cut, removed = read_rollout(rollout), read_rollout(rollout)
    next(cut), next(removed)
    os.truncate(rollout, MEGABYTE)
    rollout.unlink()

    assert texts(cut) == ["<torn>"]
    assert texts(removed) == ["<torn>"]
    assert cut.diagnostics.changed
    assert removed.diagnostics.changed


def test_a_file_that_stays_is_not_said_to_change(rollout: Path) -> None:
    """[SESSION-FILE-13, SESSION-FILE-18]"""
    content = meta() + state("one")[:-1]
    rollout.write_bytes(content)
    os.utime(rollout, ns=(1, 1))
    reading = read_rollout(rollout)

    assert texts(reading) == ["one"]
    assert not reading.diagnostics.changed
    assert (rollout.read_bytes(), rollout.stat().st_mtime_ns) == (content, 1)
    assert os.listdir(rollout.parent) == [NAME]


def test_interrupted_calls_are_made_again(rollout: Path) -> None:
    """A signal every half a millisecond changes nothing.  [SESSION-FILE-16]"""
    rollout.write_bytes(meta() + state("x" * 5000) * 4000)
    interruptions = []
    before = signal.signal(signal.SIGALRM, lambda *_: interruptions.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        reading = read_rollout(rollout)
        found = texts(reading)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert interruptions
    assert len(found) == 4000
    assert reading.diagnostics.defects == {}


# --- memory -----------------------------------------------------------------------------------------

READ_ALL = """
import pathlib, re, sys
from rollout_reference.session.reading.rollout import read_rollout
for _ in read_rollout(sys.argv[1]):
    pass
print(re.search("VmHWM:\\s+([0-9]+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""
"""Not by `getrusage`, which still knows how large the parent was."""


def peak_of_reading(path: Path) -> int:
    """Read a rollout in a process of its own; return the most memory that it had, in bytes."""
    command = [sys.executable, "-c", READ_ALL, str(path)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout) * 1024


def write_large(path: Path, texts: Iterable[str]) -> None:
    """Write a rollout with a line for each text, in the form that the path names."""
    opened = zstandard.open(path, "wb") if path.suffix == ".zst" else path.open("wb")
    with opened as file:
        file.write(meta())
        for text in texts:
            file.write(state(text))


@needs_proc
@pytest.mark.parametrize("form", [Path, cold])
def test_memory_does_not_grow_with_the_file(rollout: Path, form: Callable[[Path], Path]) -> None:
    """Three hundred megabytes in less than a hundred.  [SESSION-FILE-19]"""
    random = Random(1)  # noqa: S311  (reproducible on purpose)
    write_large(form(rollout), (random.randbytes(MEGABYTE // 2).hex() for _ in range(300)))

    assert peak_of_reading(form(rollout)) < 100 * MEGABYTE


@needs_proc
def test_memory_is_bound_by_the_longest_line(rollout: Path) -> None:
    """A line of a hundred megabytes in less than four hundred.  [SESSION-FILE-19]"""
    write_large(rollout, ["x" * (100 * MEGABYTE)])

    assert peak_of_reading(rollout) < 400 * MEGABYTE
