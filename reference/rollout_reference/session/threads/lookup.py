"""One thread of a home by its id, with everything that its lines say about it.  [SESSION-THREADS-15]"""

from pathlib import Path

from rollout_reference.session.errors import NoOwner, ThreadNotFound
from rollout_reference.session.names import parse_name
from rollout_reference.session.reading.loaded import load
from rollout_reference.session.threads.entries import Entry
from rollout_reference.session.threads.head_scan import scan_head
from rollout_reference.session.threads.metadata import Fold
from rollout_reference.session.threads.places import Found, rollouts
from rollout_reference.session.threads.query import thread_id


def find_thread(home: Path, thread: str) -> Entry:
    """Return a thread by its id, an active one before an archived one.

    Raises `InvalidThreadId`, `ThreadNotFound`, what `load` raises for its rollout, and `OSError`.
    """
    wanted = thread_id(thread)
    for archived in (False, True):
        found = files_of(home, wanted, archived=archived)
        if found:
            return _read(found, archived=archived)
    raise ThreadNotFound(wanted)


def files_of(home: Path, thread: str, *, archived: bool) -> list[Found]:
    """Return a thread's rollouts, by the headers, in order of their names.

    If no header names the thread, files that are named like it and cannot be read are its own.
    [SESSION-THREADS-15]
    """
    found = rollouts(home, archived=archived)
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
    """Fold the first rollout of a thread, the whole of it.  Raises `Rejected`."""
    first = found[0]
    fold = Fold(parse_name(first.name))
    for line in load(first.path).lines:
        fold.add(line)
    if fold.metadata is None:
        raise NoOwner("in the whole file")
    return Entry(fold.metadata, first, archived, max(each.modified_ms for each in found))
