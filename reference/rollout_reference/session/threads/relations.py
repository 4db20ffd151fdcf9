"""Which thread spawned which: children and descendants.  [SESSION-THREADS-11]"""

from collections import defaultdict
from collections.abc import Iterable

from rollout_reference.session.threads.entries import Entry


def children(entries: Iterable[Entry], parent: str) -> set[str]:
    """Return the ids of the threads that a thread spawned; a thread is no child of itself."""
    return _by_parent(entries)[parent] - {parent}


def descendants(entries: Iterable[Entry], ancestor: str) -> set[str]:
    """Return the ids of the threads below a thread, at any depth, never its own; a cycle ends."""
    spawned = _by_parent(entries)
    found: set[str] = set()
    pending = [ancestor]
    while pending:
        new = spawned[pending.pop()] - found
        found |= new
        pending += new
    return found - {ancestor}


def parents_of(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the parent of each thread that was spawned.  [SESSION-THREADS-13]"""
    spawns = {entry.metadata.id: entry.metadata.spawn for entry in entries}
    return {child: str(spawn.parent_thread_id) for child, spawn in spawns.items() if spawn is not None}


def _by_parent(entries: Iterable[Entry]) -> defaultdict[str, set[str]]:
    spawned: defaultdict[str, set[str]] = defaultdict(set)
    for child, parent in parents_of(entries).items():
        spawned[parent].add(child)
    return spawned
