"""Forks: a new thread that begins with the history of another one.

A fork of a legacy thread copies its lines, a fork of a paginated thread points at them.
[SESSION-WRITER-18, SESSION-WRITER-20, SESSION-ORDINAL-8]
"""

from pathlib import Path

from rollout_reference.session.errors import HeaderNotFirst
from rollout_reference.session.lines import Line
from rollout_reference.session.names import logical_path, segment_id_of
from rollout_reference.session.reading.representation import existing_form, open_rollout
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.storage.locks import home_of
from rollout_reference.session.writing import tail
from rollout_reference.session.writing.header import HistoryBase, ThreadStart, as_fork
from rollout_reference.session.writing.line_writer import Place
from rollout_reference.session.writing.opening import HEADER, meta_of
from rollout_reference.session.writing.ordinals import following_record
from rollout_reference.session.writing.policy import is_persisted
from rollout_reference.session.writing.recorder import HERE, Host, RolloutRecorder

COPIED_AT_ONCE = 256
"""Lines of a parent that are held before they are written."""


def fork(
    parent: Path, start: ThreadStart, host: Host = HERE, *, thread_id: str | None = None
) -> RolloutRecorder:
    """Begin a thread with the history of a rollout, given by a path of either form.

    The parent's lines stay as they are.  The fork is on disk when this returns.  Raises `OSError`,
    and `SessionRejected` for a parent that cannot be read or, if it is paginated, not gone on with.
    """
    header = _header_of(parent)
    begun = as_fork(start, header.payload)
    if begun.history_mode == "paginated":
        base = _end_of(parent, header, host)
        recorder = RolloutRecorder.create(home_of(parent), begun, host, thread_id=thread_id, base=base)
    else:
        recorder = RolloutRecorder.create(home_of(parent), begun, host, thread_id=thread_id)
        _copy_lines(parent, recorder)
    recorder.persist()
    return recorder


def _header_of(parent: Path) -> Line:
    """Return the header that owns the parent's file, wherever it stands."""
    with read_rollout(parent) as reading:
        for line in reading:
            if isinstance(line, Line) and line.type == HEADER:
                return line
        reading.check_owner()
        raise HeaderNotFirst(parent.name)


def _copy_lines(parent: Path, recorder: RolloutRecorder) -> None:
    """Write all that the parent holds after the fork's header, its headers too.  [SESSION-WRITER-18]"""
    with read_rollout(parent) as reading:
        for line in reading:
            if isinstance(line, Line) and is_persisted(line.type, line.payload, "legacy"):
                recorder.copy(line)
                if recorder.waiting >= COPIED_AT_ONCE:
                    recorder.flush()


def _end_of(parent: Path, header: Line, host: Host) -> HistoryBase:
    """Return where the whole records of a paginated parent end.  [SESSION-ORDINAL-8]"""
    plain = logical_path(parent)
    if existing_form(parent) != plain:  # the place is one of the plain form, which is there from now on
        Place(home_of(parent), plain, str(meta_of(header).id), host.files).open(create=False).close()
    with open_rollout(plain).file as file:
        end = tail.whole_size_of(file)
        following = following_record(tail.lines_backwards(file, end), plain)
    return HistoryBase(segment_id_of(plain.name, str(meta_of(header).id)), following, end)
