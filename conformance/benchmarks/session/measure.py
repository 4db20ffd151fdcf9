"""What reading a rollout costs, each time in a process of its own: processor seconds and peak memory.

Processor time, because the ratios should not depend on what else the machine does.

Run as a script it is that process: `measure.py read|floor ROLLOUT`.
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import msgspec

from rollout_reference import jsontext
from rollout_reference.session.reading.rollout import read_rollout

KIBIBYTES = 1 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and KiB elsewhere."""

STATUS = Path("/proc/self/status")


@dataclass
class Cost:
    """The best processor time of several runs, in seconds, and the highest peak memory, in MB."""

    seconds: float
    peak_mb: float


def costs_of(*jobs: tuple[str, Path], runs: int) -> list[Cost]:
    """Run jobs, each a name of `JOBS` and a rollout, several times in turn."""
    commands = [[sys.executable, __file__, name, str(rollout)] for name, rollout in jobs]
    rounds = [[json.loads(_run(command)) for command in commands] for _ in range(runs)]
    return [
        Cost(min(answer["seconds"] for answer in answers), max(answer["peak_mb"] for answer in answers))
        for answers in zip(*rounds, strict=True)
    ]


def _run(command: list[str]) -> bytes:
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, env=dict(os.environ), stdin=subprocess.DEVNULL, timeout=600, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: exit code {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.stdout


def _read(rollout: Path) -> None:
    """Read each line into its type, and count."""
    with read_rollout(rollout) as reading:
        for _ in reading:
            pass
    if reading.diagnostics.defects:
        raise RuntimeError(f"the generated rollout has defects: {reading.diagnostics.defects}")


def _floor(rollout: Path) -> None:
    """Read a plain file line by line and parse each as JSON, as the reference does."""
    decoder = msgspec.json.Decoder(float_hook=jsontext.Number)
    with rollout.open("rb") as lines:
        for line in lines:
            decoder.decode(line)


JOBS: dict[str, Callable[[Path], None]] = {"read": _read, "floor": _floor}


def _peak() -> float:
    """Return the most memory that this process had, in MB.

    `getrusage` still counts what a parent had before it became this process.
    """
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+([0-9]+) kB", STATUS.read_text())):
        return int(found[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTES / 1e6


def _main(job: str, rollout: str) -> None:
    begin = process_time()
    JOBS[job](Path(rollout))
    print(json.dumps({"seconds": process_time() - begin, "peak_mb": _peak()}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
