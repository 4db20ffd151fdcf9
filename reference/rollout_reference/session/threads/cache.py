"""What the beginnings of rollouts said, kept in an SQLite file, so that only changed ones are read again.

Nothing depends on it: a file of another size, time or inode than noted is read again, and a cache that
is damaged or of another form is set aside, with a message, and made anew.  [SESSION-THREADS-25]
"""

import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from rollout_reference.session.shapes.shape import checked
from rollout_reference.session.threads.entries import scan_heads
from rollout_reference.session.threads.metadata import Metadata
from rollout_reference.session.threads.places import Found, State

OWNER = 0x52_4C_54_48
"""Tells a cache from other databases, which are left alone."""
FORM = 3
"""The form of the table; a cache of another one is not read."""
SET_ASIDE = ".set-aside-"
BUSY_SECONDS = 1.0

_MAGIC = b"SQLite format 3\0"
_TABLE = "CREATE TABLE IF NOT EXISTS folders (folder TEXT PRIMARY KEY, heads BLOB)"
"""A row for each folder: far faster to read than one for each file, and few folders change."""
_ROW = "SELECT heads FROM folders WHERE folder = ?"
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


class Noted(Struct, gc=False, array_like=True, frozen=True):
    """What the beginnings of the files of a folder said when the files were in a state; all in one order."""

    names: list[str]
    states: list[State]
    heads: list[Metadata | None]

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.states) == len(self.heads):
            raise ValueError("columns of different lengths")

    def is_of(self, files: Sequence[Found]) -> bool:
        """Tell whether these are the files, and none changed; lists are compared, as that is fast."""
        return self.names == [each.name for each in files] and self.states == [each.state for each in files]

    def renewed(self, files: Sequence[Found]) -> Self:
        """Return what is to be noted of these files, of which those that changed are read."""
        known = dict(zip(zip(self.names, self.states, strict=True), self.heads, strict=True))
        changed = [each for each in files if (each.name, each.state) not in known]
        known |= zip(((each.name, each.state) for each in changed), scan_heads(changed), strict=True)
        names, states = [each.name for each in files], [each.state for each in files]
        return type(self)(names, states, [known[each] for each in zip(names, states, strict=True)])


NOTHING = Noted([], [], [])

_decode = msgspec.json.Decoder(Noted, dec_hook=checked).decode


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
        folders = defaultdict[str, list[Found]](list)
        for each in found:
            folders[each.folder].append(each)
        noted: dict[str, Noted] = {}
        with self._faults_told():
            noted = self._noted(folders)
        changed = {
            folder: noted.get(folder, NOTHING).renewed(files)
            for folder, files in folders.items()
            if folder not in noted or not noted[folder].is_of(files)
        }
        if changed:
            with self._faults_told():
                self._keep(changed)
        heads = {folder: iter(each.heads) for folder, each in (noted | changed).items()}
        return [next(heads[each.folder]) for each in found]

    def _noted(self, folders: Iterable[str]) -> dict[str, Noted]:
        """Return what is noted of some folders.  Raises `Damaged` and `Unusable`."""
        if not self._file.exists():
            return {}
        with self._opened() as database:
            rows = {folder: database.execute(_ROW, (folder,)).fetchone() for folder in folders}
        try:
            return {folder: _decode(row[0]) for folder, row in rows.items() if row is not None}
        except (TypeError, ValueError, msgspec.MsgspecError) as error:
            raise Damaged(f"an entry cannot be read: {error}") from None

    def _keep(self, folders: Mapping[str, Noted]) -> None:
        rows = [(folder, msgspec.json.encode(noted, enc_hook=str)) for folder, noted in folders.items()]
        with self._opened() as database, database:
            database.executemany("INSERT OR REPLACE INTO folders VALUES (?, ?)", rows)

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
