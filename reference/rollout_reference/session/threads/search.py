"""Threads by what was said in them, with the place where it was said.

[SESSION-SEARCH-1 to SESSION-SEARCH-5]
"""

import re
from pathlib import Path
from typing import Any

from rollout_reference.errors import Rejected
from rollout_reference.session.errors import EmptyTerm
from rollout_reference.session.items.content import InputText, OutputText
from rollout_reference.session.items.events.conversation import AgentMessage, UserMessage
from rollout_reference.session.items.response_items import Message
from rollout_reference.session.lines import Line
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.threads.answer import thread_row
from rollout_reference.session.threads.entries import Heads, scan_heads
from rollout_reference.session.threads.fold import typed_by_user
from rollout_reference.session.threads.listing import Page, ordered, position
from rollout_reference.session.threads.query import Query, cursor_of
from rollout_reference.session.threads.side_index import names_of

BEFORE = 49
AFTER = 96
"""Characters of a text that a snippet shows before and after a match.  [SESSION-SEARCH-3]"""
CUT = "..."


def search_threads(home: Path, term: str, query: Query, heads: Heads = scan_heads) -> Page:
    """Return a page of the threads that a query shows and in which a term was said.

    Each is `{"thread", "snippet"}`.  Raises `EmptyTerm` and what `list_threads` raises.
    """
    words = _collapsed(term)
    if not words:
        raise EmptyTerm  # SESSION-SEARCH-1
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    names = names_of(home)
    data: list[dict[str, Any]] = []
    cursor = ""
    for entry in ordered(home, query, names, heads):
        found = snippet_of(entry.current.path, pattern)  # SESSION-SEARCH-5
        if found is None:
            continue
        if len(data) == query.page_size:
            return Page(data, cursor)
        cursor = cursor_of(position(entry, query))
        data.append({"thread": thread_row(entry, home, names.get(entry.metadata.id)), "snippet": found})
    return Page(data, None)


def snippet_of(path: Path, pattern: re.Pattern[str]) -> str | None:
    """Return the first text of a rollout that matches, around the match; None if none does.

    A rollout that is damaged is searched up to the damage.  [SESSION-SEARCH-4]
    """
    try:
        with read_rollout(path) as reading:
            for line in reading:
                said = _said(line) if isinstance(line, Line) else None
                match = pattern.search(_collapsed(said)) if said else None
                if match is not None:
                    return _around(match)
    except Rejected:
        return None
    return None


def _said(line: Line) -> str | None:
    """Return what a line says, None if nobody says anything in it.  [SESSION-SEARCH-2]"""
    match line.item:
        case UserMessage(message=text):
            return typed_by_user(text)
        case AgentMessage(message=text):
            return text
        case Message(role="user" | "assistant", content=parts):
            return " ".join(part.text for part in parts if isinstance(part, InputText | OutputText))
    return None


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _around(match: re.Match[str]) -> str:
    """Return a text around a match, marked where it is cut.  [SESSION-SEARCH-3]"""
    text = match.string
    start, end = max(0, match.start() - BEFORE), min(len(text), match.end() + AFTER)
    before = f"{CUT} " if start else ""
    after = f" {CUT}" if end < len(text) else ""
    return f"{before}{text[start:end].strip()}{after}"
