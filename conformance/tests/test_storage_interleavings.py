"""Every order in which a freezer, a thawer and two appenders can meet, with a crash at every step."""

import pytest

from rollout_conformance.machines.storage.explore import Explored, explore
from rollout_conformance.machines.storage.planted import PLANTED, Planted
from rollout_conformance.machines.storage.scenario import beginnings, cast, everybody

pytestmark = pytest.mark.thorough

BEGINNINGS = beginnings()


@pytest.mark.parametrize("beginning", ["plain", "cold"])
def test_everybody_at_once(beginning: str) -> None:
    """No order and no loss of power loses or doubles an acknowledged line.  [SESSION-STORE-1]"""
    found = explore(everybody(BEGINNINGS[beginning]))

    print(f"{beginning}: {found}")
    assert found.broken is None
    assert found.states > 100_000


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_anybody_may_be_killed_and_anything_may_fail(beginning: str) -> None:
    """With one process killed and one operation failed, what is left is whole, and goes on."""
    found = explore(cast(BEGINNINGS[beginning], freezers=1, thawers=0, appenders=1), kills=1, faults=1)

    print(f"{beginning}: {found}")
    assert found.broken is None


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_thaws_may_fail_at_any_step(beginning: str) -> None:
    """With one process killed and one operation failed in a thaw, the rollout is whole.  [SESSION-STORE-1]"""
    found = explore(cast(BEGINNINGS[beginning], freezers=0, thawers=1, appenders=1), kills=1, faults=1)

    print(f"{beginning}: {found}")
    assert found.broken is None


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_two_freezers_and_a_thawer(beginning: str) -> None:
    """Two runs at once, as after a marker that got stale, do no harm.  [SESSION-STORE-5]"""
    found = explore(cast(BEGINNINGS[beginning], freezers=2, thawers=1, appenders=0), kills=1)

    print(f"{beginning}: {found}")
    assert found.broken is None


def test_relying_on_the_locks_leaves_out_no_disk() -> None:
    """The search that tries every single order meets no more disks than the one that leaves some out."""
    every_order = _with_two_appenders(disciplined=False)

    fewer_orders = _with_two_appenders(disciplined=True)

    assert fewer_orders.restarts == every_order.restarts
    assert fewer_orders.states < every_order.states


@pytest.mark.parametrize("mistake", PLANTED, ids=lambda mistake: mistake.name.replace(" ", "-"))
def test_planted_mistake_is_found(mistake: Planted) -> None:
    """The search has teeth: each mistake loses something, and the shortest way to it is shown."""
    found = mistake.search()

    print(f"{mistake.name}: {found}")
    assert found.broken is not None


def _with_two_appenders(*, disciplined: bool) -> Explored:
    company = cast(BEGINNINGS["plain"], freezers=1, thawers=0, appenders=2)
    return explore(company, disciplined=disciplined)
