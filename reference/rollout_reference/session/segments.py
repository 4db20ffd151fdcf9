"""The file in which a thread goes on: after each revert that is another one.  [SESSION-SEGMENT-4]"""

from itertools import chain
from pathlib import Path

from rollout_reference.session.errors import SessionRejected, ThreadNotFound
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line
from rollout_reference.session.names import age, parse_name
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.threads.places import rollouts
from rollout_reference.session.threads.query import thread_id


def current_segment(home: Path, thread: str) -> Path:
    """Return the plain path of the current segment of a thread, in whichever form it is.

    Raises `InvalidThreadId`, `ThreadNotFound`, and `OSError` if a folder cannot be read.
    [SESSION-SEGMENT-4, SESSION-SEGMENT-5]
    """
    wanted = thread_id(thread)
    places = [sorted(each.path for each in rollouts(home, archived=archived)) for archived in (False, True)]
    owned = [path for path in chain(*places) if _thread(path) == wanted]
    if not owned:
        raise ThreadNotFound(wanted)
    return max(owned, key=lambda path: age(path.name))


def _thread(path: Path) -> str | None:
    """Return the thread that the header of a file names; its name's, if it has none that can be read.

    So a damaged segment is not passed over in favour of the one that it superseded.  [SESSION-SEGMENT-1]
    """
    named = parse_name(path.name)
    try:
        with read_rollout(path) as reading:
            for line in reading:
                if isinstance(line, Line) and isinstance(line.item, SessionMeta):
                    return str(line.item.id)
    except SessionRejected:
        pass
    return named.thread_id if named else None
