"""Laws of threads."""

from rollout_conformance.invariants.laws import TraceRun, law
from rollout_reference.errors import Rejected


@law("TRACE-LAW-3", "Each thread starts exactly once, however often it is closed and resumed.")
def threads_start_once(run: TraceRun) -> None:
    """No second start is ever written."""
    started = [event["thread_id"] for event in run.events if event["type"] == "thread_started"]
    assert sorted(started) == sorted(thread.id for thread in run.world.threads)


@law("TRACE-THREAD-2", "A second start of a thread is rejected wherever it comes from.")
def smuggled_start_is_rejected(run: TraceRun) -> None:
    """Write one of the starts into the log again."""
    starts = [line for line, event in zip(run.lines, run.events, strict=True) if _starts(event)]
    smuggled = starts[len(run.lines) % len(starts)]
    try:
        run.reduce_lines([*run.lines, smuggled])
    except Rejected as rejection:
        assert rejection.code == "trace.duplicate_thread_start"
    else:
        raise AssertionError("a second thread_started was accepted")


@law("TRACE-THREAD-4", "A thread runs until it is closed for the first time.")
def threads_end_as_they_were_closed(run: TraceRun) -> None:
    """Take a resumed thread for ended: it has no second window."""
    found = {thread_id: each["execution"]["status"] for thread_id, each in run.state["threads"].items()}
    assert found == {each.id: "completed" if each.ended else "running" for each in run.world.threads}


def _starts(event: dict[str, str]) -> bool:
    return event["type"] == "thread_started"
