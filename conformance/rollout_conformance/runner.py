"""Cases x implementation -> a stream of results, in the order of the cases."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from rollout_conformance.answers import Refused
from rollout_conformance.cases import Case
from rollout_conformance.implementations import Implementation
from rollout_conformance.requirements import Requirement
from rollout_conformance.results import Level, Result
from rollout_conformance.verdict import judge, missing_capability, signature_of

AHEAD = 8
"""Cases per worker that may be under way: enough to keep it busy, few enough to forget."""


class Runner:
    """Judges cases one by one; nothing of a case is kept once its result is out."""

    def __init__(self, implementation: Implementation, requirements: dict[str, Requirement]) -> None:
        self._implementation = implementation
        self._requirements = requirements

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Yield a result for each case as soon as it and those before it are judged."""
        if self._implementation.parallel == 1:
            return map(self.run_case, cases)
        return _in_order(self.run_case, cases, self._implementation.parallel)

    def run_case(self, case: Case) -> Result:
        """Ask the implementation for one case and judge its answer."""
        identity = self._implementation.identity
        missing = missing_capability(case, identity)
        if missing is not None:
            return self._result(case, outcome="unsupported", detail=f"does not claim {missing}")
        begin = time.perf_counter()
        answer = self._implementation.perform(case.op, case.input, case.budget_ms)
        ms = (time.perf_counter() - begin) * 1000
        judgement = judge(case, answer, identity)
        return self._result(
            case,
            outcome=judgement.outcome,
            ms=round(ms, 3),
            detail=judgement.detail,
            difference=judgement.difference,
            at=answer.at if isinstance(answer, Refused) else None,
            branch=judgement.branch,
            signature=signature_of(judgement) if judgement.outcome != "pass" else None,
        )

    def _result(self, case: Case, **judged: object) -> Result:
        return Result(
            case=case.id,
            title=case.title,
            requirements=case.requirements,
            level=level_of(case, self._requirements),
            op=case.op,
            **judged,  # type: ignore[arg-type]
        )


def level_of(case: Case, requirements: dict[str, Requirement]) -> Level:
    """Return the strictest level among the requirements that a case decides."""
    levels = {str(requirements[cited].level) for cited in case.cited if cited in requirements}
    return "MUST" if "MUST" in levels else "SHOULD" if "SHOULD" in levels else "MAY"


def _in_order(judge_one: Callable[[Case], Result], cases: Iterable[Case], workers: int) -> Iterator[Result]:
    """Run cases on several threads, a bounded number ahead of the results that were taken."""
    waiting: list[Future[Result]] = []
    source = iter(cases)
    with ThreadPoolExecutor(workers) as pool:
        waiting.extend(pool.submit(judge_one, case) for case in islice(source, workers * AHEAD))
        while waiting:
            yield waiting.pop(0).result()
            waiting.extend(pool.submit(judge_one, case) for case in islice(source, 1))
