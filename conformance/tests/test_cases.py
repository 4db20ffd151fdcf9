"""Cases and their index are data: what can be wrong with them is said with file, line and what to do."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from rollout_conformance import campaign, cases, index
from rollout_conformance.answers import Accepted, Answer, Identity, Refused
from rollout_conformance.cases import CASE_FILE, Branch, Case, CaseError, Description, load_cases, read_case
from rollout_conformance.cli import main
from rollout_conformance.index import Entry, Index, IndexFault, Selection
from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.schemas import validator
from rollout_conformance.tasks import ENVIRONMENT, Environment
from rollout_conformance.tomlfile import line_of_key
from rollout_conformance.verdict import JUDGES, Judgement, judge
from rollout_conformance.vocabulary import vocabulary

GOOD = """id = "demo"
title = "a demonstration"
op = "trace.reduce"
profile = "trace-reader"
requirements = ["TRACE-THREAD-2@1"]
verdict = "must-reject"
error = ["trace.duplicate_thread_start"]
source = { kind = "hand-written" }
budget_ms = 2000
"""
MAY = GOOD.replace('"must-reject"', '"may"').replace('error = ["trace.duplicate_thread_start"]\n', "")
BRANCHES = '\n[branch.refused]\nerror = ["trace.too_large"]\n\n[branch.kept]\nexpect = "expect"\n'


def write_case(folder: Path, text: str) -> Path:
    """Make a case folder with an input."""
    (folder / "input").mkdir(parents=True)
    (folder / "input" / "trace.jsonl").write_bytes(b"")
    (folder / "case.toml").write_text(text)
    return folder


def test_good_case_is_read(tmp_path: Path) -> None:
    """A case is what its file says, in its folder."""
    write_case(tmp_path / "demo", GOOD)

    (case,) = load_cases(tmp_path)

    assert case.cited == {"TRACE-THREAD-2": 1}
    assert case.input == tmp_path / "demo" / "input"
    assert case.expectations == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('id = "demo"', 'id = "Demo Case"', 1, "Expected `str` matching regex"),
        ("budget_ms = 2000", "", 1, "missing required field `budget_ms`"),
        ("budget_ms = 2000", "budgets = 1\nbudget_ms = 1", 9, "unknown field `budgets`"),
        ("budget_ms = 2000", "budget_ms = [", 10, "Invalid value"),
        ("budget_ms = 2000", "budget_ms = 0", 9, "Expected `int` >= 1"),
        ("budget_ms = 2000", 'budget_ms = 1\nfolder = "x"', 10, "unknown field `folder`"),
        ('"TRACE-THREAD-2@1"', '"TRACE-THREAD-2"', 5, "is no requirement with its revision"),
        ('error = ["trace.duplicate_thread_start"]', "", 6, "a must-reject case has 'error'"),
        ('"must-reject"', '"must-accept"', 6, "a must-accept case has expect/"),
        ('"must-reject"', '"may"', 6, "a may case has at least two tables"),
        ('"trace.reduce"', '"trace.guess"', 3, "is not in the vocabulary"),
        ('"must-reject"', '"maybe"', 6, "Invalid enum value 'maybe'"),
        ("budget_ms = 2000", 'budget_ms = 1\n[compare]\n"a" = "xml"', 10, "Invalid enum value 'xml'"),
        ("budget_ms = 2000", "budget_ms = 1\n[options]\nx = 1", 10, "trace.reduce has no option 'x'"),
        ("budget_ms = 2000", "budget_ms = 1\n[env]\nnow_ms = -1", 11, "Expected `int` >= 0"),
        ("budget_ms = 2000", "budget_ms = 1\n[env]\nnow = 1", 11, "unknown field `now`"),
        ("budget_ms = 2000", 'budget_ms = 1\n[branch.a]\nerrors = ["x"]', 11, "unknown field `errors`"),
    ],
)
def test_broken_case_is_explained(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    """A broken case.toml gives one error that names the file, the line and the fault."""
    folder = write_case(tmp_path / "demo", GOOD.replace(old, new))

    with pytest.raises(CaseError) as caught:
        load_cases(tmp_path)

    assert str(caught.value).startswith(f"{folder / 'case.toml'} line {line}: ")
    assert said in str(caught.value)


TASK = """
[options]
cut = { turn = 2, kept = [true, "a", 1.5] }

[env]
id_seed = "other"
"""


@pytest.fixture
def vocabulary_with_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reducing have one option."""
    names = vocabulary()
    reduce = replace(names.operations["trace.reduce"], options={"cut": "where the log ends"})
    wider = replace(names, operations=names.operations | {"trace.reduce": reduce})
    monkeypatch.setattr(cases, "vocabulary", lambda: wider)


@pytest.mark.usefixtures("vocabulary_with_options")
def test_options_and_env_are_part_of_the_task(tmp_path: Path) -> None:
    """An operation is told what the case says, and what it does not say is as in every run."""
    case = read_case(write_case(tmp_path / "demo", GOOD + TASK) / CASE_FILE)

    assert case.task.options == {"cut": {"turn": 2, "kept": [True, "a", 1.5]}}
    assert case.task.env == Environment(ENVIRONMENT.now_ms, "other")
    assert validator("case").is_valid(tomllib.loads(GOOD + TASK))


@pytest.mark.usefixtures("vocabulary_with_options")
@pytest.mark.parametrize("value", ["2026-01-01", "nan", "[{ at = 07:32:00 }]"])
def test_option_without_a_form_in_json_is_refused(tmp_path: Path, value: str) -> None:
    """A request is JSON: what TOML alone can say has no place in it."""
    write_case(tmp_path / "demo", f"{GOOD}\n[options]\ncut = {value}\n")

    with pytest.raises(CaseError, match="line 11: the option 'cut' holds a date, a time, inf or nan"):
        load_cases(tmp_path)


@pytest.mark.parametrize(
    ("branches", "said"),
    [
        (
            BRANCHES.replace('expect = "expect"', 'expect = "expect-b"'),
            "expects expect-b/, which is not there",
        ),
        (BRANCHES.replace('expect = "expect"', 'error = ["trace.b"]'), "no branch expects expect/"),
        (BRANCHES.replace('expect = "expect"', ""), "has either 'error' or 'expect'"),
        ('[branch.one]\nexpect = "expect"\n', "at least two tables"),
    ],
)
def test_broken_branch_is_explained(tmp_path: Path, branches: str, said: str) -> None:
    """Branches name codes or folders that are there, and every folder is named."""
    write_case(tmp_path / "demo", MAY + branches)
    (tmp_path / "demo" / "expect").mkdir()

    with pytest.raises(CaseError, match=re.escape(said)):
        load_cases(tmp_path)


def test_branches_of_a_may_case_are_read(tmp_path: Path) -> None:
    """A may case has its branches by name."""
    write_case(tmp_path / "demo", MAY + BRANCHES)
    (tmp_path / "demo" / "expect").mkdir()

    (case,) = load_cases(tmp_path)

    assert case.branch == {"refused": Branch(error=["trace.too_large"]), "kept": Branch(expect="expect")}
    assert case.expectations == ["expect"]


def test_repeated_id_is_refused(tmp_path: Path) -> None:
    """Two cases cannot share an id."""
    write_case(tmp_path / "one", GOOD)
    write_case(tmp_path / "two", GOOD)

    with pytest.raises(CaseError, match="already used"):
        load_cases(tmp_path)


def test_empty_corpus_is_refused(tmp_path: Path) -> None:
    """A folder without cases is a mistake, not a success."""
    with pytest.raises(CaseError, match="no case"):
        load_cases(tmp_path)


@pytest.fixture
def choice(tmp_path: Path) -> Case:
    """Make a may case: one rejection, two states, one of them with patterns."""
    branches = (
        BRANCHES + '\n[branch.named]\nexpect = "expect-named"\n\n[compare]\n"state.json" = "json-iso"\n'
    )
    folder = write_case(tmp_path / "demo", MAY + branches)
    for name, state in (("expect", '{"a":[{}],"n":1}'), ("expect-named", '{"a":[{}],"n":{"$any":"string"}}')):
        (folder / name).mkdir()
        (folder / name / "state.json").write_text(state)
    return read_case(folder / "case.toml")


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (Refused("trace.too_large", ""), "pass", "refused"),
        (Refused(None, ""), "pass", "refused"),
        (
            Refused("trace.other", ""),
            "fail",
            "rejected as trace.other, allowed: refused (trace.too_large), kept",
        ),
        (Accepted({"state.json": b'{"n":1,"a":[{}]}'}), "pass", "kept"),
        (Accepted({"state.json": b'{"a":[{}],"n":"x"}'}), "pass", "named"),
        (Accepted({"state.json": b'{"a":[{}],"n":null}'}), "fail", "state.json differs"),
        (Accepted({}), "fail", "wrote no state.json"),
    ],
)
def test_branch_that_was_taken_is_named(choice: Case, answer: Answer, outcome: str, said: str) -> None:
    """An answer passes if it fits a branch, and the result says which."""
    judgement = judge(choice, answer, Identity("a", "1", profiles=("trace-reader",)))

    assert judgement.outcome == outcome
    assert said in (judgement.branch or judgement.detail)


def test_expectation_without_meaning_is_an_error_of_the_suite(choice: Case) -> None:
    """A broken pattern never counts against the implementation."""
    (choice.folder / "expect" / "state.json").write_text('{"$any":"thing"}')

    with pytest.raises(CaseError, match=r"expect/state\.json: .* is no pattern"):
        judge(choice, Accepted({"state.json": b"{}"}), Identity("a", "1"))


def test_operation_may_have_a_judge_of_its_own(choice: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge is given the case, the folder of expectations, the answer and who gave it."""
    monkeypatch.setitem(
        JUDGES,
        choice.op,
        lambda case, folder, answer, identity: Judgement("pass" if folder == "expect-named" else "fail"),
    )

    assert judge(choice, Accepted({}), Identity("a", "1")).branch == "named"


def schema(name: str) -> dict[str, Any]:
    """Return one schema of the kit."""
    path = spec_dir() / "schema" / f"{name}.schema.json"
    contents: dict[str, Any] = json.loads(path.read_bytes())
    Draft202012Validator.check_schema(contents)
    return contents


def test_case_schema_says_what_the_struct_says() -> None:
    """Names, required keys and closed lists are the same on both sides."""
    text = schema("case")
    struct = msgspec.json.schema(Description)["$defs"]["Description"]

    assert list(text["properties"]) == list(struct["properties"])
    assert text["required"] == struct["required"]
    assert text["properties"]["verdict"]["enum"] == sorted(
        struct["properties"]["verdict"]["enum"], key=text["properties"]["verdict"]["enum"].index
    )
    assert sorted(text["properties"]["compare"]["additionalProperties"]["enum"]) == sorted(
        struct["properties"]["compare"]["additionalProperties"]["enum"]
    )


def test_every_case_is_valid_by_the_schema() -> None:
    """What the suite reads is what the schema describes."""
    validator = Draft202012Validator(schema("case"))
    paths = sorted(corpus_dir().rglob(CASE_FILE))

    assert [path for path in paths if not validator.is_valid(tomllib.loads(path.read_text("utf-8")))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('error = ["trace.duplicate_thread_start"]', ""),
        ('"must-reject"', '"must-accept"'),
        ('"must-reject"', '"may"'),
        ('"TRACE-THREAD-2@1"', '"TRACE-THREAD-2"'),
        ('"demo"', '"Demo"'),
        ("budget_ms = 2000", "budget_ms = 0"),
        ("budget_ms = 2000", "budget_ms = 1\nmore = 1"),
    ],
)
def test_schema_refuses_what_the_suite_refuses(tmp_path: Path, old: str, new: str) -> None:
    """A broken case is broken on both sides."""
    text = GOOD.replace(old, new)
    write_case(tmp_path / "demo", text)

    assert Draft202012Validator(schema("case")).is_valid(tomllib.loads(GOOD))
    assert not Draft202012Validator(schema("case")).is_valid(tomllib.loads(text))
    with pytest.raises(CaseError):
        load_cases(tmp_path)


def test_cases_of_the_text_are_cases() -> None:
    """The examples of the specification are valid, for schema and suite."""
    text = (spec_dir() / "conformance" / "cases.md").read_text("utf-8")
    examples = re.findall(r"^```toml case\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

    assert len(examples) > 1
    for example in examples:
        msgspec.toml.decode(example, type=Description)
        Draft202012Validator(schema("case")).validate(tomllib.loads(example))


@pytest.mark.parametrize(
    ("names", "number", "line"),
    [
        (["a"], 0, 1),
        (["t", "b"], 0, 4),
        (["t", "b"], 1, 7),
        (["u", "v", "c"], 0, 9),
        (["u"], 0, 8),
        (["no"], 0, 1),
    ],
)
def test_key_is_found_in_its_table(names: list[str], number: int, line: int) -> None:
    """A key is looked for in the table that it belongs to."""
    text = "a = 1\n\n[[t]]\nb = 1\n\n[[t]]\nb = 2\n[u.v]\nc = 1\n"

    assert line_of_key(text, names, number) == line


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Make a corpus of three cases with its index."""
    for name in ("one", "two", "three"):
        write_case(tmp_path / "corpus" / "trace" / name, GOOD.replace('"demo"', f'"{name}"'))
    index.write(tmp_path / "corpus")
    return tmp_path / "corpus"


def everything(entries: Any) -> Iterator[Entry]:
    """Choose all cases."""
    return iter(entries)


def test_index_lists_the_cases_in_order(corpus: Path) -> None:
    """The index is valid by its schema, ordered by id, and gives back each case."""
    Draft202012Validator(schema("corpus-index")).validate(json.loads((corpus / "index.json").read_bytes()))

    cases = list(Selection(Index(corpus), everything))

    assert [case.id for case in cases] == ["one", "three", "two"]
    assert [case.folder.name for case in cases] == ["one", "three", "two"]


def test_index_of_the_corpus_is_valid() -> None:
    """The generated file has the form that the schema describes."""
    document = json.loads((corpus_dir() / "index.json").read_bytes())

    Draft202012Validator(schema("corpus-index")).validate(document)
    assert index.root_of(msgspec.convert(document["cases"], list[Entry])) == document["root"]


def test_same_files_have_the_same_hash(corpus: Path, tmp_path: Path) -> None:
    """The root hash depends on ids and contents, not on paths."""
    moved = tmp_path / "moved"
    (corpus / "trace").rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").rename(corpus / "other")
    corpus.rename(moved)

    assert index.write(moved).root == index.root_of(index.build(moved))


def test_case_is_read_only_in_its_turn(corpus: Path) -> None:
    """A run begins although a later case is broken, and ends where it is."""
    (corpus / "trace" / "two" / "input" / "more").write_bytes(b"")
    selection = Selection(Index(corpus), everything)

    cases = iter(selection)

    assert len(selection) == 3
    assert [next(cases).id, next(cases).id] == ["one", "three"]
    with pytest.raises(IndexFault, match=r"two: the case has changed since it was indexed.*corpus hash"):
        next(cases)


def test_missing_case_is_said(corpus: Path) -> None:
    """A case that the index has and the disk has not is named."""
    (corpus / "trace" / "one" / "case.toml").unlink()

    with pytest.raises(
        IndexFault, match=r"case\.toml: the index has one, but the case is not there.*corpus hash"
    ):
        list(Selection(Index(corpus), everything))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"version"', '"versions"', "index.json line 1: "),
        ('"id":"one"', '"ids":"one"', "index.json line 2: "),
        ('"id":"one"', '"id":"zzz"', "'three' stands after 'zzz'"),
        ('"bytes"', "bytes", "index.json line 2: JSON is malformed"),
        ("]}\n", "", "index.json line 5: the file is cut"),
        ('"root":"', '"root":"0', "Expected `str` matching regex"),
    ],
)
def test_broken_index_is_explained(corpus: Path, old: str, new: str, said: str) -> None:
    """A broken index is one error with file, line and what to do."""
    path = corpus / "index.json"
    text = path.read_text()
    start, end = (0, len(text)) if old != "]}\n" else (text.rindex(old), len(text))
    path.write_text(text[:start] + text[start:end].replace(old, new, 1))

    with pytest.raises(IndexFault, match=re.escape(said)) as caught:
        Index(corpus)

    assert str(caught.value).startswith(str(path))
    assert "rolloutspec corpus hash" in str(caught.value)


def test_root_must_be_that_of_the_lines(corpus: Path) -> None:
    """An index whose lines were edited does not claim the old root."""
    path = corpus / "index.json"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:3] + lines[4:]).replace("},\n]}", "}\n]}"))

    with pytest.raises(IndexFault, match="the root hash is not that of the cases listed"):
        Index(corpus)


def test_missing_index_is_said(corpus: Path) -> None:
    """Without an index nothing runs."""
    (corpus / "index.json").unlink()

    with pytest.raises(IndexFault, match=r"index\.json: No such file or directory.*corpus hash"):
        Index(corpus)


@pytest.mark.parametrize(
    ("broken", "said"),
    [("index.json", "index.json line 1: "), ("trace/one/case.toml", "one: the case has changed")],
)
def test_run_ends_at_a_broken_corpus(corpus: Path, broken: str, said: str) -> None:
    """One clear error with what to do, and exit code 4."""
    (corpus / broken).write_text("{")

    done = CliRunner().invoke(main, ["run", "--corpus", str(corpus)])

    assert done.exit_code == 4
    assert said in done.output
    assert "rolloutspec corpus hash" in done.output


def test_old_id_chooses_the_case_of_today(corpus: Path) -> None:
    """A choice by an id that was renamed is a choice of the new one."""
    (corpus / "renames.toml").write_text('[renames]\nuno = "one"\n')

    plan = campaign.plan(profile="trace-reader", pattern="uno", corpus=corpus)

    assert [case.id for case in plan.cases] == ["one"]


@pytest.mark.parametrize(("until", "left"), [("0.1.0", 2), ("0.2", 3), ("1.0.0", 3)])
def test_superseded_case_is_left_out(corpus: Path, until: str, left: int) -> None:
    """A case does not belong to the version that supersedes it, nor to later ones."""
    path = corpus / "trace" / "one" / "case.toml"
    path.write_text(path.read_text() + f'until = "{until}"\n')
    index.write(corpus)

    assert len(Selection(Index(corpus), everything)) == left


def test_rename_leads_to_the_case_of_today(corpus: Path) -> None:
    """Old ids lead to the newest one, however often a case was renamed."""
    (corpus / "renames.toml").write_text('[renames]\na = "b"\nb = "one"\n')

    assert index.current_id("a", index.renames(corpus)) == "one"
    assert index.current_id("two", index.renames(corpus)) == "two"


def test_case_keeps_nothing_but_its_description(corpus: Path) -> None:
    """A case is a description with a folder."""
    assert set(Case.__struct_fields__) - set(Description.__struct_fields__) == {"folder"}
