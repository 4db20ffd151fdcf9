"""Text, cases, tests and code fit together, and what does not is said."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rollout_conformance import locations, requirement_lock, traceability
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.cli import main
from rollout_conformance.requirement_lock import LockError
from rollout_conformance.requirements import Level, Requirement, load_requirements

# The rule of these tests has an id that no law and no code cites.
RULE = "DEMO-RULE-1"


def rule_of(sentence: str = "It is rejected as `trace.a` or `trace.b`.", revision: int = 1) -> Requirement:
    """Make a requirement."""
    return Requirement(RULE, revision, Level.MUST, False, sentence, "DEMO-RULE", "part/10.md", 7)


def case_of(name: str, **told: Any) -> Case:
    """Make a case about the rule."""
    values: dict[str, Any] = {
        "title": "a demonstration",
        "op": "trace.reduce",
        "profile": "trace-reader",
        "requirements": [f"{RULE}@1"],
        "verdict": "must-accept",
        "source": {"kind": "hand-written"},
        "budget_ms": 1,
        "folder": Path(name),
    }
    return Case(id=name, **values | told)


def rejected(name: str, *codes: str) -> Case:
    """Make a rejected case."""
    return case_of(name, verdict="must-reject", error=list(codes))


def problems_of(tmp_path: Path, rule: Requirement, cases: list[Case], untestable: str = "") -> list[str]:
    """Check one rule by its cases."""
    (tmp_path / "conformance").mkdir()
    (tmp_path / "conformance" / "untestable.toml").write_text(untestable)
    coverage = traceability.trace({rule.id: rule}, cases)
    found = traceability.problems(coverage, cases, tmp_path)
    return [
        problem
        for problem in found
        if ("DEMO" in problem or "untestable" in problem) and ".py:" not in problem
    ]


def test_rule_is_decided_by_acceptance_and_each_rejection(tmp_path: Path) -> None:
    """An accepted case and one for each code are enough."""
    cases = [case_of("a"), rejected("b", "trace.a"), rejected("c", "trace.b")]

    assert problems_of(tmp_path, rule_of(), cases) == []


def test_rule_without_codes_is_decided_by_an_accepted_case(tmp_path: Path) -> None:
    """An expectation decides as well as a rejection."""
    assert problems_of(tmp_path, rule_of("It is so."), [case_of("a")]) == []


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ([], [f"part/10.md:7: no case and no test cites {RULE}"]),
        (
            [rejected("b", "trace.a", "trace.b")],
            [f"part/10.md:7: no accepting case cites {RULE}"],
        ),
        (
            [case_of("a"), rejected("b", "trace.a")],
            [f"part/10.md:7: no case shows that {RULE} rejects as trace.b"],
        ),
        (
            [case_of("a", requirements=[f"{RULE}@1", *(f"TRACE-THREAD-{n}@1" for n in range(1, 6))])],
            [
                f"part/10.md:7: no case is about {RULE} and few others",
                f"part/10.md:7: no case shows that {RULE} rejects as trace.a",
                f"part/10.md:7: no case shows that {RULE} rejects as trace.b",
            ],
        ),
    ],
)
def test_what_a_rule_lacks_is_said(tmp_path: Path, cases: list[Case], said: list[str]) -> None:
    """Nothing, no acceptance, no rejection, only broad cases."""
    assert problems_of(tmp_path, rule_of(), cases) == said


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        (2, "x: cites DEMO-RULE-1@1, the text has @2; look at the case again"),
        (1, None),
    ],
)
def test_stale_revision_is_said(tmp_path: Path, revision: int, said: str | None) -> None:
    """A case that cites an old revision wants to be looked at."""
    problems = problems_of(tmp_path, rule_of("It is so.", revision), [case_of("x")])

    assert problems == ([said] if said else [])


def test_orphan_is_said(tmp_path: Path) -> None:
    """An id that the text does not have is nobody's."""
    cases = [case_of("a"), case_of("x", requirements=["DEMO-RULE-9@1"])]

    assert problems_of(tmp_path, rule_of("It is so."), cases) == [
        "x: cites DEMO-RULE-9@1, which the text does not have"
    ]


@pytest.mark.parametrize(
    ("untestable", "cases", "said"),
    [
        ('by = "conformance/tests/test_traceability.py"', [], []),
        (
            'by = "conformance/tests/test_cli.py"',
            [],
            ["DEMO-RULE-1 is not cited by conformance/tests/test_cli.py"],
        ),
        ('by = "no/such/file.py"', [], ["DEMO-RULE-1 is not cited by no/such/file.py"]),
        ("", [], ["DEMO-RULE-1 is decided by nothing: 'by' names the tests that do"]),
        ('codes = ["trace.b"]', [case_of("a"), rejected("b", "trace.a")], []),
        ('codes = ["trace.c"]', [case_of("a"), rejected("b", "trace.a")], ["does not reject as trace.c"]),
        (
            'by = "conformance/tests/test_traceability.py"',
            [case_of("a"), rejected("b", "trace.a"), rejected("c", "trace.b")],
            ["cases decide DEMO-RULE-1; remove it from conformance/untestable.toml"],
        ),
        ("codes = 1", [], ["untestable.toml line 3: Expected `array`"]),
    ],
)
def test_excuse_must_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untestable: str, cases: list[Case], said: list[str]
) -> None:
    """What no case decides is decided by a test that says so."""
    text = f'[untestable.{RULE}]\nreason = "too large"\n{untestable}\n'
    monkeypatch.setattr(traceability, "CITED", re.compile(r"\b(?:TRACE|DEMO)-[A-Z]+-[1-9][0-9]*\b"))

    problems = problems_of(tmp_path, rule_of(), cases, text)

    assert all(any(part in problem for problem in problems) for part in said), problems
    assert bool(problems) == bool(said)


@pytest.mark.parametrize("area", ["TRACE-LINE", "SESSION-LINE", "SESSION-COLD-FILE"])
def test_ids_of_both_formats_are_citations(area: str) -> None:
    """A topic may have several words."""
    assert traceability.CITED.findall(f"  # {area}-4, {area}-15") == [f"{area}-4", f"{area}-15"]


def test_excuse_for_no_rule_is_said(tmp_path: Path) -> None:
    """An entry about a rule that is gone goes too."""
    text = '[untestable.DEMO-RULE-8]\nreason = "none"\n'

    assert problems_of(tmp_path, rule_of("It is so."), [case_of("a")], text) == [
        "conformance/untestable.toml: DEMO-RULE-8 is no requirement that needs a case"
    ]


def locked(tmp_path: Path, rule: Requirement) -> dict[str, Requirement]:
    """Lock one rule."""
    requirement_lock.write(tmp_path, {rule.id: rule}, same_meaning=False)
    return {rule.id: rule}


def lock_problems(tmp_path: Path, *rules: Requirement) -> list[str]:
    """Compare rules with the lock."""
    return list(requirement_lock.problems({rule.id: rule for rule in rules}, requirement_lock.read(tmp_path)))


def test_locked_rule_is_fine(tmp_path: Path) -> None:
    """The lock agrees with what was locked, however its lines were broken."""
    locked(tmp_path, rule_of("It is  so."))

    assert lock_problems(tmp_path, rule_of("It is so.")) == []


def test_changed_sentence_needs_a_revision(tmp_path: Path) -> None:
    """A sentence that changed under its revision is said and cannot be locked."""
    locked(tmp_path, rule_of("It is so."))
    changed = rule_of("It is not so.")

    (problem,) = lock_problems(tmp_path, changed)

    assert problem.startswith(
        f"part/10.md:7: the sentence of {RULE} changed and its revision did not; raise it to @2"
    )
    with pytest.raises(LockError, match="raise it to @2"):
        requirement_lock.write(tmp_path, {RULE: changed}, same_meaning=False)


@pytest.mark.parametrize(("revision", "same_meaning"), [(2, False), (1, True)])
def test_changed_sentence_is_locked_when_somebody_says_so(
    tmp_path: Path, revision: int, same_meaning: bool
) -> None:
    """By a new revision, or by saying that it means the same."""
    locked(tmp_path, rule_of("It is so."))
    changed = rule_of("It is that way.", revision)

    count = requirement_lock.write(tmp_path, {RULE: changed}, same_meaning=same_meaning)

    assert count == 1
    assert lock_problems(tmp_path, changed) == []


def test_new_revision_must_be_locked(tmp_path: Path) -> None:
    """A lock that lags behind is said."""
    locked(tmp_path, rule_of("It is so."))

    assert lock_problems(tmp_path, rule_of("It is not so.", 2)) == [
        f"part/10.md:7: {RULE} is not locked as it stands; run `rolloutspec requirements --write`"
    ]


def test_withdrawn_id_is_never_used_again(tmp_path: Path) -> None:
    """An id that left the text stays in the lock and cannot come back."""
    rules = locked(tmp_path, rule_of("It is so."))

    assert "is gone from the text" in lock_problems(tmp_path)[0]
    requirement_lock.write(tmp_path, {}, same_meaning=False)
    assert lock_problems(tmp_path) == []
    with pytest.raises(LockError, match="was withdrawn; an id is never used again"):
        requirement_lock.write(tmp_path, rules, same_meaning=False)


def test_older_revision_is_said(tmp_path: Path) -> None:
    """Revisions only rise."""
    locked(tmp_path, rule_of("It is so.", 2))

    assert "is older than what was locked, @2" in lock_problems(tmp_path, rule_of("It is so.", 1))[0]


@pytest.mark.parametrize("text", [None, "{", '{"requirements":[{"id":1}]}'])
def test_broken_lock_is_explained(tmp_path: Path, text: str | None) -> None:
    """A lock that cannot be read names its file and the way out."""
    if text is not None:
        (tmp_path / "requirements.json").write_text(text)

    with pytest.raises(LockError, match=r"requirements\.json: .*rolloutspec requirements --write"):
        requirement_lock.read(tmp_path)


def test_text_cases_tests_and_code_fit_together() -> None:
    """The real thing has no problem."""
    done = CliRunner().invoke(main, ["requirements", "--check"])

    assert (done.exit_code, done.output.count("\n")) == (0, 1), done.output


def test_every_testable_rule_has_its_cases() -> None:
    """Only the listed rules are excused, and each for a reason."""
    spec = locations.spec_dir()
    rules = load_requirements(spec)
    coverage = traceability.trace(rules, load_cases(locations.corpus_dir()))
    without = {entry.requirement.id for entry in coverage if not entry.accepting}

    excused = {name for name, excuse in traceability.load_untestable(spec).items() if not excuse.codes}
    assert {name for name in without if rules[name].level is Level.MUST} == excused


@pytest.mark.parametrize("arguments", [["--same-meaning"], ["NO-SUCH-*"]])
def test_misuse_is_said(arguments: list[str]) -> None:
    """Options that make no sense are a matter of usage."""
    assert CliRunner().invoke(main, ["requirements", *arguments]).exit_code == 2
