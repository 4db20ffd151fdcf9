"""The catalogue of requirements with what covers each."""

from collections import Counter
from fnmatch import fnmatchcase

import click
from rich.console import Console
from rich.table import Table

from rollout_conformance.traceability import Coverage
from rollout_reference import jsontext


def matching(coverage: list[Coverage], pattern: str) -> list[Coverage]:
    """Return the entries whose id matches a shell pattern."""
    return [entry for entry in coverage if fnmatchcase(entry.requirement.id, pattern)]


def show(coverage: list[Coverage], *, as_json: bool) -> None:
    """Print entries as a table, or as JSON for machines."""
    if as_json:
        click.echo(jsontext.pretty([_document(entry) for entry in coverage]))
        return
    table = Table("id", "level", "accept", "reject", "tests", "code", "sentence")
    for entry in coverage:
        rule = entry.requirement
        level = f"{rule.level} (quirk)" if rule.quirk else str(rule.level)
        table.add_row(
            f"{rule.id}@{rule.revision}",
            level,
            str(len(entry.accepting)),
            str(len({case for cases in entry.rejecting.values() for case in cases})),
            str(len(entry.tests)),
            str(len(entry.code)),
            rule.sentence,
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(summary(coverage))


def summary(coverage: list[Coverage]) -> str:
    """Return how many requirements there are by level, and how many of them have a case."""
    levels = Counter(str(entry.requirement.level) for entry in coverage)
    with_case = Counter(str(entry.requirement.level) for entry in coverage if entry.cases)
    told = ", ".join(f"{levels[level]} {level} ({with_case[level]} with a case)" for level in levels)
    quirks = sum(entry.requirement.quirk for entry in coverage)
    return f"{len(coverage)} requirements: {told}; {quirks} are quirks"


def _document(entry: Coverage) -> dict[str, object]:
    rule = entry.requirement
    return {
        "id": rule.id,
        "revision": rule.revision,
        "level": str(rule.level),
        "quirk": rule.quirk,
        "sentence": rule.sentence,
        "file": f"{rule.file}:{rule.line}",
        "cases": entry.cases,
        "accepting": entry.accepting,
        "deciding": entry.deciding,
        "rejecting": entry.rejecting,
        "tests": entry.tests,
        "code": entry.code,
    }
