"""Forks of a thread that is recorded, whole or cut, and the agents that it spawns."""

import json
from collections.abc import Callable, Sequence
from typing import Literal

import hypothesis.strategies as st
from msgspec.structs import replace

from rollout_conformance.machines.frame import PICK, action
from rollout_conformance.machines.session import cuts, deeds
from rollout_conformance.machines.session.home import START, copied, plain
from rollout_conformance.machines.session.labels import LABEL
from rollout_conformance.machines.session.process import Process
from rollout_conformance.machines.session.recording import RecordingMachine
from rollout_conformance.machines.session.world import Entry, Thread, conversation_of
from rollout_reference.session.context import context_of
from rollout_reference.session.context.forks import after_turn, before_turn, interrupted, last_turns
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.loaded import Rollout
from rollout_reference.session.writing.drafts import RolloutItem
from rollout_reference.session.writing.forking import fork
from rollout_reference.session.writing.header import HistoryBase, as_fork, as_sub_agent
from rollout_reference.session.writing.policy import is_persisted
from rollout_reference.session.writing.recorder import RolloutRecorder

Cut = Literal["before", "through"]
Lines = Sequence[Line]
CUTS: dict[Cut, tuple[Callable[[Lines, str], list[Line]], Callable[[list[Entry], str], list[Entry] | None]]]
CUTS = {"before": (before_turn, cuts.before_turn), "through": (after_turn, cuts.through_turn)}
"""How the reference cuts lines at a turn, and what the host remembers of it."""


class ForkRules(RecordingMachine):
    """Threads that begin with the history of another, and go on in its window."""

    @action("quiet", marks=st.booleans())
    def fork(self, parent: Thread, marks: bool) -> None:
        """Start a thread with all of the history of another."""
        if self.has_room:
            rollout = self.read(parent)
            child = self._write_whole(parent)
            self._go_on(parent, child, parent.whole, rollout.lines, marks=marks)

    @action("quiet", cut=st.sampled_from(sorted(CUTS)), turn=PICK, marks=st.booleans())
    def fork_at_turn(self, parent: Thread, cut: Cut, turn: int, marks: bool) -> None:
        """Start a thread with the history of another up to a turn, with or without that."""
        turns = cuts.turns_begun(parent.whole)
        turn_id = turns[turn % len(turns)] if turns else ""
        of_lines, of_entries = CUTS[cut]
        kept = of_entries(parent.whole, turn_id)
        if self.has_room and kept is not None:
            rollout = self.read(parent)
            lines = of_lines(rollout.lines, turn_id)
            is_whole = len(lines) == len(rollout.lines)
            child = self._write_whole(parent) if is_whole else self._write_cut(parent, rollout, lines)
            self._go_on(parent, child, kept, lines, marks=marks)

    @action("quiet", turns=st.none() | st.integers(min_value=0, max_value=3))
    def spawn(self, parent: Thread, turns: int | None) -> None:
        """Start an agent that has the last turns of another, or all of them."""
        if self.has_room and not parent.bare:
            rollout = self.read(parent)
            passed = last_turns(rollout.lines, turns)
            given = copied(parent.whole) if turns is None else copied(cuts.last_turns(parent.whole, turns))
            items = [RolloutItem(line.type, line.payload, line.extra) for line in passed]
            if turns is None and parent.conversation.is_interrupted:
                aborted = deeds.aborted(self.world.name(), parent.conversation.running_id)
                items[-1] = replace(items[-1], extra={LABEL: aborted.label})
                given.append(Entry(aborted.label, True, aborted))
            child, process = self.new_thread(parent.mode), Process()
            start = replace(as_sub_agent(START, rollout.header.payload), history_mode=parent.mode)
            recorder = RolloutRecorder.create(
                self.home, start, self.host(process), thread_id=child.id, inherited=items
            )
            recorder.persist()
            self.start(child, recorder, process)
            child.begun = True
            child.copied = [replace(entry, given=parent.mode == "paginated") for entry in given]

    def _write_whole(self, parent: Thread) -> Thread:
        """Begin the file of a fork without a cut."""
        path = self.path_of(parent)
        assert path
        records = self.records(path)
        child, process = self.new_thread(parent.mode), Process()
        self.start(child, fork(path, START, self.host(process), thread_id=child.id), process)
        child.first_ordinal = parent.first_ordinal + records if parent.mode == "paginated" else 0
        return child

    def _write_cut(self, parent: Thread, rollout: Rollout, lines: Lines) -> Thread:
        """Begin the file of a fork: copy the lines of a legacy thread, point at those of a paginated one."""
        child, process = self.new_thread(parent.mode), Process()
        base = self._base(parent, rollout.lines[len(lines)]) if parent.mode == "paginated" else None
        start = as_fork(START, rollout.header.payload)
        recorder = RolloutRecorder.create(self.home, start, self.host(process), thread_id=child.id, base=base)
        if base is not None:
            child.first_ordinal = base.end_ordinal_exclusive
        else:
            for line in lines:
                if is_persisted(line.type, line.payload, "legacy"):
                    recorder.copy(line)
        recorder.persist()
        self.start(child, recorder, process)
        return child

    def _base(self, parent: Thread, following: Line) -> HistoryBase:
        """Return the part of a paginated history before a line, in the file that holds the end of it."""
        end = following.ordinal
        assert end is not None
        while parent.base is not None and end <= parent.first_ordinal:
            parent = parent.base
        path = self.path_of(parent)
        assert path
        size = 0
        for line in plain(path).splitlines(keepends=True):
            if line.strip() and ordinal_of(line) == end:
                break
            size += len(line)
        return HistoryBase(parent.id, end, size)

    def _go_on(self, parent: Thread, child: Thread, kept: list[Entry], lines: Lines, *, marks: bool) -> None:
        """Take note of what a fork has, and let it go on in its parent's window.

        Where its parent was in the middle of a turn it says so, which the reference knows by itself.
        """
        child.begun = True
        if parent.mode == "paginated":
            child.base, child.inherited = parent, copied(kept)
        else:
            child.copied = copied(kept)
        before = conversation_of(kept, parent.window_id)
        child.continued = before.window
        self.go_on_in(child, context_of(lines).window)
        marker = deeds.marked(self.world.name())
        ends = interrupted(lines, marker.payload if marks else None)[len(lines) :]
        if before.is_interrupted:
            aborted = deeds.aborted(self.world.name(), before.running_id)
            done = [marker, aborted] if marks else [aborted]
            told = zip(done, ends, strict=True)
            self.record(child, *(replace(deed, payload=line.payload) for deed, line in told))


def ordinal_of(line: bytes) -> int | None:
    """Return the ordinal of a line, None if it has none or is torn."""
    try:
        ordinal: int | None = json.loads(line).get("ordinal")
    except ValueError:
        return None
    return ordinal
