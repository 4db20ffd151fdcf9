"""A bundle is untrusted: whatever stands in it, one clear rejection or what the text allows, no traceback."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rollout_reference.trace.state import Json, Text

if TYPE_CHECKING:
    from conftest import BundleDir

FIRST = "trace.jsonl line 1 (seq 1)"
UNREAD = "trace.jsonl line 1"
ESCAPE = ("trace.payload_escape", "TRACE-PAYLOAD-3", FIRST)
UNREADABLE = ("trace.payload_unreadable", "TRACE-PAYLOAD-4", FIRST)
INVALID_PAYLOAD = ("trace.payload_invalid_json", "TRACE-PAYLOAD-6", FIRST)
INVALID_LINE = ("trace.line_invalid_json", "TRACE-LINE-4", UNREAD)
LONG = "7" * 5_000


# --- payload paths ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../outside.json",
        "payloads/../../outside.json",
        "payloads/..",
        "payloads/../manifest.json",
        "/etc/hostname",
        "//etc/hostname",
        "payloads/1.json\0",
        "\0",
    ],
    ids=repr,
)
def test_path_that_leaves_the_bundle(bundle: "BundleDir", path: str) -> None:
    """A path is relative, does not climb and holds no NUL, whether or not a file is there.

    [TRACE-PAYLOAD-3]
    """
    (bundle.path.parent / "outside.json").write_text("{}")
    bundle.log(bundle.thread_started(metadata=path))

    assert bundle.refusal() == ESCAPE


def test_absolute_path_into_the_bundle(bundle: "BundleDir") -> None:
    """An absolute path is refused for what it is, not for where it leads.  [TRACE-PAYLOAD-3]"""
    bundle.log(bundle.thread_started(metadata=str(bundle.write("payloads/1.json", "{}"))))

    assert bundle.refusal() == ESCAPE


@pytest.mark.parametrize("path", ["payloads/link.json", "link/outside.json", "link/folder/../outside.json"])
def test_symbolic_link_out_of_the_bundle(bundle: "BundleDir", path: str) -> None:
    """Neither a file nor a folder leads out by a link.  [TRACE-PAYLOAD-3]"""
    outside = bundle.path.parent / "outside.json"
    outside.write_text("{}")
    (bundle.payloads / "link.json").symlink_to(outside)
    (bundle.path / "link").symlink_to(bundle.path.parent, target_is_directory=True)
    bundle.log(bundle.thread_started(metadata=path))

    assert bundle.refusal() == ESCAPE


def test_chain_of_links_out_of_the_bundle(bundle: "BundleDir") -> None:
    """A link to a link is followed to its end.  [TRACE-PAYLOAD-3]"""
    (bundle.path.parent / "outside.json").write_text("{}")
    (bundle.payloads / "second.json").symlink_to("../../outside.json")
    (bundle.payloads / "first.json").symlink_to("second.json")
    bundle.log(bundle.thread_started(metadata="payloads/first.json"))

    assert bundle.refusal() == ESCAPE


def test_link_to_a_neighbour_with_a_longer_name(bundle: "BundleDir") -> None:
    """`bundle-2` is not inside `bundle`.  [TRACE-PAYLOAD-3]"""
    neighbour = bundle.path.with_name("bundle-2")
    neighbour.mkdir()
    (neighbour / "1.json").write_text("{}")
    (bundle.payloads / "1.json").symlink_to(neighbour / "1.json")
    bundle.log(bundle.thread_started(metadata="payloads/1.json"))

    assert bundle.refusal() == ESCAPE


def test_link_within_the_bundle(bundle: "BundleDir") -> None:
    """A link that stays inside is only another name.  [TRACE-PAYLOAD-3]"""
    bundle.write("payloads/1.json", '{"nickname":"Ada"}')
    (bundle.payloads / "link.json").symlink_to("1.json")
    bundle.log(bundle.thread_started(metadata="payloads/link.json"))

    assert bundle.reduce().threads["root"].nickname == "Ada"


def test_bundle_reached_by_a_link(bundle: "BundleDir") -> None:
    """The bundle itself may be named by a link.  [TRACE-PAYLOAD-3]"""
    bundle.read_payload('{"nickname":"Ada"}')
    link = bundle.path.with_name("link-to-bundle")
    link.symlink_to(bundle.path, target_is_directory=True)
    bundle.path = link

    assert bundle.reduce().threads["root"].nickname == "Ada"


@pytest.mark.parametrize("path", ["payloads/./1.json", "payloads//1.json", "./payloads/1.json", "1.json"])
def test_path_elsewhere_in_the_bundle(bundle: "BundleDir", path: str) -> None:
    """A path need not be in the writer's form.  [TRACE-PAYLOAD-3]"""
    bundle.read_payload('{"nickname":"Ada"}', path)

    assert bundle.reduce().threads["root"].nickname == "Ada"


def test_path_of_a_payload_that_nothing_reads(bundle: "BundleDir") -> None:
    """A path is judged when its file is to be opened, not before.  [TRACE-PAYLOAD-5]"""
    ref = {"raw_payload_id": "raw_payload:1", "kind": {"type": "protocol_event"}, "path": "/etc/../\0"}
    bundle.log(bundle.event("protocol_event_observed", event_type="warning", event_payload=ref))

    assert bundle.reduce().raw_payloads["raw_payload:1"].path == "/etc/../\0"


# --- payload files that are no files ----------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "payloads/absent.json",
        "payloads",
        ".",
        "payloads/fifo",
        "payloads/loop",
        "payloads/dangling",
        "trace.jsonl/1.json",
        "trace.jsonl/",
        "payloads/" + "x" * 300,
        "x/" * 3_000 + "1.json",
    ],
    ids=lambda path: path[:24],
)
def test_payload_that_is_no_file(bundle: "BundleDir", path: str) -> None:
    """Missing, a folder, a pipe, a loop, below a file, or a name too long.  [TRACE-PAYLOAD-4]"""
    os.mkfifo(bundle.payloads / "fifo")
    (bundle.payloads / "loop").symlink_to("loop")
    (bundle.payloads / "dangling").symlink_to("nothing.json")
    bundle.log(bundle.thread_started(metadata=path))

    assert bundle.refusal() == UNREADABLE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_payload_without_permission(bundle: "BundleDir") -> None:
    """A payload that may not be read is refused.  [TRACE-PAYLOAD-4]"""
    bundle.read_payload("{}")
    (bundle.payloads / "1.json").chmod(0)

    assert bundle.refusal() == UNREADABLE


# --- nesting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [10_000, 1_000_000])
class TestDeepNesting:
    """Depth costs neither stack nor much time, wherever it stands."""

    def test_line(self, bundle: "BundleDir", opening: str, closing: str, depth: int) -> None:
        """A line that is nothing but depth.  [TRACE-LINE-10]"""
        bundle.log(opening * depth + "1" + closing * depth)

        assert bundle.refusal() == ("trace.line_invalid_json", "TRACE-LINE-10", UNREAD)

    def test_event_field(self, bundle: "BundleDir", opening: str, closing: str, depth: int) -> None:
        """An unknown field of a good event.  [TRACE-LINE-10]"""
        deep = opening * depth + "1" + closing * depth
        bundle.log(bundle.thread_started().replace('"type"', f'"x": {deep}, "type"'))

        assert bundle.refusal() == ("trace.line_invalid_json", "TRACE-LINE-10", UNREAD)

    def test_payload(self, bundle: "BundleDir", opening: str, closing: str, depth: int) -> None:
        """A payload that is read.  [TRACE-PAYLOAD-7]"""
        bundle.read_payload('{"session_source":' + opening * depth + "1" + closing * depth + "}")

        assert bundle.refusal() == ("trace.payload_invalid_json", "TRACE-PAYLOAD-7", FIRST)

    def test_arguments(self, bundle: "BundleDir", opening: str, closing: str, depth: int) -> None:
        """Arguments of a call are text when they are no JSON within the limits.  [TRACE-ITEM-8]"""
        arguments = opening * depth + "1" + closing * depth
        show(bundle, {"type": "function_call", "call_id": "call-1", "arguments": arguments})

        assert shown_part(bundle) == Text(arguments)

    def test_message(self, bundle: "BundleDir", opening: str, closing: str, depth: int) -> None:
        """A message that looks like one between agents stays a message.  [TRACE-AGENT-1]"""
        text = '{"author":' + opening * depth + "1" + closing * depth + "}"
        show(bundle, {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]})

        assert shown_part(bundle) == Text(text)


# --- fields given twice -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"seq": 1', '"seq": 1, "seq": 1'),
        ('"schema_version"', '"thread_id": null, "thread_id": null, "schema_version"'),
        ('"payload": {', '"payload": 1, "payload": {'),
        ('"type": "thread_started"', '"type": "thread_started", "type": "thread_started"'),
        ('"agent_path"', '"thread_id": "root", "agent_path"'),
        ('"agent_path"', '"\\u0074hread_id": "root", "agent_path"'),
        ('"raw_payload_id"', '"path": "x", "raw_payload_id"'),
        ('"kind": {', '"kind": {"type": "protocol_event"}, "kind": {'),
        ('"type": "session_metadata"', '"type": "session_metadata", "type": "session_metadata"'),
        ('"type": "session_metadata"', '"value": null, "value": null, "type": "session_metadata"'),
    ],
)
def test_known_field_twice(bundle: "BundleDir", before: str, after: str) -> None:
    """A field that the format knows stands once, at every level.  [TRACE-LINE-8]"""
    bundle.write("payloads/1.json", "{}")
    bundle.log(bundle.thread_started(metadata="payloads/1.json").replace(before, after))

    assert bundle.refusal() == ("trace.duplicate_field", "TRACE-LINE-8", UNREAD)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"seq"', '"x": 1, "x": 2, "seq"'),
        ('"type": "thread_started"', '"x": 1, "x": 2, "type": "thread_started"'),
        ('"type": "thread_started"', '"x": {"seq": 1, "seq": 2}, "type": "thread_started"'),
        ('"raw_payload_id"', '"x": 1, "x": 2, "raw_payload_id"'),
        ('"type": "session_metadata"', '"x": 1, "x": 2, "type": "session_metadata"'),
    ],
)
def test_unknown_field_twice(bundle: "BundleDir", before: str, after: str) -> None:
    """What the format does not know is ignored as often as it comes.  [TRACE-LINE-7]"""
    bundle.write("payloads/1.json", "{}")
    bundle.log(bundle.thread_started(metadata="payloads/1.json").replace(before, after))

    assert list(bundle.reduce().threads) == ["root"]


def test_payload_key_twice(bundle: "BundleDir") -> None:
    """In a payload the last value counts.  [TRACE-PAYLOAD-8]"""
    bundle.read_payload('{"nickname":"Ada","nickname":"Grace"}')

    assert bundle.reduce().threads["root"].nickname == "Grace"


# --- characters and bytes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "string", [r'"\ud800"', r'"\udc00"', r'"\ud800\u0041"', r'"a\udfffb"', '"\\u00"', '"\x1f"', '"\0"']
)
class TestBadString:
    """Unpaired surrogates and raw control characters are no JSON, in whatever field."""

    def test_in_an_event(self, bundle: "BundleDir", string: str) -> None:
        """The id of a thread.  [TRACE-LINE-4]"""
        bundle.log(bundle.thread_started().replace('"root", "agent', f'{string}, "agent'))

        assert bundle.refusal() == INVALID_LINE

    def test_in_an_unknown_field_of_an_event(self, bundle: "BundleDir", string: str) -> None:
        """A field that nothing reads, within the payload of the event.  [TRACE-LINE-4]"""
        bundle.log(bundle.thread_started().replace('"type"', f'"x": {string}, "type"'))

        assert bundle.refusal() == INVALID_LINE

    def test_in_a_payload(self, bundle: "BundleDir", string: str) -> None:
        """A field that nothing reads.  [TRACE-PAYLOAD-6]"""
        bundle.read_payload(f'{{"x":{string}}}')

        assert bundle.refusal() == INVALID_PAYLOAD

    def test_as_a_key_of_a_payload(self, bundle: "BundleDir", string: str) -> None:
        """Keys are strings.  [TRACE-PAYLOAD-6]"""
        bundle.read_payload(f"{{{string}:1}}")

        assert bundle.refusal() == INVALID_PAYLOAD


@pytest.mark.parametrize(
    "line",
    [
        b'{"seq":"\xff"}',
        b"{} \xff",
        b"\xff",
        b" \xc2",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
        b"\xff\xfe{\x00}\x00",
    ],
    ids=repr,
)
def test_line_that_is_not_utf8(bundle: "BundleDir", line: bytes) -> None:
    """In a string, between tokens or on a line that looks blank.  [TRACE-LINE-3]"""
    bundle.log(bundle.thread_started(), line)

    assert bundle.refusal() == ("trace.line_not_utf8", "TRACE-LINE-3", "trace.jsonl line 2")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n",
        b'{"x":"\xff"}',
        b"{} \xff",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"{}\0",
        b"\0{}",
        b"{}{}",
        b"{",
        b'{"x":NaN}',
        b'{"x":Infinity}',
        b'{"x":-Infinity}',
        b'{"x":01}',
        b"{'x':1}",
        b'{"x":1,}',
        b'{"x":1} // no',
        b"\xc2\xa0{}",
    ],
    ids=repr,
)
def test_payload_that_is_no_json(bundle: "BundleDir", content: bytes) -> None:
    """A payload is one strict JSON value in UTF-8, without a byte order mark.  [TRACE-PAYLOAD-6]"""
    bundle.read_payload(content)

    assert bundle.refusal() == INVALID_PAYLOAD


@pytest.mark.parametrize(
    "line",
    [
        b"\xef\xbb\xbf{}",
        b"\0",
        b"{}\0",
        b"{} {}",
        b"{",
        b'{"seq":NaN}',
        b'{"seq":Infinity}',
        b'{"seq":01}',
        b"not json",
        b"\x1c",
        b"\x1f",
        b"\xe2\x80\x8b",
        b"\xef\xbb\xbf",
    ],
    ids=repr,
)
def test_line_that_is_no_json(bundle: "BundleDir", line: bytes) -> None:
    """A line is one strict JSON value; U+001C, U+200B and U+FEFF are no white space.

    [TRACE-LINE-2, TRACE-LINE-4]
    """
    bundle.log(line)

    assert bundle.refusal() == INVALID_LINE


@pytest.mark.parametrize(
    "line", ["null", "1", '"text"', "[]", "{}", '{"payload":{}}', '{"payload":{"type":1}}']
)
def test_line_that_is_no_event(bundle: "BundleDir", line: str) -> None:
    """A JSON value of another form is no event.  [TRACE-LINE-6]"""
    bundle.log(line)

    assert bundle.refusal() == ("trace.event_invalid", "TRACE-EVENT-2", UNREAD)


@pytest.mark.parametrize("content", [b" \t\r\n{}\r\n ", b'{"x":"\\u0000\\ud83d\\ude00"}'], ids=repr)
def test_payload_that_only_looks_odd(bundle: "BundleDir", content: bytes) -> None:
    """White space around the value and characters by escape are good JSON.  [TRACE-PAYLOAD-6]"""
    bundle.read_payload(content)

    assert list(bundle.reduce().threads) == ["root"]


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token",
    ["2" * 20, "18446744073709551616", "-1", "1.0", "1e400", "1e3", '"1"', "true", "null", LONG, "-" + LONG],
    ids=lambda token: token[:24],
)
def test_seq_out_of_range(bundle: "BundleDir", token: str) -> None:
    """`seq` is a whole number up to 2^64-1.  [TRACE-LINE-9]"""
    bundle.log(bundle.thread_started().replace('"seq": 1', f'"seq": {token}'))

    assert bundle.refusal() == ("trace.event_invalid", "TRACE-EVENT-2", UNREAD)


@pytest.mark.parametrize(
    "token", ["1" * 20, "9223372036854775808", "-9223372036854775809", "1e400", LONG], ids=lambda t: t[:24]
)
def test_time_out_of_range(bundle: "BundleDir", token: str) -> None:
    """Times are whole numbers of 64 bits with sign.  [TRACE-LINE-9]"""
    bundle.log(bundle.thread_started().replace('"wall_time_unix_ms": 10', f'"wall_time_unix_ms": {token}'))

    assert bundle.refusal() == ("trace.event_invalid", "TRACE-EVENT-2", UNREAD)


def test_numbers_at_their_limits(bundle: "BundleDir") -> None:
    """The ends of the ranges belong to them.  [TRACE-LINE-9]"""
    line = bundle.thread_started().replace('"seq": 1', '"seq": 18446744073709551615')
    bundle.log(line.replace('"wall_time_unix_ms": 10', '"wall_time_unix_ms": -9223372036854775808'))

    window = bundle.reduce().threads["root"].execution
    assert (window.started_seq, window.started_at_unix_ms) == (2**64 - 1, -(2**63))


@pytest.mark.parametrize(
    "token", ["1" * 20, LONG, "-" + LONG, "1e400", "-0", "0." + LONG], ids=lambda t: t[:24]
)
def test_any_number_in_an_unknown_field(bundle: "BundleDir", token: str) -> None:
    """What is not read is not measured.  [TRACE-LINE-7]"""
    bundle.log(bundle.thread_started().replace('"type"', f'"x": {token}, "type"'))

    assert list(bundle.reduce().threads) == ["root"]


@pytest.mark.parametrize("token", ["1" * 20, LONG, "-" + LONG, "1e+400", "0." + LONG], ids=lambda t: t[:24])
def test_any_number_in_arguments(bundle: "BundleDir", token: str) -> None:
    """A number in a payload keeps all its digits, as far as the summary shows them.

    [TRACE-TEXT-3, TRACE-ITEM-13]
    """
    show(bundle, {"type": "function_call", "call_id": "call-1", "arguments": f'{{"n": {token}}}'})

    text = f'{{"n":{token}}}'
    assert shown_part(bundle) == Json(text if len(text) <= 240 else text[:240] + "...", "raw_payload:2")


@pytest.mark.parametrize(
    "token", ["9223372036854775808", "2" * 20, LONG, "1.0", "1e1", "true", '"1"'], ids=lambda t: t[:24]
)
def test_usage_that_is_no_usage(bundle: "BundleDir", token: str) -> None:
    """A count out of range leaves the call without usage, and nothing worse.  [TRACE-INFERENCE-10]"""
    show(bundle)
    counts = '"cached_input_tokens": 1, "output_tokens": 1, "reasoning_output_tokens": 1'
    usage = f'"token_usage": {{"input_tokens": {token}, {counts}}}'
    bundle.write("payloads/3.json", f'{{"output_items": [], {usage}}}')
    ref = reference(3, "inference_response")
    with (bundle.path / "trace.jsonl").open("a") as log:
        completed = {"inference_call_id": "inference-1", "response_id": None, "response_payload": ref}
        log.write(bundle.event("inference_completed", seq=4, **completed))

    call = bundle.reduce().inference_calls["inference-1"]
    assert (call.execution.status, call.usage) == ("completed", None)


# --- what a rejection says --------------------------------------------------------------------


@pytest.mark.parametrize(
    "thread_id", ["a\nb", "\x1b[2J", "\u202e", "x" * 100_000, "\u2028"], ids=lambda t: repr(t[:8])
)
def test_rejection_is_one_line_that_a_terminal_can_show(bundle: "BundleDir", thread_id: str) -> None:
    """What the bundle calls a thread does not reach the terminal as it is."""
    bundle.log(bundle.event("thread_ended", thread_id=thread_id, status="completed"))

    assert bundle.refusal().code == "trace.unknown_thread"


@pytest.mark.parametrize("event_type", ["x\ny", "\x1b[2J", "x" * 100_000], ids=lambda t: repr(t[:8]))
def test_unknown_event_type_is_shown_in_one_line(bundle: "BundleDir", event_type: str) -> None:
    """Neither does what it calls an event.  [TRACE-EVENT-1]"""
    bundle.log(bundle.event(event_type))

    assert bundle.refusal() == ("trace.unknown_event_type", "TRACE-EVENT-1", UNREAD)


# --- requests that repeat the one before ---------------------------------------------------------


SEARCH: dict[str, object] = {"type": "web_search_call", "action": {"a": 1, "b": 2}}


@pytest.mark.parametrize(
    "action", [{"b": 2, "a": 1}, {"a": True, "b": 2}, {"a": 1.0, "b": 2}], ids=["order", "bool", "float"]
)
def test_repeated_item_that_only_looks_equal(bundle: "BundleDir", action: dict[str, object]) -> None:
    """The text of a whole item decides, not whether Python calls two values equal.  [TRACE-ITEM-11]"""
    show(bundle, SEARCH)
    show_next(bundle, {"type": "web_search_call", "action": action})

    assert list(bundle.reduce().conversation_items) == ["conversation_item:1", "conversation_item:2"]


def test_repeated_item(bundle: "BundleDir") -> None:
    """The same text in the next request is the same item.  [TRACE-CONVERSATION-3]"""
    show(bundle, SEARCH)
    show_next(bundle, SEARCH)

    assert list(bundle.reduce().conversation_items) == ["conversation_item:1"]


@pytest.mark.parametrize("item", [None, False, 0, "", {}, []], ids=repr)
def test_nothing_in_place_of_an_item(bundle: "BundleDir", item: object) -> None:
    """What stood there before does not make an item of nothing.  [TRACE-ITEM-1]"""
    show(bundle, SEARCH)
    show_next(bundle, item)

    place = "trace.jsonl line 4 (seq 4)"
    assert bundle.refusal() == ("trace.unsupported_item", "TRACE-ITEM-1", place)


# --- one request with one item ----------------------------------------------------------------


def reference(number: int, kind: str) -> dict[str, object]:
    """Return the reference to a payload in the writer's form."""
    return {
        "raw_payload_id": f"raw_payload:{number}",
        "kind": {"type": kind},
        "path": f"payloads/{number}.json",
    }


def show(bundle: "BundleDir", *items: object) -> None:
    """Let the first request of the bundle show items."""
    Path(bundle.payloads / "2.json").write_text(json.dumps({"input": items}))
    bundle.log(
        bundle.thread_started(seq=1),
        bundle.event("codex_turn_started", seq=2, codex_turn_id="turn-1", thread_id="root"),
        request(bundle, seq=3, number=2),
    )


def show_next(bundle: "BundleDir", *items: object) -> None:
    """Let the second request of the bundle show items."""
    Path(bundle.payloads / "3.json").write_text(json.dumps({"input": items}))
    with (bundle.path / "trace.jsonl").open("a") as log:
        log.write(request(bundle, seq=4, number=3))


def request(bundle: "BundleDir", *, seq: int, number: int) -> str:
    """Return the start of a model call whose request is the payload with a number."""
    line: str = bundle.event(
        "inference_started",
        seq=seq,
        inference_call_id=f"inference-{number - 1}",
        thread_id="root",
        codex_turn_id="turn-1",
        model="model-1",
        provider_name="provider",
        request_payload=reference(number, "inference_request"),
    )
    return line


def shown_part(bundle: "BundleDir") -> object:
    """Return the only part of the only item."""
    return bundle.reduce().conversation_items["conversation_item:1"].body.parts[0]
