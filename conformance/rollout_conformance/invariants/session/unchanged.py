"""What changes nothing: noise, inert lines, forms and ends, old spellings, names; and unknown modes."""

import zstandard

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import ROLLOUT, Json, Reader, Turns
from rollout_reference import jsontext

_READERS = ("session.parse", "session.context", "session.history", "session.transcript", "session.usage")


@law("I-1", "blank, damaged and unknown lines change nothing, ids of implicit turns included")
def noise(data: bytes, reader: Reader) -> None:
    """[SESSION-FILE-16, SESSION-FILE-20]"""
    header, rest = lines.parts(data)
    noisy = header + b"".join(each + lines.NOISE for each in rest) + lines.NOISE
    assert reader.views({ROLLOUT: noisy}) == reader.views({ROLLOUT: data})


@law("I-1, I-2", "neither noise nor inert lines change what a rollout says about its thread")
def said_of_thread(data: bytes, reader: Reader) -> None:
    """[SESSION-THREADS-4]"""
    header, rest = lines.parts(data)
    thread_id = lines.header(data)["id"]
    told = lines.line("session_meta", lines.header(data) | {"id": lines.STRANGER})
    noisy = header + b"".join(each + told + lines.NOISE for each in rest)
    assert reader.thread(noisy, thread_id) == reader.thread(data, thread_id)


@law("I-2", "lines that tell nothing of it change neither context nor explicit turns")
def inert(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-3, SESSION-HISTORY-4]"""
    header, rest = lines.parts(data)
    stranger = lines.header(data) | {"id": lines.STRANGER}
    stranger.pop("context_window", None)
    added = lines.line("session_meta", stranger) + lines.event("token_count", info=None, rate_limits=None)
    changed = header + b"".join(added + each for each in rest) + added
    assert reader.context(changed) == reader.context(data)
    assert without_implicit_ids(reader.history(changed)) == without_implicit_ids(reader.history(data))


@law("I-3", "the cold form means the same, in several frames too, and the plain one wins")
def cold(data: bytes, reader: Reader) -> None:
    """[SESSION-FILE-8, SESSION-FILE-10]"""
    half, name = len(data) // 2, f"{ROLLOUT}.zst"
    frames = zstandard.compress(data[:half]) + zstandard.compress(data[half:])
    expected = reader.views({ROLLOUT: data})
    assert reader.views({name: frames}) == expected
    assert reader.views({ROLLOUT: data, name: zstandard.compress(b"another file\n")}) == expected


@law("I-4", "a torn last line is as none, and a carriage return before a line feed is white space")
def torn(data: bytes, reader: Reader) -> None:
    """[SESSION-FILE-1, SESSION-FILE-2]"""
    expected = reader.views({ROLLOUT: data})
    assert reader.views({ROLLOUT: data + b'{"timestamp":"t","type":"response_it'}) == expected
    assert reader.views({ROLLOUT: data.replace(b"\n", b"\r\n")}) == expected


@law("I-5, I-6", "asked twice a reader answers the same, and leaves the bytes as they are")
def same_twice(data: bytes, reader: Reader) -> None:
    """[SESSION-FILE-18]"""
    assert reader.again(data) == reader.again(data)
    assert reader.left() == {ROLLOUT: data}


@law("I-21", "old forms of messages between agents and of window numbers mean the same as the new ones")
def upgraded(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-16, SESSION-WINDOW-1]"""
    changed = b"".join(map(_upgraded, lines.split(data)))
    only_if(changed != data)
    assert reader.context(changed) == reader.context(data)


@law("I-37", "of an unknown history mode every reading operation refuses, and changes no byte")
def unknown_mode(data: bytes, reader: Reader) -> None:
    """[SESSION-FILE-7]"""
    header, rest = lines.parts(data)
    tree = jsontext.parse(header)
    for mode in ("Legacy", "sealed", None, 1):
        tree["payload"]["history_mode"] = mode
        changed = {ROLLOUT: jsontext.compact(tree).encode() + b"\n" + b"".join(rest)}
        for op in _READERS:
            assert reader.refusal(op, changed) == "session.unknown_history_mode", (op, mode)
            assert reader.left() == changed


@law("I-39", "a thread is the one of its header, whatever its file is called")
def named_otherwise(data: bytes, reader: Reader) -> None:
    """[SESSION-NAME-3, SESSION-THREADS-15]"""
    thread_id = lines.header(data)["id"]
    path = f"sessions/2026/01/02/rollout-2026-01-02T03-04-05-{lines.STRANGER}.jsonl"
    (row,) = reader.threads({path: data}, thread=thread_id)
    assert row["id"].replace("-", "") == thread_id.replace("-", "").lower()


def without_implicit_ids(turns: Turns) -> Turns:
    """Return turns without ids that tell the number of a line: of implicit turns, of some hooks."""
    return [
        turn
        | {"id": _told(turn["id"], "rollout-"), "items": [_without_number(item) for item in turn["items"]]}
        for turn in turns
    ]


def _without_number(item: Json) -> Json:
    return item | {"id": _told(item["id"], "hook-")} if item["type"] == "hookPrompt" else item


def _told(told_id: str, made: str) -> str:
    return made if told_id.startswith(made) else told_id


def _upgraded(text: bytes) -> bytes:
    told = lines.tree_of(text)
    if told is None:
        return text
    payload: Json = told["payload"]
    if told["type"] == "compacted" and type(payload.get("window_id")) is int:
        number = payload.pop("window_id")
        return lines.line("compacted", {"window_number": number} | payload)
    if told["type"] != "inter_agent_communication" or payload.get("encrypted_content") is not None:
        return text
    kept = {key: payload[key] for key in ("id", "author", "recipient") if payload.get(key) is not None}
    content = [{"type": "input_text", "text": payload["content"]}]
    delivery = lines.line("inter_agent_communication_metadata", {"trigger_turn": payload["trigger_turn"]})
    return delivery + lines.line("response_item", {"type": "agent_message", **kept, "content": content})
