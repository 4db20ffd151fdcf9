"""Laws of what agents do to each other."""

from rollout_conformance.invariants.laws import TraceRun, law
from rollout_conformance.invariants.transcript import label_of


@law("TRACE-AGENT-13", "A delivery leads to the message in which its target was shown it.")
def deliveries_lead_to_their_message(run: TraceRun) -> None:
    """Take a message that was not shown for no edge, unless it is a spawn."""
    found = {
        edge_id: label_of(run.state["conversation_items"][edge["target"]["item_id"]])
        if edge["target"]["type"] == "conversation_item"
        else edge["target"]["thread_id"]
        for edge_id, edge in run.state["interaction_edges"].items()
    }
    assert found == {
        each.edge_id: each.label if each.label in each.target.transcript else each.target.id
        for each in run.world.deliveries
        if each.falls_back or each.label in each.target.transcript
    }
