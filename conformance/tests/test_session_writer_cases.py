"""The cases for recorders of rollouts: the reference passes each, and wrong recorders do not."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from rollout_conformance.answers import Accepted, Broken, Refused
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.mutants import session_writers
from rollout_conformance.mutants.patch import patched
from rollout_conformance.mutants.registry import Mutant, registered
from rollout_conformance.session_judge import fault_of
from rollout_conformance.session_script import AnyCall, Item, Script, Start, read_script
from rollout_conformance.tasks import Environment, Task
from rollout_conformance.verdict import judge

CASES = {
    case.id: case
    for area in ("writer", "ordinals", "forks", "policy")
    for case in load_cases(corpus_dir() / "session" / area)
    if case.op == "session.write"
}
MUTANTS = {
    mutant.name: mutant for mutant in registered() if mutant.damage.__module__ == session_writers.__name__
}
THREAD = "019f0000-0000-7000-8000-000000000001"
FILE = f"home/sessions/2024/07/03/rollout-2024-07-03T09-46-40-{THREAD}.jsonl"


def outcome(case: Case) -> tuple[str, str]:
    """Return how the reference fares with a case, and why."""
    judgement = judge(case, Reference().perform(case.task), Reference.identity)
    return judgement.outcome, judgement.detail


# --- the suite ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_reference_passes(case: Case) -> None:
    """Each case, and none of them by luck of the order."""
    assert outcome(case) == ("pass", "")


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_wrong_recorder_fails(mutant: Mutant) -> None:
    """A recorder that breaks a rule fails a case about that rule, and is told which rules are at stake."""
    with patched(mutant.damage):
        seen = [outcome(case) for case in CASES.values() if mutant.requirement in case.cited]

    failed = [detail for result, detail in seen if result == "fail"]
    assert failed
    assert all("SESSION-" in detail or detail.startswith(("rejected", "accepted")) for detail in failed)


def test_every_call_is_played_by_a_case() -> None:
    """A call that no case makes would be judged by nobody."""
    made = {type(call) for case in CASES.values() for call in read_script(case.input).calls}

    assert made == set(AnyCall.__args__)


# --- scripts --------------------------------------------------------------------------------------------


def script_schema() -> Any:
    """Return the schema of a script."""
    return json.loads((spec_dir() / "schema" / "session-script.schema.json").read_bytes())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_script_is_valid_by_the_schema(case: Case) -> None:
    """What the suite plays is what the schema describes."""
    Draft202012Validator(script_schema()).validate(json.loads((case.input / "script.json").read_bytes()))


def test_schema_has_the_calls_that_are_played() -> None:
    """Names, fields and required fields are the same on both sides."""
    described = script_schema()["$defs"]
    (_,), definitions = msgspec.json.schema_components([Script], ref_template="{name}")
    played = {call.__struct_config__.tag: call.__name__ for call in AnyCall.__args__}
    names = played | {"Item": Item.__name__, "Start": Start.__name__}

    assert set(described) == set(names)
    assert {name: sorted(described[name]["properties"]) for name in names} == {
        name: sorted(definitions[of]["properties"]) for name, of in names.items()
    }
    assert {name: sorted(described[name]["required"]) for name in names} == {
        name: sorted(definitions[of]["required"]) for name, of in names.items()
    }


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ("[", "script.json: "),
        ('[{"call": "sing"}]', "`$.calls[0].call`"),
        ('[{"call": "flush", "of": "first"}]', "there is no recorder 'first' - at `$.calls[0]`"),
        (f'[{{"call": "resume", "as": "a", "thread_id": "{THREAD}"}}]', "there is no rollout of thread"),
    ],
)
def test_bad_script_is_an_error(tmp_path: Path, calls: str, told: str) -> None:
    """It says where, and nothing is judged."""
    (tmp_path / "script.json").write_text(f'{{"schema": 1, "calls": {calls}}}')

    answer = Reference().perform(Task("session.write", tmp_path, 1000))

    assert isinstance(answer, Broken)
    assert told in answer.detail


def test_equal_tasks_give_equal_homes() -> None:
    """Time and ids are those of the task."""
    task = CASES["session-forks-legacy"].task
    later = replace(task, env=Environment(task.env.now_ms + 1000, "another seed"))

    first, same, other = (Reference().perform(each) for each in (task, task, later))

    assert isinstance(first, Accepted)
    assert first == same != other


def test_refused_call_ends_the_script() -> None:
    """The answer has the code of the rule, and no outputs."""
    answer = Reference().perform(CASES["session-ordinals-exhausted"].task)

    assert isinstance(answer, Refused)
    assert answer.code == "session.ordinals_exhausted"


# --- judging --------------------------------------------------------------------------------------------


HEADER = {
    "session_id": THREAD,
    "id": THREAD,
    "timestamp": "2024-07-03T09:46:40.000Z",
    "cwd": "/project",
    "originator": "a_client",
    "cli_version": "0.143.0",
    "source": "cli",
    "model_provider": None,
    "base_instructions": None,
    "history_mode": "legacy",
    "context_window": {"window_id": "w"},
}
PAGED = HEADER | {"history_mode": "paginated"}


def line(line_type: str, payload: Any, **envelope: Any) -> bytes:
    """Return a line as a recorder writes it."""
    first = {"timestamp": "2024-07-03T09:46:40.000Z", **envelope}
    return msgspec.json.encode({**first, "type": line_type, "payload": payload}) + b"\n"


WORLD = line("world_state", {"full": False, "state": {"n": 1}})
LATER = "2024-07-03T09:46:41.000Z"
ORDER = "session-writer-header-waits"
"""A case that expects a header and two states."""


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({}, "the rollouts are others"),
        ({"home/sessions/rollout.jsonl": b""}, "SESSION-NAME-2"),
        ({FILE.replace("/03/", "/04/"): line("session_meta", HEADER)}, "SESSION-NAME-1"),
        ({FILE: line("session_meta", HEADER), FILE + ".zst": b""}, "SESSION-WRITER-4"),
        ({FILE + ".zst": b"no frame"}, "SESSION-FILE-11"),
        ({FILE: line("session_meta", HEADER)[:-1]}, "SESSION-WRITER-3"),
        ({FILE: WORLD}, "SESSION-LAW-5"),
        ({FILE: line("session_meta", HEADER).replace(b":", b": ")}, "SESSION-WRITER-3"),
        ({FILE: line("session_meta", HEADER | {"id": THREAD.replace("1", "2")})}, "SESSION-WRITER-4"),
        ({FILE: line("session_meta", HEADER | {"timestamp": LATER})}, "SESSION-WRITER-6"),
        ({FILE: line("session_meta", HEADER) + b"{}\n"}, "SESSION-WRITER-2"),
        ({FILE: line("session_meta", HEADER) + b"\n"}, "SESSION-WRITER-9"),
        ({FILE: line("session_meta", HEADER, ordinal=0)}, "SESSION-ORDINAL-1"),
        ({FILE: line("session_meta", PAGED)}, "SESSION-ORDINAL-1"),
        ({FILE: line("session_meta", PAGED, ordinal=1)}, "SESSION-ORDINAL-2"),
        (
            {FILE: line("session_meta", HEADER) + line("event_msg", {"type": "shutdown_complete"})},
            "SESSION-POLICY-1",
        ),
        ({FILE: line("session_meta", HEADER) + WORLD + WORLD + WORLD}, "the rollouts are others"),
    ],
)
def test_fault_is_named_by_its_rule(outputs: dict[str, bytes], told: str) -> None:
    """Whoever wrote the home, the judge says which rule it breaks."""
    fault = fault_of(CASES[ORDER], "expect", outputs)

    assert fault is not None
    assert told in fault.detail


def test_locks_and_other_files_are_nobody_s_business() -> None:
    """A home holds more than rollouts."""
    answer = Reference().perform(CASES[ORDER].task)
    assert isinstance(answer, Accepted)

    assert fault_of(CASES[ORDER], "expect", {**answer.outputs, "home/state_5.sqlite": b"x"}) is None


def test_past_that_has_changed_is_a_fault() -> None:
    """What stood in the home has to stand there still."""
    case = CASES["session-writer-resume-alone"]
    answer = Reference().perform(case.task)
    assert isinstance(answer, Accepted)

    changed = {name: data.replace(b"yesterday", b"Yesterday") for name, data in answer.outputs.items()}
    fault = fault_of(case, "expect", changed)

    assert fault is not None
    assert "SESSION-WRITER-" in fault.detail
