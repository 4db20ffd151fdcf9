"""Five questions sort good partners from bad ones, and say what to repair."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rollout_conformance.implementations import open_implementation
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.protocol.limits import LIMITS
from rollout_conformance.smoke import MANY, Check, accepting, large, rejecting, small, smoke
from rollout_reference.errors import DuplicateThreadStart, Rejected
from rollout_reference.trace import reduce

GREETING = """
import json, os, sys
def say(**message): print(json.dumps(message), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "hello":
        say(id=ask["id"], rcp=1, implementation={"name": "partner", "version": "1"}, profiles=PROFILES)
        continue
    if ask["op"] == "bye":
        break
"""
UNSUPPORTED = 'say(id=ask["id"], outcome="unsupported", capability=ask["op"])'


def partner(tmp_path: Path, behaviour: str, profiles: str = "[]") -> str:
    """Write an adapter that greets well and then behaves as told; return its command line."""
    script = tmp_path / "partner.py"
    lines = "".join(f"    {line}\n" for line in behaviour.splitlines())
    script.write_text(GREETING.replace("PROFILES", profiles) + lines)
    return shlex.join([sys.executable, str(script)])


def checks_of(command: str) -> list[Check]:
    """Ask an adapter the five questions."""
    adapter = open_implementation(command)
    try:
        return list(smoke(adapter))
    finally:
        adapter.close()


def rolloutspec(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-c", "from rollout_conformance.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_reference_is_a_good_partner() -> None:
    """Five checks, all good, in process and through the pipe."""
    direct = list(smoke(Reference()))

    assert [check.outcome for check in direct] == ["ok"] * 5
    assert checks_of(f"{sys.executable} -m rollout_conformance.protocol.server") == direct


def test_questions_are_what_they_say(tmp_path: Path) -> None:
    """One small, one broken, one large in each way."""
    assert len(reduce(accepting(tmp_path / "small", small()).input).threads) == 1
    with pytest.raises(Rejected) as rejection:
        reduce(rejecting(tmp_path / "broken", small() * 2).input)
    assert isinstance(rejection.value, DuplicateThreadStart)
    case = accepting(tmp_path / "large", large())
    assert len(reduce(case.input).threads) == MANY + 2
    lines = (case.input / "trace.jsonl").read_bytes().split(b"\n")
    assert max(map(len, lines)) > LIMITS.line_bytes


def test_beginner_is_told_what_waits(tmp_path: Path) -> None:
    """An adapter that claims nothing and does nothing is a good partner with work ahead."""
    done = rolloutspec("smoke", partner(tmp_path, UNSUPPORTED))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("not yet") == 3
    assert "next: implement trace.reduce; 3 checks wait for it" in done.stdout


def test_empty_promise_is_a_failure(tmp_path: Path) -> None:
    """Who claims a profile has to keep it."""
    done = rolloutspec("smoke", partner(tmp_path, UNSUPPORTED, '["trace-reader"]'))

    assert done.returncode == 1
    assert "3 of 5 checks failed" in done.stderr
    assert "take the profile out of 'profiles'" in done.stdout


@pytest.mark.parametrize(
    ("behaviour", "advice"),
    [
        ('print("reducing"); say(id=ask["id"], outcome="rejected")', "print one JSON line for each message"),
        ("sys.exit('boom')", "keep the process alive"),
        ('say(id=ask["id"], outcome="ok", outputs=[])', "write the state into the folder"),
        ('say(id=ask["id"], outcome="ok", outputs=[])', "to an 'op' that you do not know"),
        ('say(id=ask["id"], outcome="error", message="bug")', "the protocol is fine"),
    ],
)
def test_bad_partner_gets_advice(tmp_path: Path, behaviour: str, advice: str) -> None:
    """Each failure says what to do about it."""
    done = rolloutspec("smoke", partner(tmp_path, behaviour))

    assert done.returncode == 1
    assert advice in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["no-such-program", "cat", "true"])
def test_stranger_cannot_be_used(command: str) -> None:
    """Without a greeting there is nothing to check; the message shows what a greeting is."""
    done = rolloutspec("smoke", command)

    assert (done.returncode, done.stdout) == (3, "")
    assert '{"id": "1", "rcp": 1, "implementation"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["smoke", "shim"])
def test_help_shows_examples(name: str) -> None:
    """Help tells by example."""
    done = rolloutspec(name, "--help")

    assert done.returncode == 0
    assert "Examples:" in done.stdout
