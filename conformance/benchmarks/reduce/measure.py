"""What a reduction costs, each time in a process of its own: processor seconds and peak memory.

Processor time, because the ratios should not depend on what else the machine does.

Run as a script it is that process: `measure.py reduce|floor BUNDLE`.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import msgspec

from rollout_reference import jsontext
from rollout_reference.trace import reduce

KIBIBYTES = 1 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and KiB elsewhere."""


@dataclass
class Cost:
    """The best processor time of several runs, in seconds, and the highest peak memory, in MB."""

    seconds: float
    peak_mb: float


def costs_of(*jobs: tuple[str, Path], runs: int) -> list[Cost]:
    """Run jobs, each a name of `JOBS` and a bundle, several times in turn."""
    commands = [[sys.executable, __file__, name, str(bundle)] for name, bundle in jobs]
    rounds = [[json.loads(_run(command, dict(os.environ))) for command in commands] for _ in range(runs)]
    return [
        Cost(min(answer["seconds"] for answer in answers), max(answer["peak_mb"] for answer in answers))
        for answers in zip(*rounds, strict=True)
    ]


def seconds_of_real(binary: Path, bundle: Path) -> tuple[float, bytes]:
    """Reduce once with the real CLI; return the processor seconds of the whole process, and the state."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as scratch:
        state = Path(scratch) / "state.json"
        environment = {"CODEX_HOME": scratch, "HOME": scratch, "PATH": os.defpath}
        begin = _seconds_of_children()
        _run([str(binary), "debug", "trace-reduce", str(bundle), "-o", str(state)], environment)
        return _seconds_of_children() - begin, state.read_bytes()


def seconds_to_start(runs: int) -> float | None:
    """Return how long a user waits for `rolloutspec --version`, or None where it is not installed."""
    command = shutil.which("rolloutspec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    if command is None:
        return None
    times = []
    for _ in range(runs):
        begin = perf_counter()
        _run([command, "--version"], dict(os.environ))
        times.append(perf_counter() - begin)
    return min(times)


def _seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _run(command: list[str], environment: dict[str, str]) -> bytes:
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, env=environment, stdin=subprocess.DEVNULL, timeout=600, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: exit code {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.stdout


def _reduce(bundle: Path) -> None:
    reduce(bundle).to_json()


def _floor(bundle: Path) -> None:
    """Read each file of a bundle once and parse it, as the reference does."""
    decoder = msgspec.json.Decoder(float_hook=jsontext.Number)
    for entry in os.scandir(bundle / "payloads"):
        with open(entry.path, "rb") as file:
            decoder.decode(file.read())
    with (bundle / "trace.jsonl").open("rb") as log:
        for line in log:
            decoder.decode(line)


JOBS: dict[str, Callable[[Path], None]] = {"reduce": _reduce, "floor": _floor}


def _main(job: str, bundle: str) -> None:
    begin = process_time()
    JOBS[job](Path(bundle))
    seconds = process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTES / 1e6
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
