"""A host that records threads over their whole life: a state machine over rollout files.

Recorders come and go, die between any two writes, meet torn lines, full disks, older and newer
writers; threads are forked, frozen and thawed.  After each step every law is checked on each file
that has changed.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import Struct

from rollout_conformance.machines.session_laws import LAWS, FileRun
from rollout_conformance.machines.session_process import Killed, Process
from rollout_conformance.machines.session_world import (
    KEPT,
    KINDS,
    OLD_FORMS,
    Entry,
    Kind,
    OldForm,
    Thread,
    World,
    item,
    message,
    old_line,
)
from rollout_reference.errors import Rejected
from rollout_reference.session.errors import HeaderNotFirst, RolloutEmpty
from rollout_reference.session.names import parse_name
from rollout_reference.session.reading import frames
from rollout_reference.session.storage import freeze, thaw
from rollout_reference.session.writing.drafts import RolloutItem
from rollout_reference.session.writing.forking import fork
from rollout_reference.session.writing.header import ThreadStart
from rollout_reference.session.writing.recorder import Host, RolloutRecorder

MAX_THREADS = 4
LONG_AGO_S = 1_000_000_000
NOW_MS = 1_790_000_000_000
PICK = st.integers(min_value=0, max_value=MAX_THREADS - 1)
BATCH = st.lists(st.sampled_from(KINDS), min_size=1, max_size=3)
STEPS = st.integers(min_value=0, max_value=12)
ARRIVED = st.sampled_from([0, 1, 40, 10_000])
"""Bytes of a failing write that reach the file: none, few, some, all."""


class LawBroken(AssertionError):
    """A recorder or a storage broke a law, or refused what it had to take."""


class Finding(Struct, frozen=True):
    """Where a law was broken: its requirement, what was seen, and what the host had done."""

    requirement: str
    detail: str
    steps: list[str]


def action(source: str, **drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Make a rule that acts on one of the threads that the machine has as `source`, if there are any.

    A rule that does nothing where it does not fit, instead of a precondition: Hypothesis can then
    drop any step of a failing example on its own, and what followed it stays what it was.
    """
    arguments: Any = {"pick": PICK, **drawn}
    as_rule: Any = rule(**arguments)

    def make(act: Callable[..., None]) -> Any:
        def play(machine: "SessionMachine", pick: int, **arguments: Any) -> None:
            threads = getattr(machine, source)
            if threads:
                machine.steps.append(act.__name__)
                act(machine, threads[pick % len(threads)], **arguments)

        play.__name__ = act.__name__
        play.__doc__ = act.__doc__
        return as_rule(play)

    return make


class SessionMachine(RuleBasedStateMachine):
    """Threads of a home and the processes that write them, in any order."""

    findings: ClassVar[list[Finding]]
    """The law broken last; Hypothesis plays the smallest example last."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.home = Path(tempfile.mkdtemp(prefix="rolloutspec-"))
        self.steps: list[str] = []
        self.recorders: dict[str, tuple[RolloutRecorder, Process]] = {}
        self.seen: dict[str, bytes] = {}
        self.checked: set[str] = set()
        self._ids = count(1)

    def teardown(self) -> None:
        """End all processes and remove the home."""
        for _, process in self.recorders.values():
            process.die()
        shutil.rmtree(self.home)

    # --- threads by what can be done with them ---------------------------------------------------------

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

    # --- a recorder's life ------------------------------------------------------------------------------

    @rule(paginated=st.booleans())
    def create(self, paginated: bool) -> None:
        """Start a thread."""
        if len(self.world.threads) < MAX_THREADS:
            self.steps.append("create")
            thread = self._new_thread("paginated" if paginated else "legacy")
            process = Process()
            start = ThreadStart(cwd="/project", cli_version="0.169.0", history_mode=thread.mode)
            recorder = RolloutRecorder.create(self.home, start, self._host(process), thread_id=thread.id)
            self.recorders[thread.id] = (recorder, process)

    @action("live", kinds=BATCH)
    def append(self, thread: Thread, kinds: list[Kind]) -> None:
        """Record items and wait for them."""
        self._hand_over(thread, kinds)
        self._recorder(thread).flush()
        thread.acknowledge()

    @action("live", kinds=BATCH)
    def add(self, thread: Thread, kinds: list[Kind]) -> None:
        """Record items without waiting."""
        self._hand_over(thread, kinds)

    @action("live")
    def persist(self, thread: Thread) -> None:
        """Ask for the file."""
        self._recorder(thread).persist()
        thread.acknowledge()
        thread.begun = True

    @action("live")
    def close(self, thread: Thread) -> None:
        """Shut the thread down in order."""
        self._recorder(thread).close()
        thread.acknowledge()
        del self.recorders[thread.id]

    @action("live", arrived=ARRIVED, again=st.booleans(), kinds=BATCH)
    def fill_disk(self, thread: Thread, arrived: int, again: bool, kinds: list[Kind]) -> None:
        """Let an append fail, once or twice."""
        recorder, process = self.recorders[thread.id]
        process.failures = [arrived, arrived] if again else [arrived]
        self._hand_over(thread, kinds)
        try:
            recorder.flush()
        except OSError:
            thread.unfinished = True
            return
        finally:
            process.failures = []
        thread.acknowledge()

    @action("live", kinds=BATCH, after=STEPS, torn=ARRIVED)
    def kill(self, thread: Thread, kinds: list[Kind], after: int, torn: int) -> None:
        """Kill the process while it appends, or right after."""
        recorder, process = self.recorders[thread.id]
        self._hand_over(thread, kinds)
        process.dies_after, process.torn = after, torn
        try:
            recorder.flush()
        except Killed:
            thread.torn += 1
        else:
            thread.acknowledge()
        self._bury(thread)

    @action("idle")
    def resume(self, thread: Thread) -> None:
        """Go on with a thread in a new process."""
        process = Process()
        path = self.path_of(thread)
        assert path
        try:
            recorder = RolloutRecorder.resume(path, self._host(process))
        except (HeaderNotFirst, RolloutEmpty):
            if not (thread.bare or thread.unreadable):
                raise
            process.die()
            return
        self.recorders[thread.id] = (recorder, process)

    @action("idle", after=STEPS)
    def kill_while_resuming(self, thread: Thread, after: int) -> None:
        """Kill a process while it opens a rollout."""
        process = Process()
        process.dies_after = after
        path = self.path_of(thread)
        assert path
        with suppress(Killed, HeaderNotFirst, RolloutEmpty):
            RolloutRecorder.resume(path, self._host(process))
        process.die()

    @action("quiet")
    def fork(self, parent: Thread) -> None:
        """Start a thread with the history of another."""
        path = self.path_of(parent)
        if len(self.world.threads) < MAX_THREADS and path:
            child = self._new_thread(parent.mode)
            records = self._records(path)
            process = Process()
            start = ThreadStart(cwd="/project", cli_version="0.169.0")
            recorder = fork(path, start, self._host(process), thread_id=child.id)
            self.recorders[child.id] = (recorder, process)
            child.begun = True
            if parent.mode == "paginated":
                child.first_ordinal = parent.first_ordinal + records
            else:
                whole = [*parent.copied, *parent.entries]
                child.copied = [Entry(e.label, True) for e in whole if not e.label.startswith("future ")]

    @action("live")
    def change_git(self, thread: Thread) -> None:
        """Record other git facts, which only a legacy thread keeps."""
        label = self.world.name()
        if thread.mode == "legacy":
            thread.hand_over([label])
        if self._recorder(thread).update_git({"branch": label}):
            thread.acknowledge()
            thread.begun = True

    # --- others ---------------------------------------------------------------------------------------

    @action("quiet", form=st.sampled_from(OLD_FORMS), ends=st.booleans())
    def meet_old_writer(self, thread: Thread, form: OldForm, ends: bool) -> None:
        """Let a version from before the locks append to the plain file; its line may have no end."""
        path = self.path_of(thread)
        if thread.mode == "legacy" and not thread.bare and path and self._is_whole(path):
            label = self.world.name()
            self._write(path, json.dumps(old_line(form, label)), ends=ends)
            thread.hand_over([label])[0].acknowledged = True

    @action("quiet", ends=st.booleans())
    def meet_new_writer(self, thread: Thread, ends: bool) -> None:
        """Let a version of tomorrow append a line of a type that nobody knows."""
        path = self.path_of(thread)
        if not thread.bare and path and self._is_whole(path):
            label = f"future {self.world.name()}"
            line: dict[str, Any] = {"timestamp": "2027-01-01T00:00:00.000Z"}
            if thread.mode == "paginated":
                line["ordinal"] = thread.first_ordinal + self._records(path)
            line |= {"type": "from_the_future", "payload": {"future": label}}
            self._write(path, json.dumps(line), ends=ends)
            thread.hand_over([label])[0].acknowledged = True

    @action("quiet")
    def tear(self, thread: Thread) -> None:
        """Let someone else die in the middle of a line."""
        path = self.path_of(thread)
        if path and self._is_whole(path):
            self._write(path, '{"timestamp":"2026-06-15T12:00:00.000Z","ordinal":1,"type":"wor', ends=False)
            thread.torn += 1

    @rule(texts=st.integers(min_value=0, max_value=2))
    def find_bare_thread(self, texts: int) -> None:
        """Find a rollout from before the envelope."""
        if len(self.world.threads) < MAX_THREADS:
            self.steps.append("find_bare_thread")
            thread = self._new_thread("legacy")
            thread.bare = thread.begun = True
            labels = [self.world.name() for _ in range(texts)]
            lines = [{"id": thread.id, "timestamp": "2025-08-01T00:00:00.000Z", "instructions": None}]
            content = "".join(json.dumps(line) + "\n" for line in [*lines, *map(message, labels)])
            path = self.home / f"sessions/2025/08/01/rollout-2025-08-01T00-00-00-{thread.id}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            thread.hand_over(labels)
            thread.acknowledge()

    @rule(after=st.none() | STEPS)
    def freeze(self, after: int | None) -> None:
        """Freeze all that is cold, in a process that may be killed."""
        self.steps.append("freeze")
        for path in self._files():
            if path.suffix == ".jsonl":
                os.utime(path, (LONG_AGO_S, LONG_AGO_S))
        shutil.rmtree(self.home / ".tmp", ignore_errors=True)
        process = Process()
        process.dies_after = after
        with suppress(Killed):
            freeze(self.home, NOW_MS, files=process)
        process.die()

    @action("idle")
    def thaw(self, thread: Thread) -> None:
        """Make a rollout plain."""
        path = self.path_of(thread)
        assert path
        thaw(self.home, path)

    # --- after each step ------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        """Check every law on each file that has changed."""
        moved = bool(self.steps) and self.steps[-1] in ("freeze", "thaw")
        for thread in self.world.threads:
            path = self.path_of(thread)
            if path is None:
                self._require(thread, not thread.begun, "SESSION-LAW-1", "the file is gone")
                continue
            content = plain(path)
            if moved:  # SESSION-LAW-4
                same = content == self.seen[thread.id]
                self._require(thread, same, "SESSION-LAW-4", "the bytes have changed")
            known = self.seen.get(thread.id) == content and thread.id in self.checked
            self.seen[thread.id] = content
            if not known and self._has_header(thread, content):
                self._check(FileRun(thread, path, content))
                self.checked.add(thread.id)

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
        for law in LAWS:
            try:
                law.check(run)
            except (AssertionError, Rejected) as failure:
                self._fail(law.requirement, f"{law.sentence} {failure}")

    def _require(self, thread: Thread, holds: bool, requirement: str, detail: str) -> None:
        if not holds:
            self._fail(requirement, f"{thread.id}: {detail}")

    def _fail(self, requirement: str, detail: str) -> None:
        finding = Finding(requirement, detail, list(self.steps))
        type(self).findings[:] = [finding]
        raise LawBroken(f"{requirement}: {detail} after {', '.join(self.steps)}")

    # --- what several rules do ------------------------------------------------------------------------

    def path_of(self, thread: Thread) -> Path | None:
        """Return the form of a thread's file that counts, None if there is none."""
        forms = [path for path in self._files() if thread.id in path.name]
        return min(forms, key=lambda path: path.suffix == ".zst", default=None)

    def _files(self) -> list[Path]:
        return sorted(path for path in self.home.glob("sessions/*/*/*/rollout-*") if parse_name(path.name))

    def _new_thread(self, mode: Any) -> Thread:
        thread = Thread(f"019f0000-0000-7000-8000-{next(self._ids):012x}", mode)
        self.world.threads.append(thread)
        return thread

    def _host(self, process: Process) -> Host:
        def new_id() -> str:
            return f"0190aaaa-0000-7000-8000-{next(self._ids):012x}"

        return Host(lambda: NOW_MS, UTC, new_id, process)

    def _recorder(self, thread: Thread) -> RolloutRecorder:
        return self.recorders[thread.id][0]

    def _hand_over(self, thread: Thread, kinds: list[Kind]) -> None:
        labels = [self.world.name() for _ in kinds]
        items = [item(kind, label, thread.id) for kind, label in zip(kinds, labels, strict=True)]
        kept = [label for kind, label in zip(kinds, labels, strict=True) if kind in KEPT[thread.mode]]
        thread.hand_over(kept)
        self._recorder(thread).add(*(RolloutItem(*each) for each in items))

    def _bury(self, thread: Thread) -> None:
        """Take note that the process of a thread is gone, and what it has left."""
        _, process = self.recorders.pop(thread.id)
        process.die()
        path = self.path_of(thread)
        thread.lose(FileRun(thread, path, plain(path)).found if path else [])

    def _records(self, path: Path) -> int:
        """Return how many records stand in the whole lines of a file."""
        whole = plain(path).rpartition(b"\n")[0]
        run = FileRun(self.world.threads[0], path, whole)
        return sum(isinstance(line, dict) and "payload" in line for line in run.lines)

    def _is_whole(self, path: Path) -> bool:
        """Tell whether someone who repairs nothing can append to a plain file."""
        return path.suffix == ".jsonl" and path.read_bytes().endswith(b"\n")

    def _write(self, path: Path, text: str, *, ends: bool) -> None:
        with path.open("a") as file:
            file.write(text + ("\n" if ends else ""))


def plain(path: Path) -> bytes:
    """Return the bytes of the plain form."""
    data = path.read_bytes()
    return b"".join(frames.decode(BytesIO(data))) if path.suffix == ".zst" else data


def session_machine(findings: list[Finding] | None = None) -> type[SessionMachine]:
    """Return a machine; the last broken law lands in `findings`."""
    return type("SessionMachineOfHost", (SessionMachine,), {"findings": [] if findings is None else findings})
