"""The lock of the requirements: what each id meant when somebody last looked.

`spec/requirements.json` is generated.  A sentence that changes while its revision stays breaks the
lock, so that no case goes on citing a sentence that it was not written for.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from rollout_conformance.requirements import Level, Requirement

LOCK_FILE = "requirements.json"
WRITE = "`rolloutspec requirements --write`"


class LockError(Exception):
    """A lock that cannot be read, or that may not be written; the message says what to do."""


class Locked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A requirement as it was locked; `digest` is that of its sentence."""

    id: str
    revision: int
    level: Level
    quirk: bool
    digest: str
    area: str
    file: str
    withdrawn: bool = False
    """The text no longer has it; its id is never used again."""


class _Lock(Struct, frozen=True, forbid_unknown_fields=True):
    requirements: list[Locked]


def digest_of(sentence: str) -> str:
    """Return the first 16 hexadecimal digits of a sentence's SHA-256, white space counted once."""
    return hashlib.sha256(re.sub(r"\s+", " ", sentence.strip()).encode()).hexdigest()[:16]


def read(spec: Path) -> dict[str, Locked]:
    """Return the locked requirements by id; raises `LockError`."""
    path = spec / LOCK_FILE
    try:
        lock = msgspec.json.decode(path.read_bytes(), type=_Lock)
    except OSError as error:
        raise LockError(f"{path}: {error.strerror}; {WRITE} makes it") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LockError(f"{path}: {error}; {WRITE} makes it anew") from None
    return {locked.id: locked for locked in lock.requirements}


def problems(requirements: dict[str, Requirement], locked: dict[str, Locked]) -> Iterator[str]:
    """Say where text and lock do not agree."""
    yield from changed_meanings(requirements, locked)
    unsafe = {told.partition(": ")[0] for told in changed_meanings(requirements, locked)}
    for rule in requirements.values():
        place = f"{rule.file}:{rule.line}"
        if place not in unsafe and locked.get(rule.id) != _locked(rule):
            yield f"{place}: {rule.id} is not locked as it stands; run {WRITE}"
    for old in locked.values():
        if old.id not in requirements and not old.withdrawn:
            yield f"{old.file}: {old.id} is gone from the text; if that is meant, run {WRITE}"


def changed_meanings(requirements: dict[str, Requirement], locked: dict[str, Locked]) -> Iterator[str]:
    """Say which requirement means something else without saying so by its revision."""
    for rule in requirements.values():
        old = locked.get(rule.id)
        place = f"{rule.file}:{rule.line}"
        if old is None:
            continue
        if old.withdrawn:
            yield f"{place}: {rule.id} was withdrawn; an id is never used again"
        elif rule.revision < old.revision:
            yield f"{place}: {rule.citation} is older than what was locked, @{old.revision}"
        elif rule.revision == old.revision and (rule.level, digest_of(rule.sentence)) != (
            old.level,
            old.digest,
        ):
            yield (
                f"{place}: the sentence of {rule.id} changed and its revision did not; raise it to "
                f"@{rule.revision + 1} and look at the cases that cite it, or run "
                "`rolloutspec requirements --write --same-meaning`"
            )


def write(spec: Path, requirements: dict[str, Requirement], *, same_meaning: bool) -> int:
    """Lock the requirements as they stand and return how many lines of the lock changed.

    Raises `LockError` if a sentence changed under its revision, unless it still means the same.
    """
    locked = read(spec) if (spec / LOCK_FILE).is_file() else {}
    unsafe = [] if same_meaning else list(changed_meanings(requirements, locked))
    if unsafe:
        raise LockError("\n".join(unsafe))
    now = {rule.id: _locked(rule) for rule in requirements.values()}
    for old in locked.values():
        if old.id not in now:
            now[old.id] = msgspec.structs.replace(old, withdrawn=True)
    lines = b",\n".join(map(msgspec.json.encode, now.values()))
    (spec / LOCK_FILE).write_bytes(b'{"requirements":[\n' + lines + b"\n]}\n")
    return sum(locked.get(name) != entry for name, entry in now.items())


def _locked(rule: Requirement) -> Locked:
    return Locked(
        rule.id, rule.revision, rule.level, rule.quirk, digest_of(rule.sentence), rule.area, rule.file
    )
