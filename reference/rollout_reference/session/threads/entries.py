"""The threads of a home, one entry each, from the beginnings of their rollouts."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from rollout_reference.session.names import age
from rollout_reference.session.threads.metadata import Metadata
from rollout_reference.session.threads.places import Found, rollouts

Heads = Callable[[Sequence[Found]], Sequence[Metadata | None]]
"""Tells of each rollout what its beginning says, None if it has no thread to list."""


class Entry(Struct, gc=False):
    """A thread of a home, by the rollout that speaks for it."""

    metadata: Metadata
    rollout: Found
    archived: bool
    updated_ms: int
    """When any of its rollouts last changed."""
    current: Found
    """The segment in which it goes on.  [SESSION-THREADS-26]"""


def scan_heads(found: Sequence[Found]) -> list[Metadata | None]:
    """Look at the beginning of each rollout.  Raises `OSError`."""
    from rollout_reference.session.threads.head_scan import scan_head  # noqa: PLC0415  (a cache may know all)

    return [scan_head(each.path) for each in found]


def entries_of(home: Path, *, archived: bool, heads: Heads = scan_heads) -> list[Entry]:
    """Return the active threads, or the archived ones, in order of the names of their files.

    Of several rollouts of one thread the first in that order speaks for it.  Raises `OSError`.
    [SESSION-THREADS-6]
    """
    threads: dict[str, Entry] = {}
    found = rollouts(home, archived=archived)
    for each, metadata in zip(found, heads(found), strict=True):
        if metadata is None:
            continue
        first = threads.get(metadata.id)
        if first is None:
            threads[metadata.id] = Entry(metadata, each, archived, each.modified_ms, each)
        else:
            first.updated_ms = max(first.updated_ms, each.modified_ms)
            first.current = newest([first.current, each])
    return list(threads.values())


def newest(rollouts: Sequence[Found]) -> Found:
    """Return the current segment out of rollouts of one thread.  [SESSION-SEGMENT-4]"""
    return max(rollouts, key=lambda rollout: age(rollout.name))
