"""What the state machines share: how they are played, rules that act on something, broken laws."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, rule
from msgspec import Struct

M = TypeVar("M", bound="Machine")

PLAY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""The same examples each time, whatever the clock says; how many and how long is for the test to say."""

PICK = st.integers(min_value=0, max_value=5)
"""Which of the things that there are; those behind the last are counted from the first again."""


class LawBroken(AssertionError):
    """What is judged broke a law, or refused what it had to take."""


class Finding(Struct, frozen=True):
    """Where a law was broken: its requirement, what was seen, and what led there."""

    requirement: str
    detail: str
    steps: list[Any]
    """The acts of the host, or the lines of its log."""


class Machine(RuleBasedStateMachine):
    """A host that plays at random."""

    findings: ClassVar[list[Finding]] = []
    """The law broken last; Hypothesis plays the smallest example last."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        """The acts so far."""

    def things(self, source: str) -> list[Any]:
        """Return what an act can be done to; `source` is a name for it."""
        found: list[Any] = getattr(self, source)
        return found

    def report(self, finding: Finding) -> None:
        """Keep a finding and end the example.  Raises `LawBroken`."""
        type(self).findings[:] = [finding]
        raise LawBroken(f"{finding.requirement}: {finding.detail} after {len(finding.steps)} steps")


def noting(machine: type[M], findings: list[Finding]) -> type[M]:
    """Return the same machine, but its findings land in a list."""
    return type(machine.__name__, (machine,), {"findings": findings})


def action(source: str, **drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Make a rule that acts on one of the things that a machine has as `source`, if there are any.

    A rule that does nothing where it does not fit, instead of a precondition: Hypothesis can then
    drop any step of a failing example on its own, and what followed it stays what it was.
    """
    arguments: Any = {"pick": PICK, **drawn}
    as_rule: Any = rule(**arguments)

    def make(act: Callable[..., None]) -> Any:
        def play(machine: Machine, pick: int, **arguments: Any) -> None:
            things = machine.things(source)
            if things:
                machine.steps.append(act.__name__)
                act(machine, things[pick % len(things)], **arguments)

        play.__name__ = act.__name__
        play.__doc__ = act.__doc__
        return as_rule(play)

    return make
