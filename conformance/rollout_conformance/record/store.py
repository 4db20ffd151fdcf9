"""Write a scrubbed bundle as a case: its input, what the real reducer makes of it, and the case file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollout_conformance.record.drive import RawRun
from rollout_conformance.record.evidence import exercised
from rollout_conformance.record.scenarios import Scenario
from rollout_conformance.record.scrub import scrub_bundle

CLI_VERSION = "0.143.0"


class StoreError(RuntimeError):
    """A recording cannot become a case."""


@dataclass(frozen=True)
class Reduced:
    """The real reducer's answer: the state's bytes, or its complaint."""

    state: bytes | None
    complaint: str


def reduce_for_real(codex: Path, bundle: Path) -> Reduced:
    """Reduce a bundle with the real binary, without a network."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "state.json"
        command = ["unshare", "--net"]
        if os.geteuid() != 0:
            command += ["--user", "--map-root-user"]
        command += [str(codex), "debug", "trace-reduce", str(bundle), "-o", str(target)]
        home = Path(scratch) / "home"
        home.mkdir()
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "CODEX_HOME": str(home)}
        done = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode == 0:
            return Reduced(target.read_bytes(), "")
        return Reduced(None, done.stderr[done.stderr.find("Error:") :].strip())


def store(scenario: Scenario, run: RawRun, codex: Path, out: Path) -> list[Path]:
    """Store every bundle of a run; return the case folders."""
    made = []
    for number, raw in enumerate(run.bundles, 1):
        name = scenario.name if len(run.bundles) == 1 else f"{scenario.name}-{number}"
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        scrub_bundle(raw, folder / "input", run.own_texts)
        before, after = reduce_for_real(codex, raw), reduce_for_real(codex, folder / "input")
        _check_scrub(name, before, after)
        _check_verdict(name, scenario, number, after)
        if after.state is not None:
            (folder / "expect").mkdir()
            (folder / "expect/state.json").write_bytes(after.state)
        _write_case(scenario, name, folder, number, after)
        made.append(folder)
    return made


def _check_scrub(name: str, before: Reduced, after: Reduced) -> None:
    if (before.state is None) != (after.state is None):
        raise StoreError(f"{name}: scrubbing changed the verdict: {before.complaint or after.complaint}")
    if before.state is not None and after.state is not None and _shape(before.state) != _shape(after.state):
        raise StoreError(f"{name}: scrubbing changed the shape of the state")


def _shape(state: bytes) -> list[Any]:
    """Return what scrubbing must not touch: which objects exist, and how they are linked by made ids."""
    value = json.loads(state)
    items = [
        (
            name,
            item["kind"],
            item["role"],
            item["channel"],
            len(item["body"]["parts"]),
            len(item["produced_by"]),
        )
        for name, item in value["conversation_items"].items()
    ]
    calls = [
        (call["request_item_ids"], call["response_item_ids"]) for call in value["inference_calls"].values()
    ]
    edges = [(edge["kind"], edge["carried_item_ids"]) for edge in value["interaction_edges"].values()]
    counts = [(key, len(each)) for key, each in value.items() if isinstance(each, dict)]
    return [counts, items, calls, edges]


def _check_verdict(name: str, scenario: Scenario, number: int, after: Reduced) -> None:
    refused = number in scenario.refused
    if refused != (after.state is None):
        raise StoreError(f"{name}: {'accepted, not refused' if refused else after.complaint}")
    if refused and scenario.complaint not in after.complaint:
        raise StoreError(f"{name}: refused for another reason: {after.complaint}")


def _write_case(scenario: Scenario, name: str, folder: Path, number: int, after: Reduced) -> None:
    accepted = after.state is not None
    title = scenario.title if len(scenario.titles) == 0 else scenario.titles[number - 1]
    ids = list(scenario.refusal_requirements)
    if after.state is not None:
        ids = exercised(folder / "input", after.state, scenario.requirements)
    lines = [
        f"id = {_quoted('trace-recorded-' + name)}",
        f"title = {_quoted(title)}",
        'op = "trace.reduce"',
        'profile = "trace-reader"',
        "requires = []",
        "requirements = [",
        *(f"    {_quoted(each + '@1')}," for each in ids),
        "]",
        f"verdict = {_quoted('must-accept' if accepted else 'must-reject')}",
    ]
    if not accepted:
        lines.append(f"error = [{_quoted(str(scenario.error))}]")
    lines += [
        'notes = ["Recorded"]',
        f'source = {{ kind = "recorded", cli = "{CLI_VERSION}", scenario = {_quoted(scenario.name)} }}',
        "budget_ms = 4000",
        "",
        "[upstream]",
        f'"{CLI_VERSION}" = "{"accepted" if accepted else "rejected"}"',
    ]
    (folder / "case.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
