"""Adapters are strangers: whatever one does, it ends in time, gets a name, and the run goes on.

Every stranger here is a real process.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from rollout_conformance import locations
from rollout_conformance.answers import Accepted, Answer, Broken, Refused, Unsupported, with_words
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations import ImplementationError, open_implementation
from rollout_conformance.implementations.adapter import Adapter
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.protocol.limits import Limits
from rollout_conformance.results import Result
from rollout_conformance.runner import Runner
from rollout_conformance.tasks import ENVIRONMENT, Environment, Task
from rollout_conformance.vocabulary import Capability, Profile, Vocabulary

HELLO = """
import json, os, signal, subprocess, sys, threading, time
def say(**message): print(json.dumps(message), flush=True)
def ok(*outputs): say(id=ask["id"], outcome="ok", outputs=list(outputs))
def write(name, text="{}"):
    os.makedirs(os.path.dirname(os.path.join(ask["out"], name)), exist_ok=True)
    open(os.path.join(ask["out"], name), "w").write(text)
asked = 0
for line in iter(sys.stdin.readline, ""):
    ask = json.loads(line)
    if ask["op"] == "hello":
        say(id=ask["id"], rcp=1, implementation={"name": "stranger", "version": "1"})
        continue
    if ask["op"] == "bye":
        break
    asked += 1
"""

CASES = load_cases(locations.corpus_dir())
CASE = next(case for case in CASES if case.op == "trace.reduce" and case.verdict == "must-reject")
"""A case that is passed by rejecting without a code."""

REJECT = 'say(id=ask["id"], outcome="rejected")\n'
QUICK = Limits(hello_ms=5_000, terminate_ms=300, exit_ms=300)
BUDGET_MS = 150
AT_MOST = 0.15 * 4 + 0.3
"""Seconds of the first operation until the last signal."""

SLACK = 1.5
"""Seconds that a busy machine may add."""


def program(tmp_path: Path, behaviour: str) -> list[str]:
    """Write an adapter that greets well and then behaves as told; return its command."""
    script = tmp_path / "stranger.py"
    script.write_text(HELLO + "".join(f"    {line}\n" for line in behaviour.splitlines()))
    return [sys.executable, str(script)]


@contextmanager
def stranger(tmp_path: Path, behaviour: str, limits: Limits = QUICK) -> Iterator[Adapter]:
    """Start such an adapter and end it afterwards."""
    adapter = Adapter(program(tmp_path, behaviour), limits)
    try:
        yield adapter
    finally:
        adapter.close()


def answer_of(tmp_path: Path, behaviour: str, limits: Limits = QUICK) -> Answer:
    """Ask such an adapter once."""
    with stranger(tmp_path, behaviour, limits) as adapter:
        return adapter.perform(Task(CASE.op, CASE.input, BUDGET_MS))


def results_of(
    tmp_path: Path, behaviour: str, cases: list[Case], limits: Limits = QUICK, before: float = 0
) -> list[Result]:
    """Judge such an adapter by some cases, with a pause of some seconds before each."""

    def slowly() -> Iterator[Case]:
        for case in cases:
            time.sleep(before)
            yield case

    with stranger(tmp_path, behaviour, limits) as adapter:
        return list(Runner(adapter, {}).run(slowly()))


def has_ended(pid: int) -> bool:
    """Tell whether a process is gone, or goes within a moment."""
    for _ in range(100):
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def match_of(said: str, detail: str) -> str:
    """Return the detail if it says what it has to say, else what is missing."""
    return detail if said in detail else said


def test_rejection_carries_its_code_and_place(tmp_path: Path) -> None:
    """What the adapter says is what counts."""
    said = 'say(id=ask["id"], outcome="rejected", code="trace.unknown_turn", at={"line": 3}, message="no")'

    assert answer_of(tmp_path, said) == Refused("trace.unknown_turn", "no", {"line": 3})


def test_unsupported_is_kept_apart(tmp_path: Path) -> None:
    """An operation that the adapter does not have is no failure and no success."""
    said = 'say(id=ask["id"], outcome="unsupported", capability="trace.reduce")'

    assert answer_of(tmp_path, said) == Unsupported("trace.reduce")


def test_outputs_are_read_folders_too(tmp_path: Path) -> None:
    """A name with a slash at its end is a folder, and stands for all files in it."""
    said = 'write("state.json"); write("bundle/a"); write("bundle/b/c", "[]"); ok("state.json", "bundle/")'

    files = {"state.json": b"{}", "bundle/a": b"{}", "bundle/b/c": b"[]"}
    assert answer_of(tmp_path, said) == Accepted(files)


MISBEHAVIOUR = {
    "prints junk": ('print("junk", flush=True)', "protocol-error", "that is no reply"),
    "prints junk that is no text": (
        r'sys.stdout.buffer.write(b"\xff\xfe\n"); sys.stdout.flush()',
        "protocol-error",
        "that is no reply",
    ),
    "prints an empty line": ("print(flush=True)", "protocol-error", "that is no reply"),
    "answers somebody else": ('say(id="x", outcome="ok", outputs=[])', "protocol-error", "it replied to 'x'"),
    "knows another outcome": ('say(id=ask["id"], outcome="fine")', "protocol-error", "that is no reply"),
    "nests too deeply": (
        'print(\'{"id": "2", "outcome": "ok", "outputs": [], "x": \' + "[" * 100000, flush=True)',
        "protocol-error",
        "that is no reply",
    ),
    "answers late": (f"time.sleep(1)\n{REJECT}", "timeout", "no reply within 600 ms"),
    "never answers": ("time.sleep(60)", "timeout", "no reply within 600 ms"),
    "works on and on": ("while True: pass", "timeout", "no reply within 600 ms"),
    "floods stdout with one line": (
        'while True: sys.stdout.write("x" * 65536)',
        "protocol-error",
        "a line longer than 1048576 bytes",
    ),
    "floods stdout with lines": ('while True: print("y")', "protocol-error", "that is no reply"),
    "says too long a line": (
        'say(id=ask["id"], outcome="error", message="z" * 1200000)',
        "protocol-error",
        "a line longer than 1048576 bytes",
    ),
    "floods stderr and never answers": (
        'while True: sys.stderr.write("x" * 65536)',
        "timeout",
        "no reply within 600 ms",
    ),
    "gives up": ("sys.exit('out of ideas')", "crash", "exit code 1: out of ideas"),
    "dies by a signal": ("os.kill(os.getpid(), signal.SIGSEGV)", "crash", "killed by SIGSEGV"),
    "dies in the middle of a line": (
        'sys.stdout.write("{"); sys.stdout.flush(); os._exit(7)',
        "crash",
        "exit code 7",
    ),
    "closes its output": ("os.close(1)\ntime.sleep(60)", "crash", "it closed its output"),
    "leaves a grandchild that keeps the pipe": (
        'subprocess.Popen(["sleep", "60"])\nos._exit(5)',
        "crash",
        "exit code 5",
    ),
    "waits for a grandchild": ('subprocess.run(["sleep", "60"])', "timeout", "no reply within 600 ms"),
    "ignores the polite signal": (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)",
        "timeout",
        "no reply within 600 ms",
    ),
    "fails by its own account": (
        'say(id=ask["id"], outcome="error", message="sorry", traceback="at line 3")',
        "error",
        "sorry: at line 3",
    ),
    "changes its input": (
        'open(ask["in"] + "/manifest.json", "a").write(" ")\nok()',
        "fail",
        "it changed its input: manifest.json changed",
    ),
    "repairs its input in place, to the same length": (
        'p = ask["in"] + "/manifest.json"\nb = open(p, "rb").read()\n'
        'open(p, "wb").write(bytes([b[0] ^ 1]) + b[1:])\nok()',
        "fail",
        "it changed its input: manifest.json changed",
    ),
    "puts a file beside its input": (
        'open(ask["in"] + "/state.json", "w")\nok()',
        "fail",
        "it changed its input: state.json added",
    ),
    "eats its input": (
        'os.remove(ask["in"] + "/manifest.json")\nok()',
        "fail",
        "it changed its input: manifest.json removed",
    ),
    "names an output elsewhere": (
        'ok("../in/manifest.json")',
        "protocol-error",
        "an output must lie in the folder out",
    ),
    "names an absolute output": ('ok("/etc/passwd")', "protocol-error", "an output must lie in the folder"),
    "links an output to elsewhere": (
        'os.symlink("/etc/passwd", ask["out"] + "/state.json"); ok("state.json")',
        "protocol-error",
        "an output cannot be read: 'state.json'",
    ),
    "names a pipe": (
        'os.mkfifo(ask["out"] + "/state.json"); ok("state.json")',
        "protocol-error",
        "an output must be a regular file: 'state.json'",
    ),
    "names a folder as a file": (
        'os.mkdir(ask["out"] + "/state.json"); ok("state.json")',
        "protocol-error",
        "an output must be a regular file: 'state.json'",
    ),
    "replaces its input by a pipe": (
        'p = ask["in"] + "/manifest.json"\nos.remove(p); os.mkfifo(p); ok()',
        "fail",
        "it changed its input: manifest.json changed",
    ),
}


@pytest.mark.parametrize(("behaviour", "kind", "said"), MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_misbehaviour_is_named_in_time(tmp_path: Path, behaviour: str, kind: str, said: str) -> None:
    """A broken adapter is charged with what it did, within its budget."""
    with stranger(tmp_path, behaviour) as adapter:
        begin = time.monotonic()
        answer = adapter.perform(Task(CASE.op, CASE.input, BUDGET_MS))
        took = time.monotonic() - begin

    assert isinstance(answer, Broken)
    told = with_words(answer.detail, answer.words)
    assert (answer.kind, told) == (kind, match_of(said, told))
    assert took < AT_MOST + SLACK


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell")
def test_eating_memory_is_named(tmp_path: Path) -> None:
    """An adapter that grows beyond the limit is ended before the machine suffers."""
    limits = msgspec.structs.replace(QUICK, memory_bytes=256 << 20)
    with stranger(tmp_path, "kept = []\nwhile True: kept.append(bytearray(4 << 20))", limits) as adapter:
        answer = adapter.perform(Task(CASE.op, CASE.input, 5_000))

    assert isinstance(answer, Broken)
    assert answer.kind in {"crash", "error"}
    assert "it uses more memory than 256 MiB" in answer.detail or "MemoryError" in answer.detail


def test_slow_growth_is_noticed_as_well(tmp_path: Path) -> None:
    """Memory that is kept over many quick operations counts too."""
    limits = msgspec.structs.replace(QUICK, memory_bytes=128 << 20)
    leak = (
        "kept = globals().setdefault('kept', [])\nkept.append(b'x' * (8 << 20))\ntime.sleep(0.03)\n" + REJECT
    )

    results = results_of(tmp_path, leak, [CASE] * 40, limits)

    told = next(result.detail for result in results if result.outcome == "fail-after")
    assert told.startswith("crash after other cases, pass alone in a fresh process: ")
    assert "it uses more memory than 128 MiB" in told
    assert sum(result.outcome == "pass" for result in results) > 20


def test_polite_signal_comes_first(tmp_path: Path) -> None:
    """An adapter that is late may still put its things in order."""
    mark = tmp_path / "tidy"
    tidy = (
        f"signal.signal(signal.SIGTERM, lambda *_: (open({str(mark)!r}, 'w'), os._exit(0)))\ntime.sleep(60)"
    )

    assert isinstance(answer_of(tmp_path, tidy), Broken)
    assert mark.exists()


def test_whole_group_is_ended(tmp_path: Path) -> None:
    """No grandchild outlives the adapter."""
    note = tmp_path / "pid"
    fork = f'pid = subprocess.Popen(["sleep", "60"]).pid\nopen({str(note)!r}, "w").write(str(pid))\n'

    answer_of(tmp_path, fork + "time.sleep(60)")

    assert has_ended(int(note.read_text()))


def test_grandchild_is_ended_at_the_end_of_a_run_too(tmp_path: Path) -> None:
    """What an adapter started does not stay behind when it exits by itself."""
    note = tmp_path / "pid"
    fork = f'pid = subprocess.Popen(["sleep", "60"]).pid\nopen({str(note)!r}, "w").write(str(pid))\n'

    assert answer_of(tmp_path, fork + REJECT) == Refused(None, "")
    assert has_ended(int(note.read_text()))


def test_ignored_end_of_input_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An adapter that stays after bye and the end of its input is killed, and one line says so."""
    stays = REJECT + "while True: time.sleep(1)"

    begin = time.monotonic()
    with caplog.at_level(logging.WARNING):
        answer = answer_of(tmp_path, stays)

    assert answer == Refused(None, "")
    assert "did not exit within 300 ms after bye and the end of its input" in caplog.text
    assert time.monotonic() - begin < QUICK.exit_ms / 1000 + QUICK.hello_ms / 1000


def test_flood_of_stderr_is_no_fault(tmp_path: Path) -> None:
    """Whoever likes to log may do so; the end of it is kept."""
    chatty = 'sys.stderr.write("log\\n" * 500_000); sys.stderr.flush()\n' + REJECT

    with stranger(tmp_path, chatty) as adapter:
        assert adapter.perform(Task(CASE.op, CASE.input, 2_000)) == Refused(None, "")
        assert adapter.perform(Task(CASE.op, CASE.input, 2_000)) == Refused(None, "")


def test_crashed_adapter_is_replaced(tmp_path: Path) -> None:
    """After a crash the next case gets a fresh process."""
    with stranger(tmp_path, "sys.exit(3)") as adapter:
        answers = [adapter.perform(Task(CASE.op, CASE.input, 2000)) for _ in range(2)]

    assert answers == [Broken("crash", "exit code 3")] * 2


def test_worn_out_adapter_is_not_asked_any_more(tmp_path: Path) -> None:
    """After the allowed restarts the rest of the run did not happen, and says why."""
    limits = msgspec.structs.replace(QUICK, restarts=2)

    results = results_of(tmp_path, "os._exit(1)", [CASE] * 5, limits)

    assert [result.outcome for result in results] == ["crash", "crash", "crash", "not-run", "not-run"]
    assert results[-1].detail == "not asked: the adapter broke 3 times and is not started again"


@pytest.mark.parametrize("behaviour", ["ok(); ok()", f"{REJECT}ok()", "while True: ok()"])
def test_answering_twice_is_named(tmp_path: Path, behaviour: str) -> None:
    """More than one line for one question is worse than a wrong answer."""
    (result,) = results_of(tmp_path, behaviour, [CASE])

    assert result.outcome == "protocol-error"
    assert "it said more than one line" in result.detail


@pytest.mark.parametrize(
    "second",
    [
        "threading.Timer(0.05, ok).start()",  # seen before the next request is sent
        "globals().__setitem__('twice', ask['id'])",  # seen instead of the next answer
    ],
)
def test_second_answer_does_not_poison_the_next_case(tmp_path: Path, second: str) -> None:
    """It is charged to the case that was answered twice; the others are judged by their own answers."""
    twice = (
        "if asked == 3 and globals().get('twice'): say(id=twice, outcome='ok', outputs=[])\n"
        f"{REJECT}if asked == 2: {second}"
    )

    results = results_of(tmp_path, twice, [CASE] * 3, before=0.15)

    assert [result.outcome for result in results] == ["pass", "protocol-error", "pass"]
    assert results[1].signature is not None


@pytest.mark.parametrize("leave", ["sys.exit(4)", "threading.Timer(0.05, os._exit, [4]).start()"])
def test_leaving_after_an_answer_does_not_poison_the_next_case(tmp_path: Path, leave: str) -> None:
    """Whoever leaves without bye is charged with the last case that it answered."""
    results = results_of(tmp_path, f"{REJECT}if asked == 2: {leave}", [CASE] * 3, before=0.15)

    assert [result.outcome for result in results] == ["pass", "crash", "pass"]
    assert results[1].detail == "it did not wait for bye after its answer: exit code 4"


def test_last_word_is_heard(tmp_path: Path) -> None:
    """What is said after the last answer is charged to the last case."""
    limits = msgspec.structs.replace(QUICK, settle_ms=1_000)

    results = results_of(
        tmp_path, f"{REJECT}if asked == 2: threading.Timer(0.2, ok).start()", [CASE] * 2, limits
    )

    assert [result.outcome for result in results] == ["pass", "protocol-error"]


def test_case_that_another_one_spoils_says_so(tmp_path: Path) -> None:
    """A failure that is none in a fresh process is the fault of what came before."""
    results = results_of(tmp_path, f"if asked == 2: ok()\nelse: {REJECT}", [CASE] * 3)

    assert [result.outcome for result in results] == ["pass", "fail-after", "pass"]
    assert results[1].detail.startswith(
        "fail after other cases, pass alone in a fresh process: accepted what"
    )


def test_case_that_fails_otherwise_alone_keeps_its_outcome(tmp_path: Path) -> None:
    """Whoever fails with and without what came before is not spoilt by it."""
    seen = str(tmp_path / "seen")
    behaviour = (
        f"if asked == 2: ok(); continue\nif os.path.exists({seen!r}): sys.exit(3)\nopen({seen!r}, 'w')\n"
    )

    results = results_of(tmp_path, behaviour + REJECT, [CASE] * 2)

    assert [result.outcome for result in results] == ["pass", "fail"]
    assert results[1].detail.startswith("fail after other cases, crash alone in a fresh process: accepted")


def test_case_that_always_fails_is_said_once(tmp_path: Path) -> None:
    """A failure that stays the same alone carries no remark, and the number of reruns is bounded."""
    limits = msgspec.structs.replace(QUICK, reruns=2)
    starts = tmp_path / "starts"
    count = f"if asked == 1: open({str(starts)!r}, 'a').write('.')\nok()"

    results = results_of(tmp_path, count, [CASE] * 6, limits)

    assert {result.outcome for result in results} == {"fail"}
    assert not any("alone in a fresh process" in result.detail for result in results)
    assert starts.read_text() == "." * (1 + 2)


def test_files_that_nobody_named_are_reported(tmp_path: Path) -> None:
    """They fail nothing, and stand in the result."""
    results = results_of(tmp_path, f'write("debug.log"); write("cache/a")\n{REJECT}', [CASE])

    assert [result.outcome for result in results] == ["pass"]
    assert results[0].detail == "it left files that its answer does not name: cache/a, debug.log"


def test_depth_of_folders_is_the_adapters_own(tmp_path: Path) -> None:
    """Nothing that it leaves behind brings the runner down."""
    deep = (
        f'os.chdir(ask["out"])\nfor _ in range(1500): os.mkdir("d"); os.chdir("d")\nos.chdir("/")\n{REJECT}'
    )

    assert answer_of(tmp_path, deep, msgspec.structs.replace(QUICK, exit_ms=2_000)) == Refused(None, "")


def test_request_carries_options_time_and_seed(tmp_path: Path) -> None:
    """What a task says besides its input reaches the process as it is."""
    said = 'write("state.json", json.dumps([ask["options"], ask["env"]]))\nok("state.json")\n'
    options = {"cut": {"turn": 2, "ä": [None, 1.5]}}
    with stranger(tmp_path, said) as adapter:
        answer = adapter.perform(Task(CASE.op, CASE.input, 2_000, options, Environment(7, "seed")))
        usual = adapter.perform(Task(CASE.op, CASE.input, 2_000))

    assert outputs_of(answer) == [options, {"now_ms": 7, "id_seed": "seed"}]
    assert outputs_of(usual) == [{}, msgspec.to_builtins(ENVIRONMENT)]


def outputs_of(answer: Answer) -> object:
    """Return the one file that was made, read as JSON."""
    assert isinstance(answer, Accepted)
    return msgspec.json.decode(answer.outputs["state.json"])


def test_first_operation_may_take_longer(tmp_path: Path) -> None:
    """Loading is forgiven once."""
    with stranger(tmp_path, f"time.sleep(0.4)\n{REJECT}") as adapter:
        first, second = (adapter.perform(Task(CASE.op, CASE.input, 200)) for _ in range(2))

    assert first == Refused(None, "")
    assert second == Broken("timeout", "no reply within 200 ms")


def test_expectation_is_withheld(tmp_path: Path) -> None:
    """An adapter sees a copy of the input, with nothing of the case beside it."""
    said = (
        'beside = sorted(os.listdir(os.path.dirname(ask["in"])))\n'
        'say(id=ask["id"], outcome="rejected", message=" ".join(beside))'
    )

    assert answer_of(tmp_path, said) == Refused(None, "in out tmp")


def test_environment_is_an_allow_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's environment reaches an adapter, but the path."""
    monkeypatch.setenv("SECRET", "1")
    said = 'say(id=ask["id"], outcome="rejected", message=json.dumps(dict(os.environ)))'

    answer = answer_of(tmp_path, said)

    assert isinstance(answer, Refused)
    environment = msgspec.json.decode(answer.message)
    environment.pop("LC_CTYPE", None)  # Python sets it for itself
    assert environment.keys() == {"PATH", "LANG", "TZ", "HOME", "TMPDIR"}
    assert (environment["PATH"], environment["LANG"], environment["TZ"]) == (
        os.environ["PATH"],
        "C.UTF-8",
        "UTC",
    )
    assert not Path(environment["HOME"]).exists()


def test_request_is_deterministic(tmp_path: Path) -> None:
    """Whoever needs a time or an id is told which: the same in every run."""
    said = 'say(id=ask["id"], outcome="rejected", message=json.dumps([ask["env"], ask["options"]]))'

    assert answer_of(tmp_path, said) == Refused(None, '[{"now_ms": 1720000000000, "id_seed": "c0ffee"}, {}]')


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sandbox and home are gone after a run, whatever lies in them."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "scratch").mkdir()
    messy = 'os.makedirs(ask["tmp"] + "/a/b"); open(os.environ["HOME"] + "/x", "w"); write("y")\n'

    answer_of(tmp_path, messy + REJECT)

    assert list((tmp_path / "scratch").iterdir()) == []


BAD_HELLO = {
    "says nothing": ("true", "exit code 0"),
    "is told off": ("false", "exit code 1"),
    "repeats what it hears": ("cat", "that is no welcome"),
    "prints junk": ("echo hi", "that is no welcome"),
}


@pytest.mark.parametrize(("command", "said"), BAD_HELLO.values(), ids=BAD_HELLO)
def test_program_that_does_not_greet_is_refused(command: str, said: str) -> None:
    """Before any case runs it is clear that this is no adapter."""
    with pytest.raises(ImplementationError, match=said):
        open_implementation(command)


@pytest.mark.parametrize(
    ("welcome", "said"),
    [
        ('"rcp": 2', "it picked version 2 of the protocol, offered was 1"),
        ('"rcp": 1, "profiles": ["trace-eater"]', "profile 'trace-eater' is unknown"),
        ('"rcp": 1, "capabilities": ["session.brotli"]', "capability 'session.brotli' is unknown"),
        ('"rcp": 1, "profiles": "trace-reader"', "that is no welcome"),
        ('"outcome": "unsupported", "capability": "rcp", "message": "I speak 7"', "I speak 7"),
    ],
)
def test_claim_that_cannot_be_made_is_refused(tmp_path: Path, welcome: str, said: str) -> None:
    """A version that was not offered, and names that are unknown."""
    script = tmp_path / "greeter.py"
    about = '"implementation": {"name": "a", "version": "1"}'
    script.write_text(f'input()\nprint(\'{{"id": "1", {about}, {welcome}}}\')\ninput()\n')

    with pytest.raises(ImplementationError, match=said):
        Adapter([sys.executable, str(script)], QUICK)


def test_reserved_names_are_no_claim() -> None:
    """A name that is kept for later is refused as such, not as an unknown one."""
    later = Profile(operations=["session.guess"], claims="guesses", reserved=True)
    soon = Capability(gates="guesses", reserved=True)
    names = Vocabulary(operations={}, capabilities={"session.soon": soon}, profiles={"guess-reader": later})

    faults = names.faults_of_claim(["guess-reader"], ["session.soon"])

    assert faults == ["profile 'guess-reader' is reserved", "capability 'session.soon' is reserved"]


def test_silence_at_hello_is_refused_in_time() -> None:
    """Nobody waits for ever for a greeting."""
    with pytest.raises(ImplementationError, match="no reply within 200 ms"):
        Adapter(["sleep", "60"], msgspec.structs.replace(QUICK, hello_ms=200))


def not_executable(folder: Path) -> str:
    """Make a file that cannot be run."""
    (folder / "adapter.py").write_text("print(1)")
    return str(folder / "adapter.py")


@pytest.mark.parametrize(
    ("name_of", "said"),
    [
        (lambda _: "no-such-program", "there is no program 'no-such-program'"),
        (lambda folder: str(folder / "gone"), "there is no program"),
        (not_executable, "is not executable; use chmod"),
        (str, "is a folder, not a program"),
        (lambda _: "''", "no implementation is named"),
        (lambda _: "codex=/no/such/binary", "is no executable file"),
    ],
    ids=["unknown", "missing", "not executable", "folder", "empty", "codex"],
)
def test_unusable_implementation_is_explained(
    tmp_path: Path, name_of: Callable[[Path], str], said: str
) -> None:
    """What cannot be started is refused before any case runs, and the message says what to do."""
    with pytest.raises(ImplementationError, match=said):
        open_implementation(name_of(tmp_path))


def test_pipe_and_process_agree() -> None:
    """The reference behind the pipe answers as it does in process."""
    some = [case for case in CASES if case.op == "trace.reduce"][::40]
    adapter = open_implementation(f"{sys.executable} -m rollout_conformance.protocol.server")
    try:
        piped = [adapter.perform(case.task) for case in some]
    finally:
        adapter.close()

    direct = [Reference().perform(case.task) for case in some]
    assert [told(answer) for answer in piped] == [told(answer) for answer in direct]


def told(answer: Answer) -> object:
    """Return what a reply can carry: a place has no keys without a value."""
    if isinstance(answer, Refused) and answer.at:
        at = {key: value for key, value in answer.at.items() if value is not None}
        return msgspec.structs.replace(answer, at=at)
    return answer
