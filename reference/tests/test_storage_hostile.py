"""Storage on a full disk, without permission, and among a hundred thousand files."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from rollout_reference.session.storage import freeze
from rollout_reference.session.storage.filesystem import RealFiles

NOW = 1_800_000_000
THREAD = "0199a213-81c0-7800-8aa1-bbab2a035a53"
HEADER = (
    f'{{"timestamp":"2026-01-02T03:04:05.000Z","type":"session_meta","payload":{{"id":"{THREAD}",'
    f'"timestamp":"2026-01-02T03:04:05.000Z","cwd":"/w","originator":"o","cli_version":"0.143.0",'
    f'"source":"cli","model_provider":"p"}}}}\n'
)
NAME = f"rollout-2026-01-02T03-04-05-{THREAD}.jsonl"

SCRIPT = """
import json, os, random, sys, zstandard
from pathlib import Path
from rollout_reference.errors import Rejected
from rollout_reference.session.storage import freeze, open_for_append, thaw

home, now, name, header, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
path = home / "sessions" / name
path.parent.mkdir(parents=True, exist_ok=True)
content = header.encode() + random.Random(1).randbytes(150_000).hex().encode() + b"\\n"
cold = path.with_name(name + ".zst")
if what.startswith("thaw"):
    cold.write_bytes(zstandard.ZstdCompressor().compress(content))
else:
    path.write_bytes(content)
    os.utime(path, (now - 9 * 86400,) * 2)
if what.endswith("unwritable"):
    path.parent.chmod(0o555)
if what.endswith("unreadable"):
    (cold if what.startswith("thaw") else path).chmod(0)
try:
    told = freeze(home, now * 1000).outcomes if what.startswith("freeze") else str(thaw(home, path))
except (OSError, Rejected) as error:
    told = type(error).__name__ + ": " + str(getattr(error, "strerror", error))
print(json.dumps([told, sorted(os.listdir(path.parent))]))
"""


def do(home: Path, what: str, *prefix: str) -> list[Any]:
    """Freeze or thaw in a process of its own; return what it was told and which files there are then."""
    command = [*prefix, sys.executable, "-c", SCRIPT, str(home), str(NOW), NAME, HEADER, what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer: list[Any] = json.loads(done.stdout)
    return answer


def small_disk(folder: Path) -> list[str]:
    """Return a prefix of a command that has a disk of 400 KiB in a folder; skips where none is allowed."""
    unshare = (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    )
    mount = ["sh", "-c", f'mount -t tmpfs -o size=400k none "{folder}" && exec "$@"', "sh"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, *mount, "true"], check=False).returncode:
        pytest.skip("NOT TESTED: a full disk needs a mount of its own, which is not permitted here")
    return [*unshare, *mount]


def test_freezing_on_a_full_disk(tmp_path: Path) -> None:
    """Nothing half-written stays, and the plain form does.  [SESSION-STORE-36]"""
    told, left = do(tmp_path, "freeze full", *small_disk(tmp_path))

    assert told == {f"sessions/{NAME}": "failed"}
    assert left == [NAME]


def test_thawing_on_a_full_disk(tmp_path: Path) -> None:
    """One error says so; the cold form stays as it is.  [SESSION-STORE-43]"""
    told, left = do(tmp_path, "thaw full", *small_disk(tmp_path))

    assert told == "OSError: No space left on device"
    assert left == [NAME + ".zst"]


@pytest.mark.parametrize("what", ["unreadable", "unwritable"])
def test_freezing_without_permission(tmp_path: Path, what: str) -> None:
    """A file that cannot be read, or a folder that cannot be written to, fails alone.  [SESSION-STORE-36]"""
    told, left = do(tmp_path, f"freeze {what}", *without_privileges())

    assert told == {f"sessions/{NAME}": "failed"}
    assert left == [NAME]


@pytest.mark.parametrize("what", ["unreadable", "unwritable"])
def test_thawing_without_permission(tmp_path: Path, what: str) -> None:
    """One error says so; the cold form stays as it is.  [SESSION-STORE-43]"""
    told, left = do(tmp_path, f"thaw {what}", *without_privileges())

    assert told == "PermissionError: Permission denied"
    assert left == [NAME + ".zst"]


def without_privileges() -> list[str]:
    """Return a prefix of a command that is bound by modes as any user is; skips where there is none."""
    if os.geteuid() != 0:
        return []
    command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if shutil.which("setpriv") is None or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("NOT TESTED: root may do everything, and cannot give that up here")
    return command


def test_hundred_thousand_files() -> None:
    """What is asked of the file system for a file does not depend on how many there are."""
    memory = "/dev/shm"  # noqa: S108  (a disk would take long)
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        few = _calls(Path(folder, "few"), 5_000)
        many = _calls(Path(folder, "many"), 100_000)

    assert many <= 20 * few


class CountingFiles(RealFiles):
    """A file system that counts what is asked of it."""

    calls = 0

    def __getattribute__(self, name: str) -> Any:
        """Count each method that is used."""
        if name != "calls":
            self.calls += 1
        return super().__getattribute__(name)


def _calls(home: Path, files: int) -> int:
    for number in range(files):
        folder = home / "sessions" / "2026" / f"{number // 5000:02}"
        if number % 5000 == 0:
            folder.mkdir(parents=True)
        name = f"rollout-2026-01-02T03-04-05-0199a213-81c0-7800-8aa1-bbab{number:08x}.jsonl"
        os.close(os.open(folder / name, os.O_CREAT | os.O_WRONLY))
    counting = CountingFiles()
    report = freeze(home, int(time.time() * 1000), files=counting)
    assert len(report.outcomes) == files
    return counting.calls
