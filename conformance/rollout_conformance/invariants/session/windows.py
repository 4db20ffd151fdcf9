"""Laws of context windows: they form a chain, a further compaction opens the next, old ones are counted."""

from itertools import pairwise

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law, only_if
from rollout_conformance.invariants.session.reader import Reader

_IDS = [f"eeeeeeee-0000-7000-8000-{number:012x}" for number in range(3)]


@law("I-10, I-11", "windows form a chain from the initial one, and the context is in the last", written=True)
def chained(data: bytes, reader: Reader) -> None:
    """[SESSION-WINDOW-3, SESSION-WINDOW-6]"""
    metas, told = lines.payloads(data, "session_meta"), lines.payloads(data, "compacted")
    initial = metas[0].get("context_window")
    only_if(initial, len(metas) == 1)  # a fork's lines tell of its parent's windows
    only_if(not lines.rolls_back(data), all("window_number" in window for window in told))
    first = {"window_number": 0, "first_window_id": initial["window_id"], "window_id": initial["window_id"]}
    for before, after in pairwise([first, *told]):
        assert after["window_number"] == before["window_number"] + 1
        assert after["previous_window_id"] == before["window_id"]
        assert after["first_window_id"] == initial["window_id"]
    ids = [window["window_id"] for window in (first, *told)]
    assert len(set(ids)) == len(ids)
    last = [first, *told][-1]
    assert reader.context(data)["window"] == {
        "number": last["window_number"],
        "first_window_id": initial["window_id"],
        "previous_window_id": last.get("previous_window_id"),
        "window_id": last["window_id"],
    }


@law("I-12", "a further compaction opens the window that it tells")
def opened(data: bytes, reader: Reader) -> None:
    """[SESSION-WINDOW-1, SESSION-WINDOW-6]"""
    number = min(reader.context(data)["window"]["number"] + 1, 2**64 - 1)
    ids = dict(zip(("first_window_id", "previous_window_id", "window_id"), _IDS, strict=True))
    after = reader.context(data + lines.compaction({"window_number": number, **ids}))["window"]
    assert after == {"number": number, **ids}


@law("I-13", "compactions that tell no number are counted")
def counted(data: bytes, reader: Reader) -> None:
    """[SESSION-WINDOW-4]"""
    told = lines.payloads(data, "compacted")
    only_if(told, not any("window_number" in each or type(each.get("window_id")) is int for each in told))
    assert reader.context(data)["window"]["number"] == len(told)
