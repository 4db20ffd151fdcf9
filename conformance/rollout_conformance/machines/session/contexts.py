"""The life of a conversation: turns, compactions old and new, rollbacks, and what the model knows then."""

import json
from typing import Any, Literal

import hypothesis.strategies as st
import msgspec
from hypothesis.stateful import initialize

from rollout_conformance.machines.frame import action
from rollout_conformance.machines.session import deeds
from rollout_conformance.machines.session.deeds import ERAS, INJECTED, Deed, Era, Surroundings
from rollout_conformance.machines.session.forks import ForkRules
from rollout_conformance.machines.session.home import HomeMachine
from rollout_conformance.machines.session.laws.contexts import CONTEXT_LAWS
from rollout_conformance.machines.session.lives import STEPS
from rollout_conformance.machines.session.timelines import SUMMARY, Item, message_of_user
from rollout_conformance.machines.session.windows import Window
from rollout_conformance.machines.session.world import Thread

SETTINGS = st.tuples(st.sampled_from(["a-model", "b-model"]), st.sampled_from([None, "h1", "h2"]))
"""Model and hash of what its compactions depend on."""

PATCHES = st.dictionaries(st.sampled_from(["cwd", "date"]), st.sampled_from([None, "x", "y"]), min_size=1)
ROLLBACKS = st.sampled_from([0, 1, 1, 1, 2, 3, 2**32 - 1])
ARRIVED = st.sampled_from([0, 40, 10_000])
"""Bytes of the write during which a process dies that reach the file."""

Settings = tuple[str, str | None]
Doing = Literal["say", "answer", "call", "deliver", "compact"]
DOING: tuple[Doing, ...] = ("say", "answer", "call", "deliver", "compact")


class ContextMachine(ForkRules):
    """Threads that are recorded as a host does it, turn by turn."""

    laws = CONTEXT_LAWS
    most_threads = 6
    keeps_bytes = HomeMachine.keeps_bytes | dict.fromkeys(("fork", "fork_at_turn", "spawn"), "SESSION-LAW-11")

    @initialize(paginated=st.booleans())
    def begin_with_a_thread(self, paginated: bool) -> None:
        """Have a thread to act on."""
        self.begin_thread("paginated" if paginated else "legacy")

    @property
    def open(self) -> list[Thread]:
        """Return the threads that a process records or can resume."""
        idle = [thread for thread in self.idle if not thread.bare and not thread.unreadable]
        return [thread for thread in self.world.threads if thread.id in self.recorders or thread in idle]

    @property
    def running(self) -> list[Thread]:
        """Return the threads whose process runs a turn."""
        return [thread for thread in self.live if thread.turn]

    @property
    def resting(self) -> list[Thread]:
        """Return the threads that can begin a turn."""
        return [thread for thread in self.open if not thread.turn]

    @property
    def still(self) -> list[Thread]:
        """Return the threads in whose turns no old writer comes between."""
        return [thread for thread in self.quiet if not thread.turn]

    # --- turns; one that is needed is begun ---------------------------------------------------------------

    @action("resting", settings=SETTINGS)
    def begin(self, thread: Thread, settings: Settings) -> None:
        """Begin a turn, and tell the model under which settings."""
        thread.turn = self.turn_of(thread)
        self.record(thread, deeds.settings_told(self.world.name(), thread.turn, *settings))

    @action("running", stopped=st.booleans())
    def end(self, thread: Thread, stopped: bool) -> None:
        """Complete a turn, or stop it."""
        turn_id, thread.turn = self.turn_of(thread), None
        ended = deeds.aborted if stopped else deeds.completed
        self.record(thread, ended(self.world.name(), turn_id))

    @action("open")
    def say(self, thread: Thread) -> None:
        """Let the user say something, at the beginning of a turn or in it."""
        self.record(thread, *self._said(thread))

    @action("open", final=st.booleans())
    def answer(self, thread: Thread, final: bool) -> None:
        """Let the model answer."""
        self.record(thread, *self._answered(thread, final=final))

    @action("open", returns=st.booleans())
    def call(self, thread: Thread, returns: bool) -> None:
        """Let the model call a tool, which may never return."""
        self.turn_of(thread)
        self.record(thread, *self._called(returns=returns))

    @action("open", era=st.sampled_from(ERAS), triggers=st.booleans())
    def deliver(self, thread: Thread, era: Era, triggers: bool) -> None:
        """Bring a message from another agent, in one of its three forms."""
        self.turn_of(thread)
        self.record(thread, *self._delivered(era, triggers=triggers))

    # --- what the model knows ---------------------------------------------------------------------------

    @action("open", what=st.sampled_from(sorted(INJECTED)))
    def inject(self, thread: Thread, what: Surroundings) -> None:
        """Tell the model something that the user did not say."""
        self.turn_of(thread)
        self.record(thread, deeds.injected(self.world.name(), what))

    @action("open", state=PATCHES, full=st.booleans())
    def describe(self, thread: Thread, state: dict[str, Any], full: bool) -> None:
        """Tell the state of the world, or a patch of it, maybe over nothing."""
        self.turn_of(thread)
        self.record(thread, deeds.described(self.world.name(), state, full=full))

    @action("open", settings=SETTINGS)
    def change_settings(self, thread: Thread, settings: Settings) -> None:
        """Tell the model under which settings the turn goes on."""
        self.record(thread, deeds.settings_told(self.world.name(), self.turn_of(thread), *settings))

    # --- compactions and rollbacks ----------------------------------------------------------------------

    @action("open", keeps=st.booleans(), told=st.none() | SETTINGS)
    def compact(self, thread: Thread, keeps: bool, told: Settings | None) -> None:
        """Compact the context into the next window; in a turn the model may be told all anew."""
        self.record(thread, *self._compacted(thread, keeps=keeps), *self._told_anew(thread, told))

    @action("open", replaced=st.booleans(), summary=st.sampled_from(["", "in short ", SUMMARY]))
    def compact_without_number(self, thread: Thread, replaced: bool, summary: str) -> None:
        """Compact as before windows were numbered, with or without a replacement history."""
        self.record(thread, self._compacted_without_number(thread, summary, replaced=replaced))

    @action("resting", turns=ROLLBACKS)
    def roll_back(self, thread: Thread, turns: int) -> None:
        """Take the last turns back, maybe more than there are; only a legacy thread offers that."""
        if thread.mode == "legacy":
            thread.continued = None
            self.record(thread, deeds.rolled_back(self.world.name(), turns))

    # --- processes that die, and others that write ------------------------------------------------------

    @action("open", doing=st.sampled_from(DOING), after=STEPS, torn=ARRIVED)
    def kill(self, thread: Thread, doing: Doing, after: int, torn: int) -> None:
        """Kill the process while it does something, or right after."""
        match doing:
            case "say":
                done = self._said(thread)
            case "answer":
                done = self._answered(thread, final=False)
            case "call":
                self.turn_of(thread)
                done = self._called(returns=True)
            case "deliver":
                self.turn_of(thread)
                done = self._delivered("item", triggers=True)
            case "compact":
                done = [*self._compacted(thread, keeps=True), *self._told_anew(thread, ("a-model", None))]
        self.ensure_process(thread)
        process = self.recorders[thread.id][1]
        process.dies_after, process.torn = after, torn
        self.record(thread, *done)
        if thread.id in self.recorders:
            self.bury(thread)

    @action("still", turn=st.booleans(), ends=st.booleans())
    def meet_old_writer(self, thread: Thread, turn: bool, ends: bool) -> None:
        """Let an old version append to the plain file: the beginning of a turn, or a message in one."""
        if turn:
            done = deeds.begun(self.world.name(), self.world.name(), old=True)
        elif thread.conversation.can_go_on:
            done = deeds.delivered_by_line(self.world.name(), triggers=False)
        else:
            return
        self._append_old(thread, done, ends=ends)

    @action("quiet", number=st.integers(min_value=0, max_value=9), replaced=st.booleans())
    def compact_with_numeric_id(self, thread: Thread, number: int, replaced: bool) -> None:
        """Let an old version compact into a window whose id is a number."""
        summary = f"in short {self.world.name()}"
        items = self._replacement(thread, summary, keeps=True) if replaced else None
        told = {"window_id": number}
        thread.continued = None
        done = deeds.compacted(self.world.name(), summary, items, Window(number), told)
        self._append_old(thread, done, ends=True)

    # --- what is done -----------------------------------------------------------------------------------

    def _said(self, thread: Thread) -> list[Deed]:
        message = deeds.said(self.world.name())
        shown = deeds.user_shown(self.world.name(), self.turn_of(thread), message.label, thread.mode)
        return [message, shown]

    def _answered(self, thread: Thread, *, final: bool) -> list[Deed]:
        message = deeds.answered(self.world.name(), final=final)
        shown = deeds.assistant_shown(self.world.name(), self.turn_of(thread), message.label, thread.mode)
        return [shown, message]

    def _called(self, *, returns: bool) -> list[Deed]:
        call = deeds.called(self.world.name())
        return [call, deeds.returned(self.world.name(), call.label)] if returns else [call]

    def _delivered(self, era: Era, *, triggers: bool) -> list[Deed]:
        label = self.world.name()
        match era:
            case "item":
                about = deeds.about_delivery(self.world.name(), triggers=triggers)
                return [about, deeds.delivered(label, label)]
            case "line":
                return [deeds.delivered_by_line(label, triggers=triggers)]
            case "envelope":
                return [deeds.delivered_by_envelope(label, triggers=triggers)]

    def _compacted(self, thread: Thread, *, keeps: bool) -> list[Deed]:
        """Return a compaction into the window after the present one, as the reference counts them."""
        fresh: list[str] = []

        def new_id() -> str:
            fresh.append(self.new_id())
            return fresh[-1]

        written = self.present_window(thread).following(new_id)
        present = thread.continued or thread.conversation.window
        thread.continued = None
        told = msgspec.to_builtins(written)
        told["window_number"] = told.pop("number")
        summary = f"{SUMMARY}{self.world.name()}"
        items = self._replacement(thread, summary, keeps=keeps)
        return [deeds.compacted(self.world.name(), summary, items, present.after_compaction(fresh), told)]

    def _told_anew(self, thread: Thread, told: Settings | None) -> list[Deed]:
        """Return what is told again after a compaction in a turn."""
        if told is None or thread.turn is None:
            return []
        settings = deeds.settings_told(self.world.name(), thread.turn, *told)
        return [deeds.described(self.world.name(), {"cwd": "x"}, full=True), settings]

    def _compacted_without_number(self, thread: Thread, summary: str, *, replaced: bool) -> Deed:
        told = f"{summary}{self.world.name()}" if summary else ""
        thread.continued = None
        items = self._replacement(thread, told, keeps=True) if replaced else None
        return deeds.compacted(self.world.name(), told, items, None, {})

    def _replacement(self, thread: Thread, summary: str, *, keeps: bool) -> list[Item]:
        """Return what takes the place of the history: what it keeps of the user's messages, and a summary."""
        kept = [item for item in thread.conversation.items if item.text is not None] if keeps else []
        return [*kept, message_of_user(summary)]

    def _append_old(self, thread: Thread, done: Deed, *, ends: bool) -> None:
        path = self.path_of(thread)
        if thread.mode == "legacy" and not thread.bare and path and self.is_whole(path):
            line = {"timestamp": "2026-06-15T12:00:00.000Z", "type": done.type, "payload": done.payload}
            self.write(path, json.dumps(line | {"label": done.label}), ends=ends)
            thread.do([done])
            thread.acknowledge()
