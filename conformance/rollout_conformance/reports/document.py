"""Results as one JSON document for machines."""

from collections import Counter

from rollout_conformance.answers import Identity
from rollout_conformance.verdict import OUTCOMES, Result
from rollout_reference import __version__, jsontext


def of(identity: Identity, results: list[Result]) -> bytes:
    """Return the document: who was judged, the counts, and a line per case."""
    counts = Counter(result.outcome for result in results)
    return jsontext.pretty(
        {
            "suite": __version__,
            "implementation": {"name": identity.name, "version": identity.version},
            "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
            "results": [
                {
                    "case": result.case.id,
                    "requirements": result.case.requirements,
                    "outcome": result.outcome,
                    "detail": result.detail,
                    "ms": round(result.ms),
                }
                for result in results
            ],
        }
    )
