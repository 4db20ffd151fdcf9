"""The index of a corpus: which cases there are, and by which hash each is known.

A runner reads `index.json` alone and each case when its turn comes.  The file has a case a line,
so that a corpus of any size is read in constant memory.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from rollout_conformance.cases import (
    CASE_FILE,
    FIRST_VERSION,
    Case,
    CaseError,
    Version,
    load_cases,
    read_case,
)
from rollout_conformance.tomlfile import TomlError, read_toml

INDEX_FILE = "index.json"
RENAMES_FILE = "renames.toml"
_END = b"]}"

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class IndexFault(CaseError):
    """An index that is missing or broken, or a case that is not what the index says."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A case as the index has it: enough to choose it without reading it."""

    id: str
    path: str
    """The folder below the corpus; for people, and to find the case."""
    sha256: Sha256
    """The digest of names and contents of the case's files."""
    bytes: int
    op: str
    verdict: Literal["must-accept", "must-reject", "may"]
    requirements: list[str]
    since: Version
    until: Version | None = None


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of the file."""

    version: Version
    root: Sha256
    """The digest over ids and digests of all cases, in order of the ids."""
    cases: list[Entry]


_head = msgspec.json.Decoder(Head)
_entry = msgspec.json.Decoder(Entry)


class Index:
    """The index of a corpus, checked as a whole when it is opened.  Raises `IndexFault`."""

    def __init__(self, corpus: Path) -> None:
        self.corpus = corpus
        self._file = corpus / INDEX_FILE
        head = self._read_head()
        self.version = head.version
        self.root = head.root
        digest, last = hashlib.sha256(), ""
        for entry in self.entries():
            if entry.id <= last:
                raise self._fault(f"{entry.id!r} stands after {last!r}; ids ascend and stand once")
            last = entry.id
            _feed(digest.update, entry.id, entry.sha256)
        if digest.hexdigest() != self.root:
            raise self._fault("the root hash is not that of the cases listed")

    def entries(self) -> Iterator[Entry]:
        """Yield the cases in order of their ids; the file is read as they are taken."""
        with self._file.open("rb") as file:
            next(file)
            number = 1
            for number, line in enumerate(file, start=2):
                if line.strip() == _END:
                    return
                try:
                    yield _entry.decode(line.strip().removesuffix(b","))
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise self._fault(str(error), number) from None
        raise self._fault("the file is cut: its last line is missing", number + 1)

    def case(self, entry: Entry) -> Case:
        """Read a case and check that it is what the index says."""
        file = self.corpus / entry.path / CASE_FILE
        if not file.is_file():
            raise IndexFault(
                f"{file}: the index has {entry.id}, but the case is not there; {_advice(self.corpus)}"
            )
        digest, _ = digest_of(file.parent)
        if digest != entry.sha256:
            raise IndexFault(
                f"{file.parent}: the case has changed since it was indexed; {_advice(self.corpus)}"
            )
        return read_case(file)

    def _read_head(self) -> Head:
        try:
            with self._file.open("rb") as file:
                return _head.decode(file.readline() + _END)
        except OSError as error:
            raise IndexFault(f"{self._file}: {error.strerror}; {_advice(self.corpus)}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._fault(str(error), 1) from None

    def _fault(self, message: str, line: int | None = None) -> IndexFault:
        at = f" line {line}" if line else ""
        return IndexFault(f"{self._file}{at}: {message}; {_advice(self.corpus)}")


class Selection:
    """Cases chosen from an index; each is read when it is taken, and then forgotten."""

    def __init__(self, index: Index, choose: Callable[[Iterable[Entry]], Iterator[Entry]]) -> None:
        self._index = index
        self._choose = choose
        self._length = sum(1 for _ in self.entries())

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Case]:
        return map(self._index.case, self.entries())

    def part(self, first: int, of: int) -> "Selection":
        """Return every so many-th of the cases, from the first one on, counted from 0."""
        return Selection(self._index, lambda entries: islice(self._choose(entries), first, None, of))

    def entries(self) -> Iterator[Entry]:
        """Yield the chosen entries of the index, those that are superseded left out."""
        return self._choose(
            entry for entry in self._index.entries() if is_current(entry, self._index.version)
        )


def is_current(entry: Entry, version: str) -> bool:
    """Tell whether a case belongs to a version of the corpus."""
    return entry.until is None or _numbers(version) < _numbers(entry.until)


def build(corpus: Path) -> list[Entry]:
    """Return the entries that the index of the cases on disk has; raises `CaseError`."""
    return [_entry_of(corpus, case) for case in load_cases(corpus)]


def write(corpus: Path, version: str | None = None) -> Head:
    """Write the index of the cases on disk and return it; raises `CaseError` or `OSError`."""
    entries = build(corpus)
    head = Head(version or version_of(corpus), root_of(entries), entries)
    first = msgspec.json.encode(msgspec.structs.replace(head, cases=[])).removesuffix(_END)
    lines = b",\n".join(map(msgspec.json.encode, entries))
    partial = corpus / f".{INDEX_FILE}"
    partial.write_bytes(first + b"\n" + lines + b"\n" + _END + b"\n")
    os.replace(partial, corpus / INDEX_FILE)
    return head


def version_of(corpus: Path) -> str:
    """Return the version that the index of a corpus names, the first one where there is none."""
    try:
        with (corpus / INDEX_FILE).open("rb") as file:
            return _head.decode(file.readline() + _END).version
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return FIRST_VERSION


def is_version(text: str) -> bool:
    """Tell whether a text is a version of a corpus."""
    try:
        msgspec.convert(text, Version)
    except msgspec.ValidationError:
        return False
    return True


def root_of(entries: Iterable[Entry]) -> str:
    """Return the digest over ids and digests of cases, in order of the ids."""
    digest = hashlib.sha256()
    for entry in entries:
        _feed(digest.update, entry.id, entry.sha256)
    return digest.hexdigest()


def digest_of(folder: Path) -> tuple[str, int]:
    """Return the SHA-256 over names and contents of all files of a folder, and their bytes."""
    digest, total = hashlib.sha256(), 0
    for name in sorted(_files_below(str(folder), "")):
        with open(f"{folder}/{name}", "rb") as file:
            content = file.read()
        total += len(content)
        _feed(digest.update, name, hashlib.sha256(content).hexdigest())
    return digest.hexdigest(), total


def renames(corpus: Path) -> dict[str, str]:
    """Return the new id of each case that once had another; raises `CaseError`."""
    path = corpus / RENAMES_FILE
    try:
        return read_toml(path, _Renames).renames if path.is_file() else {}
    except TomlError as error:
        raise CaseError(str(error)) from None


def current_id(case_id: str, renamed: dict[str, str]) -> str:
    """Return the id that a case has today; a cycle of renames ends where it began."""
    seen: set[str] = set()
    while case_id in renamed and case_id not in seen:
        seen.add(case_id)
        case_id = renamed[case_id]
    return case_id


class _Renames(Struct, frozen=True, forbid_unknown_fields=True):
    renames: dict[str, str]


def _entry_of(corpus: Path, case: Case) -> Entry:
    digest, size = digest_of(case.folder)
    return Entry(
        id=case.id,
        path=case.folder.relative_to(corpus).as_posix(),
        sha256=digest,
        bytes=size,
        op=case.op,
        verdict=case.verdict,
        requirements=case.requirements,
        since=case.since,
        until=case.until,
    )


def _files_below(folder: str, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as found:
        for each in found:
            if each.is_dir():
                yield from _files_below(each.path, f"{prefix}{each.name}/")
            else:
                yield prefix + each.name


def _feed(update: Callable[[bytes], None], name: str, digest: str) -> None:
    update(f"{name} {digest}\n".encode())


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def _advice(corpus: Path) -> str:
    return f"if that is meant, run `rolloutspec corpus hash {corpus}`"
