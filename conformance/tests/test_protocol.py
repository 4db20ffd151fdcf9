"""The text of the protocol, its schemas and the runner's own types say the same."""

import io
import re
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from rollout_conformance.answers import Identity
from rollout_conformance.locations import spec_dir
from rollout_conformance.protocol.limits import LIMITS
from rollout_conformance.protocol.messages import MESSAGES, OkReply, Reply, Request
from rollout_conformance.protocol.server import serve
from rollout_conformance.schemas import schema, validator

Json = Any

TEXT = (spec_dir() / "conformance" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES: list[tuple[str, Json]] = [
    (name, msgspec.json.decode(body))
    for name, body in re.findall(r"```json message (\w+)\n(.*?)```", TEXT, re.DOTALL)
]
IDENTITY = Identity("mine", "1", profiles=("trace-reader",))


def by_schema(name: str, value: Json) -> bool:
    """Tell whether a message fits its schema."""
    return bool(validator(f"protocol-{name}").is_valid(value))


def by_type(name: str, value: Json) -> bool:
    """Tell whether the runner can read a message."""
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=MESSAGES[name])
    except msgspec.ValidationError:
        return False
    return True


def variants(value: Json) -> list[Json]:
    """Return a message with each field dropped, and with each field holding what it cannot hold."""
    found = []
    for key in value:
        found.append({name: kept for name, kept in value.items() if name != key})
        found += [{**value, key: wrong} for wrong in ([[0]], -1, {"file": 3}, [3])]
        if isinstance(value[key], dict):
            found += [{**value, key: inner} for inner in variants(value[key])]
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_schema_is_valid_by_its_metaschema(name: str) -> None:
    """Each message has a JSON Schema 2020-12 with an id, a title and a description."""
    contents = schema(f"protocol-{name}")

    Draft202012Validator.check_schema(contents)
    assert contents["$id"] == f"https://rolloutspec.dev/schema/protocol-{name}.schema.json"
    assert {"title", "description", "$schema"} <= contents.keys()


def test_there_is_a_schema_for_every_message() -> None:
    """None is missing and none is left over."""
    files = (spec_dir() / "schema").glob("protocol-*.schema.json")

    assert {file.name for file in files} == {f"protocol-{name}.schema.json" for name in MESSAGES}


def test_every_message_has_an_example() -> None:
    """The text shows each message, and each outcome of a reply."""
    assert {name for name, _ in EXAMPLES} == MESSAGES.keys()
    outcomes = {value["outcome"] for name, value in EXAMPLES if name == "reply"}
    assert outcomes == {"ok", "rejected", "unsupported", "error"}


@pytest.mark.parametrize(
    ("name", "value"), EXAMPLES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EXAMPLES)]
)
def test_example_is_a_message(name: str, value: Json) -> None:
    """What the text shows fits the schema and the runner's type, unknown fields or not."""
    assert [error.message for error in validator(f"protocol-{name}").iter_errors(value)] == []
    assert by_type(name, value)
    assert by_schema(name, {**value, "later": 1})
    assert by_type(name, {**value, "later": 1})


@pytest.mark.parametrize(
    ("name", "value"), EXAMPLES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EXAMPLES)]
)
def test_schema_and_type_agree_on_what_is_broken(name: str, value: Json) -> None:
    """The runner refuses what the schema refuses, with the fields that it fills in itself set aside."""
    own = {"id", "op", "rcp", "env", "options"} if name in {"hello", "request", "bye"} else set()
    broken = [variant for variant in variants(value) if own <= variant.keys() | (own - value.keys())]

    assert [variant for variant in broken if by_schema(name, variant) != by_type(name, variant)] == []
    assert any(not by_schema(name, variant) for variant in broken)


def test_example_is_read_as_it_was_written() -> None:
    """A reply that goes through the runner's type keeps all that it said."""
    replies = [value for name, value in EXAMPLES if name == "reply"]

    assert [msgspec.to_builtins(msgspec.convert(value, type=Reply)) for value in replies] == replies


def test_limits_of_the_text_are_those_of_the_runner() -> None:
    """The table names each constant with its value."""
    rows = re.findall(
        r"^\| [^|]+ \| ([0-9,]+) [^|]*\| `(\w+)` \|$|^\| [^|]+ \| ([0-9]+) \| `(\w+)` \|$", TEXT, re.M
    )
    told = {row[1] or row[3]: int((row[0] or row[2]).replace(",", "")) for row in rows}

    assert told == msgspec.structs.asdict(LIMITS)


def test_rules_are_numbered_without_a_gap() -> None:
    """P-1, P-2 and so on, each once."""
    numbers = [int(number) for number in re.findall(r"^\*\*P-([0-9]+)\.\*\*", TEXT, re.M)]

    assert numbers == list(range(1, len(numbers) + 1))
    cited = {int(number) for number in re.findall(r"\bP-([0-9]+)\b", "".join(map(str, schemas())))}
    assert cited <= set(numbers)


def test_index_of_the_folder_is_whole() -> None:
    """README names each file beside it."""
    folder = spec_dir() / "conformance"
    readme = (folder / "README.md").read_text(encoding="utf-8")

    assert [
        path.name for path in folder.iterdir() if path.name not in readme and path.name != "README.md"
    ] == []


def schemas() -> list[Json]:
    """Return all schemas of the protocol."""
    return [schema(f"protocol-{name}") for name in MESSAGES]


def conversation(*lines: bytes) -> list[Json]:
    """Say some lines to the server of a small implementation, and return what it answers."""

    def respond(request: Request) -> Reply:
        if request.op == "break":
            raise KeyError("thread")
        return OkReply(id=request.id, outputs=[])

    replies = io.BytesIO()
    serve(IDENTITY, respond, io.BytesIO(b"".join(line + b"\n" for line in lines)), replies)
    return [msgspec.json.decode(line) for line in replies.getvalue().splitlines()]


def request(number: int, op: str) -> bytes:
    """Return a request as a line."""
    return msgspec.json.encode(Request(id=str(number), op=op, input="/i", output="/o", tmp="/t", budget_ms=1))


def test_server_answers_until_bye() -> None:
    """Everything the server says is a message; nothing follows bye."""
    hello = b'{"id": "1", "op": "hello", "rcp": [1, 2], "suite": "9"}'

    welcome, done = conversation(hello, request(2, "trace.reduce"), b'{"id":"3","op":"bye"}', request(4, "x"))

    assert by_schema("welcome", welcome)
    assert welcome["profiles"] == ["trace-reader"]
    assert done == {"id": "2", "outcome": "ok", "outputs": []}


def test_server_refuses_versions_that_it_does_not_speak() -> None:
    """Who offers only later versions is told which is spoken."""
    (refusal,) = conversation(b'{"id": "1", "op": "hello", "rcp": [2, 3], "suite": "9"}')

    assert by_schema("reply", refusal)
    assert (refusal["outcome"], refusal["capability"]) == ("unsupported", "rcp")
    assert "version 1" in refusal["message"]


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[1]", b"\xff", b'{"id":"7","op":"trace.reduce"}', request(7, "break")]
)
def test_server_survives_what_it_cannot_do(line: bytes) -> None:
    """Whatever goes wrong is one reply, and the next request is answered."""
    error, done = conversation(line, request(8, "trace.reduce"))

    assert by_schema("reply", error)
    assert error["outcome"] == "error"
    assert done["id"] == "8"
