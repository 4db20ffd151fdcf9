"""Freezing one file: compressed beside it, verified, published under the lock, then the plain one goes.

[SESSION-STORE-20 to SESSION-STORE-25]
"""

from pathlib import Path

from rollout_reference.session.names import cold_path
from rollout_reference.session.storage.coding import compress, relation
from rollout_reference.session.storage.filesystem import Facts, FileSystem
from rollout_reference.session.storage.locks import without_writers
from rollout_reference.session.storage.metrics import Measured
from rollout_reference.session.storage.owner import threads_of
from rollout_reference.session.storage.pairs import compare, settle
from rollout_reference.session.storage.scratch import Scratch, compress_name, scratch

DAY_MS = 24 * 60 * 60 * 1000
COLD_AFTER_MS = 7 * DAY_MS
"""Age from which on a rollout is cold.  [SESSION-STORE-20]"""


class VerifyFailed(OSError):
    """What was compressed does not decode to what was read."""


class Freezer:
    """Freezes files of one home; `now_ms` is the Unix time in milliseconds that ages are counted to."""

    def __init__(
        self, home: Path, now_ms: int, files: FileSystem, *, cold_after_ms: int = COLD_AFTER_MS
    ) -> None:
        self._home = home
        self._now_ms = now_ms
        self._files = files
        self._cold_after_ms = cold_after_ms

    def glance(self, plain: Path) -> Measured | None:
        """Return what becomes of a file if its facts alone say so; None if it has to be opened."""
        facts = self._files.facts(plain)
        if facts is None or facts.kind != "file":
            return Measured("skipped_not_cold")
        if self._is_cold(facts) or self._files.facts(cold_path(plain)) is not None:
            return None
        return Measured("skipped_not_cold", facts.size)

    def freeze(self, plain: Path) -> Measured:
        """Freeze a file if it is cold and nobody writes to it, or finish what was interrupted.

        Raises `OSError`; then the plain form is there as it was.
        """
        files = self._files
        before = files.facts(plain)
        if before is None or before.kind != "file":
            return Measured("skipped_not_cold")
        frozen = files.facts(cold_path(plain))
        if not self._is_cold(before) and frozen is None:
            return Measured("skipped_not_cold", before.size)
        source = files.open_to_read(plain)
        try:
            threads = threads_of(plain, source, files)
            if threads is None:
                return Measured("skipped_unreadable_meta", before.size)  # SESSION-STORE-21
            if frozen is not None:
                return self._settle(plain, threads, before, frozen)
            return self._compress(plain, source, threads, before)
        finally:
            files.close(source)

    def _is_cold(self, facts: Facts) -> bool:
        return self._now_ms - facts.mtime_ns // 1_000_000 >= self._cold_after_ms  # SESSION-STORE-20

    def _compress(self, plain: Path, source: int, threads: frozenset[str], before: Facts) -> Measured:
        files = self._files
        with scratch(plain.with_name(compress_name(files)), files) as temp:
            compress(source, temp.handle, files)
            if relation(temp.handle, source, files) != "equal":  # SESSION-STORE-22
                if files.facts(plain) != before:
                    return Measured("skipped_changed", before.size)
                raise VerifyFailed("the compressed file does not decode to its source")
            size = files.facts_of(temp.handle).size
            temp.finish(mode=before.mode, mtime_ns=before.mtime_ns)  # SESSION-STORE-23
            with without_writers(self._home, threads, files) as free:
                if not free or files.facts(plain) != before:
                    return Measured("skipped_changed", before.size)  # SESSION-STORE-13
                return self._replace(plain, temp, Measured("compressed", before.size, size))

    def _replace(self, plain: Path, temp: Scratch, done: Measured) -> Measured:
        """Let the cold form take the place of the plain one; both are complete.  [SESSION-STORE-5]"""
        files, cold = self._files, cold_path(plain)
        try:
            files.link(temp.path, cold)
        except FileExistsError:
            return Measured("skipped_already_compressed", done.source_bytes)
        try:
            files.sync_folder(plain.parent)
            files.unlink(plain)
        except OSError:
            if files.facts(plain) is not None:
                files.unlink(cold)
            raise
        return done

    def _settle(self, plain: Path, threads: frozenset[str], before: Facts, frozen: Facts) -> Measured:
        """Leave one form of a pair.  [SESSION-STORE-24]"""
        files, cold = self._files, cold_path(plain)
        if frozen.kind != "file":
            return Measured("skipped_already_compressed", before.size)
        found = compare(cold, plain, files)
        finishes = found == "equal" and self._is_cold(before)
        with without_writers(self._home, threads, files) as free:
            if not free or files.facts(plain) != before or files.facts(cold) != frozen:
                return Measured("skipped_changed", before.size)
            settle(cold, plain, found, "cold" if finishes else "plain", files)
        if finishes:
            return Measured("compressed", before.size, frozen.size)
        return Measured("skipped_already_compressed", before.size)
