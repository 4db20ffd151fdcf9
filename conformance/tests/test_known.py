"""Known failures excuse one way of failing of one case, for a reason, until a day."""

import json
import re
import shlex
import sys
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from rollout_conformance import index, known_edit
from rollout_conformance.cases import Case
from rollout_conformance.cli import main
from rollout_conformance.index import Index
from rollout_conformance.known import Known, KnownError, KnownFailures, KnownFile, component_pattern
from rollout_conformance.locations import spec_dir
from rollout_conformance.results import Outcome, Result

TODAY = date(2027, 1, 31)
ENTRY = """[[known]]
case = "trace-one"
outcome = "fail"
digest = "0123abcd"
kind = "bug"
reason = "keeps the first"
until = "2027-01-31"
"""
FLAKY = ENTRY.replace('digest = "0123abcd"\n', "").replace('"bug"', '"flaky"')
CASE = """id = "{id}"
title = "a demonstration"
op = "trace.reduce"
profile = "trace-reader"
requirements = ["TRACE-THREAD-2@1"]
verdict = "must-reject"
error = ["trace.duplicate_thread_start"]
source = {{ kind = "hand-written" }}
budget_ms = 2000
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Make a corpus of three cases, one of which once had another name."""
    for name in ("trace-one", "trace-two-a", "trace-two-b"):
        folder = tmp_path / "corpus" / name
        (folder / "input").mkdir(parents=True)
        (folder / "input" / "trace.jsonl").write_bytes(b"")
        (folder / "case.toml").write_text(CASE.format(id=name))
    (tmp_path / "corpus" / "renames.toml").write_text('[renames]\ntrace-uno = "trace-one"\n')
    index.write(tmp_path / "corpus")
    return tmp_path / "corpus"


def known_of(corpus: Path, text: str, today: date = TODAY) -> KnownFailures:
    """Read a file of known failures."""
    path = corpus.parent / "known.toml"
    path.write_text(text)
    return KnownFailures(path, Index(corpus), today)


def result_of(outcome: Outcome, signature: str | None = "0123abcd", case: str = "trace-one") -> Result:
    """Make a result."""
    return Result(
        case=case,
        title="a demonstration",
        requirements=["TRACE-THREAD-2@1"],
        level="MUST",
        op="trace.reduce",
        outcome=outcome,
        signature=signature,
    )


def never(case: Case) -> Result:
    """Refuse to judge a case again."""
    raise AssertionError(case.id)


def in_turn(*results: Result) -> Callable[[Case], Result]:
    """Give one result after the other."""
    waiting = iter(results)
    return lambda case: next(waiting)


def problems_of(known: KnownFailures) -> list[str]:
    """Return the problems without the name of the file."""
    return [problem.removeprefix(f"{known.path} ") for problem in known.problems]


def test_failure_as_listed_is_known(corpus: Path) -> None:
    """On the last day of its entry a failure is still excused."""
    known = known_of(corpus, ENTRY)

    settled = known.settle(result_of("fail"), never)

    assert (settled.outcome, settled.reason, known.problems) == ("known", "keeps the first", [])


def test_unlisted_failure_is_no_concern(corpus: Path) -> None:
    """Other cases stay as they are."""
    known = known_of(corpus, ENTRY)
    result = result_of("fail", case="trace-two-a")

    assert known.settle(result, never) == result


def test_pass_is_red(corpus: Path) -> None:
    """A listed case that passes wants its entry removed."""
    known = known_of(corpus, ENTRY)

    settled = known.settle(result_of("pass", None), never)

    assert settled.outcome == "pass"
    assert problems_of(known) == ["line 1: trace-one passes; remove the entry with `rolloutspec known prune`"]


@pytest.mark.parametrize(("outcome", "signature"), [("fail", "ffffffff"), ("crash", "0123abcd")])
def test_other_failure_is_red(corpus: Path, outcome: Outcome, signature: str) -> None:
    """Neither another outcome nor another digest is excused."""
    known = known_of(corpus, ENTRY)

    settled = known.settle(result_of(outcome, signature), never)

    assert settled.outcome == outcome
    assert settled.reason == f"fails differently: {outcome} {signature}, listed is fail 0123abcd"
    assert problems_of(known)[0].startswith("line 1: trace-one fails differently")


def test_expired_entry_excuses_nothing(corpus: Path) -> None:
    """The day after its last day an entry is red."""
    known = known_of(corpus, ENTRY, date(2027, 2, 1))

    settled = known.settle(result_of("fail"), never)

    assert settled.outcome == "fail"
    assert problems_of(known) == ["line 1: the entry for trace-one expired after 2027-01-31"]


@pytest.mark.parametrize("outcome", ["unsupported", "deviation", "not-run", "suite-error"])
def test_what_is_no_failure_stays(corpus: Path, outcome: Outcome) -> None:
    """Entries are about failures of the implementation only."""
    known = known_of(corpus, ENTRY)

    assert known.settle(result_of(outcome), never).outcome == outcome
    assert known.problems == []


def test_entry_that_matches_nothing_is_red(corpus: Path) -> None:
    """An entry about no case of the corpus wants to be removed."""
    known = known_of(corpus, "# why\n\n" + ENTRY.replace("trace-one", "trace-gone"))

    assert problems_of(known) == ["line 3: 'trace-gone' matches no case; remove the entry"]


def test_old_id_means_the_case_of_today(corpus: Path) -> None:
    """A renamed case stays known."""
    known = known_of(corpus, ENTRY.replace("trace-one", "trace-uno"))

    assert known.settle(result_of("fail"), never).outcome == "known"


def test_pattern_means_whole_components(corpus: Path) -> None:
    """A pattern excuses the cases that it matches."""
    known = known_of(corpus, ENTRY.replace("trace-one", "trace-two-*"))

    assert known.entries[0].cases == ("trace-two-a", "trace-two-b")
    assert known.settle(result_of("fail", case="trace-two-b"), never).outcome == "known"


@pytest.mark.parametrize(
    ("pattern", "case", "fits"),
    [
        ("a-*", "a-b", True),
        ("a-*", "a-b-c", False),
        ("a-*", "a", False),
        ("a-**", "a", True),
        ("a-**", "a-b-c", True),
        ("**-c", "a-b-c", True),
        ("**-c", "a-bc", False),
        ("a-**-c", "a-c", True),
        ("*-b", "a-b", True),
    ],
)
def test_component_patterns(pattern: str, case: str, fits: bool) -> None:
    """One star is one component, two are any number."""
    assert bool(component_pattern(pattern).fullmatch(f"-{case}")) is fits


@pytest.mark.parametrize(
    ("results", "detail"),
    [(("pass", "fail", "pass"), "passed 2 of 3 runs"), (("pass", "pass", "pass"), "passed 3 of 3 runs")],
)
def test_flaky_case_runs_three_times_and_decides_nothing(
    corpus: Path, results: tuple[Outcome, ...], detail: str
) -> None:
    """Whatever comes out, the outcome is flaky."""
    known = known_of(corpus, FLAKY)
    first, *others = map(result_of, results)

    settled = known.settle(first, in_turn(*others))

    assert (settled.outcome, settled.detail, known.problems) == ("flaky", detail, [])


def test_flaky_case_that_crashes_is_red(corpus: Path) -> None:
    """An outcome that is not listed is not excused by flakiness."""
    known = known_of(corpus, FLAKY)

    settled = known.settle(result_of("pass"), in_turn(result_of("crash"), result_of("pass")))

    assert settled.outcome == "crash"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY.replace('"bug"', '"bog"'), "line 5: Invalid enum value 'bog'"),
        (ENTRY.replace('reason = "keeps the first"\n', ""), "line 1: Object missing required field `reason`"),
        (ENTRY + "\n" + ENTRY.replace('"fail"', '"pass"'), "line 11: Invalid enum value 'pass'"),
        (ENTRY + "\n" + ENTRY, "line 9: trace-one is already listed at line 1"),
        (ENTRY.replace('digest = "0123abcd"\n', ""), "line 1: an entry has a 'digest' exactly if"),
        (ENTRY.replace('until = "2027-01-31"', ""), "line 1: an entry of kind bug needs 'until'"),
        (ENTRY.replace("2027-01-31", "2027-02-31"), "line 1: 'until' is no date"),
        (ENTRY.replace("trace-one", "trace-o*"), "line 2: Expected `str` matching regex"),
        ("[[known]\n", "line 1: Expected"),
        ("known = [{}]\n", "line 1: Object missing"),
        ('corpus = "1.0"\n' + ENTRY, "line 1: written for corpus 1.0, this is 0.1.0"),
    ],
)
def test_broken_file_is_explained(corpus: Path, text: str, said: str) -> None:
    """A broken file is one error with file and line."""
    with pytest.raises(KnownError, match=re.escape(said)):
        known_of(corpus, text)


def test_pattern_may_not_match_too_much(corpus: Path) -> None:
    """An entry for everything is refused."""
    for number in range(21):
        folder = corpus / f"trace-n-{number}"
        (folder / "input").mkdir(parents=True)
        (folder / "input" / "trace.jsonl").write_bytes(b"")
        (folder / "case.toml").write_text(CASE.format(id=folder.name))
    index.write(corpus)

    with pytest.raises(KnownError, match="line 1: 'trace-n-\\*' matches 21 cases, 20 are allowed"):
        known_of(corpus, ENTRY.replace("trace-one", "trace-n-*"))


def test_prune_keeps_what_still_fails(corpus: Path) -> None:
    """Comments of other entries stay; what passes goes with its own."""
    kept = "# a comment\n" + ENTRY.replace("trace-one", "trace-two-a")
    known = known_of(
        corpus, kept + "\n# goes away\n" + ENTRY + "\n" + FLAKY.replace("trace-one", "trace-gone")
    )

    removed = known_edit.prune(known, [result_of("pass"), result_of("fail", case="trace-two-a")])

    assert [entry.known.case for entry in removed] == ["trace-one", "trace-gone"]
    assert known.path.read_text() == kept


def test_written_file_excuses_the_report_that_it_was_made_of(corpus: Path) -> None:
    """What is written is read back, replaces what failed differently, and lists each case once."""
    known = known_of(corpus, ENTRY)
    excuse = known_edit.Excuse("bug", 'says "no"', "", "2027-03-01")
    failed = [
        result_of("crash", "00000000"),
        result_of("fail", case="trace-two-a"),
        result_of("pass", case="x"),
    ]

    cases = known_edit.add(known.path, known, failed, excuse)

    again = KnownFailures(known.path, Index(corpus), TODAY)
    assert cases == ["trace-one", "trace-two-a"]
    assert [again.settle(result, never).outcome for result in failed] == ["known", "known", "pass"]
    assert again.problems == []


def test_schema_says_what_the_struct_says() -> None:
    """Names and closed lists are the same on both sides, and the examples of the text are valid."""
    schema = json.loads((spec_dir() / "schema" / "known-failures.schema.json").read_bytes())
    struct = msgspec.json.schema(KnownFile)["$defs"]
    entry = schema["properties"]["known"]["items"]
    text = (spec_dir() / "conformance" / "verdicts.md").read_text("utf-8")

    Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == list(struct["KnownFile"]["properties"])
    assert list(entry["properties"]) == list(struct["Known"]["properties"]) == list(Known.__struct_fields__)
    assert entry["required"] == struct["Known"]["required"]
    for key in ("outcome", "kind"):
        assert sorted(entry["properties"][key]["enum"]) == sorted(struct["Known"]["properties"][key]["enum"])
    for example in re.findall(r"^```toml known\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        Draft202012Validator(schema).validate(tomllib.loads(example))
        assert len(msgspec.toml.decode(example, type=KnownFile).known) == 2


def test_outcomes_of_the_text_are_those_of_the_suite() -> None:
    """The table lists every outcome, from best to worst, with what it does to the exit code."""
    from rollout_conformance.results import EXPECTED, OUTCOMES  # noqa: PLC0415

    text = (spec_dir() / "conformance" / "verdicts.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (yes|no) \|$", text, re.MULTILINE)

    assert [name for name, _ in rows] == list(OUTCOMES)
    assert {name for name, stays in rows if stays == "yes"} == EXPECTED


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """Make an adapter that accepts everything with an empty state."""
    path = tmp_path / "wrong.py"
    path.write_text(
        "import json, pathlib, sys\n"
        "for line in sys.stdin:\n"
        "    ask = json.loads(line)\n"
        "    if ask['op'] == 'bye':\n"
        "        break\n"
        "    if ask['op'] == 'hello':\n"
        "        told = {'rcp': 1, 'implementation': {'name': 'wrong', 'version': '0'}, "
        "'profiles': ['trace-reader']}\n"
        "    else:\n"
        "        pathlib.Path(ask['out'], 'state.json').write_text('{}')\n"
        "        told = {'outcome': 'ok', 'outputs': ['state.json']}\n"
        "    print(json.dumps({'id': ask['id'], **told}), flush=True)\n"
    )
    return f"{shlex.quote(sys.executable)} {path}"


def call(*arguments: str | Path) -> tuple[int, str]:
    """Run the command and return its exit code and what it said."""
    done = CliRunner().invoke(main, list(map(str, arguments)))
    return done.exit_code, done.output


def test_from_red_to_known_and_back(wrong: str, tmp_path: Path) -> None:
    """A report becomes a file, the file excuses the run, and what passes is pruned."""
    report, file = tmp_path / "report.jsonl", tmp_path / "known.toml"
    run = ("run", wrong, "--case", "trace-thread-d*")
    assert call(*run, "--report", report)[0] == 1
    write = ("known", "write", file, report, "--reason", "just begun", "--today", "2027-01-01")
    assert call(*write)[0] == 0

    code, said = call(*run, "--known", file, "--today", "2027-01-02")
    expired, told = call(*run, "--known", file, "--today", "2028-01-02")
    explained = call("known", "explain", file, report, "--today", "2027-01-02")
    healed = call("run", "--case", "trace-thread-d*", "--known", file, "--report", report)
    pruned = call("known", "prune", file, report)

    assert (code, "known" in said) == (0, True)
    assert (expired, "expired after 2027-04-01" in told) == (1, True)
    assert "as listed" in explained[1]
    assert "[TRACE-THREAD-2]" in explained[1]
    assert (healed[0], "passes; remove the entry" in healed[1]) == (1, True)
    assert pruned[0] == 0
    assert file.read_text() == ""


@pytest.mark.parametrize("command", [["run", "--known"], ["known", "explain"]])
def test_broken_file_is_a_matter_of_usage(command: list[str], tmp_path: Path) -> None:
    """File and line are said, the exit code is 2, and nothing else happens."""
    file = tmp_path / "known.toml"
    file.write_text("[[known]]\ncase = 1\n")

    code, said = call(*command, file)

    assert code == 2
    assert f"{file} line 2: Expected `str`" in said
