"""What a run costs, each time in a process of its own.

Run as a script it is that process: `measure.py SECONDS-FILE ARGUMENTS-OF-ROLLOUTSPEC`.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter


@dataclass
class Cost:
    """Wall-clock seconds of the whole process, and its peak memory in MB (None where nobody tells)."""

    seconds: float
    peak_mb: float | None


def cost_of(scratch: Path, *arguments: str) -> Cost:
    """Run `rolloutspec` with some arguments; all cases have to come out as expected."""
    note = scratch / "cost.json"
    command = [sys.executable, __file__, str(note), *arguments]
    begin = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    seconds = perf_counter() - begin
    if done.returncode != 0:
        raise RuntimeError(f"rolloutspec {' '.join(arguments)}: exit code {done.returncode}: {done.stderr}")
    return Cost(seconds, json.loads(note.read_text())["peak_mb"])


def peak_mb() -> float | None:
    """Return the peak memory of this process alone, without what it had before it was this program."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _main(note: str, *arguments: str) -> None:
    from rollout_conformance.cli import main  # noqa: PLC0415

    try:
        main(arguments)
    finally:
        Path(note).write_text(json.dumps(asdict(Cost(0, peak_mb()))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
