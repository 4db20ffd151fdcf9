"""Cases x implementation -> a stream of results, in the order of the cases."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from rollout_conformance.cases import Case
from rollout_conformance.implementations import Implementation
from rollout_conformance.verdict import Result, judge, known_deviation


def run(cases: Iterable[Case], implementation: Implementation) -> Iterator[Result]:
    """Yield a result for each case as soon as it and those before it are judged."""
    if implementation.parallel == 1:
        for case in cases:
            yield run_case(case, implementation)
        return
    with ThreadPoolExecutor(implementation.parallel) as pool:
        yield from pool.map(lambda case: run_case(case, implementation), cases)


def run_case(case: Case, implementation: Implementation) -> Result:
    """Ask an implementation for one case and judge its answer."""
    begin = time.perf_counter()
    answer = implementation.perform(case.op, case.input, case.budget_ms)
    ms = (time.perf_counter() - begin) * 1000
    outcome, detail = judge(case, answer)
    if outcome not in {"pass", "unsupported"} and known_deviation(case, implementation.identity, answer):
        outcome = "deviation"
    return Result(case, outcome, detail, ms)
