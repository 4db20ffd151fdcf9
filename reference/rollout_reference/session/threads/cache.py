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


class Head(Struct, gc=False, array_like=True, frozen=True):
    """What the beginning of a file said when the file was in a state."""

    name: str
    state: State
    said: Metadata | None


_decode = msgspec.json.Decoder(list[Head], dec_hook=checked).decode


class Damaged(Exception):
    """The cache is not what this module writes; the message says how."""


class Unusable(Exception):
    """The cache cannot be used now; the message says why."""


Folders = Mapping[str, dict[str, Found]]
"""The rollouts of a home by their folder and their name."""


class HeadCache:
    """A cache in one file, made if it is not there; `tell` is given a sentence about each fault of it."""

    def __init__(self, file: Path, tell: Callable[[str], None]) -> None:
        self._file = file
        self._tell = tell

    def heads(self, found: Sequence[Found]) -> list[Metadata | None]:
        """Return what the beginning of each rollout says, reading only those that changed."""
        folders = defaultdict[str, dict[str, Found]](dict)
        for each in found:
            folders[each.folder][each.name] = each
        known: dict[str, Metadata | None] = {}
        with self._faults_told():
            known = self._known(folders)
        changed = [each for each in found if each.plain not in known]
        if changed:
            known |= zip((each.plain for each in changed), scan_heads(changed), strict=True)
            with self._faults_told():
                self._keep({each.folder: folders[each.folder] for each in changed}, known)
        return [known[each.plain] for each in found]

    def _known(self, folders: Folders) -> dict[str, Metadata | None]:
        """Return what is noted of rollouts that did not change.  Raises `Damaged`."""
        known: dict[str, Metadata | None] = {}
        if not self._file.exists():
            return known
        with self._opened() as database:
            for folder, files in folders.items():
                row = database.execute("SELECT heads FROM folders WHERE folder = ?", (folder,)).fetchone()
                for head in _heads(row):
                    file = files.get(head.name)
                    if file is not None and file.state == head.state:
                        known[file.plain] = head.said
        return known

    def _keep(self, folders: Folders, known: dict[str, Metadata | None]) -> None:
        """Note all files of the folders in which some changed."""
        rows = [(folder, _row(files.values(), known)) for folder, files in folders.items()]
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


def _heads(row: tuple[bytes] | None) -> list[Head]:
    """Return what is noted of a folder.  Raises `Damaged`."""
    try:
        return [] if row is None else _decode(row[0])
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise Damaged(f"an entry cannot be read: {error}") from None


def _row(files: Iterable[Found], known: dict[str, Metadata | None]) -> bytes:
    return msgspec.json.encode(
        [Head(each.name, each.state, known[each.plain]) for each in files], enc_hook=str
    )


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
