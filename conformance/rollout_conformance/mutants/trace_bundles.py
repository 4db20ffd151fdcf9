"""Wrong readers of the bundle: its files, its manifest, its payloads, and JSON as text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec

from rollout_conformance.mutants.inputs import on_payload, on_references
from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.errors import (
    LogUnreadable,
    ManifestUnreadable,
    PayloadUnreadable,
)
from rollout_reference.trace import bundle, vocabulary
from rollout_reference.trace.bundle import Bundle, Manifest
from rollout_reference.trace.reduce import (
    _dialect_of,
    _initial_state,
    _replay,
    inference,
    terminals,
    tools,
)
from rollout_reference.trace.vocabulary import PayloadRef

# --- the directory ------------------------------------------------------------------------------


@mutant("TRACE-BUNDLE-1", "reads the events from the file that the manifest names")
def log_named_by_manifest(reference: Patch) -> None:
    reference.edit(Bundle.lines, "self.root / EVENT_LOG", "self.root / self.manifest().raw_event_log")


@mutant("TRACE-BUNDLE-1", "looks for payloads in the folder that the manifest names")
def payloads_named_by_manifest(reference: Patch) -> None:
    reference.edit(
        Bundle.read_payload,
        "{ref.path}'",
        "{ref.path.replace(PAYLOADS, self.manifest().payloads_dir, 1)}'",
    )


@mutant("TRACE-BUNDLE-2", "takes a missing manifest for an empty one")
def manifest_invented(reference: Patch) -> None:
    reference.never_raises(Bundle.manifest, ManifestUnreadable, "return Manifest(1, '', '', '', 0, '', '')")


@mutant("TRACE-BUNDLE-3", "takes a missing log for an empty one")
def log_invented(reference: Patch) -> None:
    reference.never_raises(Bundle.lines, LogUnreadable, "return")


@mutant("TRACE-BUNDLE-4", "gives the state so far of a bundle that it rejects")
def partial_state(reference: Patch) -> None:
    reference.edit(_replay, "error.place = place\n        raise", "return")


@mutant("TRACE-BUNDLE-6", "repairs the end of the log in place", touches_input=True)
def repairs_log(reference: Patch) -> None:
    def lines(original: Callable[[Bundle], Any], read: Bundle) -> Any:
        with (Path(read.root) / bundle.EVENT_LOG).open("ab") as log:
            log.write(b"\n")
        return original(read)

    reference.wrap(Bundle.lines, lines)


@mutant("TRACE-BUNDLE-6", "leaves a cache in the bundle", touches_input=True)
def leaves_cache(reference: Patch) -> None:
    def manifest(original: Callable[[Bundle], Manifest], read: Bundle) -> Manifest:
        (Path(read.root) / ".state.cache").write_bytes(b"")
        return original(read)

    reference.wrap(Bundle.manifest, manifest)


# --- the manifest -------------------------------------------------------------------------------


class StrictManifest(Manifest, frozen=True, forbid_unknown_fields=True):
    """A manifest without any field that the table does not list."""


@mutant("TRACE-MANIFEST-1", "takes a number in quotes for a number")
def manifest_not_strict(reference: Patch) -> None:
    reference.edit(
        Bundle.manifest, "msgspec.convert(value, Manifest)", "msgspec.convert(value, Manifest, strict=False)"
    )


@mutant("TRACE-MANIFEST-1", "does not need the field payloads_dir")
def manifest_field_optional(reference: Patch) -> None:
    reference.edit(
        Bundle.manifest,
        "manifest = ",
        "if isinstance(value, dict):\n    value.setdefault('payloads_dir', 'payloads')\nmanifest = ",
    )


@mutant("TRACE-MANIFEST-2", "refuses a manifest field that it does not know")
def manifest_closed(reference: Patch) -> None:
    reference.constant(bundle, "Manifest", StrictManifest)


@mutant("TRACE-MANIFEST-2", "refuses an unknown manifest field that stands twice")
def manifest_repeats_refused(reference: Patch) -> None:
    reference.edit(Bundle.manifest, ".intersection(Manifest.__struct_fields__)", "")


@mutant("TRACE-MANIFEST-3", "lets the last of two equal manifest fields count")
def manifest_last_field_wins(reference: Patch) -> None:
    reference.edit(
        Bundle.manifest, "raise ManifestInvalid(f'{name!r} stands twice', rule='TRACE-MANIFEST-3')", "pass"
    )


@mutant("TRACE-MANIFEST-4", "reduces every schema version as if it were 1")
def schema_not_checked(reference: Patch) -> None:
    reference.edit(_dialect_of, "DIALECTS.get(manifest.schema_version)", "DIALECTS.get(1)")


@mutant("TRACE-MANIFEST-5", "starts with an empty root thread id")
def root_thread_not_taken(reference: Patch) -> None:
    reference.edit(_initial_state, "root_thread_id=manifest.root_thread_id", "root_thread_id=''")


@mutant("TRACE-MANIFEST-5", "uses the trace id as rollout id")
def rollout_id_is_trace_id(reference: Patch) -> None:
    reference.edit(_initial_state, "rollout_id=manifest.rollout_id", "rollout_id=manifest.trace_id")


# --- references ---------------------------------------------------------------------------------


@mutant("TRACE-PAYLOAD-1", "takes a kind that is a bare string")
def kind_as_string(reference: Patch) -> None:
    def change(ref: dict[str, Any]) -> None:
        if isinstance(ref.get("kind"), str):
            ref["kind"] = {"type": ref["kind"]}

    on_references(reference, change)


@mutant("TRACE-PAYLOAD-1", "takes a kind that it does not know")
def kind_open(reference: Patch) -> None:
    def change(ref: dict[str, Any]) -> None:
        kind = ref.get("kind")
        if isinstance(kind, dict) and kind.get("type") not in get_args(vocabulary.PayloadKindName):
            kind["type"] = "protocol_event"

    on_references(reference, change)


@mutant("TRACE-PAYLOAD-1", "refuses a reference with a key that it does not know")
def reference_closed(reference: Patch) -> None:
    def change(ref: dict[str, Any]) -> None:
        if set(ref) > {"raw_payload_id", "kind", "path"}:
            ref.clear()

    on_references(reference, change)


@mutant("TRACE-PAYLOAD-2", "opens a request only if the kind of its reference says so")
def kind_compared(reference: Patch) -> None:
    reference.edit(
        inference.show_request,
        "ref = started.request_payload",
        "ref = started.request_payload\n"
        "if ref.kind.type != 'inference_request':\n    raise RequestWithoutInput(ref.raw_payload_id)",
    )


# --- payload files ------------------------------------------------------------------------------


@mutant("TRACE-PAYLOAD-3", "opens whatever a path leads to")
def path_not_contained(reference: Patch) -> None:
    reference.does_nothing(Bundle._check_contained)


@mutant("TRACE-PAYLOAD-3", "takes an empty path for a path")
def path_may_be_empty(reference: Patch) -> None:
    reference.edit(Bundle._check_contained, "not path or ", "")


@mutant("TRACE-PAYLOAD-3", "refuses a name that begins with two dots")
def path_dots_refused(reference: Patch) -> None:
    reference.edit(Bundle._check_contained, "'..' in path.split('/')", "'..' in path")


@mutant("TRACE-PAYLOAD-3", "opens only what lies below payloads/")
def path_below_payloads_only(reference: Patch) -> None:
    reference.edit(Bundle._check_contained, "not path or ", "not path.startswith('payloads/') or ")


@mutant("TRACE-PAYLOAD-4", "reads a missing payload as null")
def payload_missing_is_null(reference: Patch) -> None:
    reference.never_raises(Bundle.read_payload, PayloadUnreadable, "return None")


@mutant("TRACE-PAYLOAD-5", "opens every payload that an event names")
def payload_always_opened(reference: Patch) -> None:
    reference.edit(
        _replay,
        "trace.state.raw_payloads[ref.raw_payload_id] = ref",
        "trace.state.raw_payloads[ref.raw_payload_id] = ref\ntrace.bundle.read_payload(ref)",
    )


@mutant("TRACE-PAYLOAD-5", "judges the path of every payload that an event names")
def path_always_judged(reference: Patch) -> None:
    reference.edit(
        _replay,
        "trace.state.raw_payloads[ref.raw_payload_id] = ref",
        "trace.state.raw_payloads[ref.raw_payload_id] = ref\ntrace.bundle._check_contained(ref)",
    )


def on_payload_text(reference: Patch, changed: str) -> None:
    """Change the text of a payload before it is parsed; `changed` is an expression of `data`."""
    reference.edit(Bundle.read_payload, "jsontext.parse(data", f"jsontext.parse({changed}")


@mutant("TRACE-PAYLOAD-6", "takes NaN for a number")
def payload_nan(reference: Patch) -> None:
    on_payload_text(reference, "data.replace(b'NaN', b'0')")


@mutant("TRACE-PAYLOAD-6", "skips a byte order mark")
def payload_byte_order_mark(reference: Patch) -> None:
    on_payload_text(reference, "data.removeprefix(b'\\xef\\xbb\\xbf')")


@mutant("TRACE-PAYLOAD-6", "reads bytes that are no UTF-8 as U+FFFD")
def payload_not_utf8(reference: Patch) -> None:
    on_payload_text(reference, "data.decode(errors='replace').encode()")


@mutant("TRACE-PAYLOAD-6", "reads the first line and ignores what follows")
def payload_first_line(reference: Patch) -> None:
    on_payload_text(reference, "data.strip().partition(b'\\n')[0]")


@mutant("TRACE-PAYLOAD-7", "reads 128 nested containers")
def payload_one_deeper(reference: Patch) -> None:
    reference.constant(jsontext, "MAX_DEPTH", 128)


@mutant("TRACE-PAYLOAD-7", "refuses 127 nested containers")
def payload_one_less_deep(reference: Patch) -> None:
    reference.constant(jsontext, "MAX_DEPTH", 126)


def with_objects(reference: Patch, make: Callable[[list[tuple[str, Any]]], Any]) -> None:
    """Let payloads have the objects that `make` gives for the pairs in their text."""

    def read(original: Callable[[], Any], bundle: Bundle, ref: PayloadRef) -> Any:
        original()
        text = (Path(bundle.root) / ref.path).read_bytes()
        return json.loads(text, object_pairs_hook=make, parse_float=jsontext.Number)

    on_payload(reference, read)


@mutant("TRACE-PAYLOAD-8", "lets the first of two equal keys count")
def payload_first_key_wins(reference: Patch) -> None:
    def first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {**dict(pairs), **dict(reversed(pairs))}

    with_objects(reference, first_wins)


@mutant("TRACE-PAYLOAD-8", "keeps a repeated key at its last position")
def payload_last_position(reference: Patch) -> None:
    def last_position(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(reversed(dict(reversed(pairs)).items())) | dict(pairs)

    with_objects(reference, last_position)


@mutant("TRACE-PAYLOAD-8", "sorts the keys of payload objects")
def payload_sorted_keys(reference: Patch) -> None:
    with_objects(reference, lambda pairs: dict(sorted(dict(pairs).items())))


@mutant("TRACE-PAYLOAD-9", "keeps the first reference of a payload id")
def reference_first_wins(reference: Patch) -> None:
    reference.edit(
        _replay,
        "trace.state.raw_payloads[ref.raw_payload_id] = ref",
        "trace.state.raw_payloads.setdefault(ref.raw_payload_id, ref)",
    )


@mutant("TRACE-PAYLOAD-9", "reads a payload id once and then remembers it")
def payload_cached_by_id(reference: Patch) -> None:
    def read(original: Callable[[], Any], bundle: Bundle, ref: PayloadRef) -> Any:
        cache: dict[str, Any] = bundle.__dict__.setdefault("cache", {})
        if ref.raw_payload_id not in cache:
            cache[ref.raw_payload_id] = original()
        return cache[ref.raw_payload_id]

    on_payload(reference, read)


def with_private_key(reference: Patch, private: str, decode: Callable[[str], Any]) -> None:
    """Let an object with just this key be what `decode` makes of its value."""

    def make(pairs: list[tuple[str, Any]]) -> Any:
        value = dict(pairs)
        return decode(str(value[private])) if list(value) == [private] else value

    with_objects(reference, make)


@mutant("TRACE-PAYLOAD-10", "takes an object with a decoder's private key for a number")
def private_number_key(reference: Patch) -> None:
    with_private_key(reference, "$serde_json::private::Number", jsontext.Number)


@mutant("TRACE-PAYLOAD-10", "takes an object with a decoder's private key for raw text")
def private_raw_key(reference: Patch) -> None:
    with_private_key(reference, "$serde_json::private::RawValue", json.loads)


@mutant("TRACE-PAYLOAD-11", "lets the last of two equal arguments count")
def argument_last_wins(reference: Patch) -> None:
    reference.edit(jsontext.parse_struct, "raise JsonError(f'{name!r} stands twice')", "pass")


@mutant("TRACE-PAYLOAD-11", "refuses a wait that gives its cell_id twice")
def wait_cell_id_once(reference: Patch) -> None:
    reference.edit(
        tools.link_wait,
        "cell_id = ",
        "if jsontext.repeated_keys(jsontext.parse_keeping_repeats(arguments.encode())):\n"
        "    raise InvalidWait(tool.tool_call_id, 'twice')\ncell_id = ",
    )


@mutant("TRACE-PAYLOAD-11", "reads arguments up to their first closing brace")
def argument_rest_ignored(reference: Patch) -> None:
    reference.edit(
        jsontext.parse_struct,
        "value = parse(text)",
        "text = text[:text.find('}') + 1] or text\nvalue = parse(text)",
    )


# --- JSON as text -------------------------------------------------------------------------------


@mutant("TRACE-TEXT-1", "puts a space after each colon and comma")
def text_with_spaces(reference: Patch) -> None:
    reference.edit(
        jsontext.compact,
        "_encoder.encode(value).decode()",
        "msgspec.json.format(_encoder.encode(value), indent=0).decode()",
    )


@mutant("TRACE-TEXT-1", "sorts the keys")
def text_sorted(reference: Patch) -> None:
    reference.edit(
        jsontext.compact,
        "_encoder.encode(value)",
        "msgspec.json.encode(value, order='sorted', enc_hook=_raw_number)",
    )


@mutant("TRACE-TEXT-2", "escapes the slash")
def text_escapes_slash(reference: Patch) -> None:
    reference.edit(jsontext.compact, ".decode()", ".decode().replace('/', '\\\\/')")


@mutant("TRACE-TEXT-2", "escapes what is not ASCII")
def text_ascii_only(reference: Patch) -> None:
    def compact(original: Callable[[Any], str], value: Any) -> str:
        return "".join(c if c < "\x7f" else f"\\u{ord(c):04x}" for c in original(value))

    reference.wrap(jsontext.compact, compact)


@mutant("TRACE-TEXT-2", "writes backspace and form feed as \\u00xx")
def text_long_escapes(reference: Patch) -> None:
    reference.edit(
        jsontext.compact, ".decode()", ".decode().replace('\\\\b', '\\\\u0008').replace('\\\\f', '\\\\u000c')"
    )


@mutant("TRACE-TEXT-3", "keeps the exponent as it stands")
def number_exponent_kept(reference: Patch) -> None:
    reference.edit(
        jsontext.Number.__init__, "self.text = mantissa + marker + sign + exponent", "self.text = token"
    )


@mutant("TRACE-TEXT-3", "gives an exponent no sign")
def number_exponent_unsigned(reference: Patch) -> None:
    reference.edit(
        jsontext.Number.__init__, "mantissa + marker + sign + exponent", "mantissa + marker + exponent"
    )


@mutant("TRACE-TEXT-3", "writes fractions as floating point numbers")
def number_as_float(reference: Patch) -> None:
    reference.constant(jsontext, "_decoder", msgspec.json.Decoder())


@mutant("TRACE-TEXT-4", "takes 10.0 for an integer of a payload")
def payload_float_is_integer(reference: Patch) -> None:
    def whole(token: str) -> Any:
        return int(float(token)) if float(token).is_integer() else jsontext.Number(token)

    def read(original: Callable[[], Any], bundle: Bundle, ref: PayloadRef) -> Any:
        original()
        return json.loads((Path(bundle.root) / ref.path).read_bytes(), parse_float=whole)

    on_payload(reference, read)


@mutant("TRACE-TEXT-4", "takes a number in quotes for an integer of a payload")
def payload_text_is_integer(reference: Patch) -> None:
    reference.edit(inference.usage_of, "TokenUsage)", "TokenUsage, strict=False)")
    reference.edit(terminals.read_result, "(value, ExecEnd)", "(value, ExecEnd, strict=False)")
