"""A one-shot command behind the shim is an adapter like any other; every command here is a real process."""

import os
import shlex
import stat
import sys
import time
from pathlib import Path

import pytest

from rollout_conformance import locations
from rollout_conformance.answers import Accepted, Answer, Broken, Refused, Unsupported, with_words
from rollout_conformance.cases import load_cases
from rollout_conformance.implementations import Implementation, ImplementationError, open_implementation
from rollout_conformance.implementations.adapter import Adapter
from rollout_conformance.protocol.limits import Limits
from rollout_conformance.runner import Runner
from rollout_conformance.tasks import Environment, Task

ROLLOUTSPEC = [sys.executable, "-c", "from rollout_conformance.cli import main; main()"]
QUICK = Limits(terminate_ms=300, exit_ms=1_000)
CASE = next(case for case in load_cases(locations.corpus_dir()) if case.verdict == "must-reject")

TOOL = """#!{python}
import json, os, signal, sys, time
op, given, out = sys.argv[1], sys.argv[3], sys.argv[5]
assert sys.argv[2] == "--in" and sys.argv[4] == "--out" and len(sys.argv) == 6
{body}
"""

REDUCER = """
from pathlib import Path
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce
try:
    Path(out, "state.json").write_bytes(reduce(Path(given)).to_json())
except Rejected as rejected:
    print(json.dumps({"code": rejected.code, "message": str(rejected)}))
    sys.exit(3)
"""


def shim(tmp_path: Path, body: str, *options: str) -> Adapter:
    """Put a tool of a few lines behind the shim."""
    tool = tmp_path / "my-tool"
    tool.write_text(TOOL.format(python=sys.executable, body=body))
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    return Adapter([*ROLLOUTSPEC, "shim", *options, "--", str(tool)], QUICK)


def ask(adapter: Implementation, op: str = "trace.reduce", budget_ms: int = 5_000) -> Answer:
    """Ask once and end the adapter."""
    try:
        return adapter.perform(Task(op, CASE.input, budget_ms))
    finally:
        adapter.close()


def has_ended(pid: int) -> bool:
    """Tell whether a process is gone, or goes within a moment."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_tool_is_introduced_by_its_name(tmp_path: Path) -> None:
    """The implementation is the tool; it claims the profile of readers until told otherwise."""
    adapter = shim(tmp_path, "", "--release", "2.1")
    adapter.close()

    assert (adapter.identity.name, adapter.identity.version) == ("my-tool", "2.1")
    assert adapter.identity.profiles == ("trace-reader",)


def test_tool_can_claim_nothing(tmp_path: Path) -> None:
    """With no profile claimed, unsupported operations are no failures."""
    adapter = shim(tmp_path, "", "--profile", "none", "--name", "other")
    adapter.close()

    assert (adapter.identity.name, adapter.identity.profiles) == ("other", ())


def test_tool_can_claim_what_it_handles(tmp_path: Path) -> None:
    """A surface that not everybody has is claimed by name, and only then asked for."""
    adapter = shim(tmp_path, "", "--profile", "session-reader", "--capability", "session.zst")
    adapter.close()

    assert adapter.identity.profiles == ("session-reader",)
    assert adapter.identity.capabilities == ("session.zst",)


def test_exit_code_0_is_ok_with_all_files(tmp_path: Path) -> None:
    """Whatever lies in the output folder was made."""
    body = 'os.mkdir(out + "/bundle")\nfor n in ("b", "bundle/a"): open(f"{out}/{n}", "w").write(n)'

    assert ask(shim(tmp_path, body)) == Accepted({"b": b"b", "bundle/a": b"bundle/a"})


def test_exit_code_3_is_a_rejection(tmp_path: Path) -> None:
    """What is printed tells why and where."""
    body = (
        'print(json.dumps({"code": "trace.unknown_turn", "at": {"line": 3}, "message": "no"})); sys.exit(3)'
    )

    assert ask(shim(tmp_path, body)) == Refused("trace.unknown_turn", "no", {"line": 3})


def test_nothing_need_be_printed(tmp_path: Path) -> None:
    """A tool that only has exit codes is judged by them."""
    assert ask(shim(tmp_path, "sys.exit(3)")) == Refused(None, "")


def test_exit_code_4_is_unsupported(tmp_path: Path) -> None:
    """By default it is the operation that is lacking."""
    assert ask(shim(tmp_path, "sys.exit(4)"), "trace.write") == Unsupported("trace.write")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit(1)", "exit code 1"),
        ("print(json.dumps({'message': 'no disk'})); sys.exit(9)", "exit code 9: no disk"),
        ("sys.exit('out of ideas')", "exit code 1: out of ideas"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("print('done')", "the command printed what is not one JSON object"),
        ("print('[1]')", "the command printed what is not one JSON object"),
        ("while True: print('y' * 1000)", "the command printed more than 1048576 bytes"),
    ],
)
def test_anything_else_is_an_error(tmp_path: Path, body: str, said: str) -> None:
    """Codes, signals and chatter are told, and the shim lives on."""
    answer = ask(shim(tmp_path, body))

    assert isinstance(answer, Broken)
    assert answer.kind == "error"
    assert said in with_words(answer.detail, answer.words)


def test_tool_is_told_options_time_and_seed(tmp_path: Path) -> None:
    """What a request says besides its folders is an argument and two variables."""
    tool = tmp_path / "my-tool"
    said = "sys.argv[6:], os.environ['NOW_MS'], os.environ['ID_SEED']"
    body = f"print(json.dumps({{'code': repr([{said}])}})); sys.exit(3)"
    tool.write_text(f"#!{sys.executable}\nimport json, os, sys\n{body}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    adapter = Adapter([*ROLLOUTSPEC, "shim", "--", str(tool)], QUICK)

    answer = adapter.perform(
        Task("trace.reduce", CASE.input, 5_000, {"cut": [2, "ä"]}, Environment(7, "s d"))
    )
    adapter.close()

    assert answer == Refused("[['--options', '{\"cut\":[2,\"ä\"]}'], '7', 's d']", "")


def test_tool_that_hangs_is_ended_with_the_shim(tmp_path: Path) -> None:
    """The budget is the runner's; it ends the whole group."""
    note = tmp_path / "pid"
    body = f'open({str(note)!r}, "w").write(str(os.getpid()))\ntime.sleep(60)'

    assert ask(shim(tmp_path, body), budget_ms=250) == Broken("timeout", "no reply within 1000 ms")
    assert has_ended(int(note.read_text()))


def test_missing_tool_is_explained() -> None:
    """It is known before the first case."""
    with pytest.raises(ImplementationError, match="there is no program 'no-such-tool'"):
        Adapter([*ROLLOUTSPEC, "shim", "--", "no-such-tool"], QUICK)


def test_real_reducer_passes_behind_the_shim(tmp_path: Path) -> None:
    """The whole way: a tool of ten lines is judged like an adapter, by a command line."""
    shim(tmp_path, REDUCER).close()
    command = shlex.join([*ROLLOUTSPEC, "shim", "--", str(tmp_path / "my-tool")])
    some = [case for case in load_cases(locations.corpus_dir()) if case.op == "trace.reduce"][::150]

    adapter = open_implementation(command)
    results = list(Runner(adapter, {}).run(some))
    adapter.close()

    assert {result.outcome for result in results} == {"pass"}
