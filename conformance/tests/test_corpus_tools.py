"""The corpus is changed through its tools: they make, check, compare and say why."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from rollout_conformance import index, locations
from rollout_conformance.cases import load_cases
from rollout_conformance.cli import main
from rollout_conformance.corpus_tools import ToolError, acceptance, difference, lint

KEPT = ("threads/duplicate-start", "threads/start", "lines/nesting-128-in-envelope")
ACCEPTED, REJECTED = "trace-thread-start", "trace-thread-duplicate-start"
STATE = "expect/state.json"
CHANGELOG = (
    "# Changelog\n\n## 0.2\n\n### Corpus\n- First.\n\n### Other\n- Else.\n\n## 0.1\n\n### Corpus\n- Old.\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a small corpus of real cases."""
    source = locations.corpus_dir()
    for name in KEPT:
        shutil.copytree(source / "trace" / name, tmp_path / "corpus" / "trace" / name)
    shutil.copy(source / "notes.toml", tmp_path / "corpus")
    (tmp_path / "corpus" / "renames.toml").write_text("[renames]\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "code.py").write_text("x = 1\n")
    _change(tmp_path, "threads/duplicate-start", r'neighbour = ".*"', f'neighbour = "{ACCEPTED}"')
    for cited in ("TRACE-THREAD-2@1", "TRACE-ORIGIN-1@1"):
        _change(tmp_path, "threads/start", r"requirements = \[", f'requirements = ["{cited}", ')
    index.write(tmp_path / "corpus")
    return tmp_path


def _change(project: Path, case: str, old: str, new: str) -> None:
    """Edit the description of a case."""
    path = project / "corpus" / "trace" / case / "case.toml"
    text, count = re.subn(old, new, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)


def problems_of(project: Path) -> list[str]:
    """Lint the corpus of a project."""
    return lint.problems(project / "corpus", locations.spec_dir())


def git(folder: Path, *arguments: str) -> None:
    """Call git without the configuration of whoever runs the tests."""
    who = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def call(*arguments: str | Path) -> tuple[int, str]:
    """Run the command and return its exit code and what it said."""
    done = CliRunner().invoke(main, ["corpus", *map(str, arguments)])
    return done.exit_code, done.output


def test_the_corpus_is_clean() -> None:
    """The real corpus has no fault, its index included."""
    assert lint.problems(locations.corpus_dir(), locations.spec_dir()) == []


def test_small_corpus_is_clean(project: Path) -> None:
    """What the other tests break is clean before."""
    assert problems_of(project) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "', 'title = "it should be that ', "the title says 'should'"),
        ('title = "', 'title = "tests that ', "the title says 'tests that'"),
        ("TRACE-THREAD-2@1", "DEMO-RULE-99@1", "cites DEMO-RULE-99, which the text does not have"),
        ("TRACE-THREAD-2@1", "TRACE-THREAD-2@7", "cites TRACE-THREAD-2@7, the text has @1"),
        ('"OneFault"', '"OneFault", "NoSuchNote"', "the note 'NoSuchNote' is not in notes.toml"),
        ('"OneFault"', "", "a rejected case has one fault"),
        (r"neighbour = .*\n", "", "names its nearest accepted case as 'neighbour'"),
        (f'"{ACCEPTED}"', '"trace-nowhere"', "the neighbour trace-nowhere does not exist"),
        (f'"{ACCEPTED}"', '"trace-line-nesting-128-in-envelope"', "nesting-128-in-envelope is not accepted"),
        ("TRACE-THREAD-2@1", "TRACE-TURN-2@1", f"the neighbour {ACCEPTED} does not cite TRACE-TURN-2"),
    ],
)
def test_lint_finds_the_fault(project: Path, old: str, new: str, said: str) -> None:
    """Each kind of fault of a case has its line, with the file of the case."""
    _change(project, "threads/duplicate-start", old, new)
    index.write(project / "corpus")

    problems = problems_of(project)

    assert said in "\n".join(problems)
    file = str(project / "corpus" / "trace/threads/duplicate-start/case.toml")
    assert [problem for problem in problems if not problem.startswith(file)] == []


def test_lint_finds_foreign_and_large_files(project: Path) -> None:
    """Only the parts of a case lie in its folder, small and real."""
    folder = project / "corpus/trace/threads/start"
    (folder / "notes.txt").write_bytes(b"")
    (folder / "input" / "large").write_bytes(b"x" * 65_537)
    (folder / "input" / "link").symlink_to("large")
    index.write(project / "corpus")

    said = [problem.partition(": ")[2] for problem in problems_of(project)]

    assert said == [
        "input/large has more than 65536 bytes",
        "input/link is a symbolic link",
        "notes.txt is no part of a case",
    ]


@pytest.mark.parametrize(
    ("compare", "state", "said"),
    [
        ("", '{"$any":"int"}', "expect/state.json: holds patterns, which only the mode json-iso reads"),
        ("", "{", "expect/state.json: Input data was truncated"),
        ('[compare]\n"state.json" = "json-iso"\n', '{"$any":"x"}', "is no pattern; $any knows uuid7"),
        ('[compare]\n"other.json" = "bytes"\n', "{}", "'compare' names other.json, which is not expected"),
    ],
)
def test_lint_reads_expectations(project: Path, compare: str, state: str, said: str) -> None:
    """An expectation is JSON, and its patterns mean something."""
    folder = project / "corpus/trace/threads/start"
    (folder / STATE).write_text(state)
    (folder / "case.toml").write_text((folder / "case.toml").read_text() + compare)
    index.write(project / "corpus")

    assert said in "\n".join(problems_of(project))


@pytest.mark.parametrize(
    ("renames", "said"),
    [
        (f'"{ACCEPTED}" = "{REJECTED}"', f"{ACCEPTED} is a case again"),
        ('"trace-old" = "trace-older"', "trace-old leads to no case"),
        ("trace-old = 1", "line 1: Expected `str`"),
    ],
)
def test_lint_reads_renames(project: Path, renames: str, said: str) -> None:
    """A rename leads from an id that is gone to a case that is there."""
    (project / "corpus" / "renames.toml").write_text(f"[renames]\n{renames}\n")

    assert said in "\n".join(problems_of(project))


def test_lint_finds_a_stale_index(project: Path) -> None:
    """A case that changed since the index was written is named with the way out."""
    (project / "corpus/trace/threads/start" / STATE).write_text("{}")

    (problem,) = problems_of(project)

    assert problem.endswith(f"index.json: out of date for {ACCEPTED}; run `rolloutspec corpus hash`")


@pytest.mark.parametrize(
    ("case", "extra", "verdict", "folder"),
    [
        ("threads/start", (), "must-accept", "trace/threads/new-one"),
        ("threads/duplicate-start", ("--neighbour", ACCEPTED), "must-reject", "trace/threads/new-one"),
        ("threads/start", ("--folder", "trace/elsewhere/x"), "must-accept", "trace/elsewhere/x"),
    ],
)
def test_new_case_is_whole(
    project: Path, case: str, extra: tuple[str, ...], verdict: str, folder: str
) -> None:
    """A scaffolded case is clean once it is indexed, and lies beside its like."""
    corpus = project / "corpus"
    source = corpus / "trace" / case / "input"
    rule = ("--requirement", "TRACE-THREAD-2@1")

    code, said = call(
        "new",
        "trace-thread-new-one",
        "--from",
        source,
        *rule,
        "--title",
        "a fact",
        *extra,
        "--corpus",
        corpus,
    )

    (made,) = [each for each in load_cases(corpus) if each.id == "trace-thread-new-one"]
    assert code == 0, said
    assert (made.verdict, made.folder) == (verdict, corpus / folder)
    assert made.error == (["trace.duplicate_thread_start"] if verdict == "must-reject" else [])
    assert call("hash", corpus)[0] == 0
    assert problems_of(project) == []


@pytest.mark.parametrize(
    ("case_id", "rule", "title", "said"),
    [
        (ACCEPTED, "TRACE-THREAD-2@1", "a fact", "ids are never used again"),
        ("Trace-X", "TRACE-THREAD-2@1", "a fact", "is no id"),
        (
            "trace-x",
            "TRACE-THREAD-2",
            "a fact",
            "is no requirement with its revision; the text has TRACE-THREAD-2@1",
        ),
        ("trace-x", "DEMO-NO-2@1", "a fact", "is no requirement with its revision"),
        ("trace-x", "TRACE-THREAD-2@1", "f" * 71, "of length <= 70"),
    ],
)
def test_new_case_that_makes_no_sense_is_not_made(
    project: Path, case_id: str, rule: str, title: str, said: str
) -> None:
    """What is wrong is said, and nothing is left behind."""
    corpus = project / "corpus"
    before = sorted(corpus.rglob("*"))
    source = corpus / "trace/threads/start/input"

    code, told = call(
        "new", case_id, "--from", source, "--requirement", rule, "--title", title, "--corpus", corpus
    )

    assert code == 1
    assert said in told
    assert sorted(corpus.rglob("*")) == before


def test_accept_takes_over_what_the_reference_does(project: Path) -> None:
    """A state and a code that are no longer right are replaced, with a reason in the changelog."""
    corpus = project / "corpus"
    right = (corpus / "trace/threads/start" / STATE).read_bytes()
    (corpus / "trace/threads/start" / STATE).write_bytes(right.replace(b'"trace_id": "', b'"trace_id": "x'))
    _change(project, "threads/duplicate-start", r'error = \["[^"]*"\]', 'error = ["trace.too_large"]')

    code, said = call("accept", "--why", "ids are kept", "--corpus", corpus)

    assert code == 0
    assert "state.json/trace_id: expected" in said
    assert "error: trace.too_large becomes trace.duplicate_thread_start" in said
    assert (corpus / "trace/threads/start" / STATE).read_bytes() == right
    assert problems_of(project) == []
    changelog = (project / "CHANGELOG.md").read_text()
    told = f"- Expectations changed (2: `{REJECTED}`, `{ACCEPTED}`): ids are kept"
    assert changelog == CHANGELOG.replace("- First.\n", f"- First.\n{told}\n")


def test_accept_changes_nothing_that_is_right(project: Path) -> None:
    """Where the reference meets the expectations nothing is written."""
    assert acceptance.accept(project / "corpus", "*", "no reason") == []
    assert (project / "CHANGELOG.md").read_text() == CHANGELOG


@pytest.mark.parametrize(
    ("case", "old", "new", "said"),
    [
        ("threads/start", '"json-iso"', '"json-iso"', "holds patterns; change it by hand"),
        ("threads/duplicate-start", "must-reject", "must-accept", "must-accept, but the reference"),
    ],
)
def test_accept_leaves_what_needs_a_hand(project: Path, case: str, old: str, new: str, said: str) -> None:
    """Patterns and verdicts are not overwritten, and nothing else is then."""
    folder = project / "corpus/trace" / case
    text = (folder / "case.toml").read_text()
    if case == "threads/start":
        (folder / "case.toml").write_text(text + '[compare]\n"state.json" = "json-iso"\n')
        (folder / STATE).write_text('{"trace_id":{"$any":"int"}}')
    else:
        (folder / "expect").mkdir()
        changed = re.sub(r"(?m)^(error|neighbour) = .*\n", "", text.replace(old, new))
        (folder / "case.toml").write_text(changed)

    with pytest.raises(ToolError, match=re.escape(said)):
        acceptance.accept(project / "corpus", "*", "a reason")

    assert (project / "CHANGELOG.md").read_text() == CHANGELOG


def test_accept_refuses_a_dirty_reference(project: Path) -> None:
    """Expectations come from a commit, so that anybody can make them again."""
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "all")
    (project / "corpus/trace/threads/start" / STATE).write_text("{}")
    (project / "reference" / "code.py").write_text("x = 2\n")

    with pytest.raises(ToolError, match=r"reference/ has changes that are not committed: reference/code\.py"):
        acceptance.accept(project / "corpus", "*", "a reason")

    git(project, "commit", "-q", "-a", "-m", "reference")
    assert len(acceptance.accept(project / "corpus", "*", "a reason")) == 1


@pytest.mark.parametrize(("why", "changelog"), [(" ", CHANGELOG), ("a reason", "# Changelog\n")])
def test_accept_needs_a_reason_and_a_place_for_it(project: Path, why: str, changelog: str) -> None:
    """Without a reason that can be written down nothing changes."""
    (project / "CHANGELOG.md").write_text(changelog)

    with pytest.raises(ToolError):
        acceptance.accept(project / "corpus", "*", why)


@pytest.fixture
def changed(project: Path, tmp_path: Path) -> Path:
    """Make a second corpus in which one case is new, one gone and one different."""
    other = tmp_path / "other"
    shutil.copytree(project / "corpus", other)
    state = other / "trace/threads/start" / STATE
    state.write_bytes(state.read_bytes().replace(b'"status": "running"', b'"status": "failed"', 1))
    shutil.rmtree(other / "trace/lines/nesting-128-in-envelope")
    shutil.copytree(other / "trace/threads/duplicate-start", other / "trace/threads/again")
    path = other / "trace/threads/again/case.toml"
    path.write_text(path.read_text().replace(f'"{REJECTED}"', '"trace-thread-again"'))
    return other


@pytest.mark.parametrize(
    ("depth", "said"),
    [
        ("root", []),
        ("dir", ["trace/lines: -1", "trace/threads: +1, ~1"]),
        ("case", ["- trace-line-nesting-128-in-envelope", "+ trace-thread-again", f"~ {ACCEPTED}"]),
        (
            "pointer",
            [
                "- trace-line-nesting-128-in-envelope",
                "+ trace-thread-again",
                f"~ {ACCEPTED}",
                '    expect/state.json/status: expected "running", got "failed"',
            ],
        ),
    ],
)
def test_diff_looks_as_far_as_asked(project: Path, changed: Path, depth: str, said: list[str]) -> None:
    """From one root hash to one JSON pointer."""
    first, second, *lines, last = difference.compare(str(project / "corpus"), str(changed), depth)  # type: ignore[arg-type]

    assert re.match(r"- [0-9a-f]{64}  .*: 3 cases", first)
    assert re.match(r"\+ [0-9a-f]{64}  .*: 3 cases", second)
    assert lines == said
    assert last == "this is a new major version: an expectation changed or is gone"


def test_diff_knows_the_root_of_the_index(project: Path) -> None:
    """The hash that is shown is that of the index."""
    first, *_ = difference.compare(str(project), str(project / "corpus"), "root")

    assert first.split()[1] == index.Index(project / "corpus").root


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("budget_ms = 2000", "budget_ms = 2000", "the same corpus"),
        ('title = "', 'title = "now ', "a new patch version"),
        ("TRACE-THREAD-2@1", "TRACE-THREAD-2@2", "a new major version"),
    ],
)
def test_diff_says_which_version_a_change_demands(
    project: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Notes are a patch, expectations a major."""
    shutil.copytree(project / "corpus", tmp_path / "before")
    _change(project, "threads/duplicate-start", old, new)

    *_, last = difference.compare(str(tmp_path / "before"), str(project / "corpus"), "root")

    assert said in last


def test_diff_reads_git_revisions(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision stands for the corpus that it has."""
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "all")
    shutil.copytree(project / "corpus/trace/threads/start", project / "corpus/trace/threads/new")
    path = project / "corpus/trace/threads/new/case.toml"
    path.write_text(path.read_text().replace(f'"{ACCEPTED}"', '"trace-thread-new"'))
    monkeypatch.chdir(project)

    code, said = call("diff", "HEAD", "corpus")

    assert code == 0
    assert "+ trace-thread-new\nthis is a new minor version" in said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["diff", "no-such-revision", "no-such-folder"], 4),
        (["hash", "--set-version", "one"], 2),
        (["accept"], 2),
        (["new", "x"], 2),
        (["frob"], 2),
        (["--help"], 0),
    ],
)
def test_misuse_has_its_exit_code(arguments: list[str], code: int) -> None:
    """Every misuse is said in words."""
    assert call(*arguments)[0] == code


def test_hash_sets_the_version(project: Path) -> None:
    """The version stays until somebody sets it."""
    corpus = project / "corpus"

    call("hash", corpus, "--set-version", "1.2.0")
    call("hash", corpus)

    assert index.Index(corpus).version == "1.2.0"
