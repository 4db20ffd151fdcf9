"""Cases x implementation -> a stream of results, in the order of the cases."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import msgspec

from rollout_conformance.answers import Accepted, Broken, Refused
from rollout_conformance.cases import Case
from rollout_conformance.implementations import Implementation, LongLived
from rollout_conformance.protocol.sandbox import listed
from rollout_conformance.requirements import Requirement
from rollout_conformance.results import EXPECTED, OUTCOMES, Level, Result
from rollout_conformance.verdict import Judgement, judge, missing_capability, signature_of

AHEAD = 8
"""Cases per worker that may be under way: enough to keep it busy, few enough to forget."""


class Runner:
    """Judges cases one by one; nothing of a case is kept once its result is out."""

    def __init__(
        self, implementation: Implementation, requirements: dict[str, Requirement], jobs: int | None = None
    ) -> None:
        """Judge an implementation; `jobs` limits the operations at once of one that is not long-lived."""
        self._implementation = implementation
        self._long_lived = implementation if isinstance(implementation, LongLived) else None
        allowed = implementation.parallel if self._long_lived is None else 1
        self.jobs = min(jobs or allowed, allowed)
        self._requirements = requirements

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Yield a result for each case as soon as it and those before it are judged."""
        if self._long_lived is not None:
            return _settled(map(self.run_case, cases), self._long_lived)
        if self.jobs == 1:
            return map(self.run_case, cases)
        return _in_order(self.run_case, cases, self.jobs)

    def run_case(self, case: Case) -> Result:
        """Ask the implementation for one case and judge its answer."""
        identity = self._implementation.identity
        missing = missing_capability(case, identity)
        if missing is not None:
            return self._result(case, outcome="unsupported", detail=f"does not claim {missing}")
        begin = time.perf_counter()
        answer = self._implementation.perform(case.task)
        ms = (time.perf_counter() - begin) * 1000
        judgement = self._beside_alone(case, judge(case, answer, identity))
        extra = answer.extra if isinstance(answer, (Accepted, Refused)) else ()
        remark = f"it left files that its answer does not name: {listed(extra)}" if extra else ""
        return self._result(
            case,
            outcome=judgement.outcome,
            ms=round(ms, 3),
            detail="; ".join(filter(None, (judgement.told, remark))),
            difference=judgement.difference,
            at=answer.at if isinstance(answer, Refused) else None,
            branch=judgement.branch,
            reason=", ".join(judgement.deviations) or None,
            signature=signature_of(judgement) if judgement.outcome != "pass" else None,
        )

    def _beside_alone(self, case: Case, judgement: Judgement) -> Judgement:
        """Return what a failure is worth: if the case passes alone, an earlier one is to blame."""
        if judgement.outcome in EXPECTED or judgement.outcome == "not-run" or self._long_lived is None:
            return judgement
        again = self._long_lived.alone(case.task)
        if again is None:
            return judgement
        alone = judge(case, again, self._implementation.identity).outcome
        if alone == judgement.outcome:
            return judgement
        told = f"{judgement.outcome} after other cases, {alone} alone in a fresh process: {judgement.detail}"
        outcome = "fail-after" if alone == "pass" else judgement.outcome
        return msgspec.structs.replace(judgement, outcome=outcome, detail=told)

    def _result(self, case: Case, **judged: object) -> Result:
        return Result(
            case=case.id,
            title=case.title,
            requirements=case.requirements,
            level=level_of(case, self._requirements),
            op=case.op,
            **judged,  # type: ignore[arg-type]
        )


def _settled(results: Iterable[Result], long_lived: LongLived) -> Iterator[Result]:
    """Hold each result back until the next one: only then is it known whether more was said than asked."""
    held: Result | None = None
    for result in results:
        late = long_lived.afterthought()
        if held is not None:
            yield _charged(held, late)
        held = result
    if held is not None:
        yield _charged(held, long_lived.afterthought(at_end=True))


def _charged(result: Result, late: Broken | None) -> Result:
    """Charge a result with a fault that showed late, if that is worse than what it is anyway."""
    if late is None or OUTCOMES.index(late.kind) <= OUTCOMES.index(result.outcome):
        return result
    judgement = Judgement(late.kind, late.detail, words=late.words)
    return msgspec.structs.replace(
        result, outcome=judgement.outcome, detail=judgement.told, signature=signature_of(judgement)
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
