"""What happens to any thread: recorders come and go, its file freezes and thaws, others write to it."""

import json
import os
import shutil
from contextlib import suppress
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from rollout_conformance.machines.frame import action
from rollout_conformance.machines.session.deeds import said
from rollout_conformance.machines.session.home import NOW_MS, HomeMachine
from rollout_conformance.machines.session.process import Killed, Process
from rollout_conformance.machines.session.world import Thread
from rollout_reference.session.errors import HeaderNotFirst, RolloutEmpty
from rollout_reference.session.storage import freeze, thaw
from rollout_reference.session.writing.recorder import RolloutRecorder

LONG_AGO_S = 1_000_000_000
STEPS = st.integers(min_value=0, max_value=12)
"""What a process still does before it is killed."""


class LifeRules(HomeMachine):
    """Acts of a host that both machines play, and of others."""

    # --- a recorder's life ------------------------------------------------------------------------------

    @rule(paginated=st.booleans())
    def create(self, paginated: bool) -> None:
        """Start a thread."""
        if self.has_room:
            self.steps.append("create")
            self.begin_thread("paginated" if paginated else "legacy")

    @action("live")
    def persist(self, thread: Thread) -> None:
        """Ask for the file."""
        self.recorder(thread).persist()
        thread.acknowledge()
        thread.begun = True

    @action("live")
    def close(self, thread: Thread) -> None:
        """Shut the thread down in order."""
        self.recorder(thread).close()
        thread.acknowledge()
        thread.stop()
        del self.recorders[thread.id]

    @action("idle")
    def resume(self, thread: Thread) -> None:
        """Go on with a thread in a new process."""
        try:
            self.reopen(thread)
        except (HeaderNotFirst, RolloutEmpty):
            if not (thread.bare or thread.unreadable):
                raise

    @action("idle", after=STEPS)
    def kill_while_resuming(self, thread: Thread, after: int) -> None:
        """Kill a process while it opens a rollout."""
        process = Process()
        process.dies_after = after
        path = self.path_of(thread)
        assert path
        with suppress(Killed, HeaderNotFirst, RolloutEmpty):
            RolloutRecorder.resume(path, self.host(process))
        process.die()

    # --- others ---------------------------------------------------------------------------------------

    @action("quiet", ends=st.booleans())
    def meet_new_writer(self, thread: Thread, ends: bool) -> None:
        """Let a version of tomorrow append a line of a type that nobody knows."""
        path = self.path_of(thread)
        if not thread.bare and path and self.is_whole(path):
            label = f"future {self.world.name()}"
            line: dict[str, Any] = {"timestamp": "2027-01-01T00:00:00.000Z"}
            if thread.mode == "paginated":
                line["ordinal"] = thread.first_ordinal + self.records(path)
            line |= {"type": "from_the_future", "payload": {"future": label}}
            self.write(path, json.dumps(line), ends=ends)
            thread.hand_over([label])[0].acknowledged = True

    @action("quiet")
    def tear(self, thread: Thread) -> None:
        """Let someone else die in the middle of a line."""
        path = self.path_of(thread)
        if path and self.is_whole(path):
            self.write(path, '{"timestamp":"2026-06-15T12:00:00.000Z","ordinal":1,"type":"wor', ends=False)
            thread.torn += 1

    @rule(texts=st.integers(min_value=0, max_value=2))
    def find_bare_thread(self, texts: int) -> None:
        """Find a rollout from before the envelope."""
        if self.has_room:
            self.steps.append("find_bare_thread")
            thread = self.new_thread("legacy")
            thread.bare = True
            messages = [said(self.world.name(), old=True) for _ in range(texts)]
            header = {"id": thread.id, "timestamp": "2025-08-01T00:00:00.000Z", "instructions": None}
            lines = [header, *(message.payload for message in messages)]
            path = self.home / f"sessions/2025/08/01/rollout-2025-08-01T00-00-00-{thread.id}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
            thread.do(messages)
            thread.acknowledge()
            thread.begun = True

    @rule(after=st.none() | STEPS)
    def freeze(self, after: int | None) -> None:
        """Freeze all that is cold, in a process that may be killed."""
        self.steps.append("freeze")
        for path in self.files():
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
