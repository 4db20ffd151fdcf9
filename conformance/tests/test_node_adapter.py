"""The example adapter in Node: a foreign language goes through, and what it does it does right."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollout_conformance import campaign
from rollout_conformance.cases import Case
from rollout_conformance.implementations import open_implementation
from rollout_conformance.results import Outcome, Result
from rollout_conformance.runner import Runner

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")

FOLDER = Path(__file__).parent.parent / "examples" / "node-adapter"
MANIFEST = FOLDER / "adapter.toml"
TABLE_HEAD = ["| area | cases | pass | unsupported |", "|---|---:|---:|---:|"]

WHOLE_AREAS = ("TRACE-MANIFEST", "TRACE-ORIGIN", "TRACE-THREAD")
"""Areas of which the adapter does every case."""
EVENTS = {
    "codex_turn_ended",
    "codex_turn_started",
    "other",
    "protocol_event_observed",
    "rollout_ended",
    "rollout_started",
    "thread_ended",
    "thread_started",
}
"""The event types that it reduces."""


def area(case: Case) -> str:
    """Return the area of a case's first requirement."""
    return case.requirements[0].partition("@")[0].rpartition("-")[0]


def has_other_events(case: Case) -> bool:
    """Tell whether some line of a case's log is an event that the adapter does not reduce."""
    return bool({kind for kind in event_types(case) if kind not in EVENTS})


def event_types(case: Case) -> Iterator[str]:
    """Yield the event types of the lines that can be read."""
    for line in (case.input / "trace.jsonl").read_bytes().splitlines():
        try:
            yield str(json.loads(line)["payload"]["type"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue


@pytest.fixture(scope="module")
def results() -> dict[str, list[tuple[Case, Result]]]:
    """Judge the adapter by the whole profile; cases and results by area."""
    plan = campaign.plan(profile="trace-reader")
    adapter = open_implementation(str(MANIFEST))
    judged: dict[str, list[tuple[Case, Result]]] = {}
    for case, result in zip(plan.cases, Runner(adapter, plan.requirements).run(plan.cases), strict=True):
        judged.setdefault(area(case), []).append((case, result))
    adapter.close()
    return judged


@pytest.mark.parametrize("name", WHOLE_AREAS)
def test_whole_area_passes(results: dict[str, list[tuple[Case, Result]]], name: str) -> None:
    """Everything about the manifest, threads and their origin is right."""
    assert {result.case: result.outcome for _, result in results[name] if result.outcome != "pass"} == {}


@pytest.mark.parametrize(("name", "passing"), [("TRACE-LINE", 60), ("TRACE-REPLAY", 14), ("TRACE-TURN", 13)])
def test_known_events_pass_and_others_are_unsupported(
    results: dict[str, list[tuple[Case, Result]]], name: str, passing: int
) -> None:
    """A case with its own events only passes; with others it passes or is declined, never wrong."""
    own = [result for case, result in results[name] if not has_other_events(case)]
    other = [result for case, result in results[name] if has_other_events(case)]

    assert {result.case: result.detail for result in own if result.outcome != "pass"} == {}
    assert {result.outcome for result in other} <= {"unsupported", "pass"}
    assert len(own) >= passing


def test_readme_has_the_figures_of_a_run(results: dict[str, list[tuple[Case, Result]]]) -> None:
    """The table is what a run gives; copy it from here when the corpus has grown."""
    lines = (FOLDER / "README.md").read_text("utf-8").splitlines()
    begin = lines.index(TABLE_HEAD[0])
    right = "\n".join(table_of(results))

    assert "\n".join(lines[begin : lines.index("", begin)]) == right, f"the table is now\n{right}"


def table_of(results: dict[str, list[tuple[Case, Result]]]) -> list[str]:
    """Return the lines of the table: areas of which something passes, those done best first."""
    counts = {name: Counter(result.outcome for _, result in judged) for name, judged in results.items()}
    done = sorted(
        (name for name in counts if counts[name]["pass"]),
        key=lambda name: (-counts[name]["pass"] / counts[name].total(), -counts[name]["pass"], name),
    )
    others = sum((counts[name] for name in counts if name not in done), Counter[Outcome]())
    every = sum(counts.values(), Counter[Outcome]())
    rows = [*((name, counts[name]) for name in done), ("the others", others), ("all", every)]
    return TABLE_HEAD + [row_of(name, count) for name, count in rows]


def row_of(name: str, counts: Counter[Outcome]) -> str:
    """Return a row; an outcome that did not occur is an empty cell."""
    cells = (str(counts[outcome] or "") for outcome in ("pass", "unsupported"))
    return f"| {name} | {counts.total()} |" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def test_no_case_fails(results: dict[str, list[tuple[Case, Result]]]) -> None:
    """Whatever is not supported is declined."""
    outcomes = {result.outcome for judged in results.values() for _, result in judged}

    assert outcomes == {"pass", "unsupported"}


def test_no_profile_is_claimed_for_a_part() -> None:
    """Who does a part of an operation claims no profile with it."""
    adapter = open_implementation(str(MANIFEST))
    adapter.close()

    assert adapter.identity.language == "javascript"
    assert adapter.identity.profiles == ()
