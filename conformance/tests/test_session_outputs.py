"""What the reference makes of every rollout of the corpus: its form, and laws that hold for all of them."""

from pathlib import Path

import pytest
import zstandard

from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.session_ops import ROLLOUT, parse_to, upgrade_to
from rollout_conformance.locations import corpus_dir
from rollout_conformance.schemas import validator
from rollout_reference import jsontext
from rollout_reference.session.lines import Defect, Line, canonical_line, read_line

READ = ("session.parse", "session.upgrade")
ACCEPTED = [
    case for case in load_cases(corpus_dir() / "session") if case.op in READ and case.verdict == "must-accept"
]
FILES = [case for case in ACCEPTED if case.folder.parent.name in ("file", "legacy")]
PLAIN = [case for case in FILES if (case.input / ROLLOUT).is_file()]


def name_of(case: Case) -> str:
    """Name a case by its id."""
    return case.id


@pytest.mark.parametrize("case", FILES, ids=name_of)
def test_outputs_have_their_schemas(case: Case) -> None:
    """[SESSION-FILE-21, SESSION-LEGACY-11]"""
    diagnostics = jsontext.parse(parse_to(case.input)["diagnostics.json"])
    losses = jsontext.parse(upgrade_to(case.input)["losses.json"])

    validator("session-diagnostics").validate(diagnostics)
    validator("session-losses").validate(losses)


@pytest.mark.parametrize("case", FILES, ids=name_of)
def test_every_line_is_counted_once(case: Case) -> None:
    """[SESSION-FILE-15]"""
    outputs = parse_to(case.input)
    found = jsontext.parse(outputs["diagnostics.json"])

    assert found["lines"] == found["blank"] + found["items"] + len(found["problems"])
    assert found["items"] == sum(found["types"].values()) == len(outputs["lines.jsonl"].split(b"\n")) - 1
    assert len(found["problems"]) == sum(found["defects"].values())


@pytest.mark.parametrize("case", ACCEPTED, ids=name_of)
def test_upgraded_rollout_is_upgraded_to_itself(case: Case, tmp_path: Path) -> None:
    """[SESSION-LEGACY-6]"""
    first = upgrade_to(case.input)[ROLLOUT]
    (tmp_path / ROLLOUT).write_bytes(first)

    again = upgrade_to(tmp_path)

    assert again[ROLLOUT] == first
    assert jsontext.parse(again["losses.json"]) == {"losses": [], "assumed": []}


@pytest.mark.parametrize("case", FILES, ids=name_of)
def test_upgraded_lines_are_those_of_today(case: Case) -> None:
    """Each is canonical; what is not read is of a newer version.  [SESSION-LEGACY-6, SESSION-LEGACY-12]"""
    *lines, after_the_last = upgrade_to(case.input)[ROLLOUT].split(b"\n")
    found = [(read_line(line, 1), line) for line in lines]

    assert after_the_last == b""
    assert {each.code for each, _ in found if isinstance(each, Defect)} <= {"unknown_type"}
    assert [canonical_line(each) for each, _ in found if isinstance(each, Line)] == [
        line for each, line in found if isinstance(each, Line)
    ]


@pytest.mark.parametrize("case", PLAIN, ids=name_of)
def test_the_cold_form_says_the_same(case: Case, tmp_path: Path) -> None:
    """[SESSION-FILE-10]"""
    content = (case.input / ROLLOUT).read_bytes()
    (tmp_path / f"{ROLLOUT}.zst").write_bytes(zstandard.ZstdCompressor(level=3).compress(content))
    plain, cold = parse_to(case.input), parse_to(tmp_path)

    assert cold["lines.jsonl"] == plain["lines.jsonl"]
    assert cold["diagnostics.json"].replace(b'"cold"', b'"plain"') == plain["diagnostics.json"]
