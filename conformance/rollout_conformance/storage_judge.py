"""Judge what an operation of storage left: a home, the attributes of its files, and a report.

Plain files have to be byte for byte as expected, cold ones to decode to what the expected ones decode to:
how well and by which library they are compressed is free.
"""

import io
from collections.abc import Mapping
from typing import Any

import msgspec

from rollout_conformance.cases import Case, CaseError
from rollout_conformance.implementations.given_home import ATTRIBUTES, HOME, Listing
from rollout_conformance.implementations.storage_ops import REPORT
from rollout_conformance.writer_judge import Fault
from rollout_reference.errors import Rejected
from rollout_reference.session.names import COLD_SUFFIX
from rollout_reference.session.reading.frames import decode
from rollout_reference.session.storage.locks import LOCKS
from rollout_reference.session.storage.marker import FOLDER, MAINTENANCE, MARKER

OWN = (f"{HOME}/{LOCKS}/", f"{HOME}/{FOLDER}/{MAINTENANCE}")
"""Files that belong to the protocol of one implementation with itself: there or not."""

ONLY_THERE = (f"{HOME}/{FOLDER}/{MARKER}",)
"""Files whose bytes nobody reads."""

FREE_SUMS = ("duration_ms", "compressed_bytes", "compression_ratio")
"""Histograms of which only the number of values is compared."""


def fault_of(case: Case, folder: str, outputs: Mapping[str, bytes]) -> Fault | None:
    """Return what is wrong with the outputs of `session.freeze` or `session.thaw`.

    Raises `CaseError` when the case itself is wrong.
    """
    expected = case.expected_outputs(folder)
    fault = _fault_of_files(case, folder, expected, outputs)
    fault = fault or _fault_of_attributes(case, expected, outputs)
    if fault is None and REPORT in expected:
        fault = _fault_of_report(expected[REPORT], outputs.get(REPORT, b""))
    return Fault(f"{', '.join(case.cited)}: {fault}") if fault else None


def _fault_of_files(
    case: Case, folder: str, expected: dict[str, bytes], outputs: Mapping[str, bytes]
) -> str | None:
    wanted = {name: data for name, data in expected.items() if _is_compared(name)}
    found = {name: data for name, data in outputs.items() if _is_compared(name)}
    for name in sorted(wanted.keys() - found.keys()):
        return f"{name} is not there"
    for name in sorted(found.keys() - wanted.keys()):
        return f"{name} is there"
    for name, data in sorted(wanted.items()):
        if name in ONLY_THERE:
            continue
        if name.endswith(COLD_SUFFIX):
            content = _decoded(data)
            if content is None and found[name] != data:
                return f"{name} was damaged and is changed"
            if content is not None and _decoded(found[name]) != content:
                return f"{name} does not decode to what it should"
        elif found[name] != data:
            return f"{name} differs"
    if not wanted:
        raise CaseError(f"{case.folder / folder}: there is no {HOME}/")
    return None


def _fault_of_attributes(case: Case, expected: dict[str, bytes], outputs: Mapping[str, bytes]) -> str | None:
    """Compare mode and age of the files that the expectation lists."""
    if ATTRIBUTES not in expected:
        return None
    try:
        wanted = msgspec.json.decode(expected[ATTRIBUTES], type=Listing)
    except msgspec.DecodeError as error:
        raise CaseError(f"{case.folder}: {ATTRIBUTES}: {error}") from None
    try:
        told = msgspec.json.decode(outputs.get(ATTRIBUTES, b""), type=Listing)
    except msgspec.DecodeError as error:
        return f"{ATTRIBUTES}: {error}"
    found = {each.path: each for each in told.files}
    for each in wanted.files:
        if _is_compared(f"{HOME}/{each.path}") and found.get(each.path) != each:
            return f"{each.path} is {_shown(found.get(each.path))}, not {_shown(each)}"
    return None


def _fault_of_report(expected: bytes, actual: bytes) -> str | None:
    try:
        wanted, found = (_comparable(msgspec.json.decode(data)) for data in (expected, actual))
    except (msgspec.DecodeError, TypeError, KeyError, AttributeError) as error:
        return f"{REPORT} is no report: {error}"
    for key, value in wanted.items():
        if found[key] != value:
            return f"{REPORT}: {key} is {found[key]}, not {value}"
    return None


def _comparable(report: dict[str, Any]) -> dict[str, Any]:
    """Return what of a report is compared: all but the words of problems and free sums."""
    return {
        "status": report["status"],
        "files": report["files"],
        "problems": len(report["problems"]),
        "counters": sorted(map(_series, report["counters"])),
        "histograms": sorted(map(_series, report["histograms"])),
    }


def _series(entry: dict[str, Any]) -> str:
    kept = {
        key: value for key, value in entry.items() if key != "sum" or not entry["name"].endswith(FREE_SUMS)
    }
    return " ".join(f"{key}={value}" for key, value in sorted(kept.items()))


def _is_compared(name: str) -> bool:
    return name.startswith(f"{HOME}/") and not name.startswith(OWN)


def _decoded(data: bytes) -> bytes | None:
    try:
        return b"".join(decode(io.BytesIO(data)))
    except Rejected:
        return None


def _shown(attributes: Any) -> str:
    return f"{attributes.age_ms} ms old with mode {attributes.mode}" if attributes else "not listed"
