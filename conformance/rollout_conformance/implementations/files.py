"""Which files an implementation is made of, as far as its name on the command line tells."""

import hashlib
import os
import shutil
from pathlib import Path

from rollout_conformance.implementations import command_of, names_manifest


def files_of(name: str) -> dict[str, str]:
    """Return the SHA-256 of each file that a command line leads to, by what it is called there.

    That is the manifest, and every word of the command that is the path of a file.  A command none of
    whose words is one is known by its program.  The reference has no file: its version says what it is.

    Raises `ImplementationError` for a name that leads nowhere.
    """
    if name == "reference":
        return {}
    prefix, equals, path = name.partition("=")
    if prefix == "codex" and equals:
        return _digests({path: Path(path).expanduser()})
    words = command_of(name)
    found = {Path(name).name: Path(name)} if names_manifest(name) else {}
    found |= {_called(word, name): Path(word) for word in words if os.sep in word or Path(word).is_file()}
    if not any(path.is_file() for path in found.values()) and (program := shutil.which(words[0])):
        found[words[0]] = Path(program)
    return _digests(found)


def _called(word: str, name: str) -> str:
    """Return a path of a manifest as it is written there: from the folder of the manifest."""
    return os.path.relpath(word, Path(name).parent) if names_manifest(name) else word


def _digests(files: dict[str, Path]) -> dict[str, str]:
    digests = {}
    for called, path in files.items():
        if path.is_file():
            with path.open("rb") as file:
                digests[called] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
