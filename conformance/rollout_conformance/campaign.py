"""One run: choose the cases, judge them, and let the reports see the stream as it goes by."""

import contextlib
import platform
from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from rollout_conformance import locations
from rollout_conformance.implementations import Implementation, open_implementation
from rollout_conformance.index import Entry, Index, Selection, current_id, renames
from rollout_conformance.known import KnownFailures
from rollout_conformance.library import Library
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

    cases: Selection
    requirements: dict[str, Requirement]
    profile: str
    mode: Literal["full", "fast", "selection"]
    corpus: str
    known: KnownFailures | None = None
    folder: Path | None = None
    """The corpus, where it is not the installed one."""


def plan(
    *,
    profile: str,
    fast: bool = False,
    pattern: str = "*",
    corpus: Path | None = None,
    known: tuple[Path, date] | None = None,
) -> Plan:
    """Choose the cases of a profile; `known` is a file of known failures and the day it is read on.

    Raises `NothingChosen`, `cases.CaseError`, `known.KnownError` or `requirements.SpecError`.
    """
    faults = vocabulary().faults_of_claim([profile], [])
    if faults:
        raise NothingChosen("; ".join(faults))
    operations = vocabulary().profiles[profile].operations
    index = Index(corpus or locations.corpus_dir())
    wanted = current_id(pattern, renames(index.corpus))

    def of_profile(entries: Iterable[Entry]) -> Iterator[Entry]:
        return (entry for entry in entries if entry.op in operations)

    def matching(entries: Iterable[Entry]) -> Iterator[Entry]:
        found = (entry for entry in of_profile(entries) if fnmatchcase(entry.id, wanted))
        return one_per_requirement(found) if fast else found

    chosen = Selection(index, matching)
    if not chosen:
        raise NothingChosen(f"no case of {profile} has an id that matches {pattern!r}")
    whole = len(chosen) == len(Selection(index, of_profile))
    mode: Literal["full", "fast", "selection"] = "fast" if fast else "full" if whole else "selection"
    rules = load_requirements(locations.spec_dir())
    listed = KnownFailures(known[0], index, known[1]) if known else None
    return Plan(chosen, rules, profile, mode, index.root, listed, corpus)


def one_per_requirement(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the first accepting and the first other case of each requirement."""
    seen: set[tuple[str, bool]] = set()
    for entry in entries:
        decides = {(cited, entry.verdict == "must-accept") for cited in entry.requirements}
        if not decides <= seen:
            seen |= decides
            yield entry


class Sink(Protocol):
    """Something that takes in the stream."""

    def add(self, line: Line) -> None:
        """Take in one line."""
        ...


def judge(
    name: str, plan: Plan, report: Path | None = None, json: Path | None = None, also: Sink | None = None
) -> Footer:
    """Judge an implementation by a plan, show the run on the terminal and write what is asked for.

    `also` takes in the stream beside the files.

    Raises `implementations.ImplementationError`, or `OSError` for a report that cannot be written.
    """
    with contextlib.ExitStack() as stack:
        implementation = stack.enter_context(contextlib.closing(open_implementation(name)))
        sinks: list[Sink] = [also] if also else []
        if report:
            sinks.append(document.JsonLines(stack.enter_context(report.open("wb"))))
        if json:
            sinks.append(document.JsonDocument(stack.enter_context(json.open("wb"))))
        shown = terminal.Terminal(Library(plan.folder), report)
        return _judge(name, plan, implementation, sinks, shown)


def _judge(
    name: str, plan: Plan, implementation: Implementation, sinks: list[Sink], shown: terminal.Terminal
) -> Footer:
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
    summary = Summary()
    _tell(sinks, header)
    runner = Runner(implementation, plan.requirements)
    results, known = runner.run(plan.cases), plan.known
    if known is not None:
        results = (known.settle(result, runner.run_case) for result in results)
    for result in terminal.with_progress(results, len(plan.cases)):
        summary.add(result)
        shown.add(result)
        _tell(sinks, result)
    footer = summary.footer(header)
    if known is not None:
        footer = replace(footer, stale=known.problems)
    _tell(sinks, footer)
    shown.show(header, footer)
    return footer


def _tell(sinks: list[Sink], line: Line) -> None:
    for sink in sinks:
        sink.add(line)
