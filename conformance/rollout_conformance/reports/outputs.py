"""The files that can be made from a report."""

from pathlib import Path

from msgspec import Struct

from rollout_conformance.library import Library
from rollout_conformance.reports import badge, html, junit, markdown
from rollout_conformance.reports.document import Report


class Outputs(Struct, frozen=True):
    """Which files are asked for."""

    html: Path | None = None
    junit: Path | None = None
    badge: Path | None = None
    markdown: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """Return the files that are asked for."""
        return [path for path in (self.html, self.junit, self.badge, self.markdown) if path is not None]

    def render(self, report: Report, library: Library, path: Path | None) -> dict[Path, bytes]:
        """Return the contents of all files; `path` is the file that holds the report, if any."""
        contents: dict[Path, bytes] = {}
        if self.html is not None:
            contents[self.html] = html.render(report, library, path).encode()
        if self.junit is not None:
            contents[self.junit] = junit.render(report)
        if self.badge is not None:
            contents[self.badge] = badge.render(report)
        if self.markdown is not None:
            contents[self.markdown] = markdown.render(report, library, path).encode()
        return contents
