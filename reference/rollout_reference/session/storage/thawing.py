"""Thawing: making a cold rollout plain again, which is what an append needs.

[SESSION-STORE-40 to SESSION-STORE-43]
"""

from contextlib import ExitStack
from pathlib import Path

from rollout_reference.session.errors import NotARollout, RolloutNotFound
from rollout_reference.session.names import cold_path, parse_name
from rollout_reference.session.storage.coding import decompress
from rollout_reference.session.storage.filesystem import REAL, Facts, FileSystem
from rollout_reference.session.storage.locks import WAIT_SECONDS, hold_thread
from rollout_reference.session.storage.metrics import Materialized, Metrics
from rollout_reference.session.storage.owner import threads_of
from rollout_reference.session.storage.pairs import compare, settle
from rollout_reference.session.storage.places import plain_path
from rollout_reference.session.storage.scratch import scratch, thaw_name


def thaw(
    home: Path,
    path: Path,
    *,
    wait_s: float = WAIT_SECONDS,
    files: FileSystem = REAL,
    metrics: Metrics | None = None,
) -> Path:
    """Make a rollout of a home plain, given a path of either form; returns the plain path.

    Raises `RolloutNotFound` if neither form is there, `OutsideHome`, `NotARollout`, `ZstDamaged`,
    `ZstBomb`, `ThreadInUse`, `LockHeld` and `OSError`; then both forms are as they were.
    """
    metrics = metrics or Metrics()
    plain = plain_path(home, path, files)
    outcome: Materialized = "failed"
    try:
        with ExitStack() as held:
            for thread in sorted(_threads(plain, files)):
                held.enter_context(hold_thread(home, thread, wait_s=wait_s, files=files))
            outcome = thaw_held(plain, files)
    finally:
        metrics.materialize(outcome)
    if outcome == "missing":
        raise RolloutNotFound  # SESSION-STORE-41
    return plain


def thaw_held(plain: Path, files: FileSystem) -> Materialized:
    """Make a rollout plain, for one who holds the lock of its thread; tell what there was to do.

    Of a pair the cold form goes, or is set aside if it holds what the plain one does not.
    [SESSION-STORE-24, SESSION-STORE-40, SESSION-STORE-41]
    """
    cold = cold_path(plain)
    frozen = files.facts(cold)
    if _is_file(plain, files.facts(plain)):
        if frozen is not None and frozen.kind == "file":
            settle(cold, plain, compare(cold, plain, files), "plain", files)
        return "plain_exists"
    if frozen is None:
        return "missing"
    _is_file(cold, frozen)
    _materialize(cold, plain, frozen, files)
    return "decompressed"


def _materialize(cold: Path, plain: Path, frozen: Facts, files: FileSystem) -> None:
    """Decode into a temporary file, give it the plain name, then let the cold form go."""
    with scratch(plain.with_name(thaw_name(plain, files)), files) as temp:
        source = files.open_to_read(cold)
        try:
            decompress(source, temp.handle, files)
        finally:
            files.close(source)
        temp.finish(mode=frozen.mode, mtime_ns=None)  # SESSION-STORE-42
        files.link(temp.path, plain)
        try:
            files.sync_folder(plain.parent)  # SESSION-STORE-5
            files.unlink(cold)
        except OSError:
            if files.facts(cold) is not None:
                files.unlink(plain)
            raise


def _threads(plain: Path, files: FileSystem) -> frozenset[str]:
    """Return the threads whose writers may write to a rollout, by its name and its header."""
    for form in (plain, cold_path(plain)):
        if _is_file(form, files.facts(form)):
            handle = files.open_to_read(form)
            try:
                found = threads_of(form, handle, files)
            finally:
                files.close(handle)
            if found is not None:
                return found
            break
    name = parse_name(plain.name)
    return frozenset({name.thread_id} if name else ())


def _is_file(path: Path, facts: Facts | None) -> bool:
    """Tell whether a form is there.  Raises `NotARollout` for anything but a file.  [SESSION-STORE-3]"""
    if facts is not None and facts.kind != "file":
        raise NotARollout(path.name)
    return facts is not None
