"""The closed vocabulary of operations, capabilities and profiles, read from the specification."""

from functools import cache

import msgspec
from msgspec import Struct

from rollout_conformance import locations


class Operation(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that an implementation can be asked for."""

    does: str
    input: str = ""
    outputs: list[str] = []
    options: dict[str, str] = {}
    """What a request may say besides: each option with its meaning."""
    reserved: bool = False


class Capability(Struct, frozen=True, forbid_unknown_fields=True):
    """A surface that an implementation may lack; it gates cases, never how hard they are."""

    gates: str
    reserved: bool = False


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """A named set of operations and capabilities that an implementation claims as a whole."""

    operations: list[str]
    claims: str
    capabilities: list[str] = []
    reserved: bool = False


class Vocabulary(Struct, frozen=True, forbid_unknown_fields=True):
    """All names that claims may use."""

    operations: dict[str, Operation]
    capabilities: dict[str, Capability]
    profiles: dict[str, Profile]

    def faults_of_claim(self, profiles: list[str], capabilities: list[str]) -> list[str]:
        """Say which claimed names are unknown or reserved."""
        claims: list[tuple[str, str, Profile | Capability | None]] = []
        claims += [("profile", name, self.profiles.get(name)) for name in profiles]
        claims += [("capability", name, self.capabilities.get(name)) for name in capabilities]
        return [
            f"{kind} {name!r} is {'reserved' if entry else 'unknown'}"
            for kind, name, entry in claims
            if entry is None or entry.reserved
        ]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of this version of the suite."""
    path = locations.spec_dir() / "conformance" / "vocabulary.toml"
    return msgspec.toml.decode(path.read_bytes(), type=Vocabulary)
