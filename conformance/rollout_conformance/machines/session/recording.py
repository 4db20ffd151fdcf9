"""How a host records what it does: lines are handed over and waited for, or the process dies."""

from rollout_conformance.machines.session.deeds import Deed, begun
from rollout_conformance.machines.session.labels import LABEL
from rollout_conformance.machines.session.lives import LifeRules
from rollout_conformance.machines.session.process import Killed
from rollout_conformance.machines.session.world import Thread
from rollout_reference.session.context import Window, context_of
from rollout_reference.session.inherited import load_lineage
from rollout_reference.session.reading.loaded import Rollout
from rollout_reference.session.writing.drafts import RolloutItem


class RecordingMachine(LifeRules):
    """Threads whose lines mean something."""

    def __init__(self) -> None:
        super().__init__()
        self._continued: dict[str, Window] = {}
        """The window of its parent as the reference tells it, for each fork."""

    def record(self, thread: Thread, *deeds: Deed) -> None:
        """Hand lines over and wait for them; the process may be killed meanwhile."""
        self.ensure_process(thread)
        thread.do(deeds)
        recorder = self.recorder(thread)
        recorder.add(*(RolloutItem(deed.type, deed.payload, {LABEL: deed.label}) for deed in deeds))
        try:
            recorder.flush()
        except Killed:
            thread.torn += 1
            self.bury(thread)
        else:
            thread.acknowledge()

    def ensure_process(self, thread: Thread) -> None:
        """Resume a thread that no process records."""
        if thread.id not in self.recorders:
            self.reopen(thread)

    def turn_of(self, thread: Thread) -> str:
        """Return the turn that the process of a thread runs; begin one if it runs none."""
        if thread.turn is None:
            turn_id = self.world.name()
            self.record(thread, begun(self.world.name(), turn_id))
            thread.turn = turn_id
        return thread.turn

    def read(self, thread: Thread) -> Rollout:
        """Return the rollout of a thread, with what it inherits."""
        path = self.path_of(thread)
        assert path
        return load_lineage(path, self.home, "context")

    def go_on_in(self, thread: Thread, window: Window) -> None:
        """Let the process of a fork go on in the window of its parent."""
        self._continued[thread.id] = window

    def present_window(self, thread: Thread) -> Window:
        """Return the window that a thread's process is in, as the reference tells it."""
        self.ensure_process(thread)
        if thread.continued is not None:
            return self._continued[thread.id]
        self.recorder(thread).persist()
        thread.begun = True
        return context_of(self.read(thread).lines).window
