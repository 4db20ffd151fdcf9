"""What a review found, as text.  [SESSION-HISTORY-12]"""

from collections.abc import Iterator

from rollout_reference.session.items.events.conversation import Finding, ReviewOutput

NO_REVIEW = "Reviewer failed to output a response."
"""Shown when a review ended without any output."""


def review_text(found: ReviewOutput | None) -> str:
    """Return the explanation and the findings of a review, as far as there are any."""
    sections = [] if found is None else [found.overall_explanation.strip(), _findings(found.findings).strip()]
    return "\n\n".join(filter(None, sections)) or NO_REVIEW


def _findings(findings: list[Finding]) -> str:
    if not findings:
        return ""
    title = "Full review comments:" if len(findings) > 1 else "Review comment:"
    return "\n".join([title, *(line for finding in findings for line in _lines(finding))])


def _lines(finding: Finding) -> Iterator[str]:
    place = finding.code_location
    yield ""
    yield f"- {finding.title} — {place.absolute_file_path}:{place.line_range.start}-{place.line_range.end}"
    for line in finding.body.removesuffix("\n").split("\n") if finding.body else ():
        yield f"  {line.removesuffix(chr(13))}"
