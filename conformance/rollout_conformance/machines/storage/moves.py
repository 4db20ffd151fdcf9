"""What an actor can do next on a disk: go on, wait, fail or be killed.

Disks and places are numbered, and what follows from a place on a disk is worked out once.
"""

import errno
from collections.abc import Iterator, Sequence

from msgspec import Struct

from rollout_conformance.machines.storage.actor import Play, Step
from rollout_conformance.machines.storage.disk import BLOCKED, Disk, Failure, Request, killed, perform, torn
from rollout_conformance.machines.storage.reduction import fault_of_discipline, is_private

DEAD = -1
"""The place of an actor that was killed."""

FAILING = {
    "create": errno.ENOSPC,
    "write": errno.ENOSPC,
    "sync": errno.EIO,
    "sync_folder": errno.EIO,
    "link": errno.ENOSPC,
    "unlink": errno.EIO,
}
"""What may fail, and how."""

LYING = ("link", "unlink")
"""What may be done although it fails."""

Place = int
"""The number of a step."""


class Move(Struct):
    """One way on: the disks that there are meanwhile, the last one after it, and the place it leads to."""

    disks: list[int]
    place: Place
    told: list[str]
    """The operations, in words."""
    dies: bool = False
    fails: bool = False
    fault: str | None = None
    """How it breaks the rules of the locks."""
    checked: bool = False


class Ahead(Struct, frozen=True):
    """What an actor can do at a place: its moves, and whether it has to wait for somebody to go on."""

    moves: list[Move]
    waits: bool = False


class Moves:
    """All moves of some actors, on all disks that come up."""

    def __init__(self, plays: Sequence[Play], *, disciplined: bool) -> None:
        self._plays = plays
        self._disciplined = disciplined
        self._disks: list[Disk] = []
        self._disk_numbers: dict[Disk, int] = {}
        self._steps: list[Step] = []
        self._places: dict[Step, Place] = {}
        self._known: dict[tuple[int, Place], Ahead] = {}

    def start(self, disk: Disk) -> tuple[int, list[Place]]:
        """Return the first disk and where all actors begin."""
        return self._number(disk), [self._place(play.start()) for play in self._plays]

    def disk(self, number: int) -> Disk:
        """Return a disk by its number."""
        return self._disks[number]

    def failure_at(self, place: Place) -> BaseException | None:
        """Return what ended an actor at a place, unless it ended as it should."""
        return None if place == DEAD else self._steps[place].failure

    def ahead(self, disk: int, actor: int, place: Place) -> Ahead:
        """Return what an actor can do at a place; nothing at its end."""
        key = (disk, place)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._worked_out(self._disks[disk], actor, self._steps[place])
        return known

    def _worked_out(self, disk: Disk, actor: int, step: Step) -> Ahead:
        request = step.request
        if request is None:
            return Ahead([])
        moves = [
            Move([self._number(left)], DEAD, [text], dies=True)
            for left, text in self._deaths(disk, actor, request)
        ]
        after, result = perform(disk, actor, request)
        if result is BLOCKED:
            return Ahead(moves, waits=True)
        on = Move([], 0, [f"{told(request)} -> {_shown(result)}"])
        on.fault = self._fault(disk, actor, request)
        self._settle(on, after, actor, step.after(result))
        moves.insert(0, on)
        if request[0] in FAILING:
            failing = Move([], 0, [f"{told(request)} fails"], fails=True)
            self._settle(failing, disk, actor, step.after(Failure(FAILING[request[0]])))
            moves.append(failing)
        if request[0] in LYING:
            lying = Move([], 0, [f"{told(request)} fails, and is done"], fails=True)
            self._settle(lying, after, actor, step.after(Failure(FAILING[request[0]])))
            moves.append(lying)
        return Ahead(moves)

    def _settle(self, move: Move, disk: Disk, actor: int, step: Step) -> None:
        """Let the actor do what is private, and note each disk on the way."""
        move.disks.append(self._number(disk))
        while step.request and is_private(disk, actor, step.request, disciplined=self._disciplined):
            move.fault = move.fault or self._fault(disk, actor, step.request)
            disk, result = perform(disk, actor, step.request)
            move.told.append(f"{told(step.request)} -> {_shown(result)}")
            move.disks.append(self._number(disk))
            step = step.after(result)
        move.place = self._place(step)

    def _fault(self, disk: Disk, actor: int, request: Request) -> str | None:
        return fault_of_discipline(disk, actor, request) if self._disciplined else None

    def _deaths(self, disk: Disk, actor: int, request: Request) -> Iterator[tuple[Disk, str]]:
        yield killed(disk, actor), f"is killed before {told(request)}"
        if request[0] == "write":
            _, handle, data = request
            yield torn(disk, actor, handle, data), f"is killed in the midst of {told(request)}"

    def _number(self, disk: Disk) -> int:
        number = self._disk_numbers.get(disk)
        if number is None:
            number = self._disk_numbers[disk] = len(self._disks)
            self._disks.append(disk)
        return number

    def _place(self, step: Step) -> Place:
        place = self._places.get(step)
        if place is None:
            place = self._places[step] = len(self._steps)
            self._steps.append(step)
        return place


def told(request: Request) -> str:
    """Return an operation in words."""
    operation, *arguments = request
    return " ".join((str(operation), *map(_shown, arguments)))


def _shown(value: object) -> str:
    if isinstance(value, bytes) and len(value) > 24:
        return f"{len(value)} bytes"
    if isinstance(value, str) and len(value) > 40:
        return f"...{value[-24:]}"
    return str(value)
