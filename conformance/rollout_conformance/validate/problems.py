"""What a check finds: one problem for each way in which something is wrong, with the lines where it is."""

from pathlib import Path
from typing import Literal

from msgspec import Struct, field

Level = Literal["error", "warning", "note"]
"""Errors cost data, warnings may; both end the check with 1.  Notes do not."""

Outcome = Literal["clean", "problems", "unrecognised", "rejected"]
"""`unrecognised`: not one line is an item; `rejected`: the file as a whole cannot be read."""

MAX_LINES = 20
"""Line numbers that a problem holds; the others are only counted."""

MAX_PROBLEMS = 200
"""Different problems that a file holds; the others are counted as one more."""


class Problem(Struct, kw_only=True):
    """One way in which a file is wrong; lines are counted from 1, none if it is the file itself."""

    code: str
    rule: str
    level: Level
    message: str
    nearest: str = ""
    """The nearest form that is known, or what to do."""
    lines: list[int] = field(default_factory=list)
    count: int = 1
    excerpt: str = ""
    """How the first line begins, only if content was asked for."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What two problems of one sort have in common."""
        return (self.code, self.rule, self.message)


class Problems:
    """The problems of one file, those of one sort together."""

    def __init__(self) -> None:
        self._sorts: dict[tuple[str, str, str], Problem] = {}
        self._further: Problem | None = None

    def add(self, problem: Problem) -> None:
        """Take in a problem of one line, or of the file."""
        known = self._sorts.get(problem.key) or self._room(problem)
        if known is not problem:
            known.count += problem.count
            if len(known.lines) < MAX_LINES:
                known.lines += problem.lines

    def _room(self, problem: Problem) -> Problem:
        if len(self._sorts) < MAX_PROBLEMS:
            return self._sorts.setdefault(problem.key, problem)
        if self._further is None:
            problem.message, problem.nearest, problem.excerpt = "and problems of further sorts", "", ""
            problem.code = "further"
            self._further = problem
        return self._further

    def list(self) -> list[Problem]:
        """Return all, in the order of their first sight."""
        return [*self._sorts.values(), *([self._further] if self._further else [])]


def shown(path: Path) -> str:
    """Return a path as text; bytes of it that are no UTF-8 are spelled out."""
    return str(path).encode("utf-8", "backslashreplace").decode()


class FileReport(Struct, kw_only=True):
    """What is known of one rollout after its check; `bytes` are those of the plain form."""

    path: str
    outcome: Outcome = "clean"
    form: Literal["plain", "cold", ""] = ""
    era: Literal["bare", "legacy", "paginated", "unknown"] = "unknown"
    thread_id: str = ""
    cli_version: str = ""
    bytes: int = 0
    lines: int = 0
    items: int = 0
    blank: int = 0
    types: dict[str, int] = field(default_factory=dict)
    defects: dict[str, int] = field(default_factory=dict)
    unknown_fields: dict[str, int] = field(default_factory=dict)
    """Fields that no shape has, by shape and key, and how often; no problem."""
    problems: list[Problem] = field(default_factory=list)


class Place(Struct, kw_only=True):
    """A problem of a home or tree, with the path that it concerns."""

    path: str
    problem: Problem


class Report(Struct, kw_only=True):
    """What a whole check found."""

    files: list[FileReport] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    """Things that are no rollouts, by kind."""

    @property
    def clean(self) -> bool:
        """Tell whether there is nothing but notes."""
        levels = {problem.level for each in self.files for problem in each.problems}
        levels |= {place.problem.level for place in self.places}
        return levels <= {"note"}
