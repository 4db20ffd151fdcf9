"""Another program that says that it wrote the rollout."""

from rollout_conformance.metamorphic.given import Given, each_object, put
from rollout_conformance.mutation.jsontree import Members

OTHER = "another program"


def with_other_originator(given: Given) -> Given:
    """Give all headers another originator."""
    return given.with_rollouts(each_object(_renamed))


def _renamed(tree: Members) -> Members | None:
    payload = tree.get("payload")
    if tree.get("type") != "session_meta" or not isinstance(payload, Members):
        return None
    if not isinstance(payload.get("originator"), str):
        return None
    put(payload, "originator", OTHER)
    return tree
