"""A home, its threads and the processes that record them; every file is judged after each act."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import ClassVar

from hypothesis.stateful import invariant
from msgspec.structs import replace

from rollout_conformance.machines.frame import Finding, Machine
from rollout_conformance.machines.session.deeds import Mode
from rollout_conformance.machines.session.laws.law import FileRun, Law
from rollout_conformance.machines.session.process import Process
from rollout_conformance.machines.session.world import Entry, Thread, World
from rollout_reference.errors import Rejected
from rollout_reference.session.names import parse_name
from rollout_reference.session.reading import frames
from rollout_reference.session.writing.header import ThreadStart
from rollout_reference.session.writing.recorder import Host, RolloutRecorder

NOW_MS = 1_790_000_000_000

START = ThreadStart(cwd="/project", cli_version="0.169.0")


class HomeMachine(Machine):
    """Threads of a home and the processes that write them, in any order."""

    laws: ClassVar[Sequence[Law]]
    most_threads: ClassVar[int] = 4
    keeps_bytes: ClassVar[dict[str, str]] = {"freeze": "SESSION-LAW-4", "thaw": "SESSION-LAW-4"}
    """Acts that leave the bytes of all files as they are, each with the law that says so."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.home = Path(tempfile.mkdtemp(prefix="rolloutspec-"))
        self.recorders: dict[str, tuple[RolloutRecorder, Process]] = {}
        self.seen: dict[str, bytes] = {}
        self.checked: dict[str, Path] = {}
        """The form in which a thread's file was judged."""
        self._ids = count(1)

    def teardown(self) -> None:
        """End all processes and remove the home."""
        for _, process in self.recorders.values():
            process.die()
        shutil.rmtree(self.home)

    # --- threads by what can be done with them ---------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Tell whether another thread can be started."""
        return len(self.world.threads) < self.most_threads

    @property
    def live(self) -> list[Thread]:
        """Return the threads that have a recorder."""
        return [thread for thread in self.world.threads if thread.id in self.recorders]

    @property
    def idle(self) -> list[Thread]:
        """Return the threads that have a file and no recorder."""
        return [t for t in self.world.threads if t.id not in self.recorders and self.path_of(t)]

    @property
    def quiet(self) -> list[Thread]:
        """Return the threads whose file has all that was handed over."""
        return [t for t in self.world.threads if not t.waiting and t.begun and not t.unreadable]

    # --- after each step ------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        """Check every law on each file that has changed, or has another form."""
        keeps = self.keeps_bytes.get(self.steps[-1]) if self.steps else None
        for thread in self.world.threads:
            path = self.path_of(thread)
            if path is None:
                self._require(thread, not thread.begun, "SESSION-LAW-1", "the file is gone")
                continue
            content = plain(path)
            if keeps and thread.id in self.seen:
                same = content == self.seen[thread.id]
                self._require(thread, same, keeps, "the bytes have changed")
            known = self.seen.get(thread.id) == content and self.checked.get(thread.id) == path
            self.seen[thread.id] = content
            if not known and self._has_header(thread, content):
                self._check(FileRun(thread, path, content, self.home))
                self.checked[thread.id] = path

    def _has_header(self, thread: Thread, content: bytes) -> bool:
        """Tell whether the first line is whole; without it nothing was acknowledged."""
        try:
            json.loads(content.split(b"\n")[0])
        except ValueError:
            self._require(thread, not thread.begun, "SESSION-LAW-5", "the header is torn")
            thread.unreadable = thread.id not in self.recorders
            return False
        return True

    def _check(self, run: FileRun) -> None:
        for law in self.laws:
            try:
                law.check(run)
            except (AssertionError, Rejected) as failure:
                self._fail(law.requirement, f"{law.sentence} {failure}")

    def _require(self, thread: Thread, holds: bool, requirement: str, detail: str) -> None:
        if not holds:
            self._fail(requirement, f"{thread.id}: {detail}")

    def _fail(self, requirement: str, detail: str) -> None:
        self.report(Finding(requirement, detail, list(self.steps)))

    # --- what several rules do ------------------------------------------------------------------------

    def path_of(self, thread: Thread) -> Path | None:
        """Return the form of a thread's file that counts, None if there is none."""
        forms = [path for path in self.files() if thread.id in path.name]
        return min(forms, key=lambda path: path.suffix == ".zst", default=None)

    def new_thread(self, mode: Mode) -> Thread:
        """Return a thread that has no file."""
        thread = Thread(f"019f0000-0000-7000-8000-{next(self._ids):012x}", mode)
        self.world.threads.append(thread)
        return thread

    def new_id(self) -> str:
        """Return an id that was never given before."""
        return f"0190aaaa-0000-7000-8000-{next(self._ids):012x}"

    def host(self, process: Process) -> Host:
        """Return what a recorder has from its process."""
        return Host(lambda: NOW_MS, UTC, self.new_id, process)

    def begin_thread(self, mode: Mode) -> None:
        """Start a thread without a parent."""
        thread, process = self.new_thread(mode), Process()
        start = replace(START, history_mode=mode)
        recorder = RolloutRecorder.create(self.home, start, self.host(process), thread_id=thread.id)
        self.start(thread, recorder, process)

    def start(self, thread: Thread, recorder: RolloutRecorder, process: Process) -> None:
        """Take note of the process that began a thread."""
        self.recorders[thread.id] = (recorder, process)
        thread.window_id = recorder.header["context_window"]["window_id"]

    def reopen(self, thread: Thread) -> None:
        """Resume a thread in a new process.  Raises what `RolloutRecorder.resume` raises."""
        process = Process()
        path = self.path_of(thread)
        assert path
        try:
            self.recorders[thread.id] = (RolloutRecorder.resume(path, self.host(process)), process)
        except BaseException:
            process.die()
            raise

    def recorder(self, thread: Thread) -> RolloutRecorder:
        """Return the recorder of a thread."""
        return self.recorders[thread.id][0]

    def bury(self, thread: Thread) -> None:
        """Take note that the process of a thread is gone, and what it has left."""
        _, process = self.recorders.pop(thread.id)
        process.die()
        path = self.path_of(thread)
        thread.lose(FileRun(thread, path, plain(path), self.home).found if path else [])
        thread.stop()

    def records(self, path: Path) -> int:
        """Return how many records stand in the whole lines of a file."""
        whole = plain(path).rpartition(b"\n")[0]
        run = FileRun(self.world.threads[0], path, whole, self.home)
        return sum(isinstance(line, dict) and "payload" in line for line in run.lines)

    def is_whole(self, path: Path) -> bool:
        """Tell whether someone who repairs nothing can append to a plain file."""
        return path.suffix == ".jsonl" and path.read_bytes().endswith(b"\n")

    def write(self, path: Path, text: str, *, ends: bool) -> None:
        """Append a line as someone does who takes no lock; it may have no end."""
        with path.open("a") as file:
            file.write(text + ("\n" if ends else ""))

    def files(self) -> list[Path]:
        """Return the rollouts of the home, in either form."""
        return sorted(path for path in self.home.glob("sessions/*/*/*/rollout-*") if parse_name(path.name))


def plain(path: Path) -> bytes:
    """Return the bytes of the plain form."""
    data = path.read_bytes()
    return b"".join(frames.decode(BytesIO(data))) if path.suffix == ".zst" else data


def copied(entries: list[Entry]) -> list[Entry]:
    """Return what a legacy fork has of its parent: all but what no reader knows."""
    return [replace(e, acknowledged=True) for e in entries if not e.label.startswith("future ")]
