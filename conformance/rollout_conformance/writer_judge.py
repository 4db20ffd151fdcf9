"""Judge a bundle by reading what was written: form, numbers, reduction, events and state.

A fault begins with the id of the rule that is broken.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rollout_conformance.cases import Case, CaseError
from rollout_conformance.compare import PATTERNS, Comparison, Difference, Mode, PatternError, shown
from rollout_conformance.script_error import ScriptError
from rollout_conformance.writer_script import TRACE_ROOT, Script, read_script
from rollout_reference import jsontext
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce
from rollout_reference.trace.bundle import EVENT_LOG, MANIFEST, PAYLOADS, Manifest
from rollout_reference.trace.events import SCHEMA_1, Event
from rollout_reference.trace.vocabulary import PayloadRef

EVENTS, STATE = "events.json", "state.json"
"""What a case may expect: the events in order, and the state that they reduce to."""

ENVELOPE = Event.__struct_fields__
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANK = re.compile(rb"[ \t\r]")
_PAYLOAD_FILE = re.compile(r"[1-9][0-9]{0,8}\.json")


class Fault(Struct, frozen=True):
    """Why a bundle is not what it has to be."""

    detail: str
    difference: Difference | None = None


class _Broken(Exception):
    """A rule that the bundle breaks."""


class Written(Struct, frozen=True):
    """A bundle whose form is right: its manifest, its events with what they name, its files."""

    manifest: Manifest
    files: Mapping[str, bytes]
    """Log, manifest and payloads by their paths in the bundle."""
    events: list[dict[str, Any]]
    """The lines, each reference with the `content` of its file besides."""


def fault_of(case: Case, folder: str, outputs: Mapping[str, bytes]) -> Fault | None:
    """Return what is wrong with the outputs of `trace.write`, judged by a folder of expectations.

    Raises `CaseError` when the case itself is wrong.
    """
    try:
        script = read_script(case.input)
    except ScriptError as error:
        raise CaseError(f"{case.input}: {error}") from None
    try:
        written = _read(script, outputs)
        state = _reduced(written)
    except _Broken as broken:
        return Fault(str(broken))
    made: dict[str, Any] = {EVENTS: written.events, STATE: state}
    return _compare(case, folder, made)


def _compare(case: Case, folder: str, made: dict[str, Any]) -> Fault | None:
    """Compare what a case expects; ids of one name are one id in all of its files."""
    expected = case.expected_outputs(folder)
    modes: dict[str, Mode] = {name: case.compare.get(name, "json-iso") for name in made}
    comparison = Comparison(modes, case.unordered)
    for name, data in sorted(expected.items()):
        if name not in made:
            raise CaseError(f"{case.folder / folder / name}: {case.op} expects {EVENTS} and {STATE} only")
        try:
            wanted = jsontext.parse(data)
            found = projected(wanted, made[name]) if name == EVENTS else made[name]
            difference = comparison.difference(name, data, jsontext.pretty(found))
        except (jsontext.JsonError, PatternError) as error:
            raise CaseError(f"{case.folder / folder / name}: {error}") from None
        if difference is not None:
            told = "the events are others" if name == EVENTS else "the events reduce to another state"
            return Fault(f"{', '.join(case.cited)}: {told}", difference)
    return None


def projected(expected: Any, actual: Any) -> Any:
    """Leave out the keys that an expectation does not speak of."""
    if isinstance(expected, dict) and isinstance(actual, dict) and not expected.keys() & set(PATTERNS):
        return {key: projected(expected[key], value) for key, value in actual.items() if key in expected}
    if isinstance(expected, list) and isinstance(actual, list):
        pairs = zip(expected, actual, strict=False)
        return [projected(*pair) for pair in pairs] + actual[len(expected) :]
    return actual


# --- form -----------------------------------------------------------------------------------------


def _read(script: Script, outputs: Mapping[str, bytes]) -> Written:
    """Check layout, manifest, lines and payloads; raises `_Broken` at the first fault."""
    folder = _folder(script, outputs)
    files = {name.removeprefix(folder): data for name, data in outputs.items() if name.startswith(folder)}
    manifest = _manifest(script, folder, files)
    lines = _lines(files)
    payloads = _payloads(files)
    events = [_event(number, line, manifest) for number, line in enumerate(lines, start=1)]
    _check_references([event for event, _ in events], payloads)
    seen = [_with_contents(value, payloads) for _, value in events]
    wanted = (MANIFEST, EVENT_LOG, *(f"{PAYLOADS}/{number}.json" for number in payloads))
    return Written(manifest, {name: files[name] for name in wanted}, seen)


def _folder(script: Script, outputs: Mapping[str, bytes]) -> str:
    """Return the path of the one bundle, with a slash at its end.  [TRACE-WRITER-6]"""
    root = "/".join(filter(None, (TRACE_ROOT, script.trace_root))) + "/"
    outside = sorted(
        name for name in outputs if name.startswith(f"{TRACE_ROOT}/") and not name.startswith(root)
    )
    below = {name.removeprefix(root).split("/")[0] for name in outputs if name.startswith(root)}
    loose = sorted(name for name in below if root + name in outputs)
    if outside or loose:
        raise _Broken(f"TRACE-WRITER-6: {[*outside, *loose][0]} lies in no bundle under the trace root")
    if not below:
        raise _Broken(f"TRACE-WRITER-6: there is no bundle under {root}")
    if len(below) > 1:
        raise _Broken(f"TRACE-WRITER-8: there is one rollout and there are {len(below)} bundles")
    return f"{root}{below.pop()}/"


def _manifest(script: Script, folder: str, files: Mapping[str, bytes]) -> Manifest:
    if MANIFEST not in files:
        raise _Broken(f"TRACE-WRITER-5: there is no {MANIFEST}")
    try:
        value = jsontext.parse(files[MANIFEST])
        manifest = msgspec.convert(value, Manifest)
    except (jsontext.JsonError, msgspec.ValidationError) as error:
        raise _Broken(f"TRACE-WRITER-5: {MANIFEST}: {error}") from None
    fields = Manifest.__struct_fields__
    if value.keys() != set(fields):
        raise _Broken(f"TRACE-WRITER-5: {MANIFEST} has the fields {', '.join(value)}, not the seven")
    fixed = {"schema_version": 1, "raw_event_log": EVENT_LOG, "payloads_dir": PAYLOADS}
    for key, wanted in fixed.items():
        if value[key] != wanted:
            raise _Broken(f"TRACE-WRITER-5: {key} is {shown(value[key])}, not {shown(wanted)}")
    if not manifest.rollout_id == manifest.root_thread_id == script.root_thread_id:
        raise _Broken("TRACE-WRITER-6: rollout_id and root_thread_id are not the id of the root thread")
    if not _UUID.fullmatch(manifest.trace_id):
        raise _Broken(f"TRACE-WRITER-6: the trace_id {shown(manifest.trace_id)} is no UUID")
    name = folder.split("/")[-2]
    if name != f"trace-{manifest.trace_id}-{manifest.root_thread_id}":
        raise _Broken(f"TRACE-WRITER-6: the bundle is named {name}")
    return manifest


def _lines(files: Mapping[str, bytes]) -> list[bytes]:
    """Return the lines of the log without their ends.  [TRACE-WRITER-4]"""
    log = files.get(EVENT_LOG)
    if log is None:
        raise _Broken(f"TRACE-WRITER-4: there is no {EVENT_LOG}")
    if log and not log.endswith(b"\n"):
        raise _Broken("TRACE-WRITER-4: the last line has no end")
    return log.split(b"\n")[:-1]


def _event(number: int, line: bytes, manifest: Manifest) -> tuple[Any, dict[str, Any]]:
    """Return one line as a typed event and as JSON.  [TRACE-WRITER-2, TRACE-WRITER-4]"""
    place = f"line {number}"
    if _BLANK.search(_STRING.sub(b"", line)):
        raise _Broken(f"TRACE-WRITER-4: {place} has white space between its tokens")
    try:
        event = SCHEMA_1.decode(line)
    except Rejected as error:
        raise _Broken(f"TRACE-WRITER-4: {place}: {error.reason()}") from None
    value = jsontext.parse(line)
    if tuple(value) != ENVELOPE:
        raise _Broken(f"TRACE-WRITER-4: {place} has the keys {', '.join(value)}")
    if next(iter(value["payload"])) != "type":
        raise _Broken(f"TRACE-WRITER-4: {place}: type does not stand first in payload")
    for key in _left_out(event.payload, value["payload"]):
        raise _Broken(f"TRACE-WRITER-4: {place}: {key} is left out; a field without a value is null")
    if event.schema_version != manifest.schema_version or event.rollout_id != manifest.rollout_id:
        raise _Broken(f"TRACE-WRITER-4: {place}: schema_version or rollout_id are not those of the manifest")
    if event.seq != number:
        raise _Broken(f"TRACE-WRITER-2: {place} has seq {event.seq}")
    return event, value


def _left_out(struct: Struct, source: dict[str, Any]) -> Iterator[str]:
    """Yield the fields of an event, and of the objects in it, that its line does not have."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if name not in source:
            yield name
        elif isinstance(value, PayloadRef):
            continue
        elif isinstance(value, Struct):
            yield from _left_out(value, source[name])


def _payloads(files: Mapping[str, bytes]) -> dict[int, Any]:
    """Return the contents of the payload files by their numbers.  [TRACE-WRITER-1, TRACE-WRITER-3]"""
    names = [name.removeprefix(f"{PAYLOADS}/") for name in files if name.startswith(f"{PAYLOADS}/")]
    foreign = sorted(name for name in names if not _PAYLOAD_FILE.fullmatch(name))
    if foreign:
        raise _Broken(f"TRACE-WRITER-3: {PAYLOADS}/{foreign[0]} is no name of a payload")
    numbers = sorted(int(name.removesuffix(".json")) for name in names)
    if numbers != list(range(1, len(numbers) + 1)):
        raise _Broken(f"TRACE-WRITER-3: the payloads have the numbers {shown(numbers)}")
    contents = {}
    for number in numbers:
        try:
            contents[number] = jsontext.parse(files[f"{PAYLOADS}/{number}.json"])
        except jsontext.JsonError as error:
            raise _Broken(f"TRACE-WRITER-1: {PAYLOADS}/{number}.json is not complete: {error}") from None
    return contents


def _check_references(events: list[Any], payloads: Mapping[int, Any]) -> None:
    """Check that references count up and that their files are there.  [TRACE-WRITER-1, TRACE-WRITER-3]"""
    last = 0
    for event in events:
        for ref in _references(event.payload):
            text = ref.raw_payload_id.removeprefix("raw_payload:")
            if ref.raw_payload_id == text or ref.path != f"{PAYLOADS}/{text}.json":
                raise _Broken(
                    f"TRACE-WRITER-3: line {event.seq} names payload {ref.raw_payload_id} as {ref.path}"
                )
            if not _PAYLOAD_FILE.fullmatch(f"{text}.json") or int(text) not in payloads:
                raise _Broken(f"TRACE-WRITER-1: line {event.seq} names {ref.path}, which is not there")
            if int(text) < last:
                raise _Broken(f"TRACE-WRITER-3: line {event.seq} names payload {text} after payload {last}")
            last = int(text)


def _references(event: Struct) -> list[PayloadRef]:
    values = (getattr(event, name) for name in event.__struct_fields__)
    return [value for value in values if isinstance(value, PayloadRef)]


def _with_contents(line: dict[str, Any], payloads: Mapping[int, Any]) -> dict[str, Any]:
    """Return a line with what its references name."""

    def seen(value: Any) -> Any:
        if not isinstance(value, dict) or "raw_payload_id" not in value:
            return value
        return value | {"content": payloads[int(value["raw_payload_id"].partition(":")[2])]}

    return line | {"payload": {key: seen(value) for key, value in line["payload"].items()}}


# --- reduction --------------------------------------------------------------------------------------


def _reduced(written: Written) -> Any:
    """Return the state; every cut of the log after a whole line reduces too.  [TRACE-WRITER-22]"""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as name:
        folder = Path(name)
        (folder / PAYLOADS).mkdir()
        for path, data in written.files.items():
            (folder / path).write_bytes(data)
        lines = written.files[EVENT_LOG].splitlines(keepends=True)
        for length in range(len(lines) + 1):
            (folder / EVENT_LOG).write_bytes(b"".join(lines[:length]))
            try:
                state = reduce(folder)
            except Rejected as error:
                cut = "" if length == len(lines) else f", cut after line {length},"
                raise _Broken(f"TRACE-WRITER-22: the log{cut} is rejected as {error.code}: {error}") from None
        return jsontext.parse(state.to_json())
