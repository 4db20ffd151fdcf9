"""Going through every order of the operations of all actors, with a crash at every step.

Orders that lead to the same disk with the same actors at the same places go on the same way, so each
such state is visited once; how many orders lead to it is counted along.  Private operations are done
together with the one before them.  After each operation, a private one too, the laws are checked for
what readers see and for all that a loss of power may leave, and what is left is started from again.
"""

import time
from collections.abc import Callable

from msgspec import Struct

from rollout_conformance.machines.storage.disk import Disk
from rollout_conformance.machines.storage.moves import DEAD, Move, Moves
from rollout_conformance.machines.storage.power import after_power_loss
from rollout_conformance.machines.storage.scenario import Scenario

State = tuple[int, ...]
"""The number of a disk, how many operations may still fail, and where each actor stands."""


class Broken(Struct, frozen=True):
    """A law that does not hold, and the shortest way there: one line for each operation that matters."""

    law: str
    schedule: tuple[str, ...]

    def __str__(self) -> str:
        steps = "\n".join(f"  {number:2}. {step}" for number, step in enumerate(self.schedule, 1))
        return f"{self.law}, after\n{steps}"


class Explored(Struct, frozen=True):
    """How much was gone through, and what was found."""

    states: int
    steps: int
    schedules: int
    """Orders of the operations from the start to an end, private ones not told apart."""
    crashes: int
    """What losses of power may leave, counted for each disk."""
    restarts: int
    """How many different disks were started from again, after a crash or at an end."""
    seconds: float
    broken: Broken | None

    def __str__(self) -> str:
        return (
            f"{self.states} states, {self.steps} steps, {self.schedules:.3g} schedules, "
            f"{self.crashes} losses of power, {self.restarts} restarts, {self.seconds:.1f} s: "
            f"{self.broken or 'all laws hold'}"
        )


class Limit(Exception):
    """There are more states than were asked for."""


class _Found(Exception):
    """A law is broken in the course of a step; the arguments are the law and the step."""


def explore(
    scenario: Scenario,
    *,
    kills: int = 0,
    faults: int = 0,
    disciplined: bool = True,
    limit: int | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Explored:
    """Go through all orders, the shortest first; at most `kills` actors die, `faults` operations fail.

    With `disciplined` the search checks that everybody keeps to the locks, and relies on it to try fewer
    orders.  It stops at the first law that does not hold.  `watch` is told depth and states.
    Raises `Limit`.
    """
    return _Search(scenario, kills, faults, disciplined, limit).run(watch)


class _Search:
    def __init__(
        self, scenario: Scenario, kills: int, faults: int, disciplined: bool, limit: int | None
    ) -> None:
        self._scenario = scenario
        self._kills = kills
        self._faults = faults
        self._limit = limit
        self._moves = Moves(scenario.plays, disciplined=disciplined)
        self._origins: list[tuple[int, int, int]] = [(-1, 0, 0)]
        """By number of a state: the state before it, the actor that moved, and which of its moves."""
        self._numbered: list[State] = []
        self._states = self._steps = self._schedules = self._crashes = 0
        self._checked: set[Disk] = set()

    def run(self, watch: Callable[[int, int], None] | None) -> Explored:
        """Search, and say what was found."""
        started = time.monotonic()
        broken = None
        try:
            self._breadth_first(watch)
        except _Found as found:
            law, number, last = found.args
            broken = Broken(law, (*self._way_to(number), *last))
        return Explored(
            self._states,
            self._steps,
            self._schedules,
            self._crashes,
            self._scenario.restarts,
            time.monotonic() - started,
            broken,
        )

    def _breadth_first(self, watch: Callable[[int, int], None] | None) -> None:
        disk, places = self._moves.start(self._scenario.disk)
        if found := self._fault_on(disk):
            raise _Found(found, 0, ())
        start: State = (disk, self._faults, *places)
        self._numbered.append(start)
        layer: dict[State, tuple[int, int]] = {start: (0, 1)}
        depth = 0
        while layer:
            following: dict[State, tuple[int, int]] = {}
            for state, (number, ways) in layer.items():
                self._states += 1
                if self._limit is not None and self._states > self._limit:
                    raise Limit
                self._follow(state, number, ways, following)
            if watch is not None:
                watch(depth, self._states)
            layer = following
            depth += 1

    def _follow(self, state: State, number: int, ways: int, following: dict[State, tuple[int, int]]) -> None:
        """Add the states after one more step of anybody."""
        disk, faults, *places = state
        running = waiting = False
        for actor, place in enumerate(places):
            if place == DEAD:
                continue
            ahead = self._moves.ahead(disk, actor, place)
            waiting = waiting or ahead.waits
            for choice, move in enumerate(ahead.moves):
                if (move.dies and places.count(DEAD) >= self._kills) or (move.fails and not faults):
                    continue
                running = running or not move.dies
                self._steps += 1
                self._check_move(move, number, actor)
                after = (
                    move.disks[-1],
                    faults - move.fails,
                    *places[:actor],
                    move.place,
                    *places[actor + 1 :],
                )
                known = following.get(after)
                if known is None:
                    self._origins.append((number, actor, choice))
                    self._numbered.append(after)
                    following[after] = (len(self._origins) - 1, ways)
                else:
                    following[after] = (known[0], known[1] + ways)
        if waiting and not running:
            raise _Found("nobody can go on", number, ())
        if not running:
            self._schedules += ways
            self._check_end(state, number)

    def _check_move(self, move: Move, number: int, actor: int) -> None:
        """Check a move once: the disks on its way, the rules of the locks, and how the actor ended."""
        if move.checked:
            return
        move.checked = True
        failure = self._moves.failure_at(move.place)
        faults = (*(self._fault_on(disk) for disk in move.disks), move.fault, failure and repr(failure))
        found = next(filter(None, faults), None)
        if found is not None:
            raise _Found(found, number, self._shown(actor, move))

    def _fault_on(self, disk: int) -> str | None:
        """Return what is wrong with a disk, if nobody looked at its like before."""
        bare = self._moves.disk(disk)._replace(opened=(), refused=(), locks=())
        if bare in self._checked:
            return None
        self._checked.add(bare)
        return self._fault_of(self._moves.disk(disk))

    def _fault_of(self, disk: Disk) -> str | None:
        """Look at what readers see, at what a loss of power may leave, and at what the next make of that."""
        fault = self._scenario.expectation.fault(disk)
        if fault is not None:
            return fault
        for held in after_power_loss(disk):
            self._crashes += 1
            fault = self._scenario.expectation.fault_after_power_loss(disk, held)
            fault = fault or self._scenario.fault_after(self._scenario.restarted(held, disk))
            if fault is not None:
                return f"after a loss of power {fault}"
        return None

    def _check_end(self, state: State, number: int) -> None:
        """Check what is left when all have stopped."""
        disk = self._moves.disk(state[0])
        in_order = DEAD not in state[2:] and state[1] == self._faults
        fault = self._scenario.expectation.fault_at_end(disk) if in_order else None
        fault = fault or self._scenario.fault_after(disk)
        if fault is not None:
            raise _Found(f"at the end: {fault}", number, ())

    def _shown(self, actor: int, move: Move) -> tuple[str, ...]:
        return tuple(f"{self._scenario.plays[actor].name}: {each}" for each in move.told)

    def _way_to(self, number: int) -> list[str]:
        steps: list[str] = []
        while number > 0:
            before, actor, choice = self._origins[number]
            disk, _, *places = self._numbered[before]
            move = self._moves.ahead(disk, actor, places[actor]).moves[choice]
            steps[:0] = self._shown(actor, move)
            number = before
        return steps
