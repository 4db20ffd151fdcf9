"""What the beginnings of rollouts said, kept in an SQLite file, so that only changed ones are read again.

Nothing depends on it: a file of another size, time or inode than noted is read again, and a cache that
is damaged or of another form is set aside, with a message, and made anew.  [SESSION-THREADS-25]
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from rollout_reference.session.shapes.shape import checked
from rollout_reference.session.threads.entries import scan_heads
from rollout_reference.session.threads.metadata import Metadata
from rollout_reference.session.threads.places import Found

OWNER = 0x52_4C_54_48
"""Tells a cache from other databases, which are left alone."""
FORM = 2
"""The form of the table; a cache of another one is not read."""
SET_ASIDE = ".set-aside-"
BUSY_SECONDS = 1.0

_MAGIC = b"SQLite format 3\0"
_TABLE = """CREATE TABLE IF NOT EXISTS heads (
    plain TEXT PRIMARY KEY, size INTEGER, modified_ns INTEGER, inode INTEGER, said BLOB
)"""
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}
"""Faults of the place, not of the cache."""


_decode = msgspec.json.Decoder(Metadata | None, dec_hook=checked).decode


class Damaged(Exception):
    """The cache is not what this module writes; the message says how."""


class Unusable(Exception):
    """The cache cannot be used now; the message says why."""


class HeadCache:
    """A cache in one file, made if it is not there; `tell` is given a sentence about each fault of it."""

    def __init__(self, file: Path, tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell

    def heads(self, found: Sequence[Found]) -> list[Metadata | None]:
        """Return what the beginning of each rollout says, reading only those that changed."""
        known: dict[str, Metadata | None] = {}
        with self._faults_told():
            known = self._known(found)
        changed = [each for each in found if each.plain not in known]
        if changed:
            read = dict(zip((each.plain for each in changed), scan_heads(changed), strict=True))
            with self._faults_told():
                self._keep(changed, read)
            known |= read
        return [known[each.plain] for each in found]

    def _known(self, found: Sequence[Found]) -> dict[str, Metadata | None]:
        """Return what is noted of rollouts that did not change.  Raises `Damaged`."""
        if not self._file.exists():
            return {}
        states = {each.plain: each.state for each in found}
        known: dict[str, Metadata | None] = {}
        with self._opened() as database:
            rows = database.execute("SELECT plain, size, modified_ns, inode, said FROM heads")
            try:
                for plain, size, modified_ns, inode, text in rows:
                    if states.get(plain) == (size, modified_ns, inode):
                        known[plain] = _decode(text)
            except (TypeError, ValueError, msgspec.MsgspecError) as error:
                raise Damaged(f"an entry cannot be read: {error}") from None
        return known

    def _keep(self, changed: Sequence[Found], read: dict[str, Metadata | None]) -> None:
        rows = [
            (each.plain, *each.state, msgspec.json.encode(read[each.plain], enc_hook=str)) for each in changed
        ]
        with self._opened() as database, database:
            database.executemany("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", rows)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file, make the table if it is new.  Raises `Damaged` and `Unusable`."""
        new = not self._file.exists() or not self._file.stat().st_size
        if not new and not self._is_database():
            raise Damaged("it is no database")
        try:
            with closing(sqlite3.connect(self._file, timeout=BUSY_SECONDS)) as database:
                _prepare(database, new=new)
                yield database
        except sqlite3.Error as error:
            passing = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _PASSING
            raise (Unusable if passing else Damaged)(str(error)) from None

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        """Go on without the cache if it has a fault, and tell of it."""
        try:
            yield
        except Unusable as fault:
            self._tell(f"the cache {self._file.name} is not used: {fault}")
        except Damaged as damage:
            self._set_aside(str(damage))

    def _is_database(self) -> bool:
        """Tell whether the file begins as one; SQLite writes over a short file that does not."""
        with self._file.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC

    def _set_aside(self, reason: str) -> None:
        for number in itertools.count(1):
            aside = self._file.with_name(f"{self._file.name}{SET_ASIDE}{number}")
            if not aside.exists():
                break
        self._file.replace(aside)
        self._tell(f"the cache {self._file.name} is set aside as {aside.name} and made anew: {reason}")


def _prepare(database: sqlite3.Connection, *, new: bool) -> None:
    """Make the table in a new database.  Raises `Damaged`, and `Unusable` for somebody else's database."""
    if new:
        database.execute(f"PRAGMA application_id = {OWNER}")
        database.execute(f"PRAGMA user_version = {FORM}")
        database.execute(_TABLE)
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    if owner != OWNER:
        raise Unusable("it is another database")
    (form,) = database.execute("PRAGMA user_version").fetchone()
    if form != FORM:
        raise Damaged(f"it has form {form}, not {FORM}")
