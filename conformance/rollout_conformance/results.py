"""The result stream: a header, a line per case, a footer.  Every report is a function of it.

A stream without a footer is not a report: whoever was interrupted cannot claim anything.
"""

from typing import Any, Literal, get_args

from msgspec import Struct

from rollout_conformance.answers import Identity
from rollout_conformance.compare import Difference

Outcome = Literal[
    "pass",
    "unsupported",
    "deviation",
    "known",
    "flaky",
    "fail",
    "silent-zero",
    "fail-after",
    "error",
    "crash",
    "timeout",
    "protocol-error",
    "not-run",
    "suite-error",
]
"""From best to worst: a group is as good as its worst member.

`deviation`: a release of the real CLI that does what the case records of it.
`silent-zero`: an empty result for an input that is not empty.
`fail-after`: whatever failed after other cases, and passes alone in a fresh process.
"""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
EXPECTED: frozenset[Outcome] = frozenset({"pass", "unsupported", "deviation", "known", "flaky"})
"""Outcomes that leave the exit code at 0."""

UNDECIDED: frozenset[Outcome] = frozenset({"not-run", "suite-error"})
"""Outcomes that say nothing about the implementation: nobody is conformant with one of them."""

SCHEMA = 1
"""The form of the stream; a reader refuses any other."""

Level = Literal["MUST", "SHOULD", "MAY"]
Verdict = Literal["conformant", "not-conformant", "inconclusive"]


class Header(Struct, frozen=True, kw_only=True, tag="header", tag_field="kind"):
    """What was judged, by what, and how."""

    schema: int = SCHEMA
    suite: str
    protocol: int
    corpus: str
    """The root hash of the corpus."""
    implementation: Identity
    command: str
    """The implementation as it was named on the command line."""
    adapter: dict[str, str] = {}
    """The SHA-256 of the files that the command line leads to, by what they are called there."""
    profile: str
    mode: Literal["full", "fast", "selection"]
    seed: int | None = None
    """What the cases were shuffled by; None for the order of their ids."""
    jobs: int = 1
    """How many processes of the adapter were asked at once."""
    python: str
    platform: str
    architecture: str = ""


class Result(Struct, frozen=True, kw_only=True, tag="result", tag_field="kind", omit_defaults=True):
    """What one case showed of an implementation; `ms` is the time of the operation."""

    case: str
    title: str
    requirements: list[str]
    level: Level
    op: str
    outcome: Outcome
    ms: float = 0.0
    detail: str = ""
    difference: Difference | None = None
    at: dict[str, Any] | None = None
    """Where the implementation says that it rejected the input."""
    branch: str | None = None
    """Which of the allowed behaviours of a `may` case was taken."""
    signature: str | None = None
    """A digest of how it failed, the same whenever it fails the same way."""
    reason: str | None = None
    """Why a known failure is known; of a deviation, the ids that explain it."""


class Tally(Struct, frozen=True):
    """How many of how many."""

    passed: int
    total: int


class Footer(Struct, frozen=True, kw_only=True, tag="footer", tag_field="kind"):
    """The sums and the verdict; only a complete run has one."""

    counts: dict[Outcome, int]
    must: Tally
    should: Tally
    may: dict[str, str]
    """By case: which allowed behaviour was taken."""
    verdict: Verdict
    claim: str
    """What the verdict is about: the profile, and the corpus by its hash."""
    stale: list[str] = []
    """What is wrong with the file of known failures, by file and line; anything here is red."""
    complete: Literal[True] = True


Line = Header | Result | Footer
