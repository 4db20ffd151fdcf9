"""A run over a home: sweep what crashes left, then freeze what is cold, archived before active.

[SESSION-STORE-30 to SESSION-STORE-36]
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from rollout_reference.errors import Rejected
from rollout_reference.session.names import ARCHIVED, COLD_SUFFIX, SESSIONS, is_rollout_name
from rollout_reference.session.storage.filesystem import REAL, FileSystem
from rollout_reference.session.storage.freezing import Freezer
from rollout_reference.session.storage.marker import is_stale, try_claim
from rollout_reference.session.storage.metrics import Measured, Metrics, Outcome, Report, RunStatus
from rollout_reference.session.storage.scratch import is_temporary

JOBS = 2
"""Compressions at once.  [SESSION-STORE-34]"""

BUDGET_SECONDS = 5 * 60 * 60
"""How long a run may take; looked at between two entries.  [SESSION-STORE-35]"""

Clock = Callable[[], float]
"""Seconds from any start."""


def freeze(
    home: Path,
    now_ms: int,
    *,
    files: FileSystem = REAL,
    clock: Clock = time.monotonic,
    budget_s: float = BUDGET_SECONDS,
) -> Report:
    """Do one run over a home at a Unix time in milliseconds, unless one is under way or was lately.

    What concerns one file or folder is in the report and does not end the run.  [SESSION-STORE-36]
    """
    metrics = Metrics()
    try:
        claim = try_claim(home, now_ms, files)
    except OSError as error:
        metrics.run("failed")
        return Report("failed", {}, [_phrase("claim", error)], metrics)
    if claim is None:
        metrics.run("skipped_already_running")
        return Report("skipped_already_running", {}, [], metrics)
    run = _Run(home, now_ms, files, metrics, clock, budget_s)
    status: RunStatus = "failed"
    try:
        run.go()
        status = "completed"
    finally:
        claim.close(failed=status == "failed")
        run.measure(status)
    return Report(status, run.outcomes, run.problems, metrics)


class _Run:
    """One run, and what it has found so far."""

    def __init__(
        self, home: Path, now_ms: int, files: FileSystem, metrics: Metrics, clock: Clock, budget_s: float
    ) -> None:
        self._home = home
        self._prefix = f"{home.as_posix()}/"
        self._now_ms = now_ms
        self._files = files
        self._metrics = metrics
        self._clock = clock
        self._started = clock()
        self._end = self._started + budget_s
        self._freezer = Freezer(home, now_ms, files)
        self.outcomes: dict[str, Outcome] = {}
        self.problems: list[str] = []

    def go(self) -> None:
        """Sweep, then freeze."""
        self._metrics.run("started")
        for root in (SESSIONS, ARCHIVED):
            self._sweep(root)
        for root in (ARCHIVED, SESSIONS):  # SESSION-STORE-33
            self._freeze_all(root)

    def measure(self, status: RunStatus) -> None:
        """Count the end of the run."""
        self._metrics.run(status)
        self._metrics.run_duration(status, self._since(self._started))

    def _sweep(self, root: str) -> None:
        """Remove the temporary files of crashes.  [SESSION-STORE-32]"""
        for folder, name in self._walk(root):
            if not is_temporary(name):
                continue
            path = folder / name
            try:
                facts = self._files.facts(path)
                if facts is not None and is_stale(facts.mtime_ns, self._now_ms):
                    self._files.unlink(path)
                    self._metrics.temp_cleanup("removed")
            except OSError as error:
                self._metrics.temp_cleanup("failed")
                self._note(path, error)

    def _freeze_all(self, root: str) -> None:
        """Freeze what is cold below one root, two files at once."""
        under_way: dict[Future[tuple[Measured, int]], Path] = {}
        with ThreadPoolExecutor(JOBS, thread_name_prefix="freeze") as pool:
            for folder, name in self._walk(root):
                if not is_rollout_name(name) or name.endswith(COLD_SUFFIX):
                    continue
                path = folder / name
                self._metrics.scanned()
                at_once = self._glance(path)
                if at_once is not None:
                    self._count(path, at_once, 0)
                    continue
                if len(under_way) >= JOBS:
                    self._collect(under_way)
                under_way[pool.submit(self._freeze, path)] = path
            while under_way:
                self._collect(under_way)

    def _glance(self, path: Path) -> Measured | None:
        try:
            return self._freezer.glance(path)
        except OSError as error:
            self._note(path, error)
            return Measured("failed")

    def _freeze(self, path: Path) -> tuple[Measured, int]:
        started = self._clock()
        try:
            measured = self._freezer.freeze(path)
        except (OSError, Rejected) as error:
            self._note(path, error)
            measured = Measured("failed")
        return measured, self._since(started)

    def _collect(self, under_way: dict[Future[tuple[Measured, int]], Path]) -> None:
        """Take what is done, at least one job."""
        done, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for job in done:
            path = under_way.pop(job)
            self._count(path, *job.result())

    def _count(self, path: Path, measured: Measured, ms: int) -> None:
        self._metrics.file(measured, ms)
        self.outcomes[self._inner(path)] = measured.outcome

    def _walk(self, root: str) -> Iterator[tuple[Path, str]]:
        """Yield folder and name of the regular files below a root; links are not followed.

        [SESSION-STORE-3, SESSION-STORE-33, SESSION-STORE-35]
        """
        folders = [self._home / root]
        if not self._is_folder(folders[0]):
            return
        while folders:
            folder = folders.pop()
            try:
                entries = sorted(self._files.entries(folder))
            except OSError as error:
                self._note(folder, error)
                continue
            for name, kind in entries:
                if self._clock() >= self._end:
                    return
                if kind == "file":
                    yield folder, name
            folders += [folder / name for name, kind in reversed(entries) if kind == "folder"]

    def _is_folder(self, root: Path) -> bool:
        facts = self._files.facts(root)
        if facts is not None and facts.kind != "folder":
            self.problems.append(f"{root.name}: is no folder of the home itself")
        return facts is not None and facts.kind == "folder"

    def _note(self, path: Path, error: OSError | Rejected) -> None:
        self.problems.append(_phrase(self._inner(path), error))

    def _inner(self, path: Path) -> str:
        """Return a path below the home as text."""
        return path.as_posix().removeprefix(self._prefix)

    def _since(self, started: float) -> int:
        return round((self._clock() - started) * 1000)


def _phrase(what: str, error: OSError | Rejected) -> str:
    reason = error.reason() if isinstance(error, Rejected) else error.strerror or str(error)
    return f"{what}: {reason}"
