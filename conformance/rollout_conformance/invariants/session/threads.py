"""Laws of what threads say about themselves, and of the threads of a home."""

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, law_of_homes, only_if
from rollout_conformance.invariants.session.reader import ATTRIBUTES, DATED, Files, Reader
from rollout_conformance.metamorphic.given import Given
from rollout_reference import jsontext

_SAID_ONCE = ("title", "firstUserMessage")
_AGE_MS = 86_400_000
_MOST = 6
"""Threads of a home whose relations are looked at."""


@law("I-34", "the time of a thread is that of its file: no line moves it, and a later change never back")
def recency(data: bytes, reader: Reader) -> None:
    """[SESSION-THREADS-1]"""
    thread_id = lines.header(data)["id"]
    later = data + lines.started("one more turn")
    old = _changed_at(data, thread_id, _AGE_MS, reader)
    assert _changed_at(later, thread_id, _AGE_MS, reader) == old
    assert _changed_at(later, thread_id, _AGE_MS // 2, reader) > old


@law("I-36", "what a thread is called by is never changed by later lines, and tokens are not below 0")
def said_once(data: bytes, reader: Reader) -> None:
    """[SESSION-THREADS-3, SESSION-THREADS-16]"""
    thread_id = lines.header(data)["id"]
    whole = reader.thread(data, thread_id)
    assert whole["metadata"]["tokensUsed"] >= 0
    told = lines.split(data)
    for end in (len(told) // 3, len(told) // 2, len(told) - 1):
        before = reader.thread(b"".join(told[: max(end, 1)]), thread_id)
        assert before["preview"] in ("", whole["preview"])
        for key in _SAID_ONCE:
            assert before["metadata"][key] in (None, whole["metadata"][key])


@law_of_homes("I-35", "descendants are the children and their descendants, and never the thread itself")
def descendants(home: Files, reader: Reader) -> None:
    """[SESSION-THREADS-11]"""
    threads = _ids(home)
    only_if(len(threads) > 1)
    children = {each: _below(home, reader, parent=each) for each in threads}
    only_if(any(children.values()))
    for each in threads[:_MOST]:
        found: set[str] = set()
        todo = [each]
        while todo:
            for child in children.get(todo.pop(), set()) - found:
                found.add(child)
                todo.append(child)
        assert _below(home, reader, ancestor=each) == found - {each}


@law_of_homes("I-3, I-39", "every thread of a home is found by its id, under the plain path of a file of it")
def found_by_id(home: Files, reader: Reader) -> None:
    """[SESSION-THREADS-15, SESSION-NAME-4]"""
    threads = _ids(home)
    only_if(threads)
    for each in threads[:_MOST]:
        (row,) = reader.threads(home, thread=each)
        assert row["id"] == each
        assert row["path"].endswith(".jsonl")
        assert {row["path"], f"{row['path']}.zst"} & home.keys()


def _changed_at(data: bytes, thread_id: str, age_ms: int, reader: Reader) -> int:
    path = DATED.format(thread_id)
    told = jsontext.compact({"files": [{"path": path, "age_ms": age_ms}]}).encode()
    (row,) = reader.threads({path: data, ATTRIBUTES: told}, thread=thread_id)
    assert row["recencyAt"] == row["updatedAt"]
    changed: int = row["recencyAt"]
    return changed


def _ids(home: Files) -> list[str]:
    """Return the ids of the threads whose rollouts have a whole header in their first line, in order."""
    given = Given("session.threads", {f"home/{path}": data for path, data in home.items()}, {})
    first = [(given.plain(path) or b"").partition(b"\n")[0] for path in given.rollouts]
    return sorted({lines.header(each)["id"].lower() for each in first if lines.is_header(each)})


def _below(home: Files, reader: Reader, **relation: str) -> set[str]:
    """Return the ids of threads by relation, active and archived."""
    rows = [
        row
        for archived in (False, True)
        for row in reader.threads(home, archived=archived, limit=100, **relation)
    ]
    return {row["id"] for row in rows}
