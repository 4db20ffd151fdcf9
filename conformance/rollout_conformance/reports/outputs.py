"""The files that can be made from a report."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from rollout_conformance.library import Library
from rollout_conformance.reports import badge, html, junit, markdown
from rollout_conformance.reports.document import Report

Write = Callable[[BinaryIO], object]


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

    def writers(self, report: Report, library: Library, path: Path | None) -> dict[Path, Write]:
        """Return what writes each file; `path` is the file that holds the report, if any."""
        found: dict[Path, Write] = {}
        if self.html is not None:
            found[self.html] = lambda file: file.write(html.render(report, library, path).encode())
        if self.junit is not None:
            found[self.junit] = lambda file: junit.write(report, file)
        if self.badge is not None:
            found[self.badge] = lambda file: file.write(badge.render(report))
        if self.markdown is not None:
            found[self.markdown] = lambda file: file.write(markdown.render(report, library, path).encode())
        return found
