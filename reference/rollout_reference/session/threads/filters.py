"""Which threads a listing shows.  [SESSION-THREADS-9, SESSION-THREADS-10]"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import UNSET

from rollout_reference.session.items.meta import AgentSource, NamedSource, SessionSource
from rollout_reference.session.threads.entries import Entry
from rollout_reference.session.threads.metadata import normal_folder
from rollout_reference.session.threads.query import Query

INTERACTIVE = frozenset({"cli", "vscode", "custom:atlas", "custom:chatgpt"})
"""The sources of threads in which a person talks; a listing shows no others unless asked."""

Filter = Callable[[Entry], bool]

_AGENT_KINDS = {"review": "subAgentReview", "compact": "subAgentCompact"}


def shown(entries: Iterable[Entry], query: Query, names: dict[str, str]) -> Iterable[Entry]:
    """Return the threads that a query shows, in the order given."""
    for wanted in filters_of(query, names):
        entries = filter(wanted, entries)
    return entries


def filters_of(query: Query, names: dict[str, str]) -> list[Filter]:
    """Return what a thread must pass, one after the other, to be shown."""
    wanted: list[Filter] = []
    if not query.of_relatives:  # SESSION-THREADS-24
        wanted.append(lambda entry: entry.metadata.preview is not None)  # SESSION-THREADS-5
    if query.source_kinds:
        kinds = frozenset[str](query.source_kinds)
        wanted.append(lambda entry: not kinds.isdisjoint(kinds_of(entry.metadata.source)))
    elif not query.of_relatives:
        wanted.append(lambda entry: not INTERACTIVE.isdisjoint(kinds_of(entry.metadata.source)))
    if query.model_providers:
        providers = frozenset(query.model_providers)
        wanted.append(lambda entry: entry.metadata.model_provider in providers)
    if query.cwd is not None:
        folders = frozenset(map(normal_folder, [query.cwd] if isinstance(query.cwd, str) else query.cwd))
        wanted.append(lambda entry: normal_folder(entry.metadata.cwd) in folders)
    if query.search_term:
        term = query.search_term
        wanted.append(lambda entry: any(term in text for text in _texts(entry, names)))
    return wanted


def kinds_of(source: SessionSource) -> frozenset[str]:
    """Return the kinds that a source is of.  [SESSION-THREADS-9]"""
    if not isinstance(source, NamedSource):
        return _kind_of(source)
    if source.custom is not UNSET:
        return frozenset({f"custom:{source.custom}"})
    agent = source.subagent
    if agent is UNSET:
        return frozenset()
    if isinstance(agent, AgentSource):
        spawned = agent.thread_spawn is not UNSET
        return frozenset({"subAgent", "subAgentThreadSpawn" if spawned else "subAgentOther"})
    return frozenset({"subAgent", _AGENT_KINDS.get(agent, "subAgent")})


@lru_cache
def _kind_of(source: str) -> frozenset[str]:
    return frozenset({"appServer" if source == "mcp" else source})


def _texts(entry: Entry, names: dict[str, str]) -> list[str]:
    """Return what a term is looked for in.  [SESSION-THREADS-10]"""
    metadata = entry.metadata
    return [text for text in (names.get(metadata.id), metadata.title, metadata.preview) if text]
