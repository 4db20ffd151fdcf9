"""The mutants by requirement: each a small, deliberately wrong implementation of one rule."""

from collections.abc import Callable

from msgspec import Struct

from rollout_conformance.mutants.patch import Patch

Damage = Callable[[Patch], None]
"""Makes the reference wrong."""


class Mutant(Struct, frozen=True):
    """One deliberately wrong implementation: the rule that it breaks, and how."""

    requirement: str
    name: str
    wrong: str
    damage: Damage
    touches_input: bool = False
    """It changes the bundle that it reads, so it is given a copy."""


_mutants: dict[str, Mutant] = {}


def mutant(requirement: str, wrong: str, *, touches_input: bool = False) -> Callable[[Damage], Damage]:
    """Register a function as the damage that breaks a requirement; `wrong` says what it then does."""

    def register(damage: Damage) -> Damage:
        name = damage.__name__
        if name in _mutants:
            raise ValueError(f"two mutants are named {name}")
        _mutants[name] = Mutant(requirement, name, wrong, damage, touches_input)
        return damage

    return register


def registered() -> list[Mutant]:
    """Return all mutants in order of requirement (numbers as numbers) and name."""
    return sorted(_mutants.values(), key=lambda each: (order_of(each.requirement), each.name))


def order_of(requirement: str) -> tuple[str, int]:
    """Return what sorts requirement ids by area and number."""
    area, _, number = requirement.rpartition("-")
    return (area, int(number))
