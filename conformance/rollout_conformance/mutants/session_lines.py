"""Wrong readers and writers of the envelope, and of what holds for all lines."""

import json
import re
from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.payloads import Json, Read, part, refuses, takes, typed, writes
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.session import defects, lines
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.lines import Defect, Line

Found = Line | Defect | None


def on_bytes(reference: Patch, change: Callable[[bytes], bytes]) -> None:
    """Change each line before it is read."""
    reference.wrap(lines.read_line, lambda original, data, number: original(change(data), number))


def says(reference: Patch, code: str, instead: str) -> None:
    """Call one kind of defect by the name of another."""

    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        wrong = isinstance(found, Defect) and found.code == code
        return Defect(number, instead, "", "") if wrong else found

    reference.wrap(lines.read_line, read)


def on_envelope(reference: Patch, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the object on each line, in place, before it is read."""

    def read(original: Callable[..., Line], tree: dict[str, Any], data: bytes, number: int) -> Line:
        change(tree)
        return original(tree, data, number)

    reference.wrap(lines._read, read)


# --- from bytes to an object --------------------------------------------------------------------------


@mutant("SESSION-LINE-1", "does not tell two objects on a line from broken JSON")
def glued_is_malformed(reference: Patch) -> None:
    reference.does_nothing(defects._is_glued, answer=False)


@mutant("SESSION-LINE-1", "takes anything after a whole object for a second one")
def any_rest_is_glued(reference: Patch) -> None:
    reference.edit(defects._is_glued, "rest[end:].lstrip(' \\t\\r').startswith('{')", "bool(rest[end:])")


@mutant("SESSION-LINE-1", "reads the first of two objects on a line")
def first_of_glued(reference: Patch) -> None:
    def first(data: bytes) -> bytes:
        try:
            _, end = json.JSONDecoder().raw_decode(data.decode().lstrip())
        except ValueError:
            return data
        return data.decode().lstrip()[:end].encode()

    on_bytes(reference, first)


@mutant("SESSION-LINE-1", "skips a byte order mark")
def byte_order_mark_skipped(reference: Patch) -> None:
    on_bytes(reference, lambda data: data.removeprefix(b"\xef\xbb\xbf"))


@mutant("SESSION-LINE-1", "says of a byte order mark that the line is malformed")
def byte_order_mark_is_malformed(reference: Patch) -> None:
    says(reference, "byte_order_mark", "malformed")


@mutant("SESSION-LINE-1", "reads bytes that are no UTF-8 as U+FFFD")
def bytes_repaired(reference: Patch) -> None:
    on_bytes(reference, lambda data: data.decode(errors="replace").encode())


@mutant("SESSION-LINE-1", "strips all white space of Unicode around the object")
def unicode_space_stripped(reference: Patch) -> None:
    on_bytes(reference, lambda data: data.decode().strip().encode() if data.isascii() else data)


@mutant("SESSION-LINE-1", "reads NaN as null")
def nan_is_null(reference: Patch) -> None:
    on_bytes(reference, lambda data: data.replace(b":NaN", b":null"))


@mutant("SESSION-LINE-2", "has no limit of depth below 1000")
def depth_unlimited(reference: Patch) -> None:
    reference.constant(jsontext, "MAX_DEPTH", 1000)


@mutant("SESSION-LINE-2", "counts the depth of the payload only")
def depth_of_payload(reference: Patch) -> None:
    reference.constant(jsontext, "MAX_DEPTH", 126)


@mutant("SESSION-LINE-2", "says of a line that is too deep that it is malformed")
def too_deep_is_malformed(reference: Patch) -> None:
    says(reference, "too_deep", "malformed")


@mutant("SESSION-LINE-3", "says of an array that it has the wrong shape")
def array_has_wrong_shape(reference: Patch) -> None:
    says(reference, "not_an_object", "wrong_shape")


@mutant("SESSION-LINE-3", "looks at the type before it looks for a timestamp")
def type_before_timestamp(reference: Patch) -> None:
    reference.edit(
        lines._read, "if 'timestamp' not in tree:", "if 'timestamp' not in tree and _line_type(tree):"
    )


@mutant("SESSION-LINE-3", "reads a line without a timestamp")
def timestamp_made_up(reference: Patch) -> None:
    on_envelope(reference, lambda tree: tree.setdefault("timestamp", "1970-01-01T00:00:00.000Z") and None)


@mutant("SESSION-LINE-4", "takes the first of two values of a key")
def first_value_counts(reference: Patch) -> None:
    def first(data: bytes) -> bytes:
        try:
            return json.dumps(json.loads(data, object_pairs_hook=_first_of_each)).encode()
        except ValueError:
            return data

    on_bytes(reference, first)


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


@mutant("SESSION-LINE-4", "refuses an object that gives a key twice")
def repeated_key_refused(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        try:
            json.loads(data, object_pairs_hook=_only_once)
        except KeyError:
            return Defect(number, "wrong_shape", "", "")
        except ValueError:
            return found
        return found

    reference.wrap(lines.read_line, read)


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise KeyError
    return dict(pairs)


@mutant("SESSION-LINE-9", "takes integers of any length")
def long_integers_taken(reference: Patch) -> None:
    reference.does_nothing(defects.has_long_integer, answer=False)


@mutant("SESSION-LINE-9", "refuses twenty digits in a string")
def long_digits_refused(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        return Defect(number, "wrong_shape", "", "") if re.search(rb"[0-9]{20}", data) else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-LINE-9", "takes integers for signed ones")
def integers_are_signed(reference: Patch) -> None:
    reference.edit(defects._holds_long_integer, "< 2 ** 64", "< 2 ** 63")


@mutant("SESSION-LINE-9", "looks for long integers in the payload only")
def long_integers_of_payload(reference: Patch) -> None:
    reference.wrap(defects.has_long_integer, lambda original, data, tree: original(data, tree.get("payload")))


# --- envelope -------------------------------------------------------------------------------------------


@mutant("SESSION-LINE-5", "says of an unknown line type that the shape is wrong")
def unknown_type_is_wrong_shape(reference: Patch) -> None:
    says(reference, "unknown_type", "wrong_shape")


@mutant("SESSION-LINE-5", "does not mind capitals in a line type")
def line_type_in_any_case(reference: Patch) -> None:
    def lower(tree: dict[str, Any]) -> None:
        if isinstance(tree.get("type"), str):
            tree["type"] = tree["type"].lower()

    on_envelope(reference, lower)


@mutant("SESSION-LINE-6", "takes a number for the name of a line type")
def line_type_number(reference: Patch) -> None:
    def name(tree: dict[str, Any]) -> None:
        if isinstance(tree.get("type"), int):
            tree["type"] = "world_state"

    on_envelope(reference, name)


@mutant("SESSION-LINE-6", "reads a line without a payload as one of an empty state")
def payload_made_up(reference: Patch) -> None:
    on_envelope(reference, lambda tree: tree.setdefault("payload", {"full": True, "state": {}}) and None)


@mutant("SESSION-LINE-6", "asks that a timestamp is a time")
def timestamp_parsed(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        wrong = isinstance(found, Line) and not found.timestamp.startswith("20")
        return Defect(number, "wrong_shape", "", "") if wrong else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-LINE-6", "does not look at the ordinal")
def ordinal_unchecked(reference: Patch) -> None:
    def drop(tree: dict[str, Any]) -> None:
        if type(tree.get("ordinal")) is not int or tree["ordinal"] < 0:
            tree.pop("ordinal", None)

    on_envelope(reference, drop)


@mutant("SESSION-LINE-6", "takes ordinals for signed integers")
def ordinal_signed(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        large = isinstance(found, Line) and (found.ordinal or 0) >= 2**63
        return Defect(number, "wrong_shape", "", "") if large else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-LINE-6", "makes a timestamp of null an empty one")
def timestamp_null(reference: Patch) -> None:
    def fill(tree: dict[str, Any]) -> None:
        if tree.get("timestamp", "") is None:
            tree["timestamp"] = ""

    on_envelope(reference, fill)


# --- shapes -----------------------------------------------------------------------------------------------


@mutant("SESSION-LINE-7", "keeps a line with a wrong value under a known key")
def shape_unchecked(reference: Patch) -> None:
    takes(reference, "world_state", "wrong_shape", lambda payload: isinstance(payload, dict))


@mutant("SESSION-LINE-7", "reads an array as the values of an object's keys")
def array_is_object(reference: Patch) -> None:
    takes(reference, "world_state", "wrong_shape", lambda payload: isinstance(payload, list))


@mutant("SESSION-LINE-8", "refuses unknown keys")
def unknown_keys_refused(reference: Patch) -> None:
    refuses(reference, "world_state", "wrong_shape", lambda payload: not set(payload) <= {"full", "state"})


@mutant("SESSION-LINE-8", "drops unknown keys of a payload")
def unknown_keys_dropped(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        if isinstance(found, Line):
            found.payload.pop("more", None)
        return found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-LINE-10", "takes the present name where a field has two")
def two_names_taken(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: "agent_role" in p and "agent_type" in p)


@mutant("SESSION-LINE-11", "does not look at the metadata of an item")
def metadata_unchecked(reference: Patch) -> None:
    takes(reference, "response_item", "wrong_shape", lambda payload: typed(payload, "message"))


@mutant("SESSION-LINE-11", "looks at the metadata of every line")
def metadata_everywhere(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        wrong = isinstance(found, Line) and isinstance(found.extra.get("metadata"), int)
        return Defect(number, "wrong_shape", "", "") if wrong else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-LINE-11", "refuses an attribution that it does not understand")
def attribution_checked(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Found:
        found = original(data, number)
        known = part(found.extra, "metadata", "mcp_attribution") if isinstance(found, Line) else None
        return Defect(number, "wrong_shape", "", "") if isinstance(known, int) else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-LINE-12", "writes the keys in the order in which they stood")
def order_kept(reference: Patch) -> None:
    writes(reference, lambda payload: dict(sorted(payload.items())))


@mutant("SESSION-LINE-12", "writes null where a key may be left out")
def nulls_written(reference: Patch) -> None:
    writes(reference, lambda payload: payload | ({} if "git" in payload else {"git": None}))


@mutant("SESSION-LINE-12", "leaves out unknown keys")
def unknown_keys_not_written(reference: Patch) -> None:
    writes(reference, lambda payload: {key: value for key, value in payload.items() if key != "zz"})


@mutant("SESSION-LINE-12", "leaves out the defaults that are always written")
def defaults_not_written(reference: Patch) -> None:
    writes(reference, lambda p: {key: value for key, value in p.items() if key != "model_provider" or value})


@mutant("SESSION-LINE-12", "puts newer keys behind the unknown ones")
def newer_keys_last(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        base = payload.pop("history_base", None)
        return payload | ({"history_base": base} if base else {})

    writes(reference, change)


@mutant("SESSION-LINE-12", "writes numbers as floating point")
def numbers_rounded(reference: Patch) -> None:
    writes(reference, lambda payload: json.loads(jsontext.compact(payload)))


@mutant("SESSION-LINE-12", "escapes what is not ASCII")
def ascii_only(reference: Patch) -> None:
    def write(original: Callable[[Line], bytes], line: Line) -> bytes:
        return original(line).replace("\u2028".encode(), b"\xef\xbf\xbd")

    reference.wrap(lines.canonical_line, write)


@mutant("SESSION-LINE-13", "does not know the newer lines")
def newer_lines_unknown(reference: Patch) -> None:
    for name in ("dynamic_tools_updated", "retained_context", "security_risk_score", "realtime_item"):
        reference.entry(LINE_TYPES, name, ABSENT)


@mutant("SESSION-LINE-13", "does not look at the payload of newer lines")
def newer_lines_unchecked(reference: Patch) -> None:
    for name in ("dynamic_tools_updated", "retained_context", "security_risk_score", "realtime_item"):
        takes(reference, name, "wrong_shape", lambda payload: isinstance(payload, dict))
