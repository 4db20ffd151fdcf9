"""The jobs that are measured on a long rollout, and the least that any reader of it does.

Run as a script it is the process of one: `measure.py JOB ROLLOUT [HOME]`.
"""

import sys
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from children import Job, main

from rollout_reference import jsontext
from rollout_reference.session.context import context_of
from rollout_reference.session.context.bounded import context_at
from rollout_reference.session.history import history_of
from rollout_reference.session.inherited import load_lineage, passing_lineage
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.threads.lookup import find_thread
from rollout_reference.session.transcript import transcript_of
from rollout_reference.session.usage import usage_of


def _floor(rollout: Path) -> None:
    """Read a plain file line by line and parse each as JSON, as the reference does."""
    decoder = msgspec.json.Decoder(float_hook=jsontext.Number)
    with rollout.open("rb") as lines:
        for line in lines:
            decoder.decode(line)


def _held(rollout: Path) -> int:
    """Hold every line of a file as it is parsed; return how many."""
    decoder = msgspec.json.Decoder(float_hook=jsontext.Number)
    with rollout.open("rb") as lines:
        return len([decoder.decode(line) for line in lines])


def _read(rollout: Path) -> None:
    """Read each line into its type."""
    with read_rollout(rollout) as reading:
        for _ in reading:
            pass
    if reading.diagnostics.defects:
        raise RuntimeError(f"the generated rollout has defects: {reading.diagnostics.defects}")


def _context(rollout: Path) -> int:
    return context_of(load_lineage(rollout, None, "context").lines).window.number


def _bounded(rollout: Path) -> list[int]:
    found = context_at(rollout)
    return [found.bytes_read, found.size]


def _history(rollout: Path) -> int:
    with passing_lineage(rollout, None, "history") as told:
        return len(history_of(told).turns)


def _transcript(rollout: Path) -> int:
    with passing_lineage(rollout, None, "transcript") as told:
        return len(transcript_of(told).messages)


def _metadata(home: Path, thread: Path) -> int:
    return find_thread(home, thread.name).metadata.tokens_used


def _usage(rollout: Path) -> int:
    return len(usage_of(rollout).threads)


JOBS: dict[str, Job] = {
    "floor": _floor,
    "held": _held,
    "read": _read,
    "context": _context,
    "bounded": _bounded,
    "history": _history,
    "transcript": _transcript,
    "metadata": _metadata,
    "usage": _usage,
}

if __name__ == "__main__":
    main(JOBS)
