"""One thread of a home by its id, with everything that its lines say about it.  [SESSION-THREADS-15]"""

from pathlib import Path

from rollout_reference.session.errors import NoOwner, ThreadNotFound
from rollout_reference.session.reading.loaded import passing
from rollout_reference.session.threads.entries import Entry, newest
from rollout_reference.session.threads.fold import Fold
from rollout_reference.session.threads.head_scan import scan_head
from rollout_reference.session.threads.metadata import Metadata
from rollout_reference.session.threads.places import Found, rollouts
from rollout_reference.session.threads.query import thread_id


def find_thread(home: Path, thread: str) -> Entry:
    """Return a thread by its id, an active one before an archived one.

    Raises `InvalidThreadId`, `ThreadNotFound`, what reading its rollout raises, and `OSError`.
    """
    wanted = thread_id(thread)
    for archived in (False, True):
        found = files_of(rollouts(home, archived=archived), wanted)
        if found:
            return _read(found, archived=archived)
    raise ThreadNotFound(wanted)


def files_of(found: list[Found], thread: str) -> list[Found]:
    """Return those of some rollouts that are a thread's, by the headers, in the order given.

    If no header names the thread, files that are named like it and cannot be read are its own.
    [SESSION-THREADS-15]
    """
    named = [each for each in found if thread in each.name.lower()]
    owned = [each for each in named if _owner(each) == thread]
    if owned:
        return owned
    owned = [each for each in found if each not in named and _owner(each) == thread]
    return owned or [each for each in named if _owner(each) is None]


def _owner(rollout: Found) -> str | None:
    metadata = scan_head(rollout.path)
    return None if metadata is None else metadata.id


def _read(found: list[Found], *, archived: bool) -> Entry:
    """Fold the current segment of a thread, the whole of it.  Raises `Rejected`."""
    first, current = found[0], newest(found)
    metadata = _folded(current)
    if current is not first:
        _as_it_began(metadata, _folded(first))
    return Entry(metadata, first, archived, max(each.modified_ms for each in found), current)


def _folded(found: Found) -> Metadata:
    fold = Fold(found.name)
    with passing(found.path) as rollout:
        for line in rollout.lines:
            fold.add(line)
    if fold.metadata is None:
        raise NoOwner("in the whole file")
    return fold.metadata


def _as_it_began(now: Metadata, first: Metadata) -> None:
    """Let a thread be known by what it began with, whatever was taken back.  [SESSION-THREADS-26]"""
    now.created_ms, now.said = first.created_ms, first.said
