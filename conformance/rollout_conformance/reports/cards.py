"""A failure card: everything that one needs to understand a result, on one screen."""

import re
import shlex
from pathlib import Path

from msgspec import Struct

from rollout_conformance.library import Library
from rollout_conformance.reports.evidence import InputLine, lines_involved
from rollout_conformance.requirements import Requirement
from rollout_conformance.results import EXPECTED, UNDECIDED, Header, Result

CODE = re.compile(r"\b[a-z]+\.[a-z0-9_]+")
SHOWN_RULES = 3
"""Sentences that a card shows; recorded cases cite dozens of rules."""


class Note(Struct, frozen=True):
    """Why a case is as it is."""

    key: str
    text: str


class Card(Struct, frozen=True):
    """A result with the rules that it is about, the input that it comes from, and how to see it again."""

    result: Result
    rules: list[Requirement]
    """The cited rules, first those that name what went wrong."""
    notes: list[Note]
    lines: list[InputLine]
    neighbour: str | None
    """The nearest accepted case of one that is to be rejected."""
    replay: str

    @property
    def main_rules(self) -> list[Requirement]:
        """Return the rules whose sentences are shown."""
        return self.rules[:SHOWN_RULES]

    @property
    def other_rules(self) -> list[Requirement]:
        """Return the rules that are only named."""
        return self.rules[SHOWN_RULES:]


def card_of(result: Result, header: Header, library: Library, report: Path | None = None) -> Card:
    """Return the card of one result of a run; `report` is the file that holds it, if any.

    Inputs and notes are those of the corpus that was run, or left out; so they are, with the rules, of
    what was never judged.
    """
    replay = replay_command(header, result, report)
    if result.outcome in UNDECIDED:
        return Card(result, [], [], [], None, replay)
    cited = [library.requirements.get(text.partition("@")[0]) for text in result.requirements]
    rules = [rule for rule in cited if rule is not None and rule.citation in result.requirements]
    rules.sort(key=lambda rule: _mentions(rule, result), reverse=True)
    case = library.find(result.case) if library.root == header.corpus else None
    if case is None:
        return Card(result, rules, [], [], None, replay)
    return Card(
        result=result,
        rules=rules,
        notes=[Note(key, library.notes[key]) for key in case.notes if key in library.notes],
        lines=lines_involved(case, result) if result.outcome not in EXPECTED else [],
        neighbour=case.neighbour,
        replay=replay,
    )


def _mentions(rule: Requirement, result: Result) -> int:
    """Return how many names of what went wrong stand in the sentence of a rule."""
    pointer = result.difference.pointer if result.difference else ""
    names = {*pointer.split("/"), *CODE.findall(result.detail)}
    return sum(re.search(rf"\b{re.escape(name)}\b", rule.sentence) is not None for name in names if name)


def replay_command(header: Header, result: Result, report: Path | None) -> str:
    """Return the command that judges this one case again."""
    if report is not None:
        words = ["replay", str(report), "--case", result.case]
    else:
        words = ["run", header.command, "--profile", header.profile, "--case", result.case]
    return shlex.join(["rolloutspec", *words])
