"""Cases x implementation -> a stream of results, in the order of the cases."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import msgspec

from rollout_conformance.answers import Accepted, Answer, Broken, Refused
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

    def __init__(self, implementation: Implementation, requirements: dict[str, Requirement]) -> None:
        self._implementation = implementation
        self._long_lived = implementation if isinstance(implementation, LongLived) else None
        self._requirements = requirements

    def run(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Yield a result for each case as soon as it and those before it are judged."""
        if self._long_lived is not None:
            return _settled(map(self.run_case, cases), self._long_lived)
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
            detail="; ".join(filter(None, (judgement.detail, *self._remarks(case, answer, judgement)))),
            difference=judgement.difference,
            at=answer.at if isinstance(answer, Refused) else None,
            branch=judgement.branch,
            signature=signature_of(judgement) if judgement.outcome != "pass" else None,
        )

    def _remarks(self, case: Case, answer: Answer, judgement: Judgement) -> Iterator[str]:
        """Say what else was seen: files that nobody asked for, and whether earlier cases are to blame."""
        if isinstance(answer, (Accepted, Refused)) and answer.extra:
            yield f"it left files that its answer does not name: {listed(answer.extra)}"
        if judgement.outcome in EXPECTED or judgement.outcome == "not-run" or self._long_lived is None:
            return
        again = self._long_lived.alone(case.op, case.input, case.budget_ms)
        if again is None:
            return
        alone = judge(case, again, self._implementation.identity)
        if alone.outcome != judgement.outcome:
            yield f"fail-after: alone in a fresh process it is {alone.outcome}, so an earlier case spoils it"

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
    judgement = Judgement(late.kind, late.detail)
    return msgspec.structs.replace(
        result, outcome=judgement.outcome, detail=judgement.detail, signature=signature_of(judgement)
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
