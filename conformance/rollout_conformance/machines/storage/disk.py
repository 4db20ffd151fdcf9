"""A disk with one folder of rollouts and one of locks, as a value: an operation makes another disk of it.

As on a real one: operations on names are atomic and seen by all at once; a file lives while it has a
name or is open; an advisory lock belongs to an open file.  When the power goes, what was not synced may
be lost: of the bytes of a file any number at its end, of the entries of a folder any that no later one
of the same name survives.  Times are coarse: two changes shortly after each other bear the same one.
"""

import errno
from itertools import chain
from typing import Any, NamedTuple

from rollout_reference.session.storage.scratch import is_temporary

ROLLOUTS = "rollouts"
LOCKS = "locks"

OLD, NEW = 0, 1
"""The two times of modification there are: long before the run, and during it."""


class Inode(NamedTuple):
    """A file without its names; of `data` the first `safe` bytes outlast a loss of power."""

    data: bytes
    safe: int
    mode: int
    modified: int
    changed: int


class Open(NamedTuple):
    """An open file of an actor, with the name that it was opened by."""

    handle: int
    number: int
    name: str
    locked: bool = False


class Disk(NamedTuple):
    """All there is on the disk, and who has what open."""

    inodes: tuple[Inode | None, ...]
    names: tuple[tuple[str, int], ...]
    """Entries of the folder of rollouts, sorted."""
    safe_names: tuple[tuple[str, int], ...]
    """The entries as of the last sync of the folder."""
    unsafe: tuple[tuple[str, int | None], ...]
    """The changes since: a name with its new file, or with None if it went."""
    locks: tuple[tuple[str, int], ...]
    """Entries of the folder of locks."""
    opened: tuple[tuple[Open, ...], ...]
    """By actor."""
    refused: tuple[int | None, ...]
    """By actor: the lock file that was last refused to it."""
    acked: tuple[tuple[int, int], ...]
    """By actor: how many lines it was told are written, and how many of them outlast a loss of power."""


class Failure(NamedTuple):
    """An operation that raised `OSError`."""

    number: int


Request = tuple[Any, ...]
"""An operation by name, with its arguments."""


class Blocked:
    """The result of an operation that cannot go on yet."""


BLOCKED = Blocked()

MISSING = Failure(errno.ENOENT)
EXISTS = Failure(errno.EEXIST)


def new_disk(files: dict[str, bytes], actors: int) -> Disk:
    """Return a disk that holds these rollouts, all of it safe and old."""
    inodes = tuple(Inode(data, len(data), 0o644, OLD, OLD) for data in files.values())
    names = tuple(sorted((name, number) for number, name in enumerate(files)))
    nobody: tuple[tuple[Open, ...], ...] = ((),) * actors
    return Disk(inodes, names, names, (), (), nobody, (None,) * actors, ((0, 0),) * actors)


def perform(disk: Disk, actor: int, request: Request) -> tuple[Disk, Any]:
    """Return the disk after an operation of an actor, and its result, maybe `BLOCKED` or a `Failure`."""
    operation, *arguments = request
    after: tuple[Disk, Any] = _OPERATIONS[operation](disk, actor, *arguments)
    return after


def killed(disk: Disk, actor: int) -> Disk:
    """Return the disk after the process of an actor is killed: its files are closed, its locks gone."""
    disk = disk._replace(opened=_replaced(disk.opened, actor, ()))
    return _collected(_refused(disk, actor, None))


def torn(disk: Disk, actor: int, handle: int, data: bytes) -> Disk:
    """Return the disk after half of a write, the actor being killed in the midst of it."""
    return killed(_write(disk, actor, handle, data[: len(data) // 2])[0], actor)


def read_name(disk: Disk, name: str) -> bytes | None:
    """Return what a rollout file holds, None if there is none of this name."""
    number = dict(disk.names).get(name)
    inode = None if number is None else disk.inodes[number]
    return inode.data if inode else None


# --- operations ---------------------------------------------------------------------------------------


def _facts(disk: Disk, _actor: int, name: str) -> tuple[Disk, Any]:
    number = dict(disk.names).get(name)
    return disk, None if number is None else _facts_of_inode(disk, number)


def _facts_of(disk: Disk, actor: int, handle: int) -> tuple[Disk, Any]:
    return disk, _facts_of_inode(disk, _number(disk, actor, handle))


def _facts_of_inode(disk: Disk, number: int) -> tuple[int, int, int, int, int]:
    inode = _inode(disk, number)
    return (number, len(inode.data), inode.mode, inode.modified, inode.changed)


def _open(disk: Disk, actor: int, name: str) -> tuple[Disk, Any]:
    number = dict(disk.names).get(name)
    return (disk, MISSING) if number is None else _opened(disk, actor, number, name)


def _create(disk: Disk, actor: int, name: str, mode: int) -> tuple[Disk, Any]:
    if name in dict(disk.names):
        return disk, EXISTS
    disk, number = _new_inode(disk, mode)
    return _opened(_named(disk, name, number), actor, number, name)


def _open_lock(disk: Disk, actor: int, name: str) -> tuple[Disk, Any]:
    number = dict(disk.locks).get(name)
    if number is None:
        disk, number = _new_inode(disk, 0o644)
        disk = disk._replace(locks=tuple(sorted((*disk.locks, (name, number)))))
    return _opened(disk, actor, number, name)


def _open_old_lock(disk: Disk, actor: int, name: str) -> tuple[Disk, Any]:
    number = dict(disk.locks).get(name)
    return (disk, None) if number is None else _opened(disk, actor, number, name)


def _close(disk: Disk, actor: int, handle: int) -> tuple[Disk, Any]:
    kept = tuple(each for each in disk.opened[actor] if each.handle != handle)
    return _collected(disk._replace(opened=_replaced(disk.opened, actor, kept))), None


def _read(disk: Disk, actor: int, handle: int, offset: int, size: int) -> tuple[Disk, Any]:
    return disk, _inode(disk, _number(disk, actor, handle)).data[offset : offset + size]


def _write(disk: Disk, actor: int, handle: int, data: bytes) -> tuple[Disk, Any]:
    number = _number(disk, actor, handle)
    inode = _inode(disk, number)
    return _changed(disk, number, inode._replace(data=inode.data + data, modified=NEW, changed=NEW)), None


def _sync(disk: Disk, actor: int, handle: int) -> tuple[Disk, Any]:
    number = _number(disk, actor, handle)
    inode = _inode(disk, number)
    return _changed(disk, number, inode._replace(safe=len(inode.data))), None


def _sync_folder(disk: Disk, _actor: int) -> tuple[Disk, Any]:
    safe_names = tuple(each for each in disk.names if not is_temporary(each[0]))
    return _collected(disk._replace(safe_names=safe_names, unsafe=())), None


def _set_attributes(disk: Disk, actor: int, handle: int, mode: int, modified: int | None) -> tuple[Disk, Any]:
    number = _number(disk, actor, handle)
    inode = _inode(disk, number)
    modified = inode.modified if modified is None else modified
    return _changed(disk, number, inode._replace(mode=mode, modified=modified, changed=NEW)), None


def _link(disk: Disk, _actor: int, source: str, target: str) -> tuple[Disk, Any]:
    names = dict(disk.names)
    if source not in names:
        return disk, MISSING
    if target in names:
        return disk, EXISTS
    return _named(disk, target, names[source]), None


def _unlink(disk: Disk, _actor: int, folder: str, name: str) -> tuple[Disk, Any]:
    if folder == LOCKS:
        return _collected(disk._replace(locks=tuple(each for each in disk.locks if each[0] != name))), None
    if name not in dict(disk.names):
        return disk, None
    names = tuple(each for each in disk.names if each[0] != name)
    return _collected(disk._replace(names=names, unsafe=_noted(disk, name, None))), None


def _lock(disk: Disk, actor: int, handle: int, wait: bool) -> tuple[Disk, Any]:
    number = _number(disk, actor, handle)
    if _is_locked(disk, number):
        return (disk, BLOCKED) if wait else (_refused(disk, actor, number), False)
    mine = tuple(each._replace(locked=True) if each.handle == handle else each for each in disk.opened[actor])
    return _refused(disk._replace(opened=_replaced(disk.opened, actor, mine)), actor, None), True


def _pause(disk: Disk, actor: int) -> tuple[Disk, Any]:
    refused = disk.refused[actor]
    if refused is not None and _is_locked(disk, refused):
        return disk, BLOCKED
    return _refused(disk, actor, None), None


def _acknowledge(disk: Disk, actor: int, safe: bool) -> tuple[Disk, Any]:
    lines, safe_lines = disk.acked[actor]
    counts = (lines + 1, lines + 1 if safe else safe_lines)
    return disk._replace(acked=_replaced(disk.acked, actor, counts)), None


_OPERATIONS: dict[str, Any] = {
    "facts": _facts,
    "facts_of": _facts_of,
    "open_to_read": _open,
    "open_to_append": _open,
    "create": _create,
    "open_lock": _open_lock,
    "open_old_lock": _open_old_lock,
    "close": _close,
    "read": _read,
    "write": _write,
    "sync": _sync,
    "sync_folder": _sync_folder,
    "set_attributes": _set_attributes,
    "link": _link,
    "unlink": _unlink,
    "lock": _lock,
    "pause": _pause,
    "acknowledge": _acknowledge,
}


# --- parts --------------------------------------------------------------------------------------------


def _replaced(values: tuple[Any, ...], index: int, value: Any) -> tuple[Any, ...]:
    return (*values[:index], value, *values[index + 1 :])


def _inode(disk: Disk, number: int) -> Inode:
    inode = disk.inodes[number]
    if inode is None:
        raise AssertionError(f"inode {number} is gone")
    return inode


def opened(disk: Disk, actor: int, handle: int) -> Open:
    """Return what an actor has open under a handle."""
    return next(each for each in disk.opened[actor] if each.handle == handle)


def _number(disk: Disk, actor: int, handle: int) -> int:
    return opened(disk, actor, handle).number


def _changed(disk: Disk, number: int, inode: Inode) -> Disk:
    return disk._replace(inodes=_replaced(disk.inodes, number, inode))


def _new_inode(disk: Disk, mode: int) -> tuple[Disk, int]:
    """Make an empty file; its number is the first free one, so that numbers are used again."""
    inode = Inode(b"", 0, mode, NEW, NEW)
    if None in disk.inodes:
        number = disk.inodes.index(None)
        return _changed(disk, number, inode), number
    return disk._replace(inodes=(*disk.inodes, inode)), len(disk.inodes)


def _named(disk: Disk, name: str, number: int) -> Disk:
    names = tuple(sorted((*disk.names, (name, number))))
    return disk._replace(names=names, unsafe=_noted(disk, name, number))


def _noted(disk: Disk, name: str, number: int | None) -> tuple[tuple[str, int | None], ...]:
    """Note a change of an entry; whether a temporary one survives makes no difference to anybody."""
    return disk.unsafe if is_temporary(name) else (*disk.unsafe, (name, number))


def _opened(disk: Disk, actor: int, number: int, name: str) -> tuple[Disk, int]:
    mine = disk.opened[actor]
    handle = 1 + max((each.handle for each in mine), default=0)
    return disk._replace(opened=_replaced(disk.opened, actor, (*mine, Open(handle, number, name)))), handle


def _is_locked(disk: Disk, number: int) -> bool:
    return any(each.locked and each.number == number for mine in disk.opened for each in mine)


def _refused(disk: Disk, actor: int, number: int | None) -> Disk:
    return disk._replace(refused=_replaced(disk.refused, actor, number))


def _collected(disk: Disk) -> Disk:
    """Drop the files that have neither a name, now or after a loss of power, nor anybody with them open."""
    used = {number for _, number in chain(disk.names, disk.safe_names, disk.unsafe, disk.locks)}
    used |= {each.number for mine in disk.opened for each in mine}
    inodes = [inode if number in used else None for number, inode in enumerate(disk.inodes)]
    while inodes and inodes[-1] is None:
        inodes.pop()
    return disk._replace(inodes=tuple(inodes))
