"""The life of a file: recorders die between any two writes and meet torn lines, full disks, other writers."""

import json
from typing import Any, Literal

import hypothesis.strategies as st

from rollout_conformance.machines.frame import action
from rollout_conformance.machines.session.deeds import Deed, Mode
from rollout_conformance.machines.session.home import START, copied
from rollout_conformance.machines.session.laws.files import FILE_LAWS
from rollout_conformance.machines.session.lives import STEPS, LifeRules
from rollout_conformance.machines.session.process import Killed, Process
from rollout_conformance.machines.session.world import Thread
from rollout_reference.session.writing.drafts import RolloutItem
from rollout_reference.session.writing.forking import fork

Kind = Literal["world", "said", "event", "completed", "dropped", "about"]
KINDS: tuple[Kind, ...] = ("world", "said", "event", "completed", "dropped", "about")
KEPT: dict[Kind, tuple[Mode, ...]] = {
    "event": ("legacy",),
    "completed": ("paginated",),
    "dropped": (),
}
"""The histories that keep a kind of item, as the host remembers the policy; others are always kept."""

OldForm = Literal["old_key", "old_name", "numeric_window", "old_metadata", "agent_line"]
OLD_FORMS: tuple[OldForm, ...] = ("old_key", "old_name", "numeric_window", "old_metadata", "agent_line")

BATCH = st.lists(st.sampled_from(KINDS), min_size=1, max_size=3)
ARRIVED = st.sampled_from([0, 1, 40, 10_000])
"""Bytes of a failing write that reach the file: none, few, some, all."""


class FileMachine(LifeRules):
    """Items of any kind, whatever a conversation made of them would be."""

    laws = FILE_LAWS

    @action("live", kinds=BATCH)
    def append(self, thread: Thread, kinds: list[Kind]) -> None:
        """Record items and wait for them."""
        self._hand_over(thread, kinds)
        self.recorder(thread).flush()
        thread.acknowledge()

    @action("live", kinds=BATCH)
    def add(self, thread: Thread, kinds: list[Kind]) -> None:
        """Record items without waiting."""
        self._hand_over(thread, kinds)

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
        self.bury(thread)

    @action("quiet")
    def fork(self, parent: Thread) -> None:
        """Start a thread with the history of another."""
        path = self.path_of(parent)
        if self.has_room and path:
            child = self.new_thread(parent.mode)
            records = self.records(path)
            process = Process()
            self.start(child, fork(path, START, self.host(process), thread_id=child.id), process)
            child.begun = True
            if parent.mode == "paginated":
                child.first_ordinal = parent.first_ordinal + records
            else:
                child.copied = copied(parent.whole)

    @action("live")
    def change_git(self, thread: Thread) -> None:
        """Record other git facts, which only a legacy thread keeps."""
        label = self.world.name()
        if thread.mode == "legacy":
            thread.hand_over([label])
        if self.recorder(thread).update_git({"branch": label}):
            thread.acknowledge()
            thread.begun = True

    @action("quiet", form=st.sampled_from(OLD_FORMS), ends=st.booleans())
    def meet_old_writer(self, thread: Thread, form: OldForm, ends: bool) -> None:
        """Let a version from before the locks append to the plain file; its line may have no end."""
        path = self.path_of(thread)
        if thread.mode == "legacy" and not thread.bare and path and self.is_whole(path):
            label = self.world.name()
            self.write(path, json.dumps(old_line(form, label)), ends=ends)
            thread.hand_over([label])[0].acknowledged = True

    def _hand_over(self, thread: Thread, kinds: list[Kind]) -> None:
        deeds = [item(kind, self.world.name(), thread.id) for kind in kinds]
        thread.do(deeds)
        self.recorder(thread).add(*(RolloutItem(deed.type, deed.payload) for deed in deeds))


def item(kind: Kind, label: str, thread_id: str) -> Deed:
    """Return an item of a kind; its payload tells its label."""
    modes = KEPT.get(kind, ("legacy", "paginated"))
    return Deed(label, *_line(kind, label, thread_id), modes=modes)


def old_line(form: OldForm, label: str) -> dict[str, Any]:
    """Return a line as an older version wrote it."""
    match form:
        case "old_key":
            payload = {"type": "user_message", "message": label, "kind": "plain"}
            return _old("event_msg", payload)
        case "old_name":
            return _old("event_msg", {"type": "turn_started", "turn_id": label, "model_context_window": None})
        case "numeric_window":
            return _old("compacted", {"message": label, "window_id": 3})
        case "old_metadata":
            return _old("response_item", message(label) | {"metadata": {"turn_id": "t"}})
        case "agent_line":
            about = {"author": "/root", "recipient": "/root/a", "other_recipients": []}
            return _old("inter_agent_communication", about | {"content": label, "trigger_turn": False})


def message(label: str) -> dict[str, Any]:
    """Return a message."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": label}]}


def _line(kind: Kind, label: str, thread_id: str) -> tuple[str, dict[str, Any]]:
    """Return the line type and payload of an item of a kind."""
    match kind:
        case "world":
            return "world_state", {"full": False, "state": {"n": label}}
        case "said":
            return "response_item", message(label)
        case "event":
            return "event_msg", {"type": "user_message", "message": label}
        case "completed":
            said = {"type": "AgentMessage", "id": label, "content": []}
            about = {"type": "item_completed", "thread_id": thread_id, "turn_id": "t"}
            return "event_msg", about | {"item": said, "completed_at_ms": 1}
        case "dropped":
            return "event_msg", {"type": "warning", "message": label}
        case "about":
            sandbox = {"type": "danger-full-access"}
            about = {"turn_id": label, "cwd": "/project", "approval_policy": "never"}
            return "turn_context", about | {"sandbox_policy": sandbox, "model": "a-model", "summary": "auto"}


def _old(line_type: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": "2026-06-15T12:00:00.000Z", "type": line_type, "payload": payload}
