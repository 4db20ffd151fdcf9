"""What is installed: the rules, the cases by their ids, and the notes.  Each is read when it is asked for."""

from functools import cached_property
from pathlib import Path

from rollout_conformance import locations
from rollout_conformance.cases import Case, CaseError
from rollout_conformance.index import Entry, Index
from rollout_conformance.requirements import Requirement, load_requirements
from rollout_conformance.tomlfile import TomlError, read_toml

NOTES_FILE = "notes.toml"


class Library:
    """The installed suite as reports look things up in it.

    Every property raises `CaseError` or `SpecError` when what it reads is broken.
    """

    def __init__(self, corpus: Path | None = None) -> None:
        self._corpus = corpus or locations.corpus_dir()

    @cached_property
    def requirements(self) -> dict[str, Requirement]:
        """The rules of the specification by their ids."""
        return load_requirements(locations.spec_dir())

    @cached_property
    def notes(self) -> dict[str, str]:
        """Why cases are as they are, by the keys that they use; a corpus may have none."""
        path = self._corpus / NOTES_FILE
        try:
            return read_toml(path, dict[str, str]) if path.is_file() else {}
        except TomlError as error:
            raise CaseError(str(error)) from None

    @property
    def root(self) -> str:
        """The root hash of the corpus."""
        return self._index.root

    @property
    def version(self) -> str:
        """The version of the corpus."""
        return self._index.version

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The cases by their ids, as the index has them."""
        return {entry.id: entry for entry in self._index.entries()}

    def find(self, case_id: str) -> Case | None:
        """Read one case; None if the corpus does not have it."""
        entry = self.entries.get(case_id)
        return self._index.case(entry) if entry is not None else None

    @cached_property
    def _index(self) -> Index:
        return Index(self._corpus)
