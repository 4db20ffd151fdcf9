"""What is known of releases of the real CLI: recorded in cases, explained by rows of the text."""

import re
from pathlib import Path

import msgspec
import pytest

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported
from rollout_conformance.cases import CASE_FILE, Case, read_case
from rollout_conformance.implementations.codex_session.releases import RELEASES, release_of
from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.verdict import UPSTREAM, judge

CODEX = Identity("codex", "0.143.0", profiles=("trace-reader",), lacks=("cut: spawn",))
OTHER = Identity("mine", "0.143.0", profiles=("trace-reader",), lacks=("cut: spawn",))
RIGHT = Accepted({"state.json": b'{"n":1}'})
WRONG = Accepted({"state.json": b'{"n":2}'})


def case_with(folder: Path, upstream: str, notes: str = "") -> Case:
    """Make a case that records something of 0.143.0."""
    (folder / "input").mkdir()
    (folder / "expect").mkdir()
    (folder / "expect" / "state.json").write_text('{"n":1}')
    (folder / "case.toml").write_text(
        f"""
id = "a-case"
title = "a case"
op = "trace.reduce"
profile = "trace-reader"
requirements = ["TRACE-LINE-1@1"]
verdict = "must-accept"
notes = [{notes}]
source = {{ kind = "hand-written" }}
budget_ms = 2000
[upstream]
"0.143.0" = "{upstream}"
"""
    )
    return read_case(folder / "case.toml")


@pytest.mark.parametrize(
    ("upstream", "answer", "outcome", "ids"),
    [
        ("accepted, differs (DEV-70)", WRONG, "deviation", ("DEV-70",)),
        ("accepted, differs (DEV-70, DEV-71)", WRONG, "deviation", ("DEV-70", "DEV-71")),
        ("accepted, differs (DEV-70)", RIGHT, "pass", ()),
        ("accepted, differs (DEV-70)", Refused(None, "no"), "fail", ()),
        ("rejected (DEV-46)", Refused(None, "no"), "deviation", ("DEV-46",)),
        ("panic (DEV-1)", Broken("crash", "exit code 101"), "deviation", ("DEV-1",)),
        ("panic (DEV-1)", Broken("timeout", "no answer"), "timeout", ()),
        ("accepted", WRONG, "fail", ()),
        ("accepted, not read: line 2", WRONG, "fail", ()),
    ],
)
def test_recorded_difference_is_a_deviation(
    tmp_path: Path, upstream: str, answer: Answer, outcome: str, ids: tuple[str, ...]
) -> None:
    """What a case records of a release excuses that release, for what it did and with the reason."""
    judgement = judge(case_with(tmp_path, upstream), answer, CODEX)

    assert judgement.outcome == outcome
    assert judgement.deviations == ids


def test_note_excuses_without_an_id(tmp_path: Path) -> None:
    """A case whose note says that releases deviate need not name a row."""
    judgement = judge(case_with(tmp_path, "accepted", '"Deviation"'), WRONG, CODEX)

    assert judgement.outcome == "deviation"


def test_nobody_else_is_excused(tmp_path: Path) -> None:
    """What is recorded of the real CLI counts for it alone."""
    judgement = judge(case_with(tmp_path, "accepted, differs (DEV-70)"), WRONG, OTHER)

    assert judgement.outcome == "fail"


def test_lack_that_was_declared_is_unsupported(tmp_path: Path) -> None:
    """What a release cannot be asked for is known before it is asked."""
    case = case_with(tmp_path, "accepted")

    assert judge(case, Unsupported("cut: spawn"), CODEX).outcome == "unsupported"
    assert judge(case, Unsupported("cut: fork"), CODEX).outcome == "fail"


def rows() -> dict[str, str]:
    """Return the versions of each row of the deviations, by id."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(spec_dir().glob("*/90-deviations.md"))]
    return {
        found[1]: found[2]
        for text in texts
        for found in re.finditer(r"^\| (DEV-\d+) \| ([^|]*) \|", text, re.MULTILINE)
    }


def test_every_recorded_deviation_is_a_row() -> None:
    """A case names rows that exist, and a release that the row is about."""
    told = rows()
    files = [file for file in corpus_dir().rglob(CASE_FILE) if b"(DEV-" in file.read_bytes()]
    recorded = {
        (case.id, deviation, version)
        for case in map(read_case, files)
        for version, text in case.upstream.items()
        if (match := UPSTREAM.fullmatch(text)) and match["ids"]
        for deviation in match["ids"].split(", ")
    }

    strange = {each for each in recorded if not _covers(told.get(each[1], ""), each[2])}

    assert len(recorded) > 100
    assert strange == set()


def _covers(versions: str, version: str) -> bool:
    """Tell whether a row is about a version: it names it, or a range that holds it."""
    wanted = _number(version)
    named = re.findall(r"0\.\d+\.\d+", versions)
    ranges = re.findall(r"(0\.\d+\.\d+) (?:to (0\.\d+\.\d+)|(and later)|(and older))", versions)
    return (
        version in named
        or any(_number(low) <= wanted <= _number(high) for low, high, _, _ in ranges if high)
        or any(_number(low) <= wanted for low, _, later, _ in ranges if later)
        or any(wanted <= _number(high) for high, _, _, older in ranges if older)
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_keys_that_a_release_adds_have_a_row() -> None:
    """So do the keys that are taken out of its answers."""
    further = {
        each.deviation
        for release in RELEASES.values()
        for view in release.views.values()
        for each in view.further
    }

    assert further <= rows().keys()
    assert further


@pytest.mark.parametrize(("version", "offers"), [("0.142.5", False), ("0.143.0", True), ("0.200.1", True)])
def test_release_is_known_until_the_next(version: str, *, offers: bool) -> None:
    """A release that is not listed offers what the one before it does; old ones reduce bundles alone."""
    release = release_of(version)

    assert ("context-reader" in release.profiles) is offers
    assert msgspec.to_builtins(release)
