"""One run: choose the cases, judge them, and let the reports see the stream as it goes by."""

import contextlib
import platform
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from rollout_conformance import locations
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations import Implementation, open_implementation
from rollout_conformance.index import root_hash
from rollout_conformance.protocol.messages import VERSION
from rollout_conformance.reports import document, terminal
from rollout_conformance.requirements import Requirement, load_requirements
from rollout_conformance.results import Footer, Header, Line
from rollout_conformance.runner import Runner
from rollout_conformance.summary import Summary
from rollout_conformance.vocabulary import vocabulary
from rollout_reference import __version__


class NothingChosen(Exception):
    """A choice of cases that leaves none, or a profile that cannot be claimed."""


class Plan(Struct, frozen=True):
    """What is going to be judged."""

    cases: list[Case]
    requirements: dict[str, Requirement]
    profile: str
    mode: Literal["full", "fast", "selection"]
    corpus: str


def plan(*, profile: str, fast: bool = False, pattern: str = "*", corpus: Path | None = None) -> Plan:
    """Choose the cases of a profile.

    Raises `NothingChosen`, `cases.CaseError` or `requirements.SpecError`.
    """
    faults = vocabulary().faults_of_claim([profile], [])
    if faults:
        raise NothingChosen("; ".join(faults))
    operations = vocabulary().profiles[profile].operations
    everything = load_cases(corpus or locations.corpus_dir())
    chosen = [case for case in everything if case.op in operations and fnmatchcase(case.id, pattern)]
    if fast:
        chosen = list(one_per_requirement(chosen))
    if not chosen:
        raise NothingChosen(f"no case of {profile} has an id that matches {pattern!r}")
    mode: Literal["full", "fast", "selection"] = (
        "fast"
        if fast
        else "full"
        if len(chosen) == sum(case.op in operations for case in everything)
        else "selection"
    )
    rules = load_requirements(locations.spec_dir())
    return Plan(chosen, rules, profile, mode, root_hash(everything))


def one_per_requirement(cases: list[Case]) -> Iterator[Case]:
    """Yield the first accepting and the first other case of each requirement."""
    seen: set[tuple[str, bool]] = set()
    for case in cases:
        decides = {(cited, case.verdict == "must-accept") for cited in case.cited}
        if not decides <= seen:
            seen |= decides
            yield case


def judge(name: str, plan: Plan, report: Path | None = None, json: Path | None = None) -> Footer:
    """Judge an implementation by a plan, show the run on the terminal and write what is asked for.

    Raises `implementations.ImplementationError`, or `OSError` for a report that cannot be written.
    """
    with contextlib.ExitStack() as stack:
        implementation = stack.enter_context(contextlib.closing(open_implementation(name)))
        sinks: list[Sink] = []
        if report:
            sinks.append(document.JsonLines(stack.enter_context(report.open("wb"))))
        if json:
            sinks.append(document.JsonDocument(stack.enter_context(json.open("wb"))))
        return _judge(name, plan, implementation, sinks)


class Sink(Protocol):
    """Something that takes in the stream."""

    def add(self, line: Line) -> None:
        """Take in one line."""
        ...


def _judge(name: str, plan: Plan, implementation: Implementation, sinks: list[Sink]) -> Footer:
    header = Header(
        suite=__version__,
        protocol=VERSION,
        corpus=plan.corpus,
        implementation=implementation.identity,
        command=name,
        profile=plan.profile,
        mode=plan.mode,
        python=platform.python_version(),
        platform=platform.system(),
    )
    summary, shown = Summary(), terminal.Terminal(plan.requirements)
    _tell(sinks, header)
    results = Runner(implementation, plan.requirements).run(plan.cases)
    for result in terminal.with_progress(results, len(plan.cases)):
        summary.add(result)
        shown.add(result)
        _tell(sinks, result)
    footer = summary.footer(header)
    _tell(sinks, footer)
    shown.show(header, footer)
    return footer


def _tell(sinks: list[Sink], line: Line) -> None:
    for sink in sinks:
        sink.add(line)
