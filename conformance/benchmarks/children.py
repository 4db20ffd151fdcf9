"""What a job costs, each time in a process of its own: processor seconds and peak memory.

Processor time, because the ratios should not depend on what else the machine does.
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

KIBIBYTES = 1 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and KiB elsewhere."""
SECONDS = 900
"""How long a job may take."""

STATUS = Path("/proc/self/status")

Job = Callable[..., Any]
"""Does the work on the paths that it is given; may return something to tell."""


@dataclass
class Cost:
    """The least processor time of several runs, in seconds, and the highest peak memory, in MB.

    The least, because what else the machine does can only add to it.
    """

    seconds: float
    peak_mb: float
    told: Any
    """What the job returned."""


def costs_of(script: str, jobs: Mapping[str, list[Path]], runs: int) -> dict[str, Cost]:
    """Run the jobs of a script, each with its paths, several times in turn."""
    commands = {job: [sys.executable, script, job, *map(str, paths)] for job, paths in jobs.items()}
    rounds = [{job: json.loads(_run(command)) for job, command in commands.items()} for _ in range(runs)]
    return {job: _cost([each[job] for each in rounds]) for job in jobs}


def main(jobs: Mapping[str, Job]) -> None:
    """Be the process of a job: do what the arguments ask for and print what it cost."""
    name, *paths = sys.argv[1:]
    begin = process_time()
    told = jobs[name](*map(Path, paths))
    seconds = process_time() - begin
    print(json.dumps({"seconds": seconds, "peak_mb": _peak_mb(), "told": told}))


def _cost(answers: list[dict[str, Any]]) -> Cost:
    seconds = min(answer["seconds"] for answer in answers)
    return Cost(seconds, max(answer["peak_mb"] for answer in answers), answers[0]["told"])


def _run(command: list[str]) -> bytes:
    done = subprocess.run(  # noqa: S603
        command,
        capture_output=True,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: exit code {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.stdout


def _peak_mb() -> float:
    """Return the most memory that this process had, in MB.

    `getrusage` still counts what a parent had before it became this process.
    """
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+([0-9]+) kB", STATUS.read_text())):
        return int(found[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTES / 1e6
