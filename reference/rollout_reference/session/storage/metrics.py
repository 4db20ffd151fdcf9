"""What a run counts and measures, under the names that the format has for it.  [SESSION-STORE-30]"""

from collections import Counter
from typing import Any, Literal

import msgspec
from msgspec import Struct

PREFIX = "codex.rollout_compression"

RunStatus = Literal["started", "completed", "failed", "skipped_already_running"]
Outcome = Literal[
    "compressed",
    "skipped_not_cold",
    "skipped_changed",
    "skipped_already_compressed",
    "skipped_unreadable_meta",
    "failed",
]
Materialized = Literal["plain_exists", "missing", "decompressed", "failed"]
Cleanup = Literal["removed", "failed"]

BASIS_POINTS = 10_000

Series = tuple[str, str, str]
"""A metric with its one label: name, key, value."""


class Measured(Struct, frozen=True):
    """What became of one file; sizes in bytes, None where nobody looked."""

    outcome: Outcome
    source_bytes: int | None = None
    compressed_bytes: int | None = None


class Metrics:
    """Counters and histograms of one run, in memory."""

    def __init__(self) -> None:
        self.counters: Counter[Series] = Counter()
        self.histograms: dict[Series, list[int]] = {}

    def run(self, status: RunStatus) -> None:
        """Count a start or an end of a run."""
        self.counters[f"{PREFIX}.run", "status", status] += 1

    def run_duration(self, status: RunStatus, ms: int) -> None:
        """Measure how long a run took, in milliseconds."""
        self._measure("run.duration_ms", "status", status, ms)

    def scanned(self) -> None:
        """Count a plain rollout that was looked at."""
        self.counters[f"{PREFIX}.file", "outcome", "scanned"] += 1

    def file(self, measured: Measured, ms: int) -> None:
        """Count what became of a file; `ms` milliseconds were spent on it."""
        outcome = measured.outcome
        self.counters[f"{PREFIX}.file", "outcome", outcome] += 1
        self._measure("file.duration_ms", "outcome", outcome, ms)
        if measured.source_bytes is not None:
            self._measure("file.source_bytes", "outcome", outcome, measured.source_bytes)
        if measured.compressed_bytes is not None:
            self._measure("file.compressed_bytes", "outcome", outcome, measured.compressed_bytes)
            if measured.source_bytes:
                ratio = measured.compressed_bytes * BASIS_POINTS // measured.source_bytes
                self._measure("file.compression_ratio", "outcome", outcome, ratio)

    def materialize(self, outcome: Materialized) -> None:
        """Count a thaw."""
        self.counters[f"{PREFIX}.materialize", "outcome", outcome] += 1

    def temp_cleanup(self, outcome: Cleanup) -> None:
        """Count an old temporary file that went, or did not."""
        self.counters[f"{PREFIX}.temp_cleanup", "outcome", outcome] += 1

    def _measure(self, name: str, key: str, value: str, number: int) -> None:
        self.histograms.setdefault((f"{PREFIX}.{name}", key, value), []).append(number)


class Report(Struct, frozen=True):
    """What a run did: how it ended, what became of each file, what could not be looked at."""

    status: RunStatus
    outcomes: dict[str, Outcome]
    """By path below the home."""
    problems: list[str]
    """What kept the run from a folder or from going on, one phrase each."""
    metrics: Metrics

    def to_json(self) -> bytes:
        """Return the report as JSON, in an order of its own: by path, by name and label."""
        counters = [
            {"name": name, key: value, "value": number}
            for (name, key, value), number in sorted(self.metrics.counters.items())
        ]
        histograms = [
            {"name": name, key: value, "count": len(numbers), "sum": sum(numbers)}
            for (name, key, value), numbers in sorted(self.metrics.histograms.items())
        ]
        document: dict[str, Any] = {
            "status": self.status,
            "files": dict(sorted(self.outcomes.items())),
            "problems": sorted(self.problems),
            "counters": counters,
            "histograms": histograms,
        }
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
