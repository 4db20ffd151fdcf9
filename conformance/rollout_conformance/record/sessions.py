"""``python -m rollout_conformance.record.sessions --codex PATH --cli VERSION --out DIR SCENARIO...``.

Records the session rollouts that a release leaves, each as a case of `session.parse`.  What is to be
expected is filled in afterwards by ``rolloutspec corpus accept``, from the reference.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from rollout_conformance.record.drive import DriveError, RawRun, record
from rollout_conformance.record.scenarios import Scenario
from rollout_conformance.record.scrub_session import Scrubbed, scrub_rollouts
from rollout_conformance.record.session_scenarios import ALL_SCENARIOS
from rollout_reference.session.names import RolloutName

RULE_OF_TYPE = {
    "session_meta": "SESSION-META-1",
    "response_item": "SESSION-ITEM-1",
    "event_msg": "SESSION-EVENT-1",
    "turn_context": "SESSION-TURNCTX-1",
    "compacted": "SESSION-COMPACTED-1",
    "world_state": "SESSION-WORLD-1",
    "inter_agent_communication": "SESSION-AGENT-1",
    "inter_agent_communication_metadata": "SESSION-AGENT-2",
    "token_usage_record": "SESSION-TOKENS-1",
}
"""The rule that a line of a type puts to work."""


@click.command()
@click.option("--codex", type=click.Path(exists=True, path_type=Path), required=True, help="The real binary.")
@click.option("--cli", required=True, help="Its version.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the case folders.")
@click.option("--raw", type=click.Path(path_type=Path), help="Keep raw runs here (default: thrown away).")
@click.option("--again", is_flag=True, help="Scrub and store the raw runs that --raw already holds.")
@click.argument(
    "names", metavar="SCENARIO...", nargs=-1, required=True, type=click.Choice(sorted(ALL_SCENARIOS))
)
def main(codex: Path, cli: str, out: Path, raw: Path | None, again: bool, names: tuple[str, ...]) -> None:
    """Drive one release through scenarios and store the session rollouts that it left."""
    with tempfile.TemporaryDirectory() as scratch:
        for scenario in [ALL_SCENARIOS[name] for name in names]:
            place = (raw or Path(scratch)) / scenario.name
            try:
                run = RawRun.read(place) if again else record(scenario, codex, place)
            except DriveError as trouble:
                raise click.ClickException(str(trouble)) from None
            for folder in store(scenario, run, cli, out):
                click.echo(f"stored   {folder.name}")


def store(scenario: Scenario, run: RawRun, cli: str, out: Path) -> list[Path]:
    """Store every rollout of a run, in the order of their names; return the case folders.

    A run that reverted a thread is also stored as a home, of which the history of the thread is asked.
    """
    rollouts = sorted(run.home.rglob("rollout-*.jsonl"), key=lambda path: path.name)
    scrubbed = scrub_rollouts({path.name: path.read_bytes() for path in rollouts}, run.own_texts)
    made = []
    for number, (_, clean) in enumerate(scrubbed, 1):
        name = scenario.name if len(rollouts) == 1 else f"{scenario.name}-{number}"
        folder = _empty(out / f"session-{name}")
        (folder / "input/rollout.jsonl").write_bytes(clean)
        title = scenario.title if len(rollouts) == 1 else f"{scenario.title}, rollout {number}"
        (folder / "case.toml").write_text(
            _case(f"{cli.replace('.', '-')}-{name}", title, cli, scenario, clean)
        )
        made.append(folder)
    if any(step.do == "revert" for step in scenario.steps):
        made.append(_store_home(scenario, scrubbed, cli, out))
    return made


def _store_home(scenario: Scenario, scrubbed: Iterable[Scrubbed], cli: str, out: Path) -> Path:
    """Store the rollouts of a run under their names, as a case of `session.history` of the first thread."""
    name = f"{scenario.name}-home"
    folder = _empty(out / f"session-{name}")
    thread = ""
    for own, clean in scrubbed:
        header = json.loads(clean.partition(b"\n")[0])["payload"]
        thread = thread or header["id"]
        moment = header["timestamp"][:19].replace(":", "-")
        path = RolloutName(moment, header["id"], own if own != header["id"] else None).active_path
        (folder / "input/home" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "input/home" / path).write_bytes(clean)
    case_id = f"session-recorded-{cli.replace('.', '-')}-{name}"
    lines = [
        f"id = {_quoted(case_id)}",
        f"title = {_quoted(_short(f'{scenario.title}, the home'))}",
        'op = "session.history"',
        'profile = "history-reader"',
        "requires = []",
        'requirements = ["SESSION-SEGMENT-2@1", "SESSION-SEGMENT-4@1", "SESSION-HISTORY-25@1"]',
        'verdict = "must-accept"',
        'notes = ["Recorded"]',
        f'source = {{ kind = "recorded", cli = {_quoted(cli)}, scenario = {_quoted(scenario.name)} }}',
        "budget_ms = 4000",
        'compare = { "history.json" = "json-iso" }',
        "",
        "[options]",
        f"thread = {_quoted(thread)}",
    ]
    (folder / "case.toml").write_text("\n".join(lines) + "\n")
    return folder


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "input").mkdir(parents=True)
    return folder


def _case(name: str, title: str, cli: str, scenario: Scenario, rollout: bytes) -> str:
    lines = [
        f"id = {_quoted(f'session-recorded-{name}')}",
        f"title = {_quoted(_short(title))}",
        'op = "session.parse"',
        'profile = "session-reader"',
        f"requires = {_needed(rollout)}",
        "requirements = [",
        *(f"    {_quoted(each + '@1')}," for each in _rules_at_work(rollout.splitlines())),
        "]",
        'verdict = "must-accept"',
        'notes = ["Recorded"]',
        f'source = {{ kind = "recorded", cli = {_quoted(cli)}, scenario = {_quoted(scenario.name)} }}',
        "budget_ms = 4000",
    ]
    return "\n".join(lines) + "\n"


def _short(title: str) -> str:
    return title if len(title) <= 70 else title[:67] + "..."


def _rules_at_work(lines: Iterable[bytes]) -> list[str]:
    trees = [json.loads(line) for line in lines]
    if "payload" not in trees[0]:
        return ["SESSION-LEGACY-3", "SESSION-LEGACY-5", "SESSION-FILE-21"]
    rules = {RULE_OF_TYPE[tree["type"]] for tree in trees if tree["type"] in RULE_OF_TYPE}
    if "ordinal" in trees[0]:
        rules.add("SESSION-FILE-17")
    return [*sorted(rules), "SESSION-FILE-21"]


def _needed(rollout: bytes) -> str:
    return '["session.paginated"]' if b'"history_mode":"paginated"' in rollout.split(b"\n", 1)[0] else "[]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    main()
