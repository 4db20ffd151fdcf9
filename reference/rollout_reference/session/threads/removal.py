"""Putting threads away, taking them back, and deleting them: always with the threads below them.

Nobody else may write to any of the threads meanwhile.  Whatever is refused is refused before anything
is changed.  [SESSION-THREADS-18 to SESSION-THREADS-21]
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rollout_reference.session.errors import NotARollout, TargetExists, ThreadNotFound
from rollout_reference.session.names import cold_path, parse_name
from rollout_reference.session.storage.filesystem import REAL, FileSystem
from rollout_reference.session.storage.locks import WAIT_SECONDS, hold_thread
from rollout_reference.session.threads.belongings import Belongings
from rollout_reference.session.threads.entries import entries_of
from rollout_reference.session.threads.query import thread_id
from rollout_reference.session.threads.relations import descendants, parents_of
from rollout_reference.session.threads.side_index import SIDE_INDEX, index_lines, name_line

Moves = list[tuple[Path, Path]]


def archive(home: Path, thread: str, *, wait_s: float = WAIT_SECONDS, files: FileSystem = REAL) -> list[str]:
    """Move an active thread and the active ones below it to the archived ones; return their ids.

    Raises `ThreadNotFound`, `InvalidThreadId`, `ThreadInUse`, `LockHeld`, `NotARollout`, `TargetExists`,
    what reading a rollout raises, and `OSError`.
    """
    return _move(home, thread_id(thread), archived=False, wait_s=wait_s, files=files)


def unarchive(
    home: Path, thread: str, *, wait_s: float = WAIT_SECONDS, files: FileSystem = REAL
) -> list[str]:
    """Move an archived thread and the archived ones below it back; return their ids.

    Raises what `archive` raises.
    """
    return _move(home, thread_id(thread), archived=True, wait_s=wait_s, files=files)


def delete(home: Path, thread: str, *, wait_s: float = WAIT_SECONDS, files: FileSystem = REAL) -> list[str]:
    """Delete a thread and those below it, active and archived, with their names; return their ids.

    The threads farthest down go first, so that what an interruption leaves is still below the thread.
    A second call deletes what was left.  Raises what `archive` raises but `TargetExists`.
    """
    root = thread_id(thread)
    with _held(home, root, wait_s, files) as family:
        belongings = Belongings(home, frozenset(family), files)
        paths = [path for each in family for path in belongings.paths(each)]
        if not belongings.paths(root):
            raise ThreadNotFound(root)
        for form in _forms(paths, files):
            files.unlink(form)
        for folder in sorted({path.parent for path in paths}):
            files.sync_folder(folder)
        _forget_names(home, frozenset(family))
        return sorted(family)


def _move(home: Path, root: str, *, archived: bool, wait_s: float, files: FileSystem) -> list[str]:
    with _held(home, root, wait_s, files) as family:
        belongings = Belongings(home, frozenset(family), files, archived)
        found = {each: belongings.paths(each) for each in family}
        if not found[root]:
            raise ThreadNotFound(root)
        moves = [move for paths in found.values() for move in _moves(home, paths, files, archived=archived)]
        for source, target in moves:
            files.make_folder(target.parent)
            files.link(source, target)
            files.sync_folder(target.parent)
            files.unlink(source)
        for folder in sorted({source.parent for source, _ in moves}):
            files.sync_folder(folder)
        return sorted(each for each, paths in found.items() if paths)


def _moves(home: Path, paths: list[Path], files: FileSystem, *, archived: bool) -> Moves:
    """Return where each form of some rollouts goes.  Raises `NotARollout`, `TargetExists`.

    [SESSION-THREADS-18, SESSION-THREADS-19]
    """
    moves = []
    for form in _forms(paths, files):
        name = parse_name(form.name)
        if name is None:
            raise NotARollout(form.name)
        folder = home / (name.active_path if archived else name.archived_path).parent
        if files.facts(folder / form.name) is not None:
            raise TargetExists(form.name)
        moves.append((form, folder / form.name))
    return moves


@contextmanager
def _held(home: Path, root: str, wait_s: float, files: FileSystem) -> Iterator[list[str]]:
    """Hold the locks of a thread and of all below it; give their ids, the thread itself last."""
    entries = entries_of(home, archived=False) + entries_of(home, archived=True)
    below = descendants(entries, root)
    with ExitStack() as held:
        for each in sorted({root, *below}):
            held.enter_context(hold_thread(home, each, wait_s=wait_s, files=files))
        yield [*_farthest_first(below, parents_of(entries)), root]


def _farthest_first(below: set[str], parents: dict[str, str]) -> list[str]:
    """Return threads so that each comes before its parent, as far as parents lead in no circle."""
    depths: dict[str, int] = {}
    for each in sorted(below):
        way: dict[str, None] = {}  # in order
        at = each
        while at in below and at not in depths and at not in way:
            way[at] = None
            at = parents[at]
        for distance, child in enumerate(reversed(way), start=1):
            depths[child] = depths.get(at, 0) + distance
    return sorted(below, key=lambda each: (-depths[each], each))


def _forms(paths: list[Path], files: FileSystem) -> list[Path]:
    """Return the forms of rollouts that are there."""
    forms = [form for path in paths for form in (path, cold_path(path))]
    return [form for form in forms if files.facts(form) is not None]


def _forget_names(home: Path, threads: frozenset[str]) -> None:
    """Take the names of threads out of the side file; lines that cannot be read stay."""
    lines = index_lines(home)
    kept = [line for line in lines if (found := name_line(line)) is None or found.id not in threads]
    if kept == lines:
        return
    temp = home / f"{SIDE_INDEX}.tmp"
    with temp.open("wb") as file:
        file.write(b"\n".join(kept))
        file.flush()
        os.fsync(file.fileno())
    temp.replace(home / SIDE_INDEX)
