"""Adapters are strangers: whatever one does, its case gets a name for it and the run goes on."""

import sys
from pathlib import Path

import pytest

from rollout_conformance import locations
from rollout_conformance.answers import Answer, Broken, Refused, Unsupported
from rollout_conformance.cases import load_cases
from rollout_conformance.implementations import ImplementationError, open_implementation
from rollout_conformance.implementations.adapter import Adapter

HELLO = """
import json, os, signal, sys, time
def say(**message): print(json.dumps(message), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "hello":
        say(id=ask["id"], rcp=1, implementation={"name": "stranger", "version": "1"})
        continue
    if ask["op"] == "bye":
        break
"""

CASE = load_cases(locations.corpus_dir())[0]


def stranger(tmp_path: Path, behaviour: str) -> Adapter:
    """Start an adapter that greets well and then behaves as told."""
    script = tmp_path / "stranger.py"
    script.write_text(HELLO + "".join(f"    {line}\n" for line in behaviour.splitlines()))
    return Adapter([sys.executable, str(script)])


def answer_of(tmp_path: Path, behaviour: str, budget_ms: int = 2000) -> Answer:
    """Ask such an adapter once."""
    adapter = stranger(tmp_path, behaviour)
    try:
        return adapter.perform(CASE.op, CASE.input, budget_ms)
    finally:
        adapter.close()


def test_rejection_carries_its_code(tmp_path: Path) -> None:
    """What the adapter says is what counts."""
    said = 'say(id=ask["id"], outcome="rejected", code="trace.unknown_turn", message="no")'

    assert answer_of(tmp_path, said) == Refused("trace.unknown_turn", "no")


def test_unsupported_is_kept_apart(tmp_path: Path) -> None:
    """An operation that the adapter does not have is no failure and no success."""
    said = 'say(id=ask["id"], outcome="unsupported", capability="trace.reduce")'

    assert answer_of(tmp_path, said) == Unsupported("trace.reduce")


@pytest.mark.parametrize(
    ("behaviour", "kind", "said"),
    [
        ('print("junk", flush=True)', "protocol-error", "its reply is no Reply"),
        ('say(id="x", outcome="ok")', "protocol-error", "it replied to 'x'"),
        ('say(id=ask["id"], outcome="fine")', "protocol-error", "Invalid enum value"),
        ("sys.exit('out of ideas')", "crash", "exit code 1: out of ideas"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crash", "killed by SIGSEGV"),
        ("time.sleep(60)", "timeout", "no reply within 400 ms"),
        ("if os.fork(): os._exit(0)\ntime.sleep(60)", "timeout", "no reply within 400 ms"),
        ('say(id=ask["id"], outcome="error", message="sorry")', "error", "sorry"),
    ],
)
def test_misbehaviour_is_named(tmp_path: Path, behaviour: str, kind: str, said: str) -> None:
    """A broken adapter is charged with what it did, within its budget."""
    answer = answer_of(tmp_path, behaviour, budget_ms=100)

    assert isinstance(answer, Broken)
    assert answer.kind == kind
    assert said in answer.detail


def test_crashed_adapter_is_replaced(tmp_path: Path) -> None:
    """After a crash the next case gets a fresh process."""
    adapter = stranger(tmp_path, "sys.exit(3)")

    answers = [adapter.perform(CASE.op, CASE.input, 2000) for _ in range(2)]

    adapter.close()
    assert answers == [Broken("crash", "exit code 3")] * 2


def test_expectation_is_withheld(tmp_path: Path) -> None:
    """An adapter sees a copy of the input, with nothing of the case beside it."""
    said = (
        'beside = sorted(os.listdir(os.path.dirname(ask["in"])))\n'
        'say(id=ask["id"], outcome="rejected", message=" ".join(beside))'
    )

    assert answer_of(tmp_path, said) == Refused(None, "in out")


@pytest.mark.parametrize("name", ["no-such-program", "codex=/no/such/binary", "''", "true", "cat"])
def test_unusable_implementation_is_explained(name: str) -> None:
    """What cannot be started or does not greet is refused before any case runs."""
    with pytest.raises(ImplementationError):
        open_implementation(name)
