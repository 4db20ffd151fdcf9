"""The findings as one JSON document."""

from collections import Counter

import msgspec

from rollout_conformance.validate.problems import Report
from rollout_reference import __version__

VERSION = 1
"""Version of the document's shape."""


def document(report: Report) -> bytes:
    """Return a report as JSON: what was found in sum, each file, and what lies between files."""
    eras: dict[str, Counter[str]] = {}
    unknown: Counter[str] = Counter()
    for each in report.files:
        eras.setdefault(each.era, Counter())[each.outcome] += 1
        unknown.update(each.unknown_fields)
    tree = {
        "version": VERSION,
        "tool": f"rolloutspec {__version__}",
        "clean": report.clean,
        "files_by_era_and_outcome": {era: dict(sorted(ends.items())) for era, ends in sorted(eras.items())},
        "lines": sum(each.lines for each in report.files),
        "items": sum(each.items for each in report.files),
        "unknown_fields": dict(sorted(unknown.items())),
        "others": dict(sorted(report.others.items())),
        "files": report.files,
        "places": report.places,
    }
    return msgspec.json.format(msgspec.json.encode(tree), indent=1) + b"\n"
