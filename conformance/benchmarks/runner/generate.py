"""Corpora of many small cases, each passed by rejecting."""

import json
from pathlib import Path

from rollout_conformance import index

PER_FOLDER = 1_000

CASE = """\
id = "generated-{number:06}"
title = "generated"
op = "trace.reduce"
profile = "trace-reader"
requirements = ["TRACE-THREAD-2@1"]
verdict = "must-reject"
error = ["trace.duplicate_thread_start"]
source = {{ kind = "generated", by = "conformance/benchmarks/runner" }}
budget_ms = 2000
"""
FILES = {
    "manifest.json": json.dumps({"schema_version": 1, "trace_id": "t"}),
    "trace.jsonl": "".join(json.dumps({"seq": seq, "payload": {"type": "other"}}) + "\n" for seq in range(8)),
    "payloads/1.json": json.dumps({"input": ["text" * 50]}),
}


def corpus(folder: Path, cases: int, *, files: bool) -> Path:
    """Write so many cases with their index and return the folder; without files the inputs are empty."""
    for number in range(cases):
        case = folder / f"{number // PER_FOLDER:03}" / f"{number:06}"
        (case / "input").mkdir(parents=True)
        (case / "case.toml").write_text(CASE.format(number=number))
        if files:
            (case / "input" / "payloads").mkdir()
            for name, text in FILES.items():
                (case / "input" / name).write_text(text)
    index.write(folder)
    return folder
