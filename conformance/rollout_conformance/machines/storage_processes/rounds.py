"""Rounds of real processes on one rollout; after each, every acknowledged line is looked for."""

import io
import os
import random
import shutil
import signal
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from rollout_conformance.machines.storage.scenario import CONTENT, NAME, THREAD
from rollout_conformance.machines.storage_processes.parts import Part
from rollout_reference.session.names import cold_path
from rollout_reference.session.reading.frames import decode
from rollout_reference.session.storage.filesystem import REAL
from rollout_reference.session.storage.freezing import Freezer

PARTS = ("freeze", "thaw", "append", "append")
ROUNDS_A_HOME = 20
"""After so many rounds a new home is begun, so that files stay small."""


class Count(Struct):
    """What some rounds came to."""

    rounds: int = 0
    killed: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    torn: int = 0
    """Lines that a kill cut, each ended by the next writer."""
    pairs: int = 0
    """Rounds that left both forms."""
    cold: int = 0
    """Rounds that left the cold form alone."""
    missing: int = 0
    """Rounds that left neither form."""
    broken: int = 0
    """Processes that ended with an error of their own."""

    @property
    def faults(self) -> int:
        """Return how much went wrong."""
        return self.lost + self.doubled + self.disordered + self.missing + self.broken


def play(folder: Path, rounds: int, seed: int) -> Iterator[Count]:
    """Play rounds in a folder, counting on; each is determined by the seed but for what the kernel does."""
    count = Count()
    for number in range(rounds):
        if number % ROUNDS_A_HOME == 0:
            home = folder / f"home-{number // ROUNDS_A_HOME}"
            path = home / "sessions" / "2026" / "01" / "02" / NAME
            path.parent.mkdir(parents=True)
            path.write_bytes(CONTENT)
            acknowledged: list[bytes] = []
        _round(home, path, f"{seed}-{number}", acknowledged, count)
        yield count
        if (number + 1) % ROUNDS_A_HOME == 0:
            shutil.rmtree(home)


def _round(home: Path, path: Path, seed: str, acknowledged: list[bytes], count: Count) -> None:
    """Start everybody, wait for their ends, and look at what is there."""
    chance = random.Random(seed)  # noqa: S311  (not for secrets)
    mortals = chance.sample(range(len(PARTS)), chance.randint(1, len(PARTS)))
    started = [
        _start(name, Part(home, path, THREAD, f"{seed}-{number}", mortal=number in mortals))
        for number, name in enumerate(PARTS)
    ]
    for process, pipe in started:
        with open(pipe, "rb") as lines:
            told = [line for line in lines if line.endswith(b"\n")]
        count.acknowledged += len(told)
        acknowledged += told
        _, status = os.waitpid(process, 0)
        count.killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        count.broken += os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0
    count.rounds += 1
    _look(path, acknowledged, count)
    if chance.random() < 0.3:
        Freezer(home, 0, REAL, cold_after_ms=-(1 << 60)).freeze(path)


def _start(name: str, part: Part) -> tuple[int, int]:
    """Return a process that does a part, and the end of its pipe."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(ours)
            getattr(part, name)(theirs)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(theirs)
    return process, ours


def _look(path: Path, acknowledged: list[bytes], count: Count) -> None:
    """Count what is wrong with the form that a reader takes."""
    cold = cold_path(path)
    count.pairs += path.exists() and cold.exists()
    count.cold += cold.exists() and not path.exists()
    if path.exists():
        content = path.read_bytes()
    elif cold.exists():
        content = b"".join(decode(io.BytesIO(cold.read_bytes())))
    else:
        count.missing += 1
        return
    lines = content.removeprefix(CONTENT).splitlines(keepends=True)
    found = Counter(lines)
    count.lost += sum(found[line] == 0 for line in acknowledged) + (not content.startswith(CONTENT))
    count.doubled += sum(number > 1 for line, number in found.items() if line.endswith(b"}\n"))
    count.torn += sum(not line.endswith(b"}\n") for line in lines)
    order = {line: place for place, line in enumerate(lines)}
    by_writer: dict[bytes, list[int]] = {}
    for line in acknowledged:
        by_writer.setdefault(line.split(b'"')[3], []).append(order.get(line, -1))
    count.disordered += sum(places != sorted(places) for places in by_writer.values())
