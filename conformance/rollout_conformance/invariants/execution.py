"""Laws of what runs, and until when."""

from rollout_conformance.invariants.laws import TraceRun, law


@law("TRACE-LAW-4", "Nothing runs after its turn's failed or cancelled end.")
def nothing_outlives_its_turn(run: TraceRun) -> None:
    """Look at all calls, and at the cells that were shown by then."""
    for inference in run.world.inferences:
        if inference.turn.status == "cancelled":
            assert run.state["inference_calls"][inference.id]["execution"]["status"] != "running"
    for cell in run.world.cells:
        if cell.status == "cancelled" and cell.shown:
            assert run.state["code_cells"][cell.id]["execution"]["status"] != "running"


@law("TRACE-TURN-4", "A turn ends as the host ended it.")
def turns_end_as_they_did(run: TraceRun) -> None:
    """Completed or cancelled, or running still."""
    found = {turn_id: each["execution"]["status"] for turn_id, each in run.state["codex_turns"].items()}
    assert found == {each.id: each.status for each in run.world.turns}


@law("TRACE-INFERENCE-6", "The first end of a call counts, be it its own or its turn's.")
def calls_end_as_they_first_did(run: TraceRun) -> None:
    """Let a late end add items, but no other status."""
    found = {call_id: each["execution"]["status"] for call_id, each in run.state["inference_calls"].items()}
    assert found == {each.id: each.status for each in run.world.inferences}


@law("TRACE-TOOL-15", "A tool call ends when it returns, and with nothing else.")
def tools_end_as_they_returned(run: TraceRun) -> None:
    """Neither runtime nor turn ends a tool call."""
    found = {tool_id: each["execution"]["status"] for tool_id, each in run.state["tool_calls"].items()}
    assert found == {each.id: each.status for each in run.world.tools}


@law("TRACE-CELL-9", "A code cell ends as its runtime or its turn ended it.")
def cells_end_as_they_did(run: TraceRun) -> None:
    """Whatever of it was recorded before its source was shown."""
    found = {cell_id: each["execution"]["status"] for cell_id, each in run.state["code_cells"].items()}
    assert found == {each.id: each.status for each in run.world.cells if each.shown}


@law("TRACE-REPLAY-5", "A window is closed exactly when its status is not running, and not before its start.")
def windows_are_whole(run: TraceRun) -> None:
    """Start, end and status fit each other."""
    for name in ("threads", "codex_turns", "inference_calls", "code_cells", "tool_calls"):
        for each in run.state[name].values():
            window = each["execution"]
            assert (window["ended_seq"] is None) == (window["status"] == "running")
            assert window["ended_seq"] is None or window["ended_seq"] > window["started_seq"]
