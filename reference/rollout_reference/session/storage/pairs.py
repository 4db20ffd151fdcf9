"""Both forms of one rollout at once: what an interrupted freeze or thaw leaves behind, and its end.

The plain form is the one that is read, so it decides.  [SESSION-STORE-24]
"""

import itertools
from pathlib import Path
from typing import Literal

from rollout_reference.session.errors import ZstBomb, ZstDamaged
from rollout_reference.session.storage.coding import Relation, relation
from rollout_reference.session.storage.filesystem import Facts, FileSystem

STALE = ".stale-"
"""What the name of a cold form gets that holds something else than the plain one; no reader takes it."""

Keep = Literal["plain", "cold"]


def compare(cold: Path, plain: Path, files: FileSystem) -> Relation:
    """Tell what a cold form is to a plain one; a damaged one is different."""
    frozen = files.open_to_read(cold)
    try:
        there = files.open_to_read(plain)
        try:
            return relation(frozen, there, files)
        except (ZstDamaged, ZstBomb):
            return "different"
        finally:
            files.close(there)
    finally:
        files.close(frozen)


def settle(cold: Path, plain: Path, found: Relation, keep: Keep, files: FileSystem) -> None:
    """Leave one form of a rollout; whoever calls keeps writers and others away.

    Of two equal ones `keep` says which; nothing goes before what stays outlasts a loss of power.
    [SESSION-STORE-24]
    """
    if found == "equal" and keep == "cold":
        facts = files.facts(plain)
        _secure(cold, files, like=facts)
        files.unlink(plain)
    elif found == "different":
        _set_aside(cold, files)
    else:
        _secure(plain, files)
        files.unlink(cold)


def _secure(path: Path, files: FileSystem, like: Facts | None = None) -> None:
    """Make a file and its name outlast a loss of power, with the attributes of another one."""
    handle = files.open_to_read(path)
    try:
        if like is not None:
            files.set_attributes(handle, mode=like.mode, mtime_ns=like.mtime_ns)
        files.sync(handle)
    finally:
        files.close(handle)
    files.sync_folder(path.parent)


def _set_aside(cold: Path, files: FileSystem) -> None:
    """Give a cold form a name that no reader takes and that nothing has."""
    for number in itertools.count(1):
        try:
            files.link(cold, cold.with_name(f"{cold.name}{STALE}{number}"))
        except FileExistsError:
            continue
        files.sync_folder(cold.parent)
        files.unlink(cold)
        return
