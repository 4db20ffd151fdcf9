"""The threads of a home, as the built-in reference lists them.

Git keeps no times, so `files.json` beside the home says when its files last changed; see
`spec/conformance/storage.md`.
"""

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from rollout_conformance.implementations.given_home import copy_home
from rollout_conformance.script_error import ScriptError
from rollout_reference import jsontext
from rollout_reference.session.threads import Query, list_threads
from rollout_reference.session.threads.answer import details, thread_row
from rollout_reference.session.threads.entries import Heads, scan_heads
from rollout_reference.session.threads.side_index import names_of


class Options(Query, frozen=True, forbid_unknown_fields=True):
    """What a request of `session.threads` says in its options: a query, and what else is asked for."""

    content: str | None = None
    thread: str | None = None


def threads_to(folder: Path, options: dict[str, Any], now_ms: int) -> dict[str, bytes]:
    """Return the threads of a folder's `home` that the options ask for.

    Raises `SessionRejected`, and `ScriptError` for options that are not understood.
    """
    asked = options_of(options)
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as name:
        home = copy_home(folder, Path(name), now_ms)
        return {"threads.json": jsontext.pretty(threads_tree(home, asked))}


def options_of(told: dict[str, Any]) -> Options:
    """Read the options.  Raises `ScriptError` for one that is not known or not of its form."""
    try:
        return msgspec.convert(told, Options)
    except msgspec.ValidationError as error:
        raise ScriptError(f"options of session.threads: {error}") from None


def threads_tree(home: Path, asked: Options, heads: Heads = scan_heads) -> dict[str, Any]:
    """Return what the options ask for as JSON.  Raises `SessionRejected`."""
    if asked.thread is not None:
        from rollout_reference.session.threads.lookup import find_thread  # noqa: PLC0415  (lists read no lines)

        entry = find_thread(home, asked.thread)
        row = thread_row(entry, home, names_of(home).get(entry.metadata.id))
        return {"data": [row | {"metadata": details(entry)}], "nextCursor": None}
    if asked.content is not None:
        from rollout_reference.session.threads.search import search_threads  # noqa: PLC0415

        return search_threads(home, asked.content, asked, heads).to_tree()
    return list_threads(home, asked, heads).to_tree()
