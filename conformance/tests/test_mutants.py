"""Every mutant dies, every rule has one, and what is no mutant survives."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import FunctionType

import pytest
from click.testing import CliRunner, Result

from rollout_conformance import locations
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED
from rollout_conformance.cli.mutants import command
from rollout_conformance.mutants import load_mutants
from rollout_conformance.mutants.elsewhere import KILLED_BY_TEST
from rollout_conformance.mutants.matrix import Judge, Matrix, build
from rollout_conformance.mutants.patch import ABSENT, Patch, StaleMutant, patched
from rollout_conformance.mutants.registry import Mutant
from rollout_conformance.mutants.report import json_document, markdown, summary
from rollout_conformance.requirements import load_requirements
from rollout_reference.errors import DuplicateThreadStart, DuplicateTurn
from rollout_reference.trace import bundle, events
from rollout_reference.trace.reduce import code_cells, threads, tools, turns

pytestmark = pytest.mark.thorough

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Return the cases of the corpus."""
    return load_cases(locations.corpus_dir())


@pytest.fixture(scope="module")
def judge(cases: list[Case]) -> Judge:
    """Return a judge with all cases."""
    return Judge(cases)


@pytest.fixture(scope="module")
def matrix(judge: Judge) -> Matrix:
    """Return the whole matrix."""
    return build(load_mutants(), load_requirements(locations.spec_dir()), judge)


def mutant(damage: Callable[[Patch], None], requirement: str = "TRACE-THREAD-2") -> Mutant:
    """Return a mutant that no module registers."""
    return Mutant(requirement, "planted", "is planted by a test", damage)


# --- the matrix ---------------------------------------------------------------------------------


def test_every_mutant_dies(matrix: Matrix) -> None:
    """No mutant passes all cases."""
    assert [row.mutant for row in matrix.survivors] == []


def test_every_mutant_is_wrong_before_it_breaks_down(matrix: Matrix) -> None:
    """Each mutant gives a wrong answer to some case."""
    assert [row.mutant for row in matrix.rows if row.verdict == "crash"] == []


def test_every_rule_has_a_mutant_or_a_test(matrix: Matrix) -> None:
    """Each rule of level MUST is broken by something."""
    assert matrix.unbroken == []


def test_only_laws_are_judged_by_cases_of_other_rules(matrix: Matrix) -> None:
    """A mutant dies by a case that cites the rule it breaks; no case cites a law."""
    strays = [row for row in matrix.rows if row.decisive and not row.decisive.cites]
    assert [row.mutant for row in strays if not row.requirement.startswith("TRACE-LAW-")] == []


def test_every_mutant_breaks_a_rule_of_the_text(matrix: Matrix) -> None:
    """Each mutant names a requirement of the text."""
    rules = load_requirements(locations.spec_dir())
    assert [row.mutant for row in matrix.rows if row.requirement not in rules] == []


@pytest.mark.parametrize(("rule", "test"), sorted(KILLED_BY_TEST.items()))
def test_named_test_exists(rule: str, test: str) -> None:
    """The test that stands in for a mutant is there."""
    file, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (REPOSITORY / file).read_text("utf-8"), re.MULTILINE)


def test_reports_tell_each_mutant(matrix: Matrix) -> None:
    """Both documents name every mutant."""
    names = [row.mutant for row in matrix.rows]
    table, document = markdown(matrix), json_document(matrix)
    assert [name for name in names if name not in table] == []
    assert [name for name in names if f'"{name}"'.encode() not in document] == []
    assert summary(matrix).startswith(f"{len(names)} mutants")


# --- what kills and what does not ---------------------------------------------------------------


def test_identity_survives(judge: Judge) -> None:
    """What changes nothing is asked every case and survives."""
    row = judge.row(mutant(lambda _: None))
    assert (row.verdict, row.asked) == ("survived", len(judge))


def test_survivor_and_rule_without_mutant_are_told(judge: Judge) -> None:
    """A matrix with a survivor or an unbroken rule is not complete."""
    rules = load_requirements(locations.spec_dir())
    kept = {name: rules[name] for name in ("TRACE-THREAD-2", "TRACE-THREAD-3")}
    built = build([mutant(lambda _: None)], kept, judge)
    assert not built.complete
    assert [row.mutant for row in built.survivors] == ["planted"]
    assert built.unbroken == ["TRACE-THREAD-3"]


def test_first_kill_ends_the_questions(judge: Judge) -> None:
    """A mutant that dies by the first case is asked no other."""
    damage = mutant(lambda patch: patch.never_raises(threads.start_thread, DuplicateThreadStart))
    row = judge.row(damage)
    assert row.verdict == "killed"
    assert row.asked == 1


def test_every_case_can_be_asked(judge: Judge) -> None:
    """On request a dead mutant is asked all cases."""
    damage = mutant(lambda patch: patch.never_raises(threads.start_thread, DuplicateThreadStart))
    row = judge.row(damage, every_case=True)
    assert row.asked == len(judge)
    assert len(row.kills) > 1


def test_mutant_that_only_breaks_down_is_told(judge: Judge) -> None:
    """A mutant that raises everywhere is told from one that is wrong."""
    row = judge.row(
        mutant(lambda patch: patch.edit(turns.start_turn, "started = event.payload", "started = 0"))
    )
    assert row.verdict == "crash"
    assert row.decisive is not None
    assert row.decisive.detail.startswith("AttributeError")


def test_changed_input_kills(judge: Judge, cases: list[Case]) -> None:
    """A mutant that writes into its bundle gets a copy, and dies by that."""
    first = next(case for case in cases if case.op == "trace.reduce")
    before = first.input / "manifest.json"
    content = before.read_bytes()
    leaves_cache = next(each for each in load_mutants() if each.name == "leaves_cache")
    row = judge.row(leaves_cache)
    assert row.decisive is not None
    assert row.decisive.detail == "changed its input: .state.cache added"
    assert before.read_bytes() == content


# --- the patch ----------------------------------------------------------------------------------


def snapshot() -> list[object]:
    """Return all that a mutant may change in some modules."""
    modules = (bundle, code_cells, threads, tools, turns)
    values = [value for module in modules for value in vars(module).values()]
    functions = [value for value in values if isinstance(value, FunctionType)]
    tables = [dict(value) for value in values if isinstance(value, dict)]
    return [values, [(f.__code__, f.__defaults__, f.__kwdefaults__) for f in functions], tables]


def test_no_mutant_leaves_a_trace() -> None:
    """After each mutant the reference is what it was."""
    before = snapshot()
    for each in load_mutants():
        with patched(each.damage):
            pass
    assert snapshot() == before


def test_reference_is_restored_after_an_error() -> None:
    """An error in the block does not keep the damage."""
    before = snapshot()
    with pytest.raises(KeyError), patched(lambda patch: patch.does_nothing(threads.start_thread)):
        raise KeyError
    assert snapshot() == before


def test_edits_of_one_function_add_up() -> None:
    """A second edit sees the first."""

    def damage(patch: Patch) -> None:
        patch.edit(threads.last_segment, "reversed(path.split('/'))", "path.split('/')")
        patch.edit(threads.last_segment, "'/'", "'.'")

    with patched(damage):
        assert threads.last_segment("a.b") == "a"
    assert threads.last_segment("a/b") == "b"


def adder(addend: int) -> Callable[[int], int]:
    """Return a function with a free variable."""

    def add(number: int) -> int:
        return number + addend

    return add


def test_edit_of_a_closure() -> None:
    """A function with free variables keeps them."""
    add_two = adder(2)
    with patched(lambda patch: patch.edit(add_two, "number + addend", "number * addend")):
        assert add_two(5) == 10
    assert add_two(5) == 7


def test_constant_changes_where_it_was_imported() -> None:
    """A constant is another one inside the block only."""
    with patched(lambda patch: patch.constant(bundle, "EVENT_LOG", "log")):
        assert bundle.EVENT_LOG == "log"
        assert bundle.Bundle(Path()).root == Path()
    assert bundle.EVENT_LOG == "trace.jsonl"


def test_entry_can_be_removed() -> None:
    """A removed entry comes back at its place."""
    with patched(lambda patch: patch.entry(code_cells.WINDOW_STATUS, "failed", ABSENT)):
        assert "failed" not in code_cells.WINDOW_STATUS
    assert list(code_cells.WINDOW_STATUS)[-2:] == ["failed", "terminated"]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda patch: patch.edit(threads.last_segment, "no such text", ""), "has 0 times 'no such text'"),
        (lambda patch: patch.edit(threads.last_segment, "path", ""), "not once"),
        (
            lambda patch: patch.never_raises(threads.start_thread, DuplicateTurn),
            "does not raise DuplicateTurn",
        ),
        (lambda patch: patch.edit(len, "", ""), "is no plain function"),
    ],
)
def test_stale_mutant_says_what_it_looked_for(damage: Callable[[Patch], None], told: str) -> None:
    """A mutant that does not fit is an error that shows why."""
    with pytest.raises(StaleMutant, match=told), patched(damage):
        pass


def test_recursive_function_can_be_edited() -> None:
    """A function that calls itself can be changed."""
    with patched(
        lambda patch: patch.edit(events._refuse_repeated_fields, "if isinstance(value, Struct):", "if False:")
    ):
        pass


# --- the command --------------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    """Run `rolloutspec mutants`."""
    return CliRunner().invoke(command, list(arguments))


@pytest.fixture
def one_case(tmp_path: Path) -> Path:
    """Return a corpus of a single case, which no wrong thread start fails."""
    shutil.copytree(locations.corpus_dir() / "trace/threads/start", tmp_path / "start")
    return tmp_path


def test_command_writes_both_reports(tmp_path: Path) -> None:
    """The mutants of one rule die, and the files tell it."""
    report, document = tmp_path / "report.json", tmp_path / "matrix.md"
    result = run("TRACE-THREAD-2", "--report", str(report), "--matrix", str(document))
    assert result.exit_code == 0, result.output
    assert [row["verdict"] for row in json.loads(report.read_bytes())["mutants"]] == ["killed", "killed"]
    assert "| TRACE-THREAD-2 | last_start_wins |" in document.read_text("utf-8")


def test_survivor_is_an_unexpected_outcome(one_case: Path) -> None:
    """Too small a corpus lets mutants live."""
    result = run("last_start_wins", "--corpus", str(one_case))
    assert result.exit_code == UNEXPECTED
    assert "SURVIVED TRACE-THREAD-2 last_start_wins" in result.output


def test_case_that_the_reference_fails_is_a_fault_of_the_suite(one_case: Path) -> None:
    """The reference passes every case, or the matrix means nothing."""
    (one_case / "start" / "expect" / "state.json").write_bytes(b"{}")
    result = run("last_start_wins", "--corpus", str(one_case))
    assert result.exit_code == SUITE_ERROR
    assert "the reference does not pass this case (fail)" in result.output


def test_pattern_that_matches_nothing() -> None:
    """A pattern is a rule or the name of a mutant."""
    result = run("TRACE-NOTHING-*")
    assert result.exit_code == 2
    assert "no mutant and no rule of one matches 'TRACE-NOTHING-*'" in result.output
