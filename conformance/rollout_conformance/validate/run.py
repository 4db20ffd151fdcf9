"""A whole check: the files that the paths lead to, then what lies between them."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from rollout_conformance.catalogue.model import load
from rollout_conformance.validate import home
from rollout_conformance.validate.file import Checker, Watch
from rollout_conformance.validate.nearest import Nearest
from rollout_conformance.validate.problems import FileReport, Report
from rollout_conformance.validate.tree import Entry, entries


class Selection:
    """What is to be checked: files as they were named, and everything below the folders."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.found: list[Entry] = []
        """Everything below the folders."""
        self.barren: list[Path] = []
        """Folders without a rollout below them: whoever named one expects otherwise."""
        named: list[Path] = []
        for path in paths:
            if os.path.isdir(path):  # Path.is_dir raises where a parent is out of reach
                below_path = list(entries(path))
                self.found.extend(below_path)
                if not any(entry.kind == "rollout" for entry in below_path):
                    self.barren.append(path)
            else:
                named.append(path)
        hidden = home.hidden(self.found)
        below = [entry.path for entry in self.found if entry.kind == "rollout" and entry.path not in hidden]
        self.files: list[Path] = list(dict.fromkeys(named + below))

    @property
    def bytes(self) -> int:
        """Bytes on disk of the files, as far as they can be told."""
        return sum(map(_size, self.files))


def check(
    selection: Selection,
    *,
    show_content: bool = False,
    watch: Watch | None = None,
    each: Callable[[FileReport], None] | None = None,
) -> Report:
    """Check all that was selected; `each` is shown every file as soon as it is done."""
    checker = Checker(Nearest(load()), show_content=show_content, watch=watch)
    report = Report(others=Counter(entry.kind for entry in selection.found if entry.kind != "rollout"))
    for path in selection.files:
        done = checker.check(path)
        report.files.append(done)
        if each:
            each(done)
    report.places = list(home.places(selection.barren, selection.found, report.files))
    return report


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
