"""The cases of `session.threads`: their answers have the schema, and depend on no spelling and on no form.

[SESSION-THREADS-1]
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import zstandard

from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.threads_ops import threads_to
from rollout_conformance.locations import corpus_dir
from rollout_conformance.schemas import validator
from rollout_reference import jsontext

ANSWER = "threads.json"
CASES = [case for case in load_cases(corpus_dir() / "session" / "threads") if case.verdict == "must-accept"]
PLAIN = [
    case for case in CASES if not any(case.input.rglob("*.zst")) and not (case.input / "files.json").exists()
]


def name_of(case: Case) -> str:
    """Name a case by its id."""
    return case.id


def answer(case: Case, given: Path) -> bytes:
    """Return what the reference says for a case, of another input."""
    return threads_to(given, case.options, case.env.now_ms)[ANSWER]


def rollouts(folder: Path) -> list[Path]:
    """Return the rollouts of an input."""
    return sorted(folder.rglob("rollout-*.jsonl"))


def respelled(line: str) -> str:
    """Return a line with its keys turned round, spaces, and escapes where they may be."""
    return json.dumps(turned(json.loads(line)), separators=(" , ", " : ")) if line.strip() else line


def turned(value: Any) -> Any:
    """Return a value with the keys of its objects in the other order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(each) for each in value] if isinstance(value, list) else value


def respell(path: Path) -> None:
    """Respell each line of a rollout, some names by escapes."""
    lines = [
        respelled(line).replace('"user_message"', r'"user\u005fmessage"')
        for line in path.read_text().split("\n")
    ]
    path.write_text("\n".join(lines))


def freeze(path: Path) -> None:
    """Put a rollout into its cold form."""
    path.with_name(path.name + ".zst").write_bytes(zstandard.compress(path.read_bytes()))
    path.unlink()


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_answer_has_its_schema(case: Case) -> None:
    """As the corpus expects it."""
    validator("session-threads").validate(jsontext.parse(case.expected_outputs()[ANSWER]))


@pytest.mark.parametrize("case", PLAIN, ids=name_of)
def test_answer_does_not_depend_on_the_spelling(case: Case, tmp_path: Path) -> None:
    """Keys in another order, spaces and escapes say the same."""
    given = Path(shutil.copytree(case.input, tmp_path / "input"))

    list(map(respell, rollouts(given)))

    assert answer(case, given) == case.expected_outputs()[ANSWER]


@pytest.mark.parametrize("case", PLAIN, ids=name_of)
def test_answer_does_not_depend_on_the_form(case: Case, tmp_path: Path) -> None:
    """A cold home has the same threads, under the same paths."""
    given = Path(shutil.copytree(case.input, tmp_path / "input"))

    list(map(freeze, rollouts(given)))

    assert answer(case, given) == case.expected_outputs()[ANSWER]
