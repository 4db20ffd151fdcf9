"""Implementations under test, all behind one small interface."""

import os
import shlex
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

from msgspec import Meta, Struct

from rollout_conformance.answers import Answer, Broken, Identity
from rollout_conformance.tasks import Task
from rollout_conformance.tomlfile import TomlError, read_toml

MANIFEST = "adapter.toml"

FORMS = f"""\
  reference         the built-in reference
  codex=PATH        a binary of the real Codex CLI
  "COMMAND ARGS"    an adapter: one argument, so put a command with arguments in quotes
  {MANIFEST}      a file that names an adapter; `rolloutspec init` writes one"""
"""What a command line may say in place of IMPL."""


class ImplementationError(Exception):
    """An implementation that cannot be used at all; the message says what to do."""


class Implementation(Protocol):
    """Something that performs the operations of the suite."""

    identity: Identity
    parallel: int
    """How many operations may be under way at once; in a long-lived one each needs an instance."""

    def perform(self, task: Task) -> Answer:
        """Perform one operation on a folder within its budget."""
        ...

    def close(self) -> None:
        """Let go of processes and folders."""
        ...


@runtime_checkable
class LongLived(Protocol):
    """An implementation whose process answers many operations, so that one can spoil another."""

    def alone(self, task: Task) -> Answer | None:
        """Perform the last operation again where nothing came before it; None if nothing did, or enough."""
        ...

    def afterthought(self, *, at_end: bool = False) -> Broken | None:
        """Return, once, a fault that showed after the answer to the operation before the last one."""
        ...


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """An `adapter.toml`: how an adapter is started, and what it is judged by."""

    name: Annotated[str, Meta(min_length=1)]
    command: Annotated[list[Annotated[str, Meta(min_length=1)]], Meta(min_length=1)]
    """Program and arguments; one that begins with `./` or `../` is a path from the manifest's folder."""
    profile: str = "trace-reader"
    known: str | None = None
    """The file of known failures, a path from the manifest's folder; there need not be one yet."""


class Defaults(Struct, frozen=True):
    """What holds for a run when its options do not say otherwise."""

    profile: str = "trace-reader"
    known: Path | None = None


def open_implementation(name: str) -> Implementation:
    """Return the implementation that a command line names in one of the `FORMS`.

    Raises `ImplementationError`.
    """
    prefix, equals, path = name.partition("=")
    if name == "reference":
        from rollout_conformance.implementations.reference import Reference  # noqa: PLC0415

        return Reference()
    if prefix == "codex":
        from rollout_conformance.implementations.codex import Codex  # noqa: PLC0415

        if not path:
            raise ImplementationError("'codex' needs the path of its binary: codex=PATH")
        return Codex(Path(path).expanduser())
    from rollout_conformance.implementations.adapter import Adapter  # noqa: PLC0415

    words = command_of(name)
    if names_manifest(name):
        manifest = read_manifest(Path(name))
        try:
            if words[0] != manifest.command[0] and not os.path.exists(words[0]):
                raise ImplementationError(f"{words[0]} does not exist; is it built?")
            return Adapter(words)
        except ImplementationError as error:
            raise ImplementationError(f"{name}: {manifest.name}: {error}") from None
    if equals and not os.path.exists(words[0]) and prefix.isidentifier():
        raise ImplementationError(
            f"{prefix}=... is no kind of implementation; a variable is set with env, as in 'env {name}'. "
            f"IMPL is one of\n{FORMS}"
        )
    return Adapter(words)


def command_of(name: str) -> list[str]:
    """Return program and arguments of the adapter that a command line or a manifest names.

    Raises `ImplementationError`.
    """
    if names_manifest(name):
        return _command(read_manifest(Path(name)), Path(name).parent)
    return _words(name)


def defaults_of(name: str) -> Defaults:
    """Return what the manifest says about a run, if a manifest is what the command line names.

    Raises `ImplementationError`.
    """
    if not names_manifest(name):
        return Defaults()
    manifest = read_manifest(Path(name))
    known = Path(name).parent / manifest.known if manifest.known else None
    return Defaults(manifest.profile, known if known and known.exists() else None)


def read_manifest(path: Path) -> Manifest:
    """Return the contents of an `adapter.toml`; raises `ImplementationError`."""
    if not path.exists():
        raise ImplementationError(f"there is no file {path}; `rolloutspec init` writes an {MANIFEST}")
    try:
        return read_toml(path, Manifest)
    except TomlError as error:
        raise ImplementationError(
            f"{error}\nAn {MANIFEST} needs 'name' and 'command', such as\n"
            '  name = "my-reader"\n  command = ["node", "./adapter.mjs"]\n'
            "and may have 'profile' and 'known', the path of a file of known failures"
        ) from None


def names_manifest(name: str) -> bool:
    """Tell whether a command line names an adapter by a file about it."""
    return name.endswith(".toml")


def _command(manifest: Manifest, folder: Path) -> list[str]:
    """Return the command of a manifest with the paths that it means from its folder."""
    return [
        os.path.abspath(folder / word) if word.startswith(("./", "../")) else word
        for word in manifest.command
    ]


def _words(name: str) -> list[str]:
    """Return the words of a command line; raises `ImplementationError` for one that can be none."""
    try:
        words = shlex.split(name)
    except ValueError as error:
        raise ImplementationError(f"{name!r} is no command line: {error}") from None
    if not words or not words[0]:
        raise ImplementationError(f"no implementation is named. IMPL is one of\n{FORMS}")
    manifest = Path(words[0], MANIFEST)
    if len(words) == 1 and manifest.is_file():
        raise ImplementationError(f"{words[0]!r} is a folder; give the file {manifest}")
    if len(words) > 1 and Path(name).is_file():
        raise ImplementationError(f"the path {name!r} has spaces; quote it once more: {shlex.quote(name)!r}")
    return words
