"""Homes made from a seed: a dozen threads of all kinds, and what such a home can be asked for.

Forks, sub-agents of any depth, parents in a circle and missing ones, archived and cold rollouts, names, git,
threads in which nothing was typed, times that are equal.
"""

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard
from msgspec import Struct

from rollout_conformance.generators.rollouts import (
    Payload,
    Record,
    document,
    event,
    identifier,
    message,
    turn_context,
    user_message,
)
from rollout_reference import jsontext
from rollout_reference.session.names import RolloutName, cold_path
from rollout_reference.session.threads.fold import REQUEST_MARK
from rollout_reference.session.threads.side_index import SIDE_INDEX

Options = dict[str, Any]

START = datetime(2024, 6, 1, 23, 59, 50, tzinfo=UTC)
CHANGED = 100
"""Seconds after which nothing is made any more and all threads change."""
WORDS = ("lamp", "Lamp post", "cellar", "a.b", "axb", "größe", "door")
"""What is spoken of in threads."""
INSTRUCTED = "cupboard"
"""What instructions speak of, and nobody else."""
NAMES = ("first try", "second", "again", " ")
FOLDERS = ("/home/user/project", "/home/user/other")
KINDS = ("cli", "vscode", "exec", "appServer", "subAgent", "subAgentReview", "subAgentThreadSpawn")
PAGE = 3
_GIT = ({"commit_hash": "abc", "branch": "main", "repository_url": "u"}, {"branch": "topic"}, None)
_SOURCES = ("cli", "cli", "cli", "vscode", "exec", "mcp", {"subagent": "review"}, {"custom": "atlas"})


class Thread(Struct):
    """A thread of a home; times count in seconds from `START`."""

    id: str
    created: int
    changed: int
    source: Any
    parent: str | None = None
    archived: bool = False
    paginated: bool = False


class ThreadHome:
    """A home in the making; with `ties`, threads share their times, with `paginated` some are paginated."""

    def __init__(self, seed: str, *, ties: bool, paginated: bool = False) -> None:
        self.ties = ties
        self._paginated = paginated
        self._chance = random.Random(seed)  # noqa: S311  (for tests)
        self._missing = identifier(self._chance)
        count = self._chance.randint(6, 18)
        self._ids = [identifier(self._chance) for _ in range(count)]
        created = self._times(count, ties=ties)
        changed = self._times(count, ties=ties)
        self.threads = [
            self._thread(each, made, CHANGED + last)
            for each, made, last in zip(self._ids, created, changed, strict=True)
        ]

    def write(self, home: Path) -> None:
        """Leave the rollouts in a folder, with their times, and the side file of names."""
        home.mkdir(parents=True, exist_ok=True)
        for thread in self.threads:
            self._write(home, thread)
        named = self._chance.choices(self._ids, k=self._chance.randint(0, 6))
        lines = [
            jsontext.compact({"id": each, "thread_name": self._chance.choice(NAMES), "updated_at": "x"})
            for each in named
        ]
        (home / SIDE_INDEX).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def listings(self) -> list[Options]:
        """Return listings that are read page by page: every order, active threads and archived ones."""
        return [
            {"archived": archived, "source_kinds": list(KINDS)}
            | {"sort_key": key, "sort_direction": direction, "limit": PAGE}
            for archived in (False, True)
            for key in ("created_at", "updated_at", "recency_at")
            for direction in ("desc", "asc")
        ]

    def filters(self) -> list[Options]:
        """Return listings of some threads."""
        chance = self._chance
        return [
            {},
            {"cwd": chance.choice(FOLDERS)},
            {"cwd": list(FOLDERS), "model_providers": ["other"]},
            {"model_providers": ["openai", "mock"]},
            {"source_kinds": chance.sample(KINDS, 2)},
            {"archived": True},
            {"search_term": chance.choice(WORDS)},
        ]

    def families(self) -> list[Options]:
        """Return listings of the children and of the descendants of threads, and of one that is missing."""
        asked = self._chance.sample(self._ids, 3)
        return [{relation: each} for each in (*asked, self._missing) for relation in ("parent", "ancestor")]

    def lookups(self) -> list[Options]:
        """Return lookups of threads, of one that is missing as well."""
        asked = self._chance.sample(self._ids, 3)
        return [{"thread": each} for each in (*asked, self._missing)]

    def searches(self) -> list[Options]:
        """Return searches for what was said."""
        asked = self._chance.sample(WORDS, 3)
        return [{"content": word, "limit": PAGE} for word in (*asked, INSTRUCTED)]

    def _another(self, own: str) -> str:
        """Return the id of another thread, or of one that is missing."""
        return self._chance.choice([self._missing, *(each for each in self._ids if each != own)])

    def _times(self, count: int, *, ties: bool) -> list[int]:
        if ties:
            return [self._chance.randrange(6) for _ in range(count)]
        return self._chance.sample(range(3 * count), count)

    def _thread(self, own: str, created: int, changed: int) -> Thread:
        chance = self._chance
        thread = Thread(own, created, changed, chance.choice(_SOURCES))
        thread.archived = chance.random() < 0.3
        thread.paginated = self._paginated and chance.random() < 0.4
        if chance.random() < 0.5:
            thread.parent = self._another(own)
        if thread.parent is not None and chance.random() < 0.85:
            spawn = {"parent_thread_id": thread.parent, "depth": 1, "agent_path": None}
            thread.source = {"subagent": {"thread_spawn": spawn}}
        return thread

    def _write(self, home: Path, thread: Thread) -> None:
        records = [("session_meta", self._header(thread)), *self._said(thread)]
        data = document(records, paginated=thread.paginated)
        name = RolloutName(_moment(thread.created).strftime("%Y-%m-%dT%H-%M-%S"), thread.id)
        path = home / (name.archived_path if thread.archived else name.active_path)
        if self._chance.random() < 0.25:
            path, data = cold_path(path), zstandard.compress(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        changed = int(_moment(thread.changed).timestamp())
        os.utime(path, (changed, changed))

    def _header(self, thread: Thread) -> Payload:
        chance = self._chance
        header: Payload = {
            "id": thread.id,
            "timestamp": _moment(thread.created).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "cwd": chance.choice(FOLDERS),
            "originator": "rolloutspec",
            "cli_version": chance.choice(("0.143.0", "0.120.0")),
            "source": thread.source,
            "model_provider": chance.choice(("mock", "other", None)),
        }
        if thread.paginated:
            header["history_mode"] = "paginated"
        if chance.random() < 0.2:
            header["memory_mode"] = chance.choice(("disabled", "polluted"))
        if thread.parent is not None:
            header["parent_thread_id"] = thread.parent
        if chance.random() < 0.3:
            header["forked_from_id"] = self._another(thread.id)
        git = chance.choice(_GIT)
        return header if git is None else header | {"git": git}

    def _said(self, thread: Thread) -> list[Record]:
        """Return the lines behind the header; in some active threads that nobody spawned nothing is typed."""
        chance = self._chance
        silent = not thread.archived and thread.parent is None and chance.random() < 0.3
        records: list[Record] = []
        for number in range(chance.randint(0, 2)):
            effort = chance.choice(({}, {"effort": "low"}, {"effort": "high"}))
            records.append(turn_context(f"turn-{number}", chance.choice(("gpt-5.1", "gpt-5.2")), **effort))
        records += [message("developer", f"{INSTRUCTED} and {self._text()}")] * chance.choice((0, 0, 1, 12))
        for _ in range(chance.randint(1, 3)):
            text = self._text()
            records.append(message("user", text))
            if not silent:
                typed = chance.choice((text, f" {text}\n", f"files\n{REQUEST_MARK} {text} "))
                records.append(_typed(thread, typed))
            if chance.random() < 0.7:
                records += [message("assistant", said := self._text()), event("agent_message", message=said)]
            if chance.random() < 0.5:
                records.append(_counted(chance.choice((0, 970, 12_000))))
        return records

    def _text(self) -> str:
        return " and ".join(self._chance.choice((*WORDS, "nothing " * 20)) for _ in range(3)).strip()


def _typed(thread: Thread, text: str) -> Record:
    """Return what a user typed, in a paginated thread as an item."""
    if not thread.paginated:
        return user_message(text)
    content = [{"type": "text", "text": text, "text_elements": []}]
    item = {"type": "UserMessage", "id": "item", "content": content}
    return event("item_completed", thread_id=thread.id, turn_id="turn-0", item=item)


def _counted(total: int) -> Record:
    usage = {"input_tokens": total, "cached_input_tokens": 0, "output_tokens": 0}
    usage |= {"reasoning_output_tokens": 0, "total_tokens": total}
    info = {"total_token_usage": usage, "last_token_usage": usage, "model_context_window": None}
    return event("token_count", info=info, rate_limits=None)


def _moment(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)
