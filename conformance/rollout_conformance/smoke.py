"""Five short questions to an implementation: is it a good partner, before a thousand cases ask?"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from msgspec import Struct

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Unsupported, with_words
from rollout_conformance.cases import EXPECTED, INPUT, Case
from rollout_conformance.implementations import Implementation
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.spec_examples import STANDARD_MANIFEST
from rollout_conformance.tasks import Task
from rollout_conformance.verdict import judge

OPERATION = "trace.reduce"
UNKNOWN = "smoke.unheard-of"
"""An operation that nobody has."""

BUDGET_MS = 5_000
LONG = 1 << 20
"""Characters of the longest value in the large bundle."""

MANY = 2_000
"""Threads of the large bundle."""

CALLING = 'call your reader with the folder "in" and write the state into the folder "out" as state.json'
KINDS = {
    "protocol-error": "print one JSON line for each message and nothing else, repeat its id, and flush",
    "timeout": "answer each message at once; do not wait for the end of input, and flush the output",
    "crash": "keep the process alive: catch what goes wrong and answer with outcome 'error'",
    "error": "look at the message above; the reply came through, so the protocol is fine",
    "not-run": "look at the failures above first",
    "fail": "",
}
"""What to do about an answer that is none, by its kind."""


class Check(Struct, frozen=True):
    """One question with what came of it, and what to do if that is nothing good."""

    name: str
    outcome: Literal["ok", "failed", "not yet"]
    detail: str = ""
    advice: str = ""


def smoke(implementation: Implementation) -> Iterator[Check]:
    """Yield the checks as they are made; the greeting is behind an implementation that could be opened."""
    yield Check("it greets", "ok", introduce(implementation.identity))
    with TemporaryDirectory(prefix="rolloutspec-") as scratch:
        folder = Path(scratch)
        yield _ask(implementation, "a small bundle is reduced", accepting(folder / "small", small()), CALLING)
        yield _ask(
            implementation,
            "a broken bundle is rejected",
            rejecting(folder / "broken", small() * 2),
            "answer with outcome 'rejected'; 'code' names the reason, and may be left out",
        )
        yield _unheard_of(implementation.perform(Task(UNKNOWN, folder / "small" / INPUT, BUDGET_MS)))
        yield _ask(
            implementation,
            "a large bundle is reduced",
            accepting(folder / "large", large()),
            "look for limits on the length of a line or the size of a file, and for slow loops",
        )


def introduce(identity: Identity) -> str:
    """Return who answers and what it claims, in a few words."""
    claims = f"claims {', '.join(identity.profiles)}" if identity.profiles else "claims no profile"
    return f"{identity.name} {identity.version}, {claims}"


def small() -> list[str]:
    """Return the events of a bundle with one thread."""
    return [_thread("root", "/root")]


def large() -> list[str]:
    """Return the events of a bundle with one very long line, and with a large state."""
    return [
        _thread("root", "/root"),
        *(_thread(f"thread-{n}", f"/root/agent_{n}") for n in range(MANY)),
        _long(),
    ]


def accepting(folder: Path, events: list[str]) -> Case:
    """Write a bundle and the state that the reference makes of it."""
    case = _case(folder, events, verdict="must-accept")
    answer = Reference().perform(case.task)
    if not isinstance(answer, Accepted):
        raise AssertionError(f"the reference does not accept a bundle of the smoke test: {answer}")
    for name, data in answer.outputs.items():
        (folder / EXPECTED).mkdir(exist_ok=True)
        (folder / EXPECTED / name).write_bytes(data)
    return case


def rejecting(folder: Path, events: list[str]) -> Case:
    """Write a bundle whose thread starts twice."""
    return _case(folder, events, verdict="must-reject", error=["trace.duplicate_thread_start"])


def _ask(implementation: Implementation, name: str, case: Case, advice: str) -> Check:
    answer = implementation.perform(case.task)
    judgement = judge(case, answer, implementation.identity)
    if judgement.outcome == "pass":
        return Check(name, "ok")
    if judgement.outcome == "unsupported":
        return Check(name, "not yet", f"{OPERATION} is not supported, and not claimed")
    detail = "; ".join(filter(None, (judgement.told, str(judgement.difference or ""))))
    if isinstance(answer, Unsupported):
        advice = f"take the profile out of 'profiles' in the answer to hello until {OPERATION} is done"
    return Check(name, "failed", detail, _advice(answer) or advice)


def _unheard_of(answer: Answer) -> Check:
    name = "an unknown operation is unsupported"
    if isinstance(answer, Unsupported):
        return Check(name, "ok")
    detail = (
        with_words(answer.detail, answer.words)
        if isinstance(answer, Broken)
        else "it answers as if it knew it"
    )
    advice = f"answer {{'outcome': 'unsupported', 'capability': '{UNKNOWN}'}} to an 'op' that you do not know"
    return Check(name, "failed", detail, advice)


def _advice(answer: Answer) -> str:
    return KINDS[answer.kind] if isinstance(answer, Broken) else ""


def _case(folder: Path, events: list[str], **judged: Any) -> Case:
    bundle = folder / INPUT
    (bundle / "payloads").mkdir(parents=True)
    (bundle / "manifest.json").write_text(json.dumps(STANDARD_MANIFEST), encoding="utf-8")
    lines = (_line(number, event) for number, event in enumerate(events, start=1))
    (bundle / "trace.jsonl").write_text("".join(lines), encoding="utf-8", newline="")
    return Case(
        id="smoke",
        title="smoke",
        op=OPERATION,
        profile="trace-reader",
        requirements=["TRACE-THREAD-2@1"],
        source={"kind": "generated"},
        budget_ms=BUDGET_MS,
        folder=folder,
        **judged,
    )


def _thread(thread_id: str, agent_path: str) -> str:
    return json.dumps({"type": "thread_started", "thread_id": thread_id, "agent_path": agent_path})


def _long() -> str:
    return _thread("thread-long", "/root/" + "n" * LONG)


def _line(number: int, event: str) -> str:
    begin = f'{{"schema_version":1,"seq":{number},"wall_time_unix_ms":{1000 + number},"rollout_id":"root",'
    return f'{begin}"thread_id":null,"codex_turn_id":null,"payload":{event}}}\n'
