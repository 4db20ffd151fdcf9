"""`rolloutspec report` and `replay`, and the files that `run` writes beside its table."""

import hashlib
import json
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from rollout_conformance.cli import main
from rollout_conformance.reports.document import ReportError, read_report

MAIN = [sys.executable, "-c", "from rollout_conformance.cli import main; main()"]
CASES = "trace-thread-[de]*"
REJECTED = "trace-thread-duplicate-start"

ADAPTER = """\
import json, sys, time
from pathlib import Path
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce

for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "bye":
        break
    if ask["op"] == "hello":
        told = {"rcp": 1, "implementation": {"name": "acme", "version": "1"}, "profiles": ["trace-reader"]}
    else:
        try:
            state = reduce(Path(ask["in"])).to_json()
        except Rejected as rejection:
            state, told = b"", {"outcome": "rejected", "code": rejection.code}
        else:
            told = {"outcome": "ok", "outputs": ["state.json"]}
        FAULT
        if told["outcome"] == "ok":
            Path(ask["out"], "state.json").write_bytes(state)
    print(json.dumps({"id": ask["id"], **told}), flush=True)
"""

NO_FAULT = "pass"
KEEPS_RUNNING = "state = state.replace(b'\"completed\"', b'\"running\"')"
REJECTS_ALL = 'told = {"outcome": "rejected", "code": "trace.manifest_invalid"}'
SLEEPS = "time.sleep(0.3)"


def rolloutspec(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


@pytest.fixture
def adapter(tmp_path: Path) -> Callable[[str], str]:
    """Return what writes an adapter with a fault and returns its command line; it is always the same one."""

    def write(fault: str) -> str:
        path = tmp_path / "adapter.py"
        path.write_text(ADAPTER.replace("FAULT", fault), "utf-8")
        return f"{sys.executable} {path}"

    return write


@pytest.fixture
def failed(adapter: Callable[[str], str], tmp_path: Path) -> Path:
    """Return the report of an adapter for which every thread still runs."""
    path = tmp_path / "report.jsonl"
    done = rolloutspec("run", adapter(KEEPS_RUNNING), "--case", CASES, "--report", path)
    assert done.exit_code == 1, done.stderr
    return path


def altered(report: Path, old: str, new: str) -> Path:
    """Return a copy of a report in which a text was replaced."""
    text = report.read_text("utf-8")
    assert old in text
    path = report.with_name("altered.jsonl")
    path.write_text(text.replace(old, new), "utf-8")
    return path


# --- making files


def test_run_writes_every_form(adapter: Callable[[str], str], tmp_path: Path) -> None:
    """The forms are there after the run, without a report being asked for, and the exit code stays."""
    files = {name: tmp_path / f"report.{name}" for name in ("html", "junit", "badge", "markdown")}

    done = rolloutspec(
        "run", adapter(KEEPS_RUNNING), "--case", CASES, *(f"--{name}={file}" for name, file in files.items())
    )

    assert done.exit_code == 1
    assert "trace-thread-end" in files["html"].read_text("utf-8")
    assert ElementTree.parse(files["junit"]).getroot().get("failures") != "0"  # noqa: S314  (our own)
    assert json.loads(files["badge"].read_text("utf-8"))["color"] == "red"
    assert files["markdown"].read_text("utf-8").startswith("## ❌ acme 1: not conformant")


def test_stored_report_gives_the_same_forms(failed: Path, tmp_path: Path) -> None:
    """A stored report is shown as its run was, and makes the same files."""
    shown = rolloutspec("report", failed)
    page = rolloutspec("report", failed, "--markdown", "-", "--badge", tmp_path / "badge.json")

    assert shown.exit_code == page.exit_code == 0
    assert "FAIL trace-thread-end" in shown.stdout
    assert f"again: rolloutspec replay {failed} --case trace-thread-end" in shown.stdout
    assert page.stdout.startswith("## ❌ acme 1: not conformant")
    assert (tmp_path / "badge.json").is_file()


def test_file_that_cannot_be_written_is_named_before_the_run(tmp_path: Path) -> None:
    """A missing folder is found before anything is judged."""
    done = rolloutspec("run", "no-such-program", "--html", tmp_path / "no" / "report.html")

    assert done.exit_code == 2
    assert "there is no folder" in done.stderr


def test_device_is_not_replaced(failed: Path) -> None:
    """Output to a device goes into it."""
    assert rolloutspec("report", failed, "--html", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


def test_report_may_come_through_a_pipe(failed: Path) -> None:
    """What can be read once only is kept until it was read twice."""
    with subprocess.Popen(["cat", str(failed)], stdout=subprocess.PIPE) as source:
        assert source.stdout is not None
        piped = rolloutspec("report", f"/proc/self/fd/{source.stdout.fileno()}", "--junit", "-")

    assert piped.exit_code == 0
    assert piped.stdout == rolloutspec("report", failed, "--junit", "-").stdout


# --- bad files


@pytest.mark.parametrize("command", [["report"], ["report", "verify"], ["report", "diff"], ["replay"]])
def test_what_is_no_report_ends_with_4(command: list[str], failed: Path) -> None:
    """Whichever command reads it: one line with file and line, exit code 4."""
    lines = failed.read_text("utf-8").splitlines(keepends=True)
    failed.write_text("".join(lines[:-1]), "utf-8")

    done = rolloutspec(*command, failed, *([failed] if command[-1] == "diff" else []))

    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr == (
        f"{failed} line {len(lines) - 1}: no footer follows; the run was interrupted, run it again\n"
    )


def test_missing_report_ends_with_4(tmp_path: Path) -> None:
    """A name that is no file is said as that."""
    done = rolloutspec("report", tmp_path / "none.jsonl")

    assert done.exit_code == 4
    assert done.stderr == f"{tmp_path / 'none.jsonl'}: No such file or directory\n"


def test_interrupted_run_leaves_no_footer(adapter: Callable[[str], str], tmp_path: Path) -> None:
    """Ctrl-C ends the run at once; what it wrote is no report."""
    path = tmp_path / "report.jsonl"
    command = [*MAIN, "run", adapter(SLEEPS), "--case", CASES, "--report", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (path.is_file() and b'"result"' in path.read_bytes()):
            time.sleep(0.05)

        run.send_signal(signal.SIGINT)

        _, told = run.communicate(timeout=60)
    assert run.returncode == 130
    assert told.startswith("interrupted: there is no verdict")
    with pytest.raises(ReportError, match="no footer follows"):
        read_report(path)


# --- diff


def test_diff_names_what_became_worse(adapter: Callable[[str], str], failed: Path, tmp_path: Path) -> None:
    """Worse cases give exit code 1, better ones do not."""
    good = tmp_path / "good.jsonl"
    rolloutspec("run", adapter(NO_FAULT), "--case", CASES, "--report", good)

    worse, better = rolloutspec("report", "diff", good, failed), rolloutspec("report", "diff", failed, good)

    assert (worse.exit_code, better.exit_code) == (1, 0)
    assert "worse: pass -> fail" in worse.stdout
    assert "trace-thread-end  state.json differs" in worse.stdout
    assert "better: fail -> pass" in better.stdout
    assert "0 cases worse" in better.stdout


# --- verify


def test_true_report_is_verified(failed: Path) -> None:
    """Form, sums, corpus and a sample hold."""
    done = rolloutspec("report", "verify", failed)

    assert done.exit_code == 0, done.stdout + done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "ok       form",
        "ok       arithmetic",
        "ok       corpus",
        "ok       adapter",
        "ok       replay",
        "OK",
    ]


def test_changed_outcome_is_found_by_its_sum(failed: Path) -> None:
    """A fail that was turned into a pass does not add up any more."""
    done = rolloutspec(
        "report", "verify", altered(failed, '"outcome":"fail"', '"outcome":"pass"'), "--no-replay"
    )

    assert done.exit_code == 1
    assert "differs  arithmetic: the footer says counts" in done.stdout


def test_report_that_adds_up_is_found_by_replay(adapter: Callable[[str], str], failed: Path) -> None:
    """An implementation that does something else now is found by the sample."""
    adapter(REJECTS_ALL)

    done = rolloutspec("report", "verify", failed)

    assert done.exit_code == 1
    assert "differs  replay: trace-thread-end: reported fail (state.json differs), now fail (" in done.stdout


def test_adapter_that_behaves_alike_but_is_another_is_said(
    adapter: Callable[[str], str], failed: Path
) -> None:
    """A report is about one adapter: a sample that comes out the same does not make it that one."""
    adapter(KEEPS_RUNNING + "  # rebuilt")

    done = rolloutspec("report", "verify", failed)

    assert done.exit_code == 1
    assert "differs  adapter: ANOTHER ADAPTER: " in done.stdout
    assert "adapter.py of the report has the digest " in done.stdout
    assert "ok       replay" in done.stdout


def test_adapter_is_known_by_its_files_wherever_they_lie(failed: Path, tmp_path: Path) -> None:
    """The same files by another path are the same adapter."""
    (tmp_path / "moved").mkdir()
    moved = (tmp_path / "adapter.py").rename(tmp_path / "moved" / "adapter.py")

    done = rolloutspec("report", "verify", failed, "--impl", f"{sys.executable} {moved}")

    assert done.exit_code == 0, done.stdout
    assert "ok       adapter: the same 2 files as in the report" in done.stdout


def test_header_tells_adapter_seed_and_machine(failed: Path) -> None:
    """What a run depended on is in its first line, and nothing that names the machine."""
    header = json.loads(failed.read_text("utf-8").splitlines()[0])
    files = [name for name in header["adapter"] if name.endswith("adapter.py")]

    assert len(header["adapter"]) == 2
    assert header["adapter"][files[0]] == hashlib.sha256(Path(files[0]).read_bytes()).hexdigest()
    assert (header["seed"], header["jobs"], header["mode"]) == (None, 1, "selection")
    assert (header["platform"], header["architecture"]) == (platform.system(), platform.machine())
    assert platform.node() not in map(str, header.values())


def test_report_of_another_corpus_is_said(failed: Path) -> None:
    """Another corpus cannot be verified; the message says what to do."""
    corpus = read_report(failed).header.corpus

    done = rolloutspec("report", "verify", altered(failed, corpus, "0" * 64))

    assert done.exit_code == 1
    assert "differs  corpus: the report is of 000000000000" in done.stdout


def test_selection_that_calls_itself_full_is_found(failed: Path) -> None:
    """A full run has a result for every case of the profile."""
    done = rolloutspec(
        "report", "verify", altered(failed, '"mode":"selection"', '"mode":"full"'), "--no-replay"
    )

    assert done.exit_code == 1
    assert "without a result: " in done.stdout


def test_line_that_breaks_the_schema_is_named(failed: Path) -> None:
    """What is read all the same, but is not as the schema says, is named with its line."""
    done = rolloutspec("report", "verify", altered(failed, f'"case":"{REJECTED}"', '"case":"Not An Id"'))

    assert done.exit_code == 4
    assert " line " in done.stderr
    assert "/case: 'Not An Id' does not match" in done.stderr


def test_implementation_that_is_gone_ends_with_3(failed: Path, tmp_path: Path) -> None:
    """When the command of a report cannot be run, the message names the ways out."""
    (tmp_path / "adapter.py").unlink()

    done = rolloutspec("report", "verify", failed)

    assert done.exit_code == 3
    assert "--no-replay" in done.stderr
    assert rolloutspec("report", "verify", failed, "--impl", "reference").exit_code == 1


# --- replay


def test_fixed_implementation_is_said_to_be_fixed(adapter: Callable[[str], str], failed: Path) -> None:
    """Failures that are gone are FIXED, exit code 0."""
    adapter(NO_FAULT)

    done = rolloutspec("replay", failed)

    assert done.exit_code == 0, done.stdout
    assert "FIXED         trace-thread-end\n" in done.stdout
    assert REJECTED not in done.stdout  # it had not failed


def test_unchanged_implementation_still_fails(failed: Path) -> None:
    """One case, named behind the file, with its card."""
    done = rolloutspec("replay", f"{failed}#trace-thread-end")

    assert done.exit_code == 1
    assert done.stdout.startswith("STILL FAILS   trace-thread-end  fail: state.json differs\n")
    assert "1 still fails, of 1 case\n" in done.stdout
    assert "FAIL trace-thread-end" in done.stdout


def test_other_failure_is_different(adapter: Callable[[str], str], failed: Path) -> None:
    """A case that fails in another way is not the same failure, and one that passed fails now."""
    adapter(REJECTS_ALL)

    done = rolloutspec("replay", failed, "--case", "trace-thread-*")

    assert done.exit_code == 1
    assert "DIFFERENT     trace-thread-end  was fail: state.json differs; is fail: rejected" in done.stdout
    assert f"NOW FAILS     {REJECTED}" in done.stdout


def test_case_that_the_report_does_not_have_is_said(failed: Path) -> None:
    """A wrong id is a usage error."""
    done = rolloutspec("replay", failed, "--case", "no-such-case")

    assert done.exit_code == 2
    assert "no case that matches 'no-such-case'" in done.stderr


@pytest.mark.parametrize("arguments", [["report"], ["replay"]])
def test_help_shows_examples(arguments: list[str]) -> None:
    """Help tells by example."""
    done = rolloutspec(*arguments, "--help")

    assert done.exit_code == 0
    assert "Examples:" in done.stdout
