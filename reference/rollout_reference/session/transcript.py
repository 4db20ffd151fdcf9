"""What user and agent said to each other, by turn, each text once.  [SESSION-TRANSCRIPT-1]"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from rollout_reference.session.history import history_of
from rollout_reference.session.history.answer import AgentMessage, Plan, Text, ThreadItem, UserMessage
from rollout_reference.session.reading.loaded import Opened

Role = Literal["user", "assistant"]


class Message(Struct):
    """One text, with the id of its turn."""

    turn: str
    role: Role
    text: str


class Transcript(Struct):
    """All texts, the oldest first."""

    messages: list[Message]


def transcript_of(rollout: Opened) -> Transcript:
    """Return what was said in a rollout that was read with what it inherits."""
    return Transcript(list(_messages(rollout)))


def _messages(rollout: Opened) -> Iterator[Message]:
    for turn in history_of(rollout).turns:
        for item in turn.items:
            said = text_of(item)
            if said is not None and said[1]:  # SESSION-TRANSCRIPT-3
                yield Message(turn.id, *said)


def text_of(item: ThreadItem) -> tuple[Role, str] | None:
    """Return the role and the text of an item, None if it is no message.  [SESSION-TRANSCRIPT-2]"""
    match item:
        case UserMessage():
            return "user", "".join(part.text for part in item.content if isinstance(part, Text))
        case AgentMessage() | Plan():
            return "assistant", item.text
        case _:
            return None
