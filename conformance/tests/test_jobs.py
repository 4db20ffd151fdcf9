"""Several processes of an adapter at once, and cases in another order: nothing of it changes a result.

Every adapter here is a real process.
"""

import json
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rollout_conformance import crew, index, locations
from rollout_conformance.cli import main
from rollout_conformance.implementations import open_implementation
from rollout_conformance.index import Index, Selection
from rollout_conformance.requirements import load_requirements
from rollout_conformance.runner import Runner

ADAPTER = """\
import json, os, sys, time
asked = 0
for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "bye":
        break
    told = {"outcome": "rejected"}
    if ask["op"] == "hello":
        told = {"rcp": 1, "implementation": {"name": "acme", "version": "1"}, "parallel": ALLOWED,
                "profiles": ["trace-reader"]}
    else:
        asked += 1
        open(sys.argv[1], "a").write(f"{os.getpid()} {asked}\\n")
        BEHAVIOUR
    print(json.dumps({"id": ask["id"], **told}), flush=True)
"""
CASE = """\
id = "made-{number:02}"
title = "passed by rejecting"
op = "trace.reduce"
profile = "trace-reader"
requirements = ["TRACE-THREAD-2@1"]
verdict = "must-reject"
error = ["trace.duplicate_thread_start"]
source = {{ kind = "generated", by = "this test" }}
budget_ms = 2000
"""
MANY = 60
DIES_AT_THE_THIRD = "sys.exit('no more') if asked == 3 else None"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus of small cases."""
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(MANY):
        (folder / f"{number}" / "input").mkdir(parents=True)
        (folder / f"{number}" / "case.toml").write_text(CASE.format(number=number))
    index.write(folder)
    return folder


def command(tmp_path: Path, behaviour: str = "pass", allowed: int = 4) -> str:
    """Write an adapter that notes process and number of each question; return its command line."""
    path = tmp_path / "adapter.py"
    path.write_text(ADAPTER.replace("BEHAVIOUR", behaviour).replace("ALLOWED", str(allowed)))
    return f"{sys.executable} {path} {tmp_path / 'notes'}"


def run(corpus: Path, *arguments: str | Path) -> Result:
    """Judge by the cases of a corpus."""
    words = ["run", "--corpus", *map(str, (corpus, *arguments))]
    return CliRunner().invoke(main, words, catch_exceptions=False)


def lines_of(report: Path) -> list[dict[str, object]]:
    """Return the lines of a report without the times."""
    lines = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    return [{key: value for key, value in line.items() if key != "ms"} for line in lines]


def processes(tmp_path: Path) -> set[str]:
    """Return the processes that were asked."""
    return {line.split()[0] for line in (tmp_path / "notes").read_text().splitlines()}


def test_results_are_those_of_one_process(corpus: Path, tmp_path: Path) -> None:
    """Whichever process is first, the report has the same lines in the same order."""
    uneven = command(tmp_path, "time.sleep(0.03 * (asked % 3))")
    one, three = tmp_path / "one.jsonl", tmp_path / "three.jsonl"

    run(corpus, uneven, "--report", one)
    run(corpus, uneven, "--report", three, "--jobs", "3")

    assert len(processes(tmp_path)) == 1 + 3
    assert lines_of(three)[1:] == lines_of(one)[1:]
    assert [lines_of(path)[0]["jobs"] for path in (one, three)] == [1, 3]


def test_processes_work_at_once(corpus: Path, tmp_path: Path) -> None:
    """Three processes that sleep do so together."""
    sleepy = command(tmp_path, "time.sleep(0.1)")
    begin = time.monotonic()
    run(corpus, sleepy)
    alone = time.monotonic() - begin

    begin = time.monotonic()
    run(corpus, sleepy, "--jobs", "3")

    assert time.monotonic() - begin < alone * 0.7


def test_adapter_says_how_many(corpus: Path, tmp_path: Path) -> None:
    """More processes than it allows are not started."""
    modest = command(tmp_path, allowed=2)

    run(corpus, modest, "--jobs", "5", "--report", tmp_path / "report.jsonl")

    assert len(processes(tmp_path)) == 2
    assert lines_of(tmp_path / "report.jsonl")[0]["jobs"] == 2


def test_limit_of_an_adapter_is_said(corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who asked for more is told what is allowed."""
    run(corpus, command(tmp_path, allowed=1), "--jobs", "2")

    assert "--jobs 2: the implementation allows 1 at once" in caplog.text


def test_same_process_dies_at_the_same_case(corpus: Path, tmp_path: Path) -> None:
    """Which process is asked for what is fixed, so what depends on it comes out the same again."""
    fragile = command(tmp_path, DIES_AT_THE_THIRD)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"

    codes = [run(corpus, fragile, "--jobs", "2", "--report", path).exit_code for path in (first, second)]

    assert codes == [1, 1]
    assert lines_of(first)[1:] == lines_of(second)[1:]
    outcomes = [line["outcome"] for line in lines_of(first)[1:-1]]
    crashed = [number for number, outcome in enumerate(outcomes) if outcome == "fail-after"]
    assert crashed == [4, 5, 10, 11, 16, 17, 22, 23, 28, 29, 34, 35, 40, 41, 46, 47, 52, 53, 58, 59]


def test_fault_of_the_suite_ends_all_processes(tmp_path: Path) -> None:
    """A case that is not what the index says ends the run, whoever was to be asked for it."""
    (tmp_path / "corpus" / "demo" / "input").mkdir(parents=True)
    description = tmp_path / "corpus" / "demo" / "case.toml"
    description.write_text(CASE.format(number=0))
    index.write(tmp_path / "corpus")
    description.write_text(CASE.format(number=0) + "# changed\n")

    done = run(tmp_path / "corpus", command(tmp_path), "--jobs", "2")

    assert done.exit_code == 4
    assert "corpus hash" in done.stderr


def test_no_worker_runs_far_ahead(corpus: Path, tmp_path: Path) -> None:
    """Results that nobody takes are not piled up: memory does not grow with the cases."""
    cases = Selection(Index(corpus), iter)
    rules = load_requirements(locations.spec_dir())
    team = [open_implementation(command(tmp_path)) for _ in range(2)]
    streams = [Runner(each, rules).run(cases.part(number, 2)) for number, each in enumerate(team)]
    results = crew.in_turns(streams)

    next(results)
    time.sleep(0.5)
    asked = len((tmp_path / "notes").read_text().splitlines())
    results.close()
    for each in team:
        each.close()

    held = 1  # a result is given out when the next case is done
    assert asked <= 2 * (crew.AHEAD + 1 + held) < len(cases)


def test_shuffled_cases_have_the_same_results(corpus: Path, tmp_path: Path) -> None:
    """A seed gives an order, always the same one, and the header tells it."""
    orders = [tmp_path / name for name in ("plain", "seven", "again", "eight")]
    seeds: list[list[str]] = [[], ["--shuffle", "7"], ["--shuffle", "7"], ["--shuffle", "8"]]

    for path, seed in zip(orders, seeds, strict=True):
        run(corpus, "reference", "--report", path, *seed)

    plain, seven, again, eight = ([str(line.get("case")) for line in lines_of(path)] for path in orders)
    assert lines_of(orders[1])[0]["seed"] == 7
    assert seven == again != eight
    assert plain != seven
    assert sorted(plain) == sorted(seven) == sorted(eight)
