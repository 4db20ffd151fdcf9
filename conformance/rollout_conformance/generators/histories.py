"""Legacy rollouts made from a seed that hold everything a history is made of, in disorder."""

import random
from collections.abc import Callable
from typing import Any

from rollout_conformance.generators.rollouts import (
    CWD,
    TIME,
    Record,
    event,
    identifier,
    message,
    user_message,
)

_AGENT = "00000000-0000-7000-8000-0000000000a1"
_HOOK = '<hook_prompt hook_run_id="run">Check &lt;it&gt;.</hook_prompt>'
_STATUSES = ("completed", "failed", "declined")
_ACTIONS: tuple[dict[str, Any], ...] = (
    {"type": "search", "query": "q"},
    {"type": "open_page", "url": "u"},
    {"type": "find_in_page", "url": "u", "pattern": "p"},
    {"type": "other"},
)
_TURNS = 6
_CALLS = 8


def _header(thread_id: str) -> dict[str, str]:
    return {
        "id": thread_id,
        "timestamp": TIME,
        "cwd": CWD,
        "originator": "rolloutspec",
        "cli_version": "0.143.0",
        "source": "cli",
        "model_provider": "mock",
    }


class Histories:
    """Makes one rollout after another; a seed gives the same ones again."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (for tests)
        self._said = 0
        self._kinds: list[Callable[[], Record]] = [
            *[self._start] * 4,
            *[self._complete] * 4,
            *[self._user] * 5,
            *[self._agent] * 4,
            *[self._reasoning] * 3,
            *[self._patch] * 2,
            self._abort,
            self._roll_back,
            self._mcp,
            self._web_search,
            self._image,
            self._sub_agent,
            self._compaction,
            self._review,
            self._plan,
            self._hook,
            self._silent,
        ]

    def rollout(self, most: int = 40) -> tuple[str, list[Record]]:
        """Return the id of a thread and its records: a header and up to so many others."""
        thread_id = identifier(self._chance)
        others = [self._chance.choice(self._kinds)() for _ in range(self._chance.randrange(most))]
        return thread_id, [("session_meta", _header(thread_id)), *others]

    def _turn_id(self) -> str:
        return f"t{self._chance.randrange(_TURNS)}"

    def _call_id(self) -> str:
        return f"c{self._chance.randrange(_CALLS)}"

    def _text(self) -> str:
        self._said += 1
        return self._chance.choice(
            ("", " ", f"text {self._said}", f"text {self._said}", f"text {self._said}")
        )

    def _maybe(self, **fields: Any) -> dict[str, Any]:
        return {key: value for key, value in fields.items() if self._chance.random() < 0.5}

    def _times(self) -> dict[str, int]:
        return self._maybe(completed_at=self._chance.randrange(99), duration_ms=self._chance.randrange(99))

    def _start(self) -> Record:
        told = self._maybe(started_at=self._chance.randrange(99))
        return event("task_started", turn_id=self._turn_id(), **told, model_context_window=None)

    def _complete(self) -> Record:
        return event("task_complete", turn_id=self._turn_id(), last_agent_message=None, **self._times())

    def _abort(self) -> Record:
        told = self._maybe(turn_id=self._turn_id())
        return event("turn_aborted", **told, reason="interrupted", **self._times())

    def _user(self) -> Record:
        kind, said = user_message(self._text())
        return kind, said | self._maybe(images=["u1", "u2"], local_images=["/a.png"], client_id="client")

    def _agent(self) -> Record:
        return event("agent_message", message=self._text(), **self._maybe(phase="final_answer"))

    def _reasoning(self) -> Record:
        kind = self._chance.choice(("agent_reasoning", "agent_reasoning_raw_content"))
        return event(kind, text=self._text())

    def _patch(self) -> Record:
        turn_id = self._chance.choice(("", self._turn_id(), self._turn_id()))
        changes = {
            "b": {"type": "update", "unified_diff": "@@", "move_path": self._chance.choice((None, "/z"))},
            "a": {"type": "add", "content": self._text()},
        }
        told = {"stdout": "", "stderr": "", "success": True, "status": self._chance.choice(_STATUSES)}
        return event("patch_apply_end", call_id=self._call_id(), turn_id=turn_id, changes=changes, **told)

    def _mcp(self) -> Record:
        result = self._chance.choice(
            ({"Err": "bad"}, {"Ok": {"content": [], "isError": True}}, {"Ok": {"content": [{"text": "x"}]}})
        )
        return event(
            "mcp_tool_call_end",
            call_id=self._call_id(),
            invocation={"server": "s", "tool": "t", **self._maybe(arguments={"a": 1})},
            duration={"secs": self._chance.randrange(9), "nanos": self._chance.randrange(10**9)},
            result=result,
            **self._maybe(connector_id="c", mcp_app_resource_uri="u", plugin_id="p"),
        )

    def _web_search(self) -> Record:
        action = self._chance.choice(_ACTIONS)
        return event("web_search_end", call_id=self._call_id(), query="q", action=action)

    def _image(self) -> Record:
        told = self._maybe(revised_prompt="p", saved_path="/a.png")
        return event("image_generation_end", call_id=self._call_id(), status="completed", result="r", **told)

    def _sub_agent(self) -> Record:
        done = self._chance.choice(("started", "interacted", "interrupted"))
        record, told = event("sub_agent_activity", event_id=self._call_id(), occurred_at_ms=1)
        return record, told | {"agent_thread_id": _AGENT, "agent_path": "/root/a", "kind": done}

    def _compaction(self) -> Record:
        return self._chance.choice((("compacted", {"message": "summary"}), event("context_compacted")))

    def _review(self) -> Record:
        target = {"type": "uncommittedChanges"}
        begun = event("entered_review_mode", target=target, **self._maybe(user_facing_hint="hint"))
        return self._chance.choice((begun, event("exited_review_mode")))

    def _plan(self) -> Record:
        item = {"type": "Plan", "id": self._call_id(), "text": self._text()}
        told = {"turn_id": self._turn_id(), "item": item, "completed_at_ms": 0}
        return event("item_completed", thread_id=_AGENT, **told)

    def _hook(self) -> Record:
        kind, prompt = message("user", _HOOK)
        return kind, {"id": self._call_id(), **prompt}

    def _roll_back(self) -> Record:
        return event("thread_rolled_back", num_turns=self._chance.choice((0, 1, 1, 2, 3, 9)))

    def _silent(self) -> Record:
        """Return something that shows nothing; some of it is not even kept."""
        return self._chance.choice(
            (
                event("token_count", info=None, rate_limits=None),
                event("error", message="bad"),
                message("user", self._text()),
                message("assistant", self._text()),
                ("response_item", {"type": "future_item"}),
                ("future_line", {}),
                event("view_image_tool_call", call_id=self._call_id(), path="file:///a"),
            )
        )


class Projections:
    """Makes paginated rollouts, one after another; a seed gives the same ones again."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (made again by anybody who has the seed)
        self._said = 0
        self._kinds: list[Callable[[], Record]] = [
            *[self._start] * 3,
            *[self._complete] * 3,
            *[self._item] * 6,
            self._abort,
            self._inert,
        ]

    def rollout(self, most: int = 40) -> tuple[str, list[Record]]:
        """Return the id of a thread and its records: a header and up to so many others."""
        thread_id = identifier(self._chance)
        more: dict[str, Any] = {"history_mode": "paginated"}
        if self._chance.random() < 0.2:
            more["subagent_history_start_ordinal"] = self._chance.randrange(1, 9)
        others = [self._chance.choice(self._kinds)() for _ in range(8 + self._chance.randrange(most))]
        return thread_id, [("session_meta", _header(thread_id) | more), *others]

    def _turn_id(self) -> str:
        return f"t{self._chance.randrange(_TURNS)}"

    def _maybe(self, **fields: Any) -> dict[str, Any]:
        return {key: value for key, value in fields.items() if self._chance.random() < 0.5}

    def _times(self) -> dict[str, int]:
        choose = self._chance.randrange
        return self._maybe(started_at=choose(99), completed_at=choose(99), duration_ms=choose(99))

    def _start(self) -> Record:
        told = self._maybe(started_at=self._chance.randrange(99))
        return event("task_started", turn_id=self._turn_id(), **told, model_context_window=None)

    def _complete(self) -> Record:
        error = {"message": "bad", **self._maybe(codex_error_info="bad_request")}
        told = self._times() | (self._maybe(error=error) if self._chance.random() < 0.5 else {})
        return event("task_complete", turn_id=self._turn_id(), last_agent_message=None, **told)

    def _abort(self) -> Record:
        return event(
            "turn_aborted", **self._maybe(turn_id=self._turn_id()), reason="interrupted", **self._times()
        )

    def _item(self) -> Record:
        self._said += 1
        text = f"text {self._said}"
        item = self._chance.choice(
            (
                {"type": "UserMessage", "content": [{"type": "text", "text": text}]},
                {"type": "AgentMessage", "content": [{"type": "Text", "text": text}]},
                {"type": "Reasoning", "summary_text": [text], "raw_content": []},
                {"type": "Plan", "text": text},
                {"type": "ContextCompaction"},
            )
        )
        told = {"turn_id": self._turn_id(), "completed_at_ms": 0}
        named = {"type": item["type"], "id": f"c{self._chance.randrange(_CALLS)}"} | item
        return event("item_completed", thread_id=_AGENT, **told, item=named)

    def _inert(self) -> Record:
        return self._chance.choice(
            (
                ("compacted", {"message": "summary"}),
                event("token_count", info=None, rate_limits=None),
                event("thread_rolled_back", num_turns=1),
                event("agent_message", message="legacy"),
                message("assistant", "said"),
            )
        )
