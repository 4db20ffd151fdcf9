"""Inputs made by seed as cases: what the reference answers is expected."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from rollout_conformance import locations
from rollout_conformance.answers import Accepted
from rollout_conformance.cases import EXPECTED, INPUT, Case
from rollout_conformance.generators.histories import Histories, Projections
from rollout_conformance.generators.homes import Homes
from rollout_conformance.generators.rollouts import Generator, document
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.requirements import load_requirements
from rollout_conformance.tasks import Task
from rollout_conformance.vocabulary import vocabulary

Files = dict[str, bytes]

BUDGET_MS = 5_000
_ROLLOUT = "rollout.jsonl"


def _wild(seed: str) -> Files:
    return {_ROLLOUT: document(Generator(seed).wild())}


def _written(seed: str) -> Files:
    return {_ROLLOUT: document(Generator(seed).canonical())}


def _paginated(seed: str) -> Files:
    return {_ROLLOUT: document(Generator(seed, paginated=True).canonical(), paginated=True)}


def _mixed(seed: str) -> Files:
    return {_ROLLOUT: document(Histories(seed).rollout()[1])}


def _projected(seed: str) -> Files:
    return {_ROLLOUT: document(Projections(seed).rollout()[1], paginated=True)}


def _home(seed: str) -> Files:
    return {f"home/{path}": data for path, data in Homes(seed).home().items()}


_ALONE = (_wild, _written, _paginated, _mixed, _projected)

MAKERS: Mapping[str, tuple[Callable[[str], Files], ...]] = MappingProxyType(
    dict.fromkeys(("session.parse", "session.context", "session.history", "session.transcript"), _ALONE)
    | dict.fromkeys(("session.threads", "session.usage"), (_home,))
)
"""What makes inputs of an operation, one after the other."""


REQUIREMENT: Mapping[str, str] = MappingProxyType(
    {
        "session.parse": "SESSION-FILE-21",
        "session.context": "SESSION-CONTEXT-1",
        "session.history": "SESSION-HISTORY-1",
        "session.transcript": "SESSION-TRANSCRIPT-1",
        "session.threads": "SESSION-THREADS-1",
        "session.usage": "SESSION-USAGE-1",
    }
)
"""What a generated case of an operation is about."""


def generated_cases(operations: Iterable[str], count: int, seed: int, folder: Path) -> Iterator[Case]:
    """Write so many cases for each operation below a folder; the same seed writes the same ones."""
    reference, rules = Reference(), load_requirements(locations.spec_dir())
    for op in operations:
        for number in range(count if op in MAKERS else 0):
            case_id = f"{op.replace('.', '-')}-generated-{seed}-{number}"
            makers = MAKERS[op]
            given = makers[number % len(makers)](f"{seed} {number}")
            _write(folder / case_id / INPUT, given)
            answer = reference.perform(Task(op, folder / case_id / INPUT, BUDGET_MS))
            if not isinstance(answer, Accepted):
                raise TypeError(f"{case_id}: the reference does not accept what was made: {answer}")
            _write(folder / case_id / EXPECTED, answer.outputs)
            yield _case(op, rules[REQUIREMENT[op]].citation, case_id, folder / case_id)


def _case(op: str, requirement: str, case_id: str, folder: Path) -> Case:
    names = vocabulary()
    return Case(
        id=case_id,
        title=f"generated: {case_id}",
        op=op,
        profile=next(name for name, profile in names.profiles.items() if op in profile.operations),
        requires=["session.zst", "session.paginated"],
        requirements=[requirement],
        verdict="must-accept",
        source={"kind": "generated", "by": "metamorphic"},
        budget_ms=BUDGET_MS,
        compare={f"{op.removeprefix('session.')}.json": "json-iso"},
        folder=folder,
    )


def _write(folder: Path, files: Files) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
