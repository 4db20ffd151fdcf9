"""Who takes part in a simulated run, and what the disk holds when it begins."""

from functools import lru_cache
from pathlib import Path

import zstandard

from rollout_conformance.machines.storage.actor import Diary, Play, Program
from rollout_conformance.machines.storage.disk import BLOCKED, Disk, new_disk, perform
from rollout_conformance.machines.storage.laws import Expectation, Writer
from rollout_reference.errors import Rejected
from rollout_reference.session.storage.appending import open_for_append
from rollout_reference.session.storage.freezing import Freezer
from rollout_reference.session.storage.thawing import thaw
from rollout_reference.session.writing.tail import is_torn

HOME = Path("/home")
THREAD = "0199a213-81c0-7800-8aa1-bbab2a035a53"
NAME = f"rollout-2026-01-02T03-04-05-{THREAD}.jsonl"
PLAIN = HOME / "sessions" / "2026" / "01" / "02" / NAME
COLD = PLAIN.with_name(NAME + ".zst")
HEADER = (
    f'{{"timestamp":"2026-01-02T03:04:05.000Z","type":"session_meta","payload":{{"id":"{THREAD}",'
    f'"timestamp":"2026-01-02T03:04:05.000Z","cwd":"/","originator":"o","cli_version":"0.143.0",'
    f'"source":"cli","model_provider":"p"}}}}'
).encode()
FIRST = (HEADER, b'{"first":2}')
CONTENT = b"".join(line + b"\n" for line in FIRST)
NEXT = b'{"next":1}'
PATIENCE = 1000.0


class Scenario:
    """The actors of a run and the disk that they start with."""

    def __init__(self, files: dict[str, bytes], programs: dict[str, Program], writers: list[Writer]) -> None:
        self.plays = [Play(name, program) for name, program in programs.items()]
        self.disk = new_disk(files, len(programs))
        self.expectation = Expectation(NAME, COLD.name, FIRST, tuple(writers))
        self._after = Expectation(NAME, COLD.name, FIRST, (*writers, Writer(len(programs), (NEXT,))))
        self._next = [Play("next", program) for program in (freezes(), appends([NEXT], sync=True), freezes())]
        self._recovered: dict[Disk, str | None] = {}

    @property
    def restarts(self) -> int:
        """Return how many different disks were started from again."""
        return len(self._recovered)

    def fault_after(self, disk: Disk) -> str | None:
        """Return what the next freeze, append and freeze do wrong to what is left when all have stopped."""
        if disk not in self._recovered:
            self._recovered[disk] = self._fault_after(disk)
        return self._recovered[disk]

    def restarted(self, held: dict[str, bytes], disk: Disk) -> Disk:
        """Return the disk that a loss of power left of another one; what was synced is owed."""
        safe = tuple((count, count) for _, count in disk.acked)
        return new_disk(held, len(self.plays))._replace(acked=safe)

    def _fault_after(self, disk: Disk) -> str | None:
        disk = disk._replace(
            opened=(*disk.opened, ()), refused=(*disk.refused, None), acked=(*disk.acked, (0, 0))
        )
        for play in self._next:
            fault, disk = run_alone(disk, len(self.plays), play)
            fault = fault or self._after.fault(disk)
            if fault is not None:
                return f"and then: {fault}"
        forms = [name for name, _ in disk.names if name in (NAME, COLD.name)]
        return None if len(forms) == 1 else "and then: both forms stay"


def run_alone(disk: Disk, actor: int, play: Play) -> tuple[str | None, Disk]:
    """Run an actor to its end while all others rest; return what went wrong, and the disk."""
    step = play.start()
    while step.request:
        disk, result = perform(disk, actor, step.request)
        if result is BLOCKED:
            return "the next one cannot go on", disk
        step = step.after(result)
    return (f"{step.failure!r}" if step.failure else None), disk


# --- actors -------------------------------------------------------------------------------------------


def freezes(times: int = 1) -> Program:
    """Return an actor that freezes the rollout, however young it is."""

    def program(files: Diary) -> None:
        freezer = Freezer(HOME, 0, files, cold_after_ms=-(1 << 60))
        for _ in range(times):
            try:
                freezer.freeze(PLAIN)
            except (Rejected, OSError):
                return

    return program


def thaws() -> Program:
    """Return an actor that makes the rollout plain."""

    def program(files: Diary) -> None:
        try:
            thaw(HOME, PLAIN.relative_to(HOME), wait_s=PATIENCE, files=files)
        except (Rejected, OSError):
            return

    return program


def appends(lines: list[bytes], *, sync: bool) -> Program:
    """Return an actor that opens the rollout, repairs its end and appends lines, one write each."""

    def program(files: Diary) -> None:
        try:
            with open_for_append(HOME, PLAIN, THREAD, wait_s=PATIENCE, files=files) as rollout:
                if is_torn(rollout.file):
                    rollout.append(b"\n")
                for line in lines:
                    rollout.append(line + b"\n")
                    if sync:
                        rollout.sync()
                    files.acknowledge(safe=sync)
        except (Rejected, OSError):
            return

    return program


# --- scenarios ----------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def frozen(content: bytes) -> bytes:
    """Return the cold form of some bytes."""
    return zstandard.ZstdCompressor(level=3).compress(content)


def beginnings() -> dict[str, dict[str, bytes]]:
    """Return what the disk may hold at the start, by name: one form, or a pair that a crash left."""
    return {
        "plain": {NAME: CONTENT},
        "cold": {COLD.name: frozen(CONTENT)},
        "equal pair": {NAME: CONTENT, COLD.name: frozen(CONTENT)},
        "stale pair": {NAME: CONTENT, COLD.name: frozen(HEADER + b"\n")},
        "foreign pair": {NAME: CONTENT, COLD.name: frozen(HEADER + b'\n{"other":1}\n')},
        "damaged pair": {NAME: CONTENT, COLD.name: frozen(CONTENT)[:-3]},
    }


def everybody(files: dict[str, bytes], lines: int = 1) -> Scenario:
    """Return a freezer, a thawer and two appenders; the second appender syncs each line."""
    mine, yours = (
        [f'{{"{name}":{number}}}'.encode() for number in range(1, lines + 1)] for name in ("one", "two")
    )
    programs: dict[str, Program] = {
        "freezer": freezes(),
        "thawer": thaws(),
        "one": appends(mine, sync=False),
        "two": appends(yours, sync=True),
    }
    return Scenario(files, programs, [Writer(2, tuple(mine)), Writer(3, tuple(yours))])


def cast(
    files: dict[str, bytes], *, freezers: int, thawers: int, appenders: int, lines: int = 1, times: int = 1
) -> Scenario:
    """Return any number of each; every freezer freezes some times, every appender writes some lines."""
    programs: dict[str, Program] = {}
    writers = []
    for number in range(freezers):
        programs[f"freezer{number + 1}"] = freezes(times)
    for number in range(thawers):
        programs[f"thawer{number + 1}"] = thaws()
    for number in range(appenders):
        mine = [f'{{"by{number + 1}":{line}}}'.encode() for line in range(1, lines + 1)]
        writers.append(Writer(len(programs), tuple(mine)))
        programs[f"appender{number + 1}"] = appends(mine, sync=bool(number % 2))
    return Scenario(files, programs, writers)
