"""What only a look at all files together shows: two forms, twins, threads with two files, wrong names."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from rollout_conformance.validate import codes
from rollout_conformance.validate.codes import Finding
from rollout_conformance.validate.file import CODES, problem_of
from rollout_conformance.validate.problems import FileReport, Place, shown
from rollout_conformance.validate.tree import Entry
from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.names import ARCHIVED, SESSIONS, cold_path, is_cold, parse_name
from rollout_reference.session.reading.frames import decode

_CHUNK = 128 << 10
_Thread = tuple[Path, str]
"""A home and the id of a thread in it."""


def places(barren: list[Path], entries: list[Entry], files: list[FileReport]) -> Iterator[Place]:
    """Yield the problems of the things that are no files of lines, then those between files.

    `barren` are folders that were given and have no rollout below them.
    """
    for folder in barren:
        yield _place(folder, codes.NO_ROLLOUT)
    for entry in entries:
        match entry.kind:
            case "temporary":
                yield _place(entry.path, codes.TEMPORARY)
            case "link":
                yield _place(entry.path, codes.LINK)
            case "special":
                yield _place(entry.path, codes.SPECIAL)
            case "unreadable":
                yield _place(entry.path, codes.UNREADABLE_FOLDER, detail=entry.detail)
    yield from _pairs(entries)
    yield from _names(files)
    yield from _shared_threads(files)


def hidden(entries: list[Entry]) -> set[Path]:
    """Return the cold files that a plain one of the same name hides from every reader.  [SESSION-FILE-8]"""
    rollouts = {entry.path for entry in entries if entry.kind == "rollout"}
    return {cold_path(path) for path in rollouts if not is_cold(path)} & rollouts


def _pairs(entries: list[Entry]) -> Iterator[Place]:
    for cold in sorted(hidden(entries)):
        plain = cold.with_name(cold.name.removesuffix(".zst"))
        yield _place(cold, _compared(plain, cold))


def _compared(plain: Path, cold: Path) -> Finding:
    """Return what the two forms of one rollout are to each other."""
    try:
        with plain.open("rb") as one, cold.open("rb") as other:
            pieces = zip_longest(
                iter(lambda: one.read(_CHUNK), b""), _rechunked(decode(other)), fillvalue=b""
            )
            for ours, theirs in pieces:
                if ours != theirs:
                    return codes.COLD_BEHIND if _ends_within(theirs, ours, pieces) else codes.FORMS_DIFFER
    except (OSError, SessionRejected):
        return codes.FORMS_DIFFER
    return codes.BOTH_FORMS


def _ends_within(theirs: bytes, ours: bytes, rest: Iterator[tuple[bytes, bytes]]) -> bool:
    """Tell whether the cold form ends here, and the plain one only goes on."""
    return ours.startswith(theirs) and not any(later for _, later in rest)


def _rechunked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut what comes in pieces of any length into pieces of one length."""
    held = b""
    for piece in pieces:
        held += piece
        while len(held) >= _CHUNK:
            yield held[:_CHUNK]
            held = held[_CHUNK:]
    if held:
        yield held


def _names(files: list[FileReport]) -> Iterator[Place]:
    for each in files:
        name = parse_name(Path(each.path).name)
        if name and each.thread_id and name.thread_id != each.thread_id:
            yield _place(each.path, codes.OTHER_NAME, named=name.thread_id, thread=each.thread_id)


def _shared_threads(files: list[FileReport]) -> Iterator[Place]:
    """Find threads that several files of one home begin; later segments of a thread are no such files."""
    active: defaultdict[_Thread, list[str]] = defaultdict(list)
    archived: defaultdict[_Thread, list[str]] = defaultdict(list)
    for each in files:
        name = parse_name(Path(each.path).name)
        root = _root(each.path)
        if root and each.thread_id and not (name and name.segment_id):
            owners = archived if root.name == ARCHIVED else active
            owners[root.parent, each.thread_id].append(each.path)
    for thread in sorted(active.keys() & archived.keys()):
        yield _place(active[thread][0], codes.TWINS, thread=thread[1], other=archived[thread][0])
    for thread, (first, *others) in sorted([*active.items(), *archived.items()]):
        for path in others:
            yield _place(path, codes.SAME_THREAD, thread=thread[1], other=first)


def _root(path: str) -> Path | None:
    """Return the folder of active or archived rollouts that a file lies in; None outside of a home."""
    return next((folder for folder in Path(path).parents if folder.name in (SESSIONS, ARCHIVED)), None)


def _place(path: Path | str, finding: Finding, **values: str) -> Place:
    filled = finding._replace(message=finding.message.format(**values))
    return Place(path=shown(Path(path)), problem=problem_of(filled, code=CODES[finding]))
