"""Where a release of the real CLI is known to answer otherwise than the specification.

The table follows `spec/trace/90-deviations.md`; a difference that no row explains is a finding.
"""

import re
from typing import Literal

from msgspec import Struct

OutcomeKind = Literal["accepted", "rejected", "panic", "timeout", "crash"]


class Outcome(Struct, frozen=True, omit_defaults=True):
    """What one reducer made of a bundle: a state, or a refusal with its code (if it has one) and text."""

    kind: OutcomeKind
    state: bytes = b""
    code: str = ""
    text: str = ""


class Deviation(Struct, frozen=True, kw_only=True):
    """A known difference: what each side says, and what stands in the bundle, where that decides."""

    id: str
    reason: str
    codex: frozenset[OutcomeKind]
    reference: frozenset[OutcomeKind] = frozenset({"rejected"})
    codes: frozenset[str] = frozenset()
    reference_says: re.Pattern[str] = re.compile("")
    codex_says: re.Pattern[str] = re.compile("")
    bundle_holds: re.Pattern[bytes] = re.compile(b"")

    def explains(self, reference: Outcome, codex: Outcome, files: dict[str, bytes]) -> bool:
        """Tell whether this is the difference that is seen."""
        return (
            codex.kind in self.codex
            and reference.kind in self.reference
            and (not self.codes or reference.code in self.codes)
            and bool(self.reference_says.search(reference.text))
            and bool(self.codex_says.search(codex.text))
            and any(self.bundle_holds.search(data) for data in files.values())
        )


ACCEPTED: frozenset[OutcomeKind] = frozenset({"accepted"})
ANSWERED: frozenset[OutcomeKind] = frozenset({"accepted", "rejected"})
_TYPED_CODES = frozenset(
    {
        "trace.manifest_invalid",
        "trace.event_invalid",
        "trace.invalid_thread_metadata",
        "trace.invalid_agent_message",
        "trace.invalid_agent_payload",
        "trace.invalid_terminal_payload",
        "trace.invalid_write_stdin",
        "trace.activity_without_message",
    }
)
_LONE_SURROGATE = re.compile(
    rb"u[dD][89abAB][0-9a-fA-F]{2}(?!\\+u[dD][c-fC-F])|(?<![\\])(?<!u[dD][89abAB][0-9a-fA-F]{2})\\+u[dD][c-fC-F]"
)

DEVIATIONS = (
    Deviation(
        id="DEV-1",
        reason="panic on a summary whose byte 240 lies inside a character",
        codex=frozenset({"panic"}),
        reference=ANSWERED,
        codex_says=re.compile("is_char_boundary"),
    ),
    Deviation(
        id="DEV-2",
        reason="follows a payload path that leaves the bundle or climbs",
        codex=ACCEPTED,
        codes=frozenset({"trace.payload_escape"}),
    ),
    Deviation(
        id="DEV-4",
        reason="does not look at the manifest's schema version",
        codex=ACCEPTED,
        codes=frozenset({"trace.unsupported_schema"}),
    ),
    Deviation(
        id="DEV-5",
        reason="reads keys that are private to its decoder",
        codex=ANSWERED,
        reference=ANSWERED,
        bundle_holds=re.compile(rb"\$serde_json::private::"),
    ),
    Deviation(
        id="DEV-6",
        reason="has no size limits",
        codex=ACCEPTED,
        codes=frozenset({"trace.too_large"}),
    ),
    Deviation(
        id="DEV-8",
        reason="accepts any nesting and unpaired surrogates in values that it ignores",
        codex=ACCEPTED,
        codes=_TYPED_CODES | {"trace.line_invalid_json"},
        reference_says=re.compile("nested deeper"),
    ),
    Deviation(
        id="DEV-8",
        reason="accepts any nesting and unpaired surrogates in values that it ignores",
        codex=ACCEPTED,
        codes=_TYPED_CODES | {"trace.line_invalid_json"},
        bundle_holds=_LONE_SURROGATE,
    ),
    Deviation(
        id="DEV-9",
        reason="accepts an array of the values in place of an object",
        codex=ACCEPTED,
        codes=_TYPED_CODES,
        reference_says=re.compile("got `array`"),
    ),
    Deviation(
        id="DEV-9",
        reason="accepts an array of the values in place of an object",
        codex=ACCEPTED,
        codes=frozenset({"trace.event_invalid"}),
        reference_says=re.compile(r"missing required field `type` - at `\$\.payload`"),
        bundle_holds=re.compile(rb'"payload"\s*:\s*\['),
    ),
    Deviation(
        id="DEV-10",
        reason="accepts an object with the word as its key in place of a word",
        codex=ACCEPTED,
        codes=_TYPED_CODES,
        reference_says=re.compile("got `object`|no agent status"),
    ),
    Deviation(
        id="DEV-13",
        reason="rejects -0 in integers of manifest, envelope and write_stdin arguments",
        codex=frozenset({"rejected"}),
        reference=ACCEPTED,
        codex_says=re.compile(r"floating point `-0\.0`, expected"),
    ),
    Deviation(
        id="DEV-12",
        reason="accepts the position of a variant, from 0, in place of its name as `type`",
        codex=ACCEPTED,
        codes=frozenset({"trace.event_invalid", "trace.invalid_agent_message"}),
        reference_says=re.compile(
            r"Expected `str`, got `int` - at `\$\.(payload\.(requester|kind|summary)|content\[.+\])\.type`"
        ),
    ),
    Deviation(
        id="DEV-11",
        reason="rejects integers of 65 to 128 bits in shapes that it buffers",
        codex=frozenset({"rejected"}),
        reference=ACCEPTED,
        codex_says=re.compile("as [ui]128, expected any value"),
    ),
    Deviation(
        id="DEV-11",
        reason="prints integers of more than 128 bits as floating point in shapes that it buffers",
        codex=ACCEPTED,
        reference=ACCEPTED,
        bundle_holds=re.compile(rb"[0-9]{39}"),
    ),
)


def explain(reference: Outcome, codex: Outcome, files: dict[str, bytes]) -> Deviation | None:
    """Return the known deviation that a difference is, if it is one."""
    return next((row for row in DEVIATIONS if row.explains(reference, codex, files)), None)
