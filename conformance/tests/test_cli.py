"""The command line: what people and scripts meet."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rollout_conformance import locations
from rollout_conformance.reports.document import read_report

CORPUS = locations.corpus_dir()
REJECTED = "trace-thread-start-twice"


def rolloutspec(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-c", "from rollout_conformance.cli import main; main()"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_reduce_prints_the_state() -> None:
    """A good bundle gives its state on standard output and nothing else."""
    case = CORPUS / "recorded" / "0.143.0" / "plain"

    done = rolloutspec("reduce", case / "input")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (case / "expect" / "state.json").read_text("utf-8")


def test_reduce_writes_the_state(tmp_path: Path) -> None:
    """With -o the state lands in the file, whole."""
    case = CORPUS / "recorded" / "0.143.0" / "plain"
    output = tmp_path / "state.json"

    done = rolloutspec("reduce", case / "input", "-o", output)

    assert (done.returncode, done.stdout) == (0, "")
    assert output.read_bytes() == (case / "expect" / "state.json").read_bytes()
    assert list(tmp_path.iterdir()) == [output]


@pytest.fixture
def torn_bundle(tmp_path: Path) -> Path:
    """Make a bundle whose last line was cut."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    manifest = CORPUS / "recorded" / "0.143.0" / "plain" / "input" / "manifest.json"
    (bundle / "manifest.json").write_bytes(manifest.read_bytes())
    (bundle / "trace.jsonl").write_text('{"schema_version":1,"seq":1,"wall_ti')
    return bundle


def test_rejected_bundle_leaves_no_output(torn_bundle: Path, tmp_path: Path) -> None:
    """A rejection is one clear line with file, line and rule; an older output keeps its bytes."""
    output = tmp_path / "state.json"
    output.write_text("older")

    done = rolloutspec("reduce", torn_bundle, "-o", output)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("rejected: trace.jsonl line 1: the line is not one JSON value")
    assert "[TRACE-LINE-" in done.stderr
    assert "Traceback" not in done.stderr
    assert output.read_text() == "older"  # TRACE-BUNDLE-4


def test_output_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    """A missing folder for the output is a clear error without a traceback."""
    case = CORPUS / "recorded" / "0.143.0" / "plain"

    done = rolloutspec("reduce", case / "input", "-o", tmp_path / "no" / "state.json")

    assert done.returncode == 1
    assert "Could not open file" in done.stderr


def test_run_judges_the_reference(tmp_path: Path) -> None:
    """The default run passes, and its report says so for machines."""
    report = tmp_path / "report.jsonl"

    done = rolloutspec("run", "--case", "trace-thread*", "--report", report)

    header, results, footer = read_report(report)
    assert done.returncode == 0, done.stdout
    assert "TRACE-THREAD" in done.stdout
    assert header.implementation.name == "reference"
    assert footer.counts == {"pass": len(results)}
    assert footer.verdict == "inconclusive"  # a selection proves nothing
    assert done.stderr == ""  # no progress bar when nobody looks


def test_run_writes_one_json_document(tmp_path: Path) -> None:
    """With --json the whole run is one document."""
    document = tmp_path / "run.json"

    rolloutspec("run", "--case", "trace-recorded-plain", "--json", document)

    run = json.loads(document.read_text())
    assert [result["outcome"] for result in run["results"]] == ["pass"]
    assert run["footer"]["counts"] == {"pass": 1}


def test_run_finds_a_wrong_adapter(tmp_path: Path) -> None:
    """An adapter that rejects everything fails the accepting cases: exit code 1, a card each."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    ask = json.loads(line)\n"
        "    hello = ask['op'] == 'hello'\n"
        "    told = {'rcp': 1, 'implementation': {'name': 'wrong', 'version': '0'}} if hello else "
        "{'outcome': 'rejected', 'message': 'I reject everything'}\n"
        "    print(json.dumps({'id': ask['id'], **told}), flush=True)\n"
    )

    done = rolloutspec("run", f"{sys.executable} {wrong}", "--case", "trace-recorded-plain")

    assert done.returncode == 1
    assert "FAIL trace-recorded-plain" in done.stdout
    assert "I reject everything" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["frobnicate"], 2),
        (["reduce"], 2),
        (["run", "--case", "no-such-case"], 2),
        (["run", "--frob"], 2),
        (["requirements", "NO-SUCH-*"], 2),
        (["run", "no-such-program"], 3),
        (["run", "--corpus", "no-such-folder"], 4),
    ],
)
def test_misuse_has_its_exit_code(arguments: list[str], code: int) -> None:
    """Every misuse is said in words and has its own code."""
    done = rolloutspec(*arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["reduce"], ["run"], ["requirements"]])
def test_help_shows_examples(arguments: list[str]) -> None:
    """Help tells by example."""
    done = rolloutspec(*arguments, "--help")

    assert done.returncode == 0
    assert "Examples:" in done.stdout


def test_requirements_are_listed_as_json() -> None:
    """The catalogue is there for machines, with what cites each rule."""
    done = rolloutspec("requirements", "TRACE-THREAD-2", "--json")

    (rule,) = json.loads(done.stdout)
    assert rule["id"] == "TRACE-THREAD-2"
    assert rule["level"] == "MUST"
    assert rule["cases"]
    assert rule["code"]
