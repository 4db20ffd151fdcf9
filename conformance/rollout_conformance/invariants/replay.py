"""Laws of replay."""

from rollout_conformance.invariants.laws import TraceRun, law


@law("TRACE-LAW-6", "Reducing a bundle twice gives the same bytes.")
def reducing_twice_is_the_same(run: TraceRun) -> None:
    """Nothing but the bundle decides."""
    assert run.reduce_lines(run.lines) == run.state_json


@law("TRACE-LAW-5", "Every prefix of whole lines reduces.")
def prefixes_reduce(run: TraceRun) -> None:
    """Try those that no earlier check tried; the whole log is reduced anyway."""
    for length in range(run.checked + bool(run.checked), len(run.lines)):
        run.reduce_lines(run.lines[:length])


@law("TRACE-WRITER-2", "The numbers of the log have no gap.")
def numbers_have_no_gap(run: TraceRun) -> None:
    """They count from 1 in file order."""
    numbers = [f'"seq":{number},'.encode() for number in range(1, len(run.lines) + 1)]
    assert all(number in line for number, line in zip(numbers, run.lines, strict=True))
