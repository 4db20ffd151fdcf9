"""Rollouts made from a seed: *canonical* ones, as a writer leaves them, and *wild* ones, in disorder.

Every text says where it comes from (`u3.1` is the second thing said in the fourth turn), so that what is
left of a history can be told apart.
"""

import random
import uuid
from collections.abc import Callable
from typing import Any

from rollout_reference import jsontext

TIME = "2026-01-02T03:04:05.678Z"
CWD = "/home/user/project"

Payload = dict[str, Any]
Record = tuple[str, Payload]

_CONTEXTUAL = (
    "<environment_context>\n  <cwd>/tmp</cwd>\n</environment_context>",
    "  <TURN_ABORTED>\nstopped\n</turn_aborted>\n",
    "# AGENTS.md instructions for /tmp\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>",
    "<external_editor>open</external_editor>",
    '<codex_internal_context source="goal">\nGo on.\n</codex_internal_context>',
)
_UNCLOSED = "<environment_context> is what I ask about"
_DEVELOPER = (
    "<permissions instructions>\nNone.\n</permissions instructions>",
    " <MODEL_SWITCH>\nAnother.\n</model_switch>",
    "Answer in verse.",
)


def identifier(chance: random.Random, version: int = 7) -> str:
    """Return a UUID of a version."""
    bits = chance.getrandbits(128) & ~(0xF << 76) & ~(0b11 << 62) | version << 76 | 0b10 << 62
    return str(uuid.UUID(int=bits))


def message(role: str, *texts: str) -> Record:
    """Return a message."""
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text} for text in texts]
    return "response_item", {"type": "message", "role": role, "content": content}


def event(kind: str, **fields: Any) -> Record:
    """Return an event."""
    return "event_msg", {"type": kind, **fields}


def user_message(text: str) -> Record:
    """Return the event of a user's message."""
    return event("user_message", message=text, images=[], local_images=[], text_elements=[])


def turn_context(turn_id: str | None, model: str, **more: Any) -> Record:
    """Return the settings of a turn."""
    told = {
        **({} if turn_id is None else {"turn_id": turn_id}),
        "cwd": CWD,
        "approval_policy": "never",
        "sandbox_policy": {"type": "danger-full-access"},
        "permission_profile": {"type": "disabled"},
        "model": model,
        "summary": "auto",
        **more,
    }
    return "turn_context", told


def document(records: list[Record], *, paginated: bool = False) -> bytes:
    """Print records as a rollout; a paginated one has ordinals."""
    lines: list[str] = []
    for ordinal, (kind, payload) in enumerate(records):
        line: Payload = {"timestamp": TIME}
        if paginated:
            line["ordinal"] = ordinal
        lines.append(jsontext.compact(line | {"type": kind, "payload": payload}) + "\n")
    return "".join(lines).encode()


class Generator:
    """One rollout in the making."""

    def __init__(self, seed: int | str, *, paginated: bool = False) -> None:
        self.chance = random.Random(seed)  # noqa: S311  (made again by anybody who has the seed)
        self.paginated = paginated
        self.thread_id = identifier(self.chance)
        self.window_id = self.last_window_id = identifier(self.chance)
        self.records: list[Record] = [("session_meta", self._header())]
        self.turns = 0
        self.texts = 0
        self.window = 0
        self.calls = 0

    def canonical(self) -> list[Record]:
        """Make a rollout as a writer leaves it."""
        for _ in range(self.chance.randint(1, 7)):
            self._turn()
            if not self.paginated and self.chance.random() < 0.3:
                self._emit(event("thread_rolled_back", num_turns=self.chance.choice((1, 1, 2, 3))))
        return self.records

    def wild(self) -> list[Record]:
        """Make a rollout of any lines in any order."""
        for _ in range(self.chance.randint(3, 40)):
            self.chance.choice(self._wild_steps())()
        return self.records

    def _header(self) -> Payload:
        header: Payload = {
            "id": self.thread_id,
            "timestamp": TIME,
            "cwd": CWD,
            "originator": "rolloutspec",
            "cli_version": "0.143.0",
            "source": "cli",
            "model_provider": "scripted",
        }
        if self.paginated:
            header["history_mode"] = "paginated"
        if self.paginated or self.chance.random() < 0.8:
            header["context_window"] = {"window_id": self.window_id}
        return header

    def _emit(self, *records: Record) -> None:
        self.records += records

    def _text(self, letter: str) -> str:
        self.texts += 1
        return f"{letter}{self.turns}.{self.texts}"

    def _turn(self) -> None:
        chance = self.chance
        self.turns += 1
        turn_id = f"turn-{self.turns}"
        self._emit(event("task_started", turn_id=turn_id, model_context_window=None))
        if chance.random() < 0.12:
            self._compaction(turn_id, old=False)
            self._emit(event("task_complete", turn_id=turn_id, last_agent_message=None))
            return
        if chance.random() < 0.5:
            self._emit(
                message("developer", chance.choice(_DEVELOPER if self.turns == 1 else _DEVELOPER[:2])),
                message("user", chance.choice(_CONTEXTUAL)),
            )
        if chance.random() < 0.6:
            self._world_state()
        self._emit(turn_context(turn_id, chance.choice(("gpt-5.2", "gpt-5.1"))))
        if chance.random() < 0.15:
            self._agent_message()
        else:
            self._user_says(turn_id)
        for _ in range(chance.randint(0, 3)):
            self._answer()
        if chance.random() < 0.15:
            self._compaction(turn_id, old=False)
            self._answer()
        if chance.random() < 0.1:
            self._user_says(turn_id)
        end = chance.random()
        if end < 0.8:
            self._emit(event("task_complete", turn_id=turn_id, last_agent_message=None))
        elif end < 0.92:
            marker = message("user", "<turn_aborted>\nstopped\n</turn_aborted>")
            self._emit(marker, event("turn_aborted", turn_id=turn_id, reason="interrupted"))

    def _user_says(self, turn_id: str) -> None:
        text = self._text("u")
        self._emit(message("user", text))
        if self.paginated:
            item = {"type": "UserMessage", "id": self._text("i"), "content": [{"type": "text", "text": text}]}
            self._emit(event("item_completed", thread_id=self.thread_id, turn_id=turn_id, item=item))
        else:
            self._emit(user_message(text))

    def _answer(self) -> None:
        if self.chance.random() < 0.6:
            text = self._text("a")
            self._emit(message("assistant", text))
            if not self.paginated:
                self._emit(event("agent_message", message=text))
            return
        self._call()
        if self.chance.random() < 0.8:
            self._output()

    def _call(self) -> None:
        self.calls += 1
        call_id = f"call-{self.calls}"
        call = {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": call_id}
        if self.chance.random() < 0.3:
            call = {
                "type": "custom_tool_call",
                "name": "apply_patch",
                "input": self._text("p"),
                "call_id": call_id,
            }
        self._emit(("response_item", call))

    def _output(self) -> None:
        self.calls = max(self.calls, 1)
        kind = self.chance.choice(("function_call_output", "function_call_output", "custom_tool_call_output"))
        last = self.records[-1][1]
        if str(last.get("type")).endswith("_call"):
            kind = f"{last['type']}_output"
        output = {"type": kind, "call_id": f"call-{self.calls}", "output": self._text("o")}
        self._emit(("response_item", output))

    def _agent_message(self) -> None:
        text = self._text("m")
        trigger = self.chance.random() < 0.6
        between = {"author": "/root", "recipient": "/root/child"}
        if self.paginated or self.chance.random() < 0.5:
            content = [{"type": "input_text", "text": text}]
            self._emit(
                ("inter_agent_communication_metadata", {"trigger_turn": trigger}),
                ("response_item", {"type": "agent_message", **between, "content": content}),
            )
            return
        told = {**between, "other_recipients": [], "content": text, "trigger_turn": trigger}
        if self.chance.random() < 0.3:
            told |= {"content": "", "encrypted_content": text}
        if self.chance.random() < 0.3:
            self._emit(message("assistant", jsontext.compact(told)))
        else:
            self._emit(("inter_agent_communication", told))

    def _compaction(self, turn_id: str | None, *, old: bool) -> None:
        chance = self.chance
        told: Payload = {"message": self._text("s")}
        if not old:
            history = [message("user", self._text("r"))[1] for _ in range(chance.randint(0, 2))]
            told["replacement_history"] = [*history, message("user", told["message"])[1]]
        number = self.window + 1
        if not old or chance.random() < 0.5:
            told |= {
                "window_number": number,
                "first_window_id": self.window_id,
                "previous_window_id": self.last_window_id,
                "window_id": identifier(chance),
            }
            self.last_window_id = told["window_id"]
        self.window = number
        self._emit(("compacted", told))
        if not old and turn_id is not None and chance.random() < 0.7:
            self._emit(("world_state", {"full": True, "state": {"x": self._text("w")}}))
            self._emit(turn_context(turn_id, "gpt-5.2"))

    def _world_state(self) -> None:
        full = self.chance.random() < 0.5
        keys = self.chance.sample("abcd", self.chance.randint(0, 3))
        state: Payload = {key: self.chance.choice((self._text("w"), None, {"k": None}, [1])) for key in keys}
        self._emit(("world_state", {"full": full, "state": state}))

    def _wild_steps(self) -> list[Callable[[], None]]:
        return [
            *(self._user_says_somewhere,) * 4,
            *(self._starts_somewhere,) * 4,
            *(self._ends_somewhere,) * 3,
            *(self._answer,) * 2,
            self._call,
            self._output,
            self._context_somewhere,
            self._world_state,
            self._agent_message,
            self._injected,
            self._compacts_somehow,
            lambda: self._emit(event("thread_rolled_back", num_turns=self.chance.choice((0, 1, 1, 1, 2, 9)))),
            lambda: self._emit(message(self.chance.choice(("system", "assistant")), self._text("x"))),
        ]

    def _any_turn(self) -> str:
        return f"turn-{self.chance.randint(1, 4)}"

    def _user_says_somewhere(self) -> None:
        text = self.chance.choice((self._text("u"), self._text("u"), _UNCLOSED))
        if self.chance.random() < 0.85:
            self._emit(message("user", text))
        if self.chance.random() < 0.7:
            self._emit(user_message(text))

    def _starts_somewhere(self) -> None:
        self.turns += 1
        self._emit(event("task_started", turn_id=self._any_turn(), model_context_window=None))

    def _ends_somewhere(self) -> None:
        if self.chance.random() < 0.7:
            self._emit(event("task_complete", turn_id=self._any_turn(), last_agent_message=None))
            return
        turn_id = self.chance.choice((None, self._any_turn()))
        self._emit(event("turn_aborted", turn_id=turn_id, reason="interrupted"))

    def _context_somewhere(self) -> None:
        turn_id = self.chance.choice((None, self._any_turn()))
        self._emit(turn_context(turn_id, self.chance.choice(("gpt-5.2", "gpt-5.1"))))

    def _injected(self) -> None:
        text = self.chance.choice(_CONTEXTUAL)
        self._emit(
            self.chance.choice(
                (
                    message("user", text),
                    message("user", self._text("u"), text),
                    message("developer", self.chance.choice(_DEVELOPER)),
                    message("developer", _DEVELOPER[0], _DEVELOPER[2]),
                )
            )
        )

    def _compacts_somehow(self) -> None:
        self._compaction(None, old=self.chance.random() < 0.5)
