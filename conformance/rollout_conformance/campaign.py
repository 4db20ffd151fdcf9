"""One run: choose the cases, judge them, and let the reports see the stream as it goes by."""

import contextlib
import hashlib
import logging
import platform
from collections.abc import Generator, Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from rollout_conformance import locations
from rollout_conformance.answers import Identity
from rollout_conformance.cases import Case
from rollout_conformance.crew import in_turns
from rollout_conformance.implementations import LongLived, open_implementation
from rollout_conformance.implementations.files import files_of
from rollout_conformance.index import Entry, Index, Selection, current_id, renames
from rollout_conformance.known import KnownFailures
from rollout_conformance.library import Library
from rollout_conformance.protocol.messages import VERSION
from rollout_conformance.reports import document, terminal
from rollout_conformance.requirements import Requirement, load_requirements
from rollout_conformance.results import Footer, Header, Line, Result
from rollout_conformance.runner import Runner
from rollout_conformance.summary import Summary
from rollout_conformance.vocabulary import vocabulary
from rollout_reference import __version__

_log = logging.getLogger(__name__)


class NothingChosen(Exception):
    """A choice of cases that leaves none, or a profile that cannot be claimed."""


class Plan(Struct, frozen=True):
    """What is going to be judged."""

    cases: Selection
    requirements: dict[str, Requirement]
    profile: str
    mode: Literal["full", "fast", "selection"]
    corpus: str
    seed: int | None = None
    """What the cases are shuffled by; None for the order of their ids."""
    known: KnownFailures | None = None
    folder: Path | None = None
    """The corpus, where it is not the installed one."""


def plan(
    *,
    profile: str,
    fast: bool = False,
    pattern: str = "*",
    seed: int | None = None,
    corpus: Path | None = None,
    known: tuple[Path, date] | None = None,
) -> Plan:
    """Choose the cases of a profile; `known` is a file of known failures and the day it is read on.

    A `seed` shuffles them: what depends on the order of the cases shows.

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
        chosen = one_per_requirement(found) if fast else found
        return chosen if seed is None else shuffled(chosen, seed)

    chosen = Selection(index, matching)
    if not chosen:
        raise NothingChosen(f"no case of {profile} has an id that matches {pattern!r}")
    whole = len(chosen) == len(Selection(index, of_profile))
    mode: Literal["full", "fast", "selection"] = "fast" if fast else "full" if whole else "selection"
    rules = load_requirements(locations.spec_dir())
    listed = KnownFailures(known[0], index, known[1]) if known else None
    return Plan(chosen, rules, profile, mode, index.root, seed, listed, corpus)


def shuffled(entries: Iterable[Entry], seed: int) -> Iterator[Entry]:
    """Yield entries in an order that any program can find out: by the SHA-256 of seed, space and id."""
    return iter(sorted(entries, key=lambda entry: hashlib.sha256(f"{seed} {entry.id}".encode()).digest()))


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
    name: str,
    plan: Plan,
    report: Path | None = None,
    json: Path | None = None,
    also: Sink | None = None,
    jobs: int | None = None,
) -> Footer:
    """Judge an implementation by a plan, show the run on the terminal and write what is asked for.

    `also` takes in the stream beside the files.  `jobs` is how many operations may be under way at
    once, never more than the implementation allows.  The default is one process of an adapter, and
    whatever is allowed of what needs a process for each operation.

    Raises `implementations.ImplementationError`, or `OSError` for a report that cannot be written.
    """
    with contextlib.ExitStack() as stack:
        team = [stack.enter_context(contextlib.closing(open_implementation(name)))]
        allowed = team[0].parallel
        if jobs and jobs > allowed:
            _log.warning("--jobs %d: the implementation allows %d at once", jobs, allowed)
        if isinstance(team[0], LongLived):
            for _ in range(1, min(jobs or 1, allowed)):
                team.append(stack.enter_context(contextlib.closing(open_implementation(name))))
        sinks: list[Sink] = [also] if also else []
        if report:
            sinks.append(document.JsonLines(stack.enter_context(report.open("wb"))))
        if json:
            sinks.append(document.JsonDocument(stack.enter_context(json.open("wb"))))
        shown = terminal.Terminal(Library(plan.folder), report)
        runners = [Runner(each, plan.requirements, jobs) for each in team]
        results = stack.enter_context(contextlib.closing(_results(plan, runners)))
        return _judge(_header(name, plan, team[0].identity, runners), results, plan, sinks, shown)


def _header(name: str, plan: Plan, about: Identity, runners: list[Runner]) -> Header:
    return Header(
        suite=__version__,
        protocol=VERSION,
        corpus=plan.corpus,
        implementation=about,
        command=name,
        adapter=files_of(name),
        profile=plan.profile,
        mode=plan.mode,
        seed=plan.seed,
        jobs=sum(runner.jobs for runner in runners),
        python=platform.python_version(),
        platform=platform.system(),
        architecture=platform.machine(),
    )


def _results(plan: Plan, runners: list[Runner]) -> Generator[Result]:
    """Yield the result of each case in the order of the plan, settled by what is known of it."""

    def settled(runner: Runner, cases: Iterable[Case]) -> Generator[Result]:
        for result in runner.run(cases):
            yield plan.known.settle(result, runner.run_case) if plan.known is not None else result

    if len(runners) == 1:
        return settled(runners[0], plan.cases)
    parts = (plan.cases.part(number, len(runners)) for number in range(len(runners)))
    return in_turns([settled(runner, part) for runner, part in zip(runners, parts, strict=True)])


def _judge(
    header: Header, results: Iterator[Result], plan: Plan, sinks: list[Sink], shown: terminal.Terminal
) -> Footer:
    summary = Summary()
    _tell(sinks, header)
    for result in terminal.with_progress(results, len(plan.cases)):
        summary.add(result)
        shown.add(result)
        _tell(sinks, result)
    footer = summary.footer(header)
    if plan.known is not None:
        footer = replace(footer, stale=plan.known.problems)
    _tell(sinks, footer)
    shown.show(header, footer)
    return footer


def _tell(sinks: list[Sink], line: Line) -> None:
    for sink in sinks:
        sink.add(line)
