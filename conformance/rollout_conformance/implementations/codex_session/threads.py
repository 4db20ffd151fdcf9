"""The threads of a home, as the real CLI lists them: asked through its app-server, on a copy of the home.

Each operation has a server of its own: what a server once found in a home it keeps.  What the CLI says in
its own way is put into the terms of the operation by the tables here, and by nothing else.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from rollout_conformance.answers import Accepted, Answer, Broken, Further, Refused, Unsupported, View
from rollout_conformance.implementations.given_home import copy_home
from rollout_conformance.implementations.threads_ops import options_of
from rollout_conformance.record.app_server import AppServer, AppServerError, NoAnswer, RequestRefused
from rollout_conformance.tasks import Task
from rollout_reference import jsontext

CONFIG = """\
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
apps = false
remote_plugin = false
"""
"""Settings under which a server tells what is in its home, and looks for nothing elsewhere."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108  (homes get random names in it)
"""Where homes lie if there is such a place: a server syncs five databases when it starts."""
ROOM_BYTES = 1 << 30
"""Room that must be left there: a home grows by a quarter of a MiB with each thread."""

SEARCHED = {
    "archived": "archived",
    "cursor": "cursor",
    "limit": "limit",
    "sort_direction": "sortDirection",
    "sort_key": "sortKey",
    "source_kinds": "sourceKinds",
}
"""What a search can be told besides its term, and what the CLI calls it."""
LISTED_ONLY = {
    "ancestor": "ancestorThreadId",
    "cwd": "cwd",
    "model_providers": "modelProviders",
    "parent": "parentThreadId",
    "search_term": "searchTerm",
}
"""What a listing can be told besides."""
LISTED = SEARCHED | LISTED_ONLY
LACKS = tuple(sorted(LISTED_ONLY))
"""What an answer may call unsupported: of a search, all that only a listing can be told.  [DEV-122]"""

ADDED = (
    "attachedToThreadId",
    "canAcceptDirectInput",
    "daybreakEnabled",
    "environments",
    "model",
    "originator",
    "projectId",
    "reasoningEffort",
    "section",
    "sectionEnteredAt",
)
VIEWS = {
    "0.169.0": {
        "threads.json": View(
            further=(Further("DEV-120", "/data/*", ADDED), Further("DEV-120", "/data/*/thread", ADDED))
        )
    }
}
"""By version: the keys that it adds to a thread."""

COLUMNS = {
    "title": "title",
    "firstUserMessage": "first_user_message",
    "model": "model",
    "reasoningEffort": "reasoning_effort",
    "tokensUsed": "tokens_used",
    "memoryMode": "memory_mode",
    "agentPath": "agent_path",
    "archived": "archived",
}
"""What a looked up thread says about itself, and the column of the CLI's database that has it."""
UNTOLD = {"title": "", "firstUserMessage": "", "memoryMode": "enabled"}
"""What such a column holds where the rollout tells nothing."""


class NotOffered(Exception):
    """The CLI cannot be told the option whose name this is."""


def threads_answer(codex: Path, task: Task) -> Answer:
    """Return what a binary of the CLI answers to an operation `session.threads`.

    Raises `ScriptError` for options that are not understood, and `OSError`.
    """
    options_of(task.options)
    with tempfile.TemporaryDirectory(prefix="rolloutspec-", dir=memory()) as folder:
        home = copy_home(task.input, Path(folder), task.env.now_ms)
        try:
            with AppServer(codex, home, config=CONFIG) as server:
                return Accepted({"threads.json": jsontext.pretty(tree_of(server, task.options))})
        except RequestRefused as refusal:
            return Refused(None, str(refusal))
        except NotOffered as option:
            return Unsupported(str(option))
        except NoAnswer as error:
            return Broken("timeout", str(error))
        except AppServerError as error:
            return Broken("crash", str(error))
        except sqlite3.Error as error:
            return Broken("error", f"its database is not as that of the releases that are known: {error}")


def memory() -> Path | None:
    """Return a folder that is not on a disk, None if there is none with room for homes."""
    usable = os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES
    return IN_MEMORY if usable else None


def tree_of(server: AppServer, told: dict[str, Any]) -> dict[str, Any]:
    """Return what a server answers to the options of an operation, as its `threads.json`.

    Raises `NotOffered`, and `AppServerError` for a refusal or no answer.
    """
    filters = {name: value for name, value in told.items() if name not in ("content", "thread")}
    if "thread" in told:
        return {"data": [_looked_up(server, told["thread"])], "nextCursor": None}
    named = {LISTED[name]: value for name, value in filters.items()}
    if "content" not in told:
        return _page(server, "thread/list", {"modelProviders": []} | named)
    beyond = sorted(filters.keys() - SEARCHED.keys())
    if beyond:
        raise NotOffered(beyond[0])
    return _page(server, "thread/search", named | {"searchTerm": told["content"]})


def _page(server: AppServer, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a page without what is beside its threads: what was read, and a cursor the other way."""
    page = server.request(method, parameters)
    return {"data": [_entry(each, server.home) for each in page["data"]], "nextCursor": page["nextCursor"]}


def _entry(entry: dict[str, Any], home: Path) -> dict[str, Any]:
    """Return a thread of a listing, or a thread with a snippet."""
    if "snippet" in entry:
        return entry | {"thread": _row(entry["thread"], home)}
    return _row(entry, home)


def _row(thread: dict[str, Any], home: Path) -> dict[str, Any]:
    """Return a thread with its path from the home."""
    return thread | {"path": Path(thread["path"]).relative_to(home).as_posix()}


def _looked_up(server: AppServer, thread: str) -> dict[str, Any]:
    """Return a thread with its metadata, which only the CLI's database tells."""
    row = _row(server.request("thread/read", {"threadId": thread})["thread"], server.home)
    return row | {"metadata": _metadata(server.home, row["id"])}


def _metadata(home: Path, thread: str) -> dict[str, Any] | None:
    database = max(home.glob("state_*.sqlite"))
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        query = f"select {', '.join(COLUMNS.values())} from threads where id = ?"  # noqa: S608
        found = connection.execute(query, (thread,)).fetchone()
    if found is None:
        return None
    told = dict(zip(COLUMNS, found, strict=True))
    shown = {key: None if value == UNTOLD.get(key) else value for key, value in told.items()}
    return shown | {"archived": bool(told["archived"])}
