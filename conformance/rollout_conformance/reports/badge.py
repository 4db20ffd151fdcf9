"""A badge: the endpoint document of shields.io."""

import msgspec

from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import percent, printable

COLORS = {"conformant": "brightgreen", "not-conformant": "red", "inconclusive": "lightgrey"}


def render(report: Report) -> bytes:
    """Return the JSON document that a badge server asks for."""
    header, footer = report.header, report.footer
    message = footer.verdict.replace("-", " ")
    if footer.verdict == "not-conformant":
        message += f" ({percent(footer.must)} of MUST)"
    badge = {
        "schemaVersion": 1,
        "label": printable(header.profile),
        "message": message,
        "color": COLORS[footer.verdict],
    }
    return msgspec.json.format(msgspec.json.encode(badge), indent=2) + b"\n"
