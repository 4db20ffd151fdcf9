"""Which operations need no order of their own, and the discipline that makes it so.

An operation is *private* when it commutes with whatever others may do, so that it is enough to try it at
once.  Some are private whoever runs: work on a temporary file of one's own, closing a file, reading a cold
form, which nobody changes.  The others are because of the locks: who holds the coordination lock has the
lock files for itself, who holds the lock of the thread has the names and the content.  That everybody keeps
to this is checked before each operation, so a search that relies on it finds whoever does not.
"""

from rollout_conformance.machines.storage.disk import LOCKS, ROLLOUTS, Disk, Request, opened
from rollout_reference.session.names import COLD_SUFFIX
from rollout_reference.session.storage.locks import COORDINATION
from rollout_reference.session.storage.scratch import is_temporary


def is_private(disk: Disk, actor: int, request: Request, *, disciplined: bool) -> bool:
    """Tell whether an operation commutes with all that others may do; `disciplined` relies on the locks."""
    operation, *arguments = request
    private = False
    match operation:
        case "acknowledge":
            private = True
        case "create":
            private = is_temporary(arguments[0])
        case "unlink" if arguments[0] == ROLLOUTS:
            private = is_temporary(arguments[1])
        case "close":
            private = disciplined or not opened(disk, actor, arguments[0]).locked
        case "read" | "write" | "sync" | "set_attributes" | "facts_of":
            name = opened(disk, actor, arguments[0]).name
            if is_temporary(name):
                private = _is_unpublished(disk, name)
            elif operation == "read" and name.endswith(COLD_SUFFIX):
                private = True
            else:
                private = disciplined and operation in ("read", "facts_of") and _may_change(disk, actor)
        case "facts" | "open_to_read" | "open_to_append":
            private = disciplined and _may_change(disk, actor)
        case "open_lock" | "open_old_lock" | "unlink":
            private = disciplined
        case "lock":
            private = disciplined and opened(disk, actor, arguments[0]).name != COORDINATION
    return private


def fault_of_discipline(disk: Disk, actor: int, request: Request) -> str | None:
    """Return how an operation breaks the rules of the locks, before it is done."""
    operation, *arguments = request
    match operation:
        case "open_lock" | "open_old_lock":
            touched = arguments[0]
        case "lock" | "close":
            file = opened(disk, actor, arguments[0])
            touched = file.name if operation == "lock" or file.locked else COORDINATION
        case "unlink" if arguments[0] == LOCKS:
            touched = arguments[1]
        case _:
            return _fault_of_change(disk, actor, request)
    is_lock = touched in dict(disk.locks) or operation.startswith("open")
    if is_lock and touched != COORDINATION and not _coordinates(disk, actor):
        return "the lock of a thread is touched without the coordination lock"
    return None


def _fault_of_change(disk: Disk, actor: int, request: Request) -> str | None:
    operation, *arguments = request
    match operation:
        case "write" | "set_attributes":
            name = opened(disk, actor, arguments[0]).name
        case "link" | "unlink":
            name = arguments[1]
        case _:
            return None
    if is_temporary(name) or _may_change(disk, actor):
        return None
    return "a rollout is changed by one who has no right to"


def _is_unpublished(disk: Disk, name: str) -> bool:
    """Tell whether a temporary file has no other name yet."""
    numbers = dict(disk.names)
    return name in numbers and list(numbers.values()).count(numbers[name]) == 1


def _may_change(disk: Disk, actor: int) -> bool:
    """Tell whether an actor has the lock of the thread, or the coordination lock while nobody has it."""
    holders = [
        holder
        for holder, mine in enumerate(disk.opened)
        for each in mine
        if each.locked and each.name.endswith(".lock") and each.name != COORDINATION
    ]
    return actor in holders or (not holders and _coordinates(disk, actor))


def _coordinates(disk: Disk, actor: int) -> bool:
    return any(each.locked and each.name == COORDINATION for each in disk.opened[actor])
