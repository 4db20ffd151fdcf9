"""What says the same in other words is answered the same: by the reference always, by wrong readers not."""

import json
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance import locations
from rollout_conformance.cases import Case, load_cases, read_case
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.metamorphic.generated import generated_cases
from rollout_conformance.metamorphic.given import Given
from rollout_conformance.metamorphic.judging import Judge, Survey
from rollout_conformance.metamorphic.spelling import with_blank_lines, with_keys_turned
from rollout_conformance.metamorphic.table import BY_NAME, READERS, TRANSFORMATIONS
from rollout_conformance.metamorphic.variants import describe, variants_of
from rollout_conformance.requirements import load_requirements

CASES = [case for case in load_cases(locations.corpus_dir()) if case.op in READERS]
RULES = load_requirements(locations.spec_dir())
ROLLOUTSPEC = [sys.executable, "-c", "from rollout_conformance.cli import main; main()"]
RUNNER = shlex.join(ROLLOUTSPEC)

REWRITING_READER = """#!{python}
import sys
from pathlib import Path
from rollout_conformance.implementations.reference import OPERATIONS
from rollout_conformance.tasks import Task
from rollout_reference.errors import Rejected
op, given, out = sys.argv[1], Path(sys.argv[3]), Path(sys.argv[5])
scratch = out.parent / "tmp" / "copy"
def understood(line):
    {understood}
for path in sorted(given.rglob("*")):
    target = scratch / path.relative_to(given)
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        target.write_bytes(b"".join(line for line in path.read_bytes().splitlines(True) if understood(line)))
    elif path.is_file() and path.suffix in {suffixes}:
        target.write_bytes(path.read_bytes())
try:
    for name, data in OPERATIONS[op](Task(op, scratch, 2000)).items():
        (out / name).write_bytes(data)
except Rejected:
    sys.exit(3)
"""
"""A tool that reads like the reference what it understands: lines, by their bytes, and kinds of files."""


def survey_of(cases: list[Case], folder: Path) -> Survey:
    """Let the reference answer cases and their variants."""
    judge = Judge(Reference(), RULES, TRANSFORMATIONS, folder / "kept")
    judge.run(cases, folder / "variants")
    return judge.survey("all", "")


def reader(folder: Path, understood: str = "return True", suffixes: str = '{".zst", ".json"}') -> str:
    """Write a tool and return its command line as an adapter."""
    tool = folder / "my-reader"
    text = REWRITING_READER.replace("{python}", sys.executable).replace("{understood}", understood)
    tool.write_text(text.replace("{suffixes}", suffixes))
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    claims = "--profile transcript-reader --capability session.zst --capability session.paginated"
    return f"{RUNNER} shim {claims} -- {tool}"


def metamorphic(folder: Path, impl: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a case of transcripts as a user does."""
    chosen = ("--profile", "transcript-reader", "--case", "session-transcript-old")
    command = [*ROLLOUTSPEC, "metamorphic", impl, *chosen, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def broken(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the transformations that a run of the command found broken."""
    document: dict[str, Any] = json.loads(done.stdout)
    return [law["transformation"] for law in document["laws"] if law["broken"]]


# --- the reference --------------------------------------------------------------------------------


@pytest.mark.parametrize("op", READERS)
def test_reference_answers_variants_of_some_cases_alike(op: str, tmp_path: Path) -> None:
    """[SESSION-CONTEXT-1, SESSION-USAGE-1, SESSION-THREADS-1] About twenty-five of each operation."""
    cases = [case for case in CASES if case.op == op]

    survey = survey_of(cases[:: max(len(cases) // 25, 1)], tmp_path)

    assert survey.breaches == []
    assert survey.left_out == {}
    assert {law.transformation for law in survey.laws} >= {"blanks", "key-order", "escapes", "cold"}


@pytest.mark.parametrize("op", READERS)
def test_reference_answers_variants_of_generated_inputs_alike(op: str, tmp_path: Path) -> None:
    """[SESSION-CONTEXT-1, SESSION-USAGE-1, SESSION-THREADS-1]"""
    survey = survey_of(list(generated_cases([op], 10, 1, tmp_path / "given")), tmp_path)

    assert survey.breaches == []
    assert survey.cases == 10


@pytest.mark.thorough
@pytest.mark.parametrize("op", READERS)
def test_reference_answers_variants_of_all_cases_alike(op: str, tmp_path: Path) -> None:
    """[SESSION-FILE-1, SESSION-FILE-10, SESSION-FILE-20, SESSION-LINE-1, SESSION-NAME-3]"""
    cases = [case for case in CASES if case.op == op]

    survey = survey_of(cases, tmp_path)

    assert survey.breaches == []
    assert survey.left_out == {}
    assert sum(law.held for law in survey.laws) > 8 * len(cases)


@pytest.mark.thorough
@pytest.mark.parametrize("op", READERS)
def test_reference_answers_variants_of_many_generated_inputs_alike(op: str, tmp_path: Path) -> None:
    """[SESSION-CONTEXT-1, SESSION-USAGE-1, SESSION-THREADS-1]"""
    survey = survey_of(list(generated_cases([op], 100, 2, tmp_path / "given")), tmp_path)

    assert survey.breaches == []
    assert survey.cases == 100


# --- wrong readers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("understood", "only", "found"),
    [
        ("""return b'"type":"' in line""", ("blanks", "escapes"), ["blanks", "escapes"]),
        ("""return line.startswith(b'{"timestamp"')""", ("key-order", "escapes"), ["key-order", "escapes"]),
        ("""return not line.endswith(b"\\r\\n")""", ("carriage-returns", "blanks"), ["carriage-returns"]),
        (
            "return line[14:24] == understood.__dict__.setdefault('day', line[14:24])",
            ("shifted", "stretched"),
            ["stretched"],
        ),
    ],
)
def test_reader_that_looks_at_the_spelling_is_found(
    understood: str, only: tuple[str, str], found: list[str], tmp_path: Path
) -> None:
    """A reader that passes the case as it is, and its variant not."""
    done = metamorphic(tmp_path, reader(tmp_path, understood), "--only", only[0], "--only", only[1])

    assert (done.returncode, done.stderr) == (1, "")
    assert broken(done) == found


def test_reader_that_knows_no_cold_form_is_found(tmp_path: Path) -> None:
    """It claims to read it, and finds nothing there."""
    done = metamorphic(tmp_path, reader(tmp_path, suffixes="{}"), "--only", "cold")

    assert done.returncode == 1
    assert broken(done) == ["cold"]


def test_breach_is_kept_as_a_case_that_fails_again(tmp_path: Path) -> None:
    """The folder is a corpus: the wrong reader fails it, the reference passes."""
    impl = reader(tmp_path, """return b'"type":"' in line""")

    told = json.loads(metamorphic(tmp_path, impl, "--only", "blanks").stdout)

    again = [*ROLLOUTSPEC, "run", "--profile", "transcript-reader", "--corpus", "metamorphic-breaches"]
    wrong, right = (subprocess.run([*again, each], cwd=tmp_path, check=False) for each in (impl, "reference"))
    assert [breach["kept"] for breach in told["breaches"]] == [
        "metamorphic-breaches/session-transcript-old-under-blanks"
    ]
    assert (wrong.returncode, right.returncode) == (1, 0)


# --- the command ----------------------------------------------------------------------------------


def test_command_prints_a_document_and_leaves_nothing(tmp_path: Path) -> None:
    """Piped, and with nothing broken, there is no folder."""
    done = metamorphic(tmp_path, "reference", "--generated", "2")

    assert (done.returncode, done.stderr, broken(done)) == (0, "", [])
    assert json.loads(done.stdout)["cases"] == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--only", "upside-down"), 2, "there is no transformation 'upside-down'; there are: blanks,"),
        (("--profile", "no-such"), 2, "profile 'no-such' is unknown"),
        (("--profile", "trace-reader", "--case", "trace-recorded-plain"), 1, "nothing was judged"),
    ],
)
def test_command_says_what_it_cannot_do(
    options: tuple[str, ...], code: int, said: str, tmp_path: Path
) -> None:
    """One message and the documented exit code."""
    done = metamorphic(tmp_path, "reference", *options)

    assert done.returncode == code
    assert said in done.stderr


def test_command_does_not_mix_breaches_of_two_runs(tmp_path: Path) -> None:
    """A folder in which something lies is left alone."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "old").touch()

    done = metamorphic(tmp_path, "reference", "--keep", "kept")

    assert done.returncode == 2
    assert "kept is not empty" in done.stderr


def test_no_implementation(tmp_path: Path) -> None:
    """As for a run."""
    done = metamorphic(tmp_path, "./not-there")

    assert done.returncode == 3
    assert done.stderr.startswith("implementation: ")


# --- transformations ------------------------------------------------------------------------------


def test_text_lists_the_transformations() -> None:
    """As the specification names them."""
    text = (locations.spec_dir() / "conformance" / "metamorphic.md").read_text()

    listed = text.partition("## The command")[0]
    assert re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", listed, re.MULTILINE) == [
        (each.name, each.says) for each in TRANSFORMATIONS
    ]


def test_keys_that_stand_twice_stay() -> None:
    """What a reader makes of them is a rule of its own."""
    line = b'{"type":"x","payload":{"a":1,"a":2}}\n{"type":"y","payload":[]}'
    given = Given("session.parse", {"rollout.jsonl": line}, {})

    assert with_keys_turned(given).files["rollout.jsonl"].split(b"\n") == [
        b'{"type":"x","payload":{"a":1,"a":2}}',
        b'{"payload":[],"type":"y"}',
    ]


def test_line_without_end_keeps_none() -> None:
    """It may be torn, which it is only without a line feed."""
    given = Given("session.parse", {"rollout.jsonl": b'{"a":1}\n{"b'}, {})

    assert with_blank_lines(given).files["rollout.jsonl"] == b' \t\n{"a":1}\n \t\n{"b'


def test_variant_is_read_from_its_folder_as_it_was_made(tmp_path: Path) -> None:
    """A case that is kept loses nothing."""
    case = next(case for case in CASES if case.id == "session-threads-page-next")
    variant = next(variants_of(case, tmp_path, [BY_NAME["archived"]])).case

    describe(variant, variant.folder)

    assert read_case(variant.folder / "case.toml") == variant
