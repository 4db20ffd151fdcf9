"""Wrong readers of lines, envelopes and events."""

import json
from collections.abc import Callable
from typing import Any, get_args

from rollout_conformance.mutants.inputs import Lines, fields_of, on_envelope, on_event, on_line, on_lines
from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.errors import DuplicateField, LineNotUtf8, LogUnreadable
from rollout_reference.trace import bundle, events, vocabulary
from rollout_reference.trace.bundle import EVENT_LOG, Bundle
from rollout_reference.trace.events import SCHEMA_1, EventTable
from rollout_reference.trace.reduce import inference, rollout, turns
from rollout_reference.trace.state import RolloutTrace

NAMES = {events.type_of(event_type): event_type for event_type in events.EVENT_TYPES}
ENVELOPE = {
    "schema_version",
    "seq",
    "wall_time_unix_ms",
    "rollout_id",
    "thread_id",
    "codex_turn_id",
    "payload",
}

# --- lines --------------------------------------------------------------------------------------


@mutant("TRACE-LINE-1", "drops a last line without line end")
def line_needs_end(reference: Patch) -> None:
    def change(read: Bundle, lines: Lines) -> Lines:
        whole = (read.root / EVENT_LOG).read_bytes().count(b"\n")
        return ((number, line) for number, line in lines if number <= whole)

    on_lines(reference, change)


@mutant("TRACE-LINE-1", "ends a line at every line break of Unicode")
def line_ends_of_unicode(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        return ((number, part.encode()) for number, line in lines for part in line.decode().splitlines())

    on_lines(reference, change)


@mutant("TRACE-LINE-1", "refuses a line that ends with CR LF")
def line_end_of_windows(reference: Patch) -> None:
    def change(read: Bundle, lines: Lines) -> Lines:
        if b"\r\n" in (read.root / EVENT_LOG).read_bytes():
            raise LogUnreadable("CR LF")
        return lines

    on_lines(reference, change)


@mutant("TRACE-LINE-2", "skips only lines of ASCII white space")
def blank_is_ascii(reference: Patch) -> None:
    reference.constant(bundle, "_BLANK", " \t\n\v\f\r")


@mutant("TRACE-LINE-2", "skips a line that is a byte order mark")
def blank_is_byte_order_mark(reference: Patch) -> None:
    reference.constant(bundle, "_BLANK", bundle._BLANK + "\ufeff")


@mutant("TRACE-LINE-2", "skips a line of information separators, which are no white space")
def blank_is_separator(reference: Patch) -> None:
    reference.constant(bundle, "_BLANK", bundle._BLANK + "\x1c\x1d\x1e\x1f")


@mutant("TRACE-LINE-3", "leaves it to the JSON parser to find what is no UTF-8")
def line_not_checked_for_utf8(reference: Patch) -> None:
    reference.never_raises(bundle.check_line, LineNotUtf8)


@mutant("TRACE-LINE-3", "reads bytes that are no UTF-8 as U+FFFD")
def line_repaired(reference: Patch) -> None:
    on_line(reference, lambda line: line.decode(errors="replace").encode())


@mutant("TRACE-LINE-4", "skips a line that is no JSON")
def line_without_json_skipped(reference: Patch) -> None:
    on_lines(reference, lambda _, lines: ((number, line) for number, line in lines if is_json(line)))


@mutant("TRACE-LINE-4", "skips a byte order mark")
def line_byte_order_mark(reference: Patch) -> None:
    on_line(reference, lambda line: line.removeprefix(b"\xef\xbb\xbf"))


@mutant("TRACE-LINE-4", "reads the first value of a line and ignores what follows")
def line_first_value(reference: Patch) -> None:
    def change(line: bytes) -> bytes:
        try:
            _, end = json.JSONDecoder().raw_decode(line.decode())
        except ValueError:
            return line
        return line.decode()[:end].encode()

    on_line(reference, change)


@mutant("TRACE-LINE-5", "ignores a last line that was cut")
def torn_line_ignored(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        every = list(lines)
        return every[:-1] if every and not is_json(every[-1][1]) else every

    on_lines(reference, change)


def is_json(line: bytes) -> bool:
    """Tell whether a line is JSON."""
    try:
        jsontext.parse(line)
    except jsontext.JsonError:
        return False
    return True


# --- envelope -----------------------------------------------------------------------------------


@mutant("TRACE-LINE-6", "does not need a rollout_id")
def envelope_without_rollout(reference: Patch) -> None:
    on_envelope(reference, lambda value: value.setdefault("rollout_id", ""))


@mutant("TRACE-LINE-6", "needs the keys thread_id and codex_turn_id")
def envelope_needs_context(reference: Patch) -> None:
    def change(value: dict[str, Any]) -> None:
        if not value.keys() >= {"thread_id", "codex_turn_id"}:
            value.clear()

    on_envelope(reference, change)


@mutant("TRACE-LINE-7", "refuses an envelope field that it does not know")
def envelope_closed(reference: Patch) -> None:
    def change(value: dict[str, Any]) -> None:
        if value.keys() - ENVELOPE:
            value.clear()

    on_envelope(reference, change)


@mutant("TRACE-LINE-7", "refuses an unknown field that stands twice")
def unknown_field_once(reference: Patch) -> None:
    reference.edit(
        events._refuse_repeated_fields,
        "tag_field =",
        "for name in jsontext.repeated_keys(source):\n    raise DuplicateField(name)\ntag_field =",
    )


@mutant("TRACE-LINE-8", "lets the last of two equal fields count")
def last_field_wins(reference: Patch) -> None:
    reference.never_raises(events._refuse_repeated_fields, DuplicateField)


@mutant("TRACE-LINE-8", "looks for repeated fields in the envelope only")
def repeats_in_envelope_only(reference: Patch) -> None:
    reference.edit(events._refuse_repeated_fields, "if isinstance(value, Struct):", "if False:")


@mutant("TRACE-LINE-9", "takes a number in quotes for an integer")
def integer_in_quotes(reference: Patch) -> None:
    reference.edit(
        EventTable.decode,
        "msgspec.convert(value, envelope)",
        "msgspec.convert(value, envelope, strict=False)",
    )


@mutant("TRACE-LINE-9", "takes 1.0 for an integer")
def integer_with_fraction(reference: Patch) -> None:
    def change(value: dict[str, Any]) -> None:
        for name, member in value.items():
            if isinstance(member, jsontext.Number) and float(member.text).is_integer():
                value[name] = int(float(member.text))

    on_envelope(reference, change)


@mutant("TRACE-LINE-9", "takes integers above 2^64-1")
def integer_of_any_size(reference: Patch) -> None:
    reference.does_nothing(vocabulary.at_most_u64)


@mutant("TRACE-LINE-10", "reads one more level of nesting")
def line_one_deeper(reference: Patch) -> None:
    reference.constant(jsontext, "MAX_DEPTH", 128)


@mutant("TRACE-LINE-10", "reads one level of nesting less")
def line_one_less_deep(reference: Patch) -> None:
    reference.constant(jsontext, "MAX_DEPTH", 126)


@mutant("TRACE-LINE-11", "refuses a line whose seq is not above the one before")
def seq_must_grow(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        before = -1
        for number, line in lines:
            seq = fields_of(line).get("seq", before)
            if isinstance(seq, int) and seq <= before:
                raise LogUnreadable(f"seq {seq} after {before}")
            before = seq if isinstance(seq, int) else before
            yield number, line

    on_lines(reference, change)


@mutant("TRACE-LINE-11", "skips a line of another rollout")
def other_rollout_skipped(reference: Patch) -> None:
    def change(read: Bundle, lines: Lines) -> Lines:
        rollout_id = read.manifest().rollout_id
        return ((n, line) for n, line in lines if fields_of(line).get("rollout_id") in (None, rollout_id))

    on_lines(reference, change)


@mutant("TRACE-LINE-11", "refuses a line of another schema version")
def line_schema_checked(reference: Patch) -> None:
    def change(value: dict[str, Any]) -> None:
        if value.get("schema_version") != 1:
            value.clear()

    on_envelope(reference, change)


# --- events -------------------------------------------------------------------------------------


@mutant("TRACE-EVENT-1", "skips an event type that it does not know")
def unknown_type_skipped(reference: Patch) -> None:
    def change(_: Bundle, lines: Lines) -> Lines:
        for number, line in lines:
            name = fields_of(line)["payload"].get("type")
            if not isinstance(name, str) or name in NAMES:
                yield number, line

    on_lines(reference, change)


@mutant("TRACE-EVENT-1", "does not know mcp_tool_call_correlation_assigned")
def type_missing(reference: Patch) -> None:
    reference.entry(SCHEMA_1._envelopes, "mcp_tool_call_correlation_assigned", ABSENT)


@mutant("TRACE-EVENT-2", "does not need a string field")
def event_field_optional(reference: Patch) -> None:
    def change(event: dict[str, Any]) -> None:
        for name in _fields(event, of=str):
            event.setdefault(name, "")

    on_event(reference, change)


@mutant("TRACE-EVENT-2", "takes null for a string field")
def event_field_nullable(reference: Patch) -> None:
    def change(event: dict[str, Any]) -> None:
        for name in _fields(event, of=str):
            if name in event and event[name] is None:
                event[name] = ""

    on_event(reference, change)


@mutant("TRACE-EVENT-2", "needs every option, if only as null")
def option_required(reference: Patch) -> None:
    def change(event: dict[str, Any]) -> None:
        known = NAMES.get(str(event.get("type")))
        if known and not event.keys() >= set(known.__struct_fields__):
            event["type"] = None

    on_event(reference, change)


def _fields(event: dict[str, Any], of: type) -> list[str]:
    known = NAMES.get(str(event.get("type")))
    return [name for name, kind in known.__annotations__.items() if kind is of] if known else []


@mutant("TRACE-EVENT-3", "takes an unknown status for running")
def status_open(reference: Patch) -> None:
    values = {*get_args(vocabulary.ExecutionStatus), *get_args(vocabulary.CodeCellStatus)}

    def change(event: dict[str, Any]) -> None:
        if isinstance(event.get("status"), str) and event["status"] not in values:
            event["status"] = "running"

    on_event(reference, change)


@mutant("TRACE-EVENT-3", "takes an unknown tool kind for another tool")
def kind_becomes_other(reference: Patch) -> None:
    names = {str(kind.__struct_config__.tag) for kind in get_args(vocabulary.ToolCallKind)}

    def change(event: dict[str, Any]) -> None:
        kind = event.get("kind")
        if isinstance(kind, dict) and kind.get("type") not in names:
            event["kind"] = {"type": "other", "name": str(kind.get("type"))}

    on_event(reference, change)


@mutant("TRACE-EVENT-4", "opens a turn on the envelope's thread")
def turn_on_envelope_thread(reference: Patch) -> None:
    reference.edit(
        turns.start_turn,
        "CodexTurn(started.codex_turn_id, started.thread_id,",
        "CodexTurn(started.codex_turn_id, event.thread_id or started.thread_id,",
    )


@mutant("TRACE-EVENT-4", "refuses an inference on another turn than the envelope's")
def inference_on_envelope_turn(reference: Patch) -> None:
    reference.edit(
        inference.start_inference,
        "started.codex_turn_id, started.thread_id, unknown",
        "event.codex_turn_id or started.codex_turn_id, started.thread_id, unknown",
    )


@mutant("TRACE-EVENT-5", "ignores an event of type other")
def other_ignored(reference: Patch) -> None:
    reference.does_nothing(rollout.refuse_other)


@mutant("TRACE-EVENT-6", "reads the payload of a protocol event")
def protocol_event_read(reference: Patch) -> None:
    def observe(_: object, trace: Any, event: Any) -> None:
        trace.bundle.read_payload(event.payload.event_payload)

    reference.wrap(rollout.observe_protocol_event, observe)


@mutant("TRACE-EVENT-6", "ends the rollout with the last protocol event")
def protocol_event_ends(reference: Patch) -> None:
    def observe(_: object, trace: Any, event: Any) -> None:
        trace.state.ended_at_unix_ms = event.wall_time_unix_ms

    reference.wrap(rollout.observe_protocol_event, observe)


@mutant("TRACE-EVENT-7", "leaves out previews that are null")
def previews_left_out(reference: Patch) -> None:
    def to_json(original: Callable[[RolloutTrace], bytes], state: RolloutTrace) -> bytes:
        value = jsontext.parse(original(state))
        for tool in value["tool_calls"].values():
            tool["summary"] = {name: member for name, member in tool["summary"].items() if member is not None}
        return jsontext.pretty(value)

    reference.wrap(RolloutTrace.to_json, to_json)


@mutant("TRACE-EVENT-7", "takes any timeout that is no number for none")
def timeout_open(reference: Patch) -> None:
    def change(event: dict[str, Any]) -> None:
        summary = event.get("summary")
        if isinstance(summary, dict) and not isinstance(summary.get("timeout_ms"), int):
            summary.pop("timeout_ms", None)

    on_event(reference, change)


@mutant("TRACE-EVENT-7", "takes a timeout above 2^64-1")
def timeout_of_any_size(reference: Patch) -> None:
    reference.does_nothing(vocabulary.WaitAgentSummary.__post_init__)


@mutant("TRACE-EVENT-7", "takes a negative timeout for none")
def timeout_negative(reference: Patch) -> None:
    def change(event: dict[str, Any]) -> None:
        summary = event.get("summary")
        timeout = summary.get("timeout_ms") if isinstance(summary, dict) else None
        if isinstance(summary, dict) and isinstance(timeout, int) and timeout < 0:
            summary["timeout_ms"] = None

    on_event(reference, change)
