"""Paginated rollouts made from a seed as a writer leaves them: each item once, of every kind."""

import random
from collections.abc import Callable

from rollout_conformance.generators.rollouts import CWD, TIME, Payload, Record, event, identifier

_AGENT = "00000000-0000-7000-8000-0000000000a1"
_STATUSES = ("completed", "failed", "declined")


class TurnItems:
    """Makes one rollout after another; a seed gives the same ones again."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (made again by anybody who has the seed)
        self._made = 0
        self._kinds: tuple[Callable[[], Payload], ...] = (
            self._agent,
            self._agent,
            self._reasoning,
            self._plan,
            self._search,
            self._image,
            self._view,
            self._patch,
            self._mcp,
            self._sub_agent,
            self._sleep,
            lambda: {"type": "ContextCompaction"},
        )

    def rollout(self, most: int = 5) -> list[Record]:
        """Return the records of a rollout of up to so many turns."""
        header = {"id": identifier(self._chance), "timestamp": TIME, "cwd": CWD, "originator": "rolloutspec"}
        header |= {"cli_version": "0.169.0", "source": "cli", "history_mode": "paginated"}
        records: list[Record] = [("session_meta", header)]
        for number in range(1 + self._chance.randrange(most)):
            records += self._turn(f"turn-{number}")
        return records

    def _turn(self, turn_id: str) -> list[Record]:
        items = [
            self._user(),
            *(self._chance.choice(self._kinds)() for _ in range(self._chance.randrange(6))),
        ]
        told = [
            event(
                "item_completed", thread_id=_AGENT, turn_id=turn_id, item=self._named(item), completed_at_ms=0
            )
            for item in items
        ]
        times = {"started_at": 1, "completed_at": 2, "duration_ms": 3}
        ends = (
            event("task_complete", turn_id=turn_id, last_agent_message=None, **times),
            event("turn_aborted", turn_id=turn_id, reason="interrupted", **times),
        )
        begin = event("task_started", turn_id=turn_id, started_at=1, model_context_window=None)
        return [begin, *told, self._chance.choice((ends[0], ends[0], ends[1]))]

    def _named(self, item: Payload) -> Payload:
        self._made += 1
        return {"type": item["type"], "id": f"i{self._made}"} | item

    def _text(self) -> str:
        return f"text {self._made}.{self._chance.randrange(1000)}"

    def _maybe(self, **fields: object) -> Payload:
        return {key: value for key, value in fields.items() if self._chance.random() < 0.5}

    def _user(self) -> Payload:
        text = {"type": "text", "text": self._text(), "text_elements": []}
        images = ({"type": "image", "image_url": "u"}, {"type": "local_image", "path": "/a.png"})
        more = [self._chance.choice(images)] if self._chance.random() < 0.3 else []
        return {"type": "UserMessage", "content": [text, *more], **self._maybe(client_id="client")}

    def _agent(self) -> Payload:
        content = [{"type": "Text", "text": self._text()}]
        return {"type": "AgentMessage", "content": content, **self._maybe(phase="final_answer")}

    def _reasoning(self) -> Payload:
        more = [self._text()] if self._chance.random() < 0.3 else []
        return {"type": "Reasoning", "summary_text": [self._text(), "and more"], "raw_content": more}

    def _plan(self) -> Payload:
        return {"type": "Plan", "text": self._text()}

    def _search(self) -> Payload:
        action = self._chance.choice(({"type": "search", "query": "q"}, {"type": "open_page", "url": "u"}))
        return {"type": "WebSearch", "query": self._text(), "action": action}

    def _image(self) -> Payload:
        told = self._maybe(revised_prompt="p", saved_path="/a.png")
        return {"type": "ImageGeneration", "status": "completed", "result": "r", **told}

    def _view(self) -> Payload:
        return {"type": "ImageView", "path": "file:///a.png"}

    def _patch(self) -> Payload:
        changes = {
            "b": {"type": "update", "unified_diff": "@@", "move_path": self._chance.choice((None, "/z"))},
            "a": {"type": "add", "content": self._text()},
        }
        return {"type": "FileChange", "changes": changes, "status": self._chance.choice(_STATUSES)}

    def _mcp(self) -> Payload:
        asked = {"type": "McpToolCall", "server": "s", "tool": "t", "arguments": {"a": self._text()}}
        asked |= {"duration": {"secs": 1, "nanos": self._chance.randrange(10**9)}} | self._maybe(pluginId="p")
        if self._chance.random() < 0.3:
            return asked | {"status": "failed", "error": {"message": "bad"}}
        return asked | {"status": "completed", "result": {"content": [{"type": "text", "text": "x"}]}}

    def _sub_agent(self) -> Payload:
        kind = self._chance.choice(("started", "interacted", "interrupted"))
        return {"type": "SubAgentActivity", "kind": kind, "agent_thread_id": _AGENT, "agent_path": "/root/a"}

    def _sleep(self) -> Payload:
        content = {"kind": "clock.sleep", "id": f"s{self._made}", "durationMs": 5}
        return {"type": "Extension", **content}
