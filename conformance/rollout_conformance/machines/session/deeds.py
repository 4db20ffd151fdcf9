"""What a host does to a thread, one line each: the line, and what it means to the conversation."""

import json
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from rollout_conformance.machines.session.conversation import Conversation
from rollout_conformance.machines.session.timelines import Item, message_of_user
from rollout_conformance.machines.session.windows import Window

Mode = Literal["legacy", "paginated"]
Era = Literal["item", "line", "envelope"]
ERAS: tuple[Era, ...] = ("item", "line", "envelope")
"""How a message between agents is told: as an item, as a line of its own, in a message of the assistant."""

Surroundings = Literal["contextual", "trimmable", "developer"]
INJECTED: dict[Surroundings, tuple[str, str]] = {
    "contextual": ("user", "<environment_context>{}</environment_context>"),
    "trimmable": ("developer", "<permissions instructions>{}</permissions instructions>"),
    "developer": ("developer", "Answer in verse {}."),
}
"""Role and text of what is injected; the last stays where it is when a turn is taken back."""

AUTHOR, RECIPIENT = "/root", "/root/a"
PASSTHROUGH = "internal_chat_message_metadata_passthrough"

THREAD = "019f0000-0000-7000-8000-000000000000"
"""The thread that completed items name; nothing depends on it."""

Effect = Callable[[Conversation], None]


class Deed(Struct, frozen=True):
    """A line, and what it means."""

    label: str
    """Tells it from all others."""
    type: str
    payload: dict[str, Any]
    effect: Effect | None = None
    modes: tuple[Mode, ...] = ("legacy", "paginated")
    """The histories that keep it."""
    passes: bool = True
    """A sub-agent that has the last turns only is given it."""
    instructs: bool = False
    """Somebody tells the agent something."""
    triggers: bool = False
    """So that a turn begins."""
    begins: str | None = None
    """The turn that begins with it."""
    takes_back: int = 0
    """How many turns it takes back."""


# --- turns ----------------------------------------------------------------------------------------------


def begun(label: str, turn_id: str, *, old: bool = False) -> Deed:
    """Return the beginning of a turn."""
    kind = "turn_started" if old else "task_started"
    payload = {"type": kind, "turn_id": turn_id, "model_context_window": None}
    return Deed(label, "event_msg", payload, lambda thread: thread.begin(turn_id), begins=turn_id)


def completed(label: str, turn_id: str) -> Deed:
    """Return the end of a turn."""
    payload = {"type": "task_complete", "turn_id": turn_id, "last_agent_message": None}
    return Deed(label, "event_msg", payload, Conversation.complete)


def aborted(label: str, turn_id: str | None) -> Deed:
    """Return the end of a turn that was stopped."""
    payload = {"type": "turn_aborted", "turn_id": turn_id, "reason": "interrupted"}
    return Deed(label, "event_msg", payload, Conversation.abort)


def settings_told(label: str, turn_id: str, model: str, comp_hash: str | None) -> Deed:
    """Return the settings of a turn."""
    sandbox = {"type": "danger-full-access"}
    payload = {"turn_id": turn_id, "cwd": "/project", "approval_policy": "never", "sandbox_policy": sandbox}
    payload |= {"model": model, "summary": "auto"} | ({"comp_hash": comp_hash} if comp_hash else {})
    return Deed(label, "turn_context", payload, lambda thread: thread.tell(payload), passes=False)


def rolled_back(label: str, turns: int) -> Deed:
    """Return what takes turns back."""
    payload = {"type": "thread_rolled_back", "num_turns": turns}

    def effect(thread: Conversation) -> None:
        thread.roll_back(turns)

    return Deed(label, "event_msg", payload, effect, ("legacy",), takes_back=turns)


# --- what is said ---------------------------------------------------------------------------------------


def said(label: str, *, old: bool = False) -> Deed:
    """Return a message of the user; a bare file, or one of an old writer, gives it no id."""
    item = message_of_user(label) if old else message_of_user(label, id=f"msg_{label}")
    return _item(label, item, instructs=True, triggers=True)


def user_shown(label: str, turn_id: str, text: str, mode: Mode) -> Deed:
    """Return the event by which a user sees a message of the user."""
    content = [{"type": "text", "text": text, "text_elements": []}]
    item = {"type": "UserMessage", "id": label, "content": content}
    payload = {"type": "user_message", "message": text} if mode == "legacy" else _whole(turn_id, item)
    return Deed(label, "event_msg", payload, lambda thread: thread.shown.hear(text), (mode,))


def answered(label: str, *, final: bool) -> Deed:
    """Return a message of the assistant."""
    content = [{"type": "output_text", "text": label}]
    tree = {"type": "message", "id": f"msg_{label}", "role": "assistant", "content": content}
    deed = _item(label, Item(tree | ({"phase": "final_answer"} if final else {})))
    return deed if final else _kept_back(deed)


def assistant_shown(label: str, turn_id: str, text: str, mode: Mode) -> Deed:
    """Return the event by which a user sees a message of the assistant."""
    item = {"type": "AgentMessage", "id": label, "content": [{"type": "Text", "text": text}]}
    payload = {"type": "agent_message", "message": text} if mode == "legacy" else _whole(turn_id, item)
    return Deed(label, "event_msg", payload, lambda thread: thread.shown.say(text), (mode,))


def called(label: str) -> Deed:
    """Return a call of a tool."""
    call = {"type": "function_call", "id": f"fc_{label}", "name": "look", "arguments": "{}", "call_id": label}
    return _kept_back(_item(label, Item(call)))


def returned(label: str, call_id: str) -> Deed:
    """Return the output of a tool."""
    output = {"type": "function_call_output", "id": f"fco_{label}", "call_id": call_id, "output": "found"}
    return _kept_back(_item(label, Item(output)))


def injected(label: str, what: Surroundings) -> Deed:
    """Return what tells the model about its surroundings."""
    role, text = INJECTED[what]
    content = [{"type": "input_text", "text": text.format(label)}]
    tree = {"type": "message", "id": f"msg_{label}", "role": role, "content": content}
    return _item(label, Item(tree, injected=what != "developer"))


def marked(label: str) -> Deed:
    """Return what tells the model of a fork that a turn was interrupted."""
    content = [{"type": "input_text", "text": f"<turn_aborted>{label}</turn_aborted>"}]
    tree = {"type": "message", "id": f"msg_{label}", "role": "user", "content": content}
    return _item(label, Item(tree, injected=True))


def described(label: str, state: dict[str, Any], *, full: bool) -> Deed:
    """Return the world state, or a patch of it."""
    payload = {"full": full, "state": state}

    def effect(thread: Conversation) -> None:
        thread.describe(state, full=full)

    return Deed(label, "world_state", payload, effect, passes=False)


# --- messages between agents ----------------------------------------------------------------------------


def about_delivery(label: str, *, triggers: bool) -> Deed:
    """Return what stands before a message from another agent."""
    payload = {"trigger_turn": triggers}
    deed = Deed(label, "inter_agent_communication_metadata", payload, instructs=True, triggers=triggers)
    return _kept_back(deed)


def delivered(label: str, text: str) -> Deed:
    """Return a message from another agent."""
    return _kept_back(_item(label, _agent_message(text, id=f"amsg_{label}")))


def delivered_by_line(label: str, *, triggers: bool) -> Deed:
    """Return a message from another agent, as a line of its own."""
    item = _agent_message(label)
    payload = _communication(label, triggers=triggers)
    kind = "inter_agent_communication"
    deed = Deed(label, kind, payload, lambda thread: thread.append(item), instructs=True, triggers=triggers)
    return _kept_back(deed)


def delivered_by_envelope(label: str, *, triggers: bool) -> Deed:
    """Return a message from another agent, as a message of the assistant."""
    text = json.dumps(_communication(label, triggers=triggers))
    content = [{"type": "output_text", "text": text}]
    tree = {"type": "message", "id": f"msg_{label}", "role": "assistant", "content": content}
    return _kept_back(_item(label, Item(tree, begins=True), instructs=True, triggers=triggers))


# --- compactions ----------------------------------------------------------------------------------------


def compacted(
    label: str,
    summary: str,
    replacement: list[Item] | None,
    window: Window | None,
    told: dict[str, Any],
) -> Deed:
    """Return a compaction into a window; `told` is how the line tells it."""
    payload: dict[str, Any] = {"message": summary}
    if replacement is not None:
        payload["replacement_history"] = [item.tree for item in replacement]
    return Deed(
        label,
        "compacted",
        payload | told,
        lambda thread: thread.compact(summary, replacement, window),
    )


# --- parts ----------------------------------------------------------------------------------------------


def _item(label: str, item: Item, *, instructs: bool = False, triggers: bool = False) -> Deed:
    def effect(thread: Conversation) -> None:
        thread.append(item)

    return Deed(label, "response_item", item.tree, effect, instructs=instructs, triggers=triggers)


def _kept_back(deed: Deed) -> Deed:
    """Return the same, which a sub-agent with the last turns only is not given."""
    return replace(deed, passes=False)


def _whole(turn_id: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return the completed item that a paginated thread has in place of an event."""
    about = {"type": "item_completed", "thread_id": THREAD, "turn_id": turn_id}
    return about | {"item": item, "completed_at_ms": 1}


def _agent_message(text: str, **more: str) -> Item:
    content = [{"type": "input_text", "text": text}]
    message = {"type": "agent_message", **more, "author": AUTHOR, "recipient": RECIPIENT, "content": content}
    return Item(message, begins=True)


def _communication(text: str, *, triggers: bool) -> dict[str, Any]:
    payload: dict[str, Any] = {"author": AUTHOR, "recipient": RECIPIENT, "other_recipients": []}
    return payload | {"content": text, "trigger_turn": triggers}
