"""The identity of a corpus: one hash over every file of every case."""

import hashlib
from collections.abc import Iterable

from rollout_conformance.cases import Case


def root_hash(cases: Iterable[Case]) -> str:
    """Return the SHA-256 over ids, file names and contents, in order of the ids."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(f"{case.id} {case_hash(case)}\n".encode())
    return digest.hexdigest()


def case_hash(case: Case) -> str:
    """Return the SHA-256 over the names and contents of a case's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in case.folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(case.folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()
