"""One rollout checked, line by line, in memory of about one line."""

from collections.abc import Callable
from pathlib import Path

from rollout_conformance.validate import codes
from rollout_conformance.validate.codes import Finding
from rollout_conformance.validate.drift import Drift, named
from rollout_conformance.validate.explain import Explainer
from rollout_conformance.validate.nearest import Nearest
from rollout_conformance.validate.problems import FileReport, Problem, Problems, shown
from rollout_reference.session.defects import Defect
from rollout_reference.session.errors import NoOwner, SessionRejected, UnknownHistoryMode
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.reading.diagnostics import Diagnostics, OrdinalCount
from rollout_reference.session.reading.rollout import Reading, read_rollout

Watch = Callable[[int], None]
"""Is told how many more bytes were read."""

_WATCHED_BYTES = 1 << 20


class Checker:
    """Checks files, one after the other."""

    def __init__(self, nearest: Nearest, *, show_content: bool = False, watch: Watch | None = None) -> None:
        self._nearest = nearest
        self._explainer = Explainer(nearest, show_content=show_content)
        self._watch = watch

    def check(self, path: Path) -> FileReport:
        """Check the rollout that a path of either form names; nothing on disk changes."""
        return _Check(path, self._nearest, self._explainer, self._watch).run()


class _Check:
    """The check of one file."""

    def __init__(self, path: Path, nearest: Nearest, explainer: Explainer, watch: Watch | None) -> None:
        self._path = path
        self._nearest = nearest
        self._explainer = explainer
        self._watch = watch
        self._watched = 0
        self._drift = Drift()
        self._problems = Problems()
        self._report = FileReport(path=shown(path))

    def run(self) -> FileReport:
        try:
            with read_rollout(self._path) as reading:
                self._read(reading)
        except SessionRejected as rejection:
            self._refuse(rejection)
        self._report.problems = self._problems.list()
        if self._report.outcome == "clean" and any(p.level != "note" for p in self._report.problems):
            self._report.outcome = "problems"
        return self._report

    def _show_progress(self, bytes_read: int, at_least: int = 0) -> None:
        """Tell how many bytes were read since it was told last, if they are that many."""
        if self._watch and bytes_read - self._watched >= at_least:
            self._watch(bytes_read - self._watched)
            self._watched = bytes_read

    def _read(self, reading: Reading) -> None:
        found = reading.diagnostics
        ordinals = _OrdinalWatch()
        count_unknown = self._drift.add
        try:
            for line in reading:
                self._show_progress(reading.bytes_read, at_least=_WATCHED_BYTES)
                if isinstance(line, Defect):
                    if line.code not in codes.NOT_WRONG:
                        self._problems.add(self._explainer.problem(line, reading.text))
                else:
                    count_unknown(line)
                    if isinstance(line.item, SessionMeta):
                        self._report.cli_version = self._report.cli_version or _version(line.item)
                if found.ordinals is not None:
                    for finding in ordinals.news(found.ordinals):
                        self._find(finding, line.number)
        finally:
            self._show_progress(reading.bytes_read)
            self._describe(found)
        self._judge(reading)

    def _judge(self, reading: Reading) -> None:
        """Find what only the whole file shows."""
        found = reading.diagnostics
        if found.unterminated and "torn" not in found.defects:
            self._find(codes.UNTERMINATED, found.lines)
        if found.changed:
            self._find(codes.CHANGED)
        if found.items == 0 and not codes.NOT_WRONG.issuperset(found.defects):
            self._find(codes.UNRECOGNISED)
            self._report.outcome = "unrecognised"
            return
        try:
            reading.check_owner()
        except NoOwner as missing:
            line = missing.place.line if missing.place else None
            self._find(codes.NO_OWNER._replace(message=missing.reason()), line, code=missing.code)

    def _find(self, finding: Finding, line: int | None = None, *, code: str = "") -> None:
        self._problems.add(problem_of(finding, line, code=code))

    def _refuse(self, rejection: SessionRejected) -> None:
        self._report.outcome = "rejected"
        self._problems.add(
            Problem(
                code=rejection.code,
                rule=rejection.rule,
                level="error",
                message=_said(rejection),
                nearest=rejection.hint,
                lines=[rejection.place.line] if rejection.place and rejection.place.line else [],
            )
        )

    def _describe(self, found: Diagnostics) -> None:
        report = self._report
        report.form = found.form
        if found.era == "bare":
            report.era = "bare"
        elif found.history_mode in ("legacy", "paginated"):
            report.era = found.history_mode  # type: ignore[assignment]
        report.thread_id = found.thread_id or ""
        report.bytes, report.lines, report.items, report.blank = (
            found.bytes,
            found.lines,
            found.items,
            found.blank,
        )
        report.types = dict(sorted(found.types.items()))
        report.defects = dict(sorted(found.defects.items()))
        report.unknown_fields = self._drift.counts(self._nearest.keys)


class _OrdinalWatch:
    """Tells after which line a count of the ordinals went up."""

    _FINDINGS = (codes.MISSING_ORDINAL, codes.REPEATED_ORDINAL, codes.SKIPPED_ORDINAL)

    def __init__(self) -> None:
        self._before = (0, 0, 0)

    def news(self, counted: OrdinalCount) -> list[Finding]:
        """Return what the last line did wrong."""
        now = (counted.missing, counted.repeated, counted.skipped)
        if now == self._before:
            return []
        changed = [
            each for each, was, new in zip(self._FINDINGS, self._before, now, strict=True) if new > was
        ]
        self._before = now
        return changed


CODES = {finding: name.lower() for name, finding in vars(codes).items() if isinstance(finding, Finding)}
"""The code of each finding: its name."""


def problem_of(finding: Finding, line: int | None = None, *, code: str = "") -> Problem:
    """Return a finding as a problem."""
    return Problem(
        code=code or CODES[finding],
        rule=finding.rule,
        level=finding.level,
        message=finding.message,
        nearest=finding.advice,
        lines=[] if line is None else [line],
    )


def _said(rejection: SessionRejected) -> str:
    """Return a reason without what may be content: a history mode can be any value."""
    if isinstance(rejection, UnknownHistoryMode):
        return f"unknown history mode `{named(rejection.mode.strip(chr(34)))}`"
    return rejection.reason()


def _version(meta: SessionMeta) -> str:
    """Return the creator's version, if it looks like one."""
    version = meta.cli_version
    return version if len(version) <= 40 and version[:1].isdigit() and version.isprintable() else ""
