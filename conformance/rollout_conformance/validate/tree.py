"""What lies below a folder: rollout files, and everything that is none."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from rollout_reference.session.names import ARCHIVED, SESSIONS, is_rollout_name

Kind = Literal["rollout", "temporary", "link", "special", "unreadable", "other"]
"""`link` is a symbolic link, never followed; `special` no regular file, but with a rollout's name."""

TEMPORARY_SUFFIX = ".tmp"


class Entry(Struct, frozen=True):
    """One thing below a folder."""

    path: Path
    kind: Kind
    detail: str = ""


def is_home(path: Path) -> bool:
    """Tell whether a folder is a home of Codex: it holds active or archived rollouts.  [SESSION-NAME-1]"""
    return any((path / name).is_dir() for name in (SESSIONS, ARCHIVED))


def entries(folder: Path) -> Iterator[Entry]:
    """Yield everything below a folder that is no folder itself, in the order of the paths.

    Links are not followed, so the walk ends; a folder that cannot be read is an entry of its own.  Of a home
    only the two folders of its rollouts are walked.
    """
    if is_home(folder):
        for name in (ARCHIVED, SESSIONS):
            root = folder / name
            if root.is_symlink():
                yield Entry(root, "link")
            elif root.is_dir():
                yield from _below(root)
    else:
        yield from _below(folder)


def _below(top: Path) -> Iterator[Entry]:
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            with os.scandir(path) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            yield Entry(path, "unreadable", error.strerror or "")
            continue
        folders = []
        for child in children:
            if child.is_dir(follow_symlinks=False) and not is_rollout_name(child.name):
                folders.append(Path(child.path))
            else:
                yield Entry(Path(child.path), _kind(child))
        waiting.extend(reversed(folders))


def _kind(child: "os.DirEntry[str]") -> Kind:
    if child.is_symlink():
        return "link"
    if is_rollout_name(child.name):
        return "rollout" if child.is_file(follow_symlinks=False) else "special"
    return "temporary" if child.name.endswith(TEMPORARY_SUFFIX) else "other"
