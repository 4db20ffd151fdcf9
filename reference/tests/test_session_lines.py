"""What no case can say of a line: the two ways of reading agree, and a reason tells no content."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollout_reference.session.defects import Defect
from rollout_reference.session.line import PlainLine, held
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.lines import Line, canonical_line, read_line, read_tree
from rollout_reference.session.shapes.forms import form_of, typed_tree
from rollout_reference.session.shapes.shape import convert

THREAD = "0199a213-81a0-7800-8aa1-bbab2a035a53"
MESSAGE = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
PAYLOADS: list[tuple[str, dict[str, Any]]] = [
    (
        "session_meta",
        {
            "session_id": THREAD,
            "id": THREAD,
            "timestamp": "t",
            "cwd": "/w",
            "originator": "o",
            "cli_version": "0.143.0",
            "source": {"subagent": {"thread_spawn": {"parent_thread_id": THREAD, "depth": 1}}},
            "dynamic_tools": [{"type": "function", "name": "f", "description": "d", "inputSchema": {}}],
            "git": {"branch": "main"},
        },
    ),
    (
        "turn_context",
        {
            "cwd": "/w",
            "approval_policy": {
                "granular": {"sandbox_approval": True, "rules": False, "mcp_elicitations": True}
            },
            "sandbox_policy": {"type": "workspace-write", "writable_roots": ["/a"]},
            "permission_profile": {"type": "external", "network": "enabled"},
            "collaboration_mode": {"mode": "plan", "settings": {"model": "m"}},
            "multi_agent_mode": "proactive",
            "model": "m",
            "summary": "auto",
        },
    ),
    ("compacted", {"message": "m", "replacement_history": [MESSAGE, {"type": "news"}], "window_id": "w"}),
    ("response_item", MESSAGE),
    ("world_state", {"full": True, "state": {"a": [1]}}),
    (
        "inter_agent_communication",
        {"author": "/root", "recipient": "/root/a", "content": "", "trigger_turn": True},
    ),
]
LINES = [{"timestamp": "t", "type": name, "payload": payload} for name, payload in PAYLOADS]
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [None, True, 0, 7, -1, 2**64 - 1, "", "text", "/x", THREAD.upper(), [], {}, [{}], ["/y"]]
    ),
    st.sampled_from(["on-failure", "none", "code", "agent_type", "ghost_snapshot", "vscode", "custom"]),
    st.text('aé\u2028\U0001f980\0"\\', max_size=5),
)
KEYS = st.sampled_from(
    [
        "agent_type",
        "agent_role",
        "type",
        "namespace",
        "custom",
        "network",
        "file_system",
        "window_number",
        "x",
    ]
)


@st.composite
def changed_lines(draw: st.DrawFn) -> bytes:
    """Make a line out of a good one by up to three changes anywhere."""
    tree: Any = json.loads(json.dumps(draw(st.sampled_from(LINES))))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = tree["payload"]
        while isinstance(place, (dict, list)) and place and draw(st.booleans()):
            inner = list(place.values()) if isinstance(place, dict) else place
            inner = [value for value in inner if isinstance(value, (dict, list)) and value]
            if not inner:
                break
            place = draw(st.sampled_from(inner))
        if isinstance(place, list):
            place[draw(st.integers(0, len(place) - 1))] = draw(VALUES)
        else:
            place[draw(st.one_of(st.sampled_from(sorted(place)), KEYS) if place else KEYS)] = draw(VALUES)
    return json.dumps(tree, ensure_ascii=False).encode()


@given(changed_lines())
def test_both_ways_of_reading_give_the_same_item(data: bytes) -> None:
    """What is read in one step is what the canonical form is read as."""
    line = read_line(data, 1)

    canonical = canonical_line(line) if isinstance(line, Line) else b""
    again = read_line(canonical, 1)
    slow = read_slowly(canonical)

    assert isinstance(again, Line) == isinstance(line, Line)
    assert isinstance(line, Defect) or (again.item, slow) == (line.item, line.item)  # type: ignore[union-attr]
    assert isinstance(line, Defect) or canonical_line(again) == canonical  # type: ignore[arg-type]


@given(changed_lines())
def test_a_line_read_at_once_is_the_line_that_its_tree_gives(data: bytes) -> None:
    """The fast way decides nothing by itself, however a line is asked for what it holds."""
    slow = told(read_tree(data, 1))

    assert told(read_line(data, 1)) == slow
    assert told(holding(read_line(data, 1))) == slow
    assert told(holding(read_line(data, 1)), *reversed(FIELDS)) == slow


@pytest.mark.parametrize(
    "inside",
    [
        b'"\xff": 1',
        b'"x": "\xed\xa0\x80"',
        b'"x": "\\ud800"',
        b'"x": 18446744073709551615',
        b'"x": 18446744073709551616',
        b'"x": -9223372036854775809',
        b'"x": "18446744073709551616"',
        b'"x": 1e999',
        b'"x": 01',
        b'"x": ' + b"[" * 124 + b"]" * 124,
        b'"x": ' + b"[" * 125 + b"]" * 125,
        b'"x": [' + b"[]," * 200 + b"[]]",
        b'"x": ' + b"[" * 100_000,
        b'"type": "reasoning"',
        b'"role": 1, "role": "user"',
        b'"role": "user", "role": 1',
        b'"\\u0072ole": "system"',
        b'"phase": "none"',
        b'"internal_chat_message_metadata_passthrough": {"turn_id": 1}',
    ],
    ids=lambda inside: inside[:24].decode("latin-1"),
)
def test_what_decoding_does_not_look_at_is_judged_all_the_same(inside: bytes) -> None:
    """[SESSION-LINE-1, SESSION-LINE-2, SESSION-LINE-4, SESSION-LINE-9]"""
    content = b'"content": [{"type": "input_text", "text": "hi", %b}]' % inside
    payload = b'{"type": "message", "role": "user", %b, %b}' % (content, inside)
    data = b'{"timestamp": "t", %b, "type": "response_item", "payload": %b}' % (inside, payload)

    assert told(read_line(data, 1)) == told(read_tree(data, 1))


@pytest.mark.parametrize(
    "text", [b"[{" * 200, b"18446744073709551616" * 3], ids=["many signs of containers", "many digits"]
)
def test_text_that_only_looks_beyond_a_limit_makes_no_line_slow(text: bytes) -> None:
    """Code in the output of a command is no deep JSON.  [SESSION-LINE-2, SESSION-LINE-9]"""
    payload = b'{"type": "user_message", "message": "%b"}' % text
    data = b'{"timestamp": "t", "type": "event_msg", "payload": %b}' % payload

    assert type(read_line(data, 1)) is PlainLine


@pytest.mark.parametrize("ordinal", [b"0", b"18446744073709551615", b"18446744073709551616", b"-1", b"1.0"])
def test_ordinals_are_the_same_both_ways(ordinal: bytes) -> None:
    """They are plain integers.  [SESSION-LINE-6]"""
    payload = b'{"full": true, "state": {}}'
    data = b'{"timestamp": "t", "ordinal": %b, "type": "world_state", "payload": %b}' % (ordinal, payload)

    assert told(read_line(data, 1)) == told(read_tree(data, 1))


FIELDS = ("number", "timestamp", "ordinal", "type", "item", "payload", "extra")


def told(found: Line | Defect | None, *fields: str) -> Any:
    """Return what there is to know of a line, asked for in the order of the fields; a defect as it is."""
    if not isinstance(found, Line):
        return found
    values = {field: getattr(found, field) for field in fields or FIELDS}
    return {field: (type(value), value) for field, value in values.items()}


def holding(found: Line | Defect | None) -> Line | Defect | None:
    """Return a line as it is held among many."""
    return held(found) if isinstance(found, Line) else found


def read_slowly(data: bytes) -> Any:
    """Read a line by its canonical form alone; None for no line."""
    if not data:
        return None
    tree = json.loads(data)
    shape = LINE_TYPES[tree["type"]].line
    return convert(typed_tree(form_of(shape).canonical(tree, "")), shape).payload


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ({"full": "secret", "state": 1}, "/payload/full"),
        ({"full": True}, "/payload/state"),
        ("secret", "/payload"),
    ],
)
def test_reason_leads_to_the_place_and_tells_no_content(payload: Any, pointer: str) -> None:
    """A defect names the first place that differs, by keys only: sessions are private."""
    line = json.dumps({"timestamp": "t", "type": "world_state", "payload": payload}).encode()

    defect = read_line(line, 3)

    assert isinstance(defect, Defect)
    assert defect.number == 3
    assert defect.reason.startswith(f"{pointer}: expected ")
    assert "secret" not in defect.reason


def test_name_of_an_unknown_type_is_cut() -> None:
    """A reason stays short, whatever stands for a type."""
    line = json.dumps({"timestamp": "t", "type": "x" * 10_000, "payload": {}}).encode()

    defect = read_line(line, 1)

    assert isinstance(defect, Defect)
    assert len(defect.reason) < 200


def test_pointer_escapes_keys() -> None:
    """Keys with slashes and tildes are written as RFC 6901 says."""
    payload = {"type": "patch_apply_end", "call_id": "c", "stdout": "", "stderr": "", "success": True}
    payload |= {"status": "completed", "changes": {"/a~b": {"type": "move"}}}  # type: ignore[dict-item]
    line = json.dumps({"timestamp": "t", "type": "event_msg", "payload": payload}).encode()

    defect = read_line(line, 1)

    assert isinstance(defect, Defect)
    assert "/payload/changes/~1a~0b/" in defect.reason


@pytest.mark.parametrize("digits", [20, 4_301, 100_000])
def test_integer_of_any_length_costs_its_line(digits: int) -> None:
    """Also one that Python would not convert.  [SESSION-LINE-9]"""
    line = b'{"timestamp":"t","type":"world_state","payload":{"full":true,"state":%s}}' % (b"9" * digits)

    defect = read_line(line, 1)

    assert isinstance(defect, Defect)
    assert (defect.code, defect.rule) == ("wrong_shape", "SESSION-LINE-9")


def test_every_line_type_has_its_table_entry() -> None:
    """The name of an entry is the name of its line type."""
    assert {name: kind.name for name, kind in LINE_TYPES.items()} == {name: name for name in LINE_TYPES}
