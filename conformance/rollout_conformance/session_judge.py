"""Judge the home that a writer of rollouts leaves: names, lines, ordinals, policy, and what a reader finds.

A fault begins with the id of the rule that is broken.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from msgspec import Struct

from rollout_conformance.cases import Case, CaseError
from rollout_conformance.compare import Comparison, Difference, PatternError
from rollout_conformance.script_error import ScriptError
from rollout_conformance.session_script import HOME, Cut, Script, WriteText, read_script
from rollout_conformance.writer_judge import Fault, projected
from rollout_reference import jsontext
from rollout_reference.session.errors import SessionRejected
from rollout_reference.session.lines import Defect, Line, canonical_line
from rollout_reference.session.names import ARCHIVED, SESSIONS, RolloutName, is_cold, logical_path, parse_name
from rollout_reference.session.reading import frames
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.writing import item_ids
from rollout_reference.session.writing.ordinals import is_ordinal, record_of
from rollout_reference.session.writing.policy import is_persisted

THREADS = "threads.json"
"""What a case may expect: the rollouts of the home by thread, each with its place and lines."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_QUARTER = 15 * 60
_MAX_OFFSET = 26 * 3600
"""Seconds between local and universal time: whole quarters of an hour, to this many."""


class _Broken(Exception):
    """A rule that the home breaks."""


class Rollout(Struct, frozen=True):
    """One rollout of the home that was left."""

    place: str
    name: RolloutName
    cold: bool
    content: bytes
    """Of the plain form."""


def fault_of(case: Case, folder: str, outputs: Mapping[str, bytes]) -> Fault | None:
    """Return what is wrong with the outputs of `session.write`, judged by a folder of expectations.

    Raises `CaseError` when the case itself is wrong.
    """
    try:
        script = read_script(case.input)
    except ScriptError as error:
        raise CaseError(f"{case.input}: {error}") from None
    try:
        left = list(_rollouts(outputs))
        given = {each.name.thread_id: each.content for each in _rollouts(_given(case.input))}
        texts = _texts(script)
        made = {
            each.name.thread_id: {"place": each.place, "cold": each.cold, "lines": _judge(each, given, texts)}
            for each in left
        }
        _check_given(given, left, script)
        return _compare(case, folder, made)
    except _Broken as broken:
        return Fault(str(broken))


def _compare(case: Case, folder: str, made: dict[str, Any]) -> Fault | None:
    expected = case.expected_outputs(folder)
    if not expected.keys() <= {THREADS}:
        raise CaseError(f"{case.folder / folder}: {case.op} expects {THREADS} only")
    for name, data in expected.items():
        try:
            wanted = jsontext.parse(data)
            found = {key: projected(wanted.get(key, value), value) for key, value in made.items()}
            difference: Difference | None = Comparison({name: "json-iso"}, case.unordered).difference(
                name, data, jsontext.pretty(found)
            )
        except (jsontext.JsonError, PatternError) as error:
            raise CaseError(f"{case.folder / folder / name}: {error}") from None
        if difference is not None:
            return Fault(f"{', '.join(case.cited)}: the rollouts are others", difference)
    return None


# --- files ------------------------------------------------------------------------------------------


def _given(folder: Path) -> dict[str, bytes]:
    """Return the files of the home that a script begins with."""
    files = (path for path in sorted((folder / HOME).rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _rollouts(files: Mapping[str, bytes]) -> Iterator[Rollout]:
    """Yield the rollouts of a home; other folders than the two are nobody's business here."""
    seen: set[str] = set()
    for path, data in sorted(files.items()):
        root, _, _ = path.removeprefix(f"{HOME}/").partition("/")
        if not path.startswith(f"{HOME}/") or root not in (SESSIONS, ARCHIVED):
            continue
        file = Path(path.removeprefix(f"{HOME}/"))
        name = parse_name(file.name)
        if name is None:
            raise _Broken(f"SESSION-NAME-2: {path} is no name of a rollout")
        if logical_path(file) != (name.active_path if root == SESSIONS else name.archived_path):
            raise _Broken(f"SESSION-NAME-1: {path} lies in another folder than its name says")
        if name.thread_id in seen:
            raise _Broken(f"SESSION-WRITER-4: thread {name.thread_id} has two files")
        seen.add(name.thread_id)
        yield Rollout(root, name, is_cold(file), _plain(path, data, cold=is_cold(file)))


def _plain(path: str, data: bytes, *, cold: bool) -> bytes:
    try:
        return b"".join(frames.decode(BytesIO(data))) if cold else data
    except SessionRejected as error:
        raise _Broken(f"SESSION-FILE-11: {path}: {error.reason()}") from None


def _texts(script: Script) -> bytes:
    """Return what others than writers put into files."""
    return b"".join(call.text.encode() for call in script.calls if isinstance(call, WriteText))


def _check_given(given: Mapping[str, bytes], left: Iterable[Rollout], script: Script) -> None:
    """Check that what was there is as it was, byte for byte.  [SESSION-WRITER-1]"""
    contents = {each.name.thread_id: each.content for each in left}
    cut = {call.thread_id for call in script.calls if isinstance(call, Cut)}
    for thread_id, before in sorted(given.items()):
        if thread_id not in contents:
            raise _Broken(f"SESSION-WRITER-1: the rollout of thread {thread_id} is gone")
        if thread_id not in cut and not contents[thread_id].startswith(before):
            raise _Broken(f"SESSION-WRITER-1: what stood in the rollout of thread {thread_id} has changed")


# --- lines ------------------------------------------------------------------------------------------


def _judge(rollout: Rollout, given: Mapping[str, bytes], texts: bytes) -> list[dict[str, Any]]:
    """Check the lines of a rollout and return them as a case describes them; raises `_Broken`."""
    before = given.get(rollout.name.thread_id, b"")
    foreign = frozenset((before + b"\n" + texts).split(b"\n"))
    raw = rollout.content.split(b"\n")
    if raw.pop() and rollout.content.rpartition(b"\n")[2] not in foreign:
        raise _Broken("SESSION-WRITER-3: the last line has no end")
    if _blanks(rollout.content) > _blanks(before) + _blanks(texts):
        raise _Broken("SESSION-WRITER-9: the recorder has written a blank line")
    lines = _read(rollout)
    if lines and (lines[0].number, getattr(lines[0], "type", None)) == (1, "session_meta"):
        _check_header(rollout, lines[0])
    mode = _mode(lines)
    previous: int | None = None
    for line in lines:
        data = raw[line.number - 1] if line.number <= len(raw) else b""
        ordinal = _ordinal(data)
        if data and data not in foreign:
            _check_own(line, data, mode)
            _check_ordinal(line, previous, mode)
        previous = ordinal if ordinal is not None else previous
    return [_described(line) for line in lines]


def _blanks(text: bytes) -> int:
    return sum(not line.strip() for line in text.split(b"\n")[:-1])


def _read(rollout: Rollout) -> list[Line | Defect]:
    """Return what the reference reads.  [SESSION-LAW-5]"""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as name:
        path = Path(name) / rollout.name.file_name
        path.write_bytes(rollout.content)
        try:
            with read_rollout(path) as reading:
                lines = list(reading)
                reading.check_owner()
                return lines
        except SessionRejected as error:
            raise _Broken(f"SESSION-LAW-5: thread {rollout.name.thread_id} is not read: {error}") from None


def _mode(lines: list[Line | Defect]) -> Any:
    metas = (line for line in lines if isinstance(line, Line) and line.type == "session_meta")
    header = next(metas, None)
    return header.payload.get("history_mode", "legacy") if header else "legacy"


def _check_header(rollout: Rollout, header: Any) -> None:
    """Check that the name says what the first line says.  [SESSION-WRITER-4, SESSION-WRITER-6]"""
    if str(header.item.id) != rollout.name.thread_id:
        raise _Broken(f"SESSION-WRITER-4: the file of {rollout.name.thread_id} begins with {header.item.id}")
    told = header.payload["timestamp"]
    if not _TIMESTAMP.fullmatch(told):
        return  # written by someone else
    universal = datetime.strptime(told[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007
    local = datetime.strptime(rollout.name.timestamp, "%Y-%m-%dT%H-%M-%S")  # noqa: DTZ007
    offset = int((local - universal).total_seconds())
    if abs(offset) > _MAX_OFFSET or offset % _QUARTER:
        raise _Broken(f"SESSION-WRITER-6: the name says {rollout.name.timestamp}, the header {told}")


def _check_own(line: Line | Defect, data: bytes, mode: Any) -> None:
    """Check that a line of the writer is canonical and in the policy."""
    place = f"line {line.number}"
    if isinstance(line, Defect):
        raise _Broken(f"SESSION-WRITER-2: {place} is not read: {line.reason}")
    if not _TIMESTAMP.fullmatch(line.timestamp):
        raise _Broken(f"SESSION-WRITER-3: {place} has the timestamp {line.timestamp}")
    if canonical_line(line) != data:
        raise _Broken(f"SESSION-WRITER-3: {place} is not in canonical form")
    if not is_persisted(line.type, line.payload, mode):
        raise _Broken(f"SESSION-POLICY-1: {place} holds an item that a {mode} rollout does not")
    if mode == "paginated" and line.type == "response_item" and _lacks_id(line.payload):
        raise _Broken(f"SESSION-WRITER-8: {place} holds an item without an id")


def _lacks_id(item: Any) -> bool:
    return item["type"] in item_ids.PREFIXES and not item.get("id")


def _check_ordinal(line: Any, previous: int | None, mode: Any) -> None:
    if mode == "legacy":
        if line.ordinal is not None:
            raise _Broken(f"SESSION-ORDINAL-1: line {line.number} of a legacy rollout has an ordinal")
        return
    if line.ordinal is None:
        raise _Broken(f"SESSION-ORDINAL-1: line {line.number} of a paginated rollout has no ordinal")
    base = line.payload.get("history_base") if line.type == "session_meta" else None
    wanted = (base["end_ordinal_exclusive"] if base else 0) if previous is None else previous + 1
    if line.ordinal != wanted:
        rule = "SESSION-ORDINAL-2" if previous is None else "SESSION-ORDINAL-3"
        raise _Broken(f"{rule}: line {line.number} has the ordinal {line.ordinal}, not {wanted}")


def _ordinal(data: bytes) -> int | None:
    """Return the ordinal that a line carries, whatever its type."""
    record = record_of(data)
    ordinal = record.get("ordinal") if record else None
    return ordinal if is_ordinal(ordinal) else None


def _described(line: Line | Defect) -> dict[str, Any]:
    """Return a line as `threads.json` has it."""
    if isinstance(line, Defect):
        return {"defect": line.code}
    numbered = {} if line.ordinal is None else {"ordinal": line.ordinal}
    return {"timestamp": line.timestamp, **numbered, "type": line.type, "payload": line.payload, **line.extra}
