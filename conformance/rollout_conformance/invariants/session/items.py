"""Laws of the items of a context: which there are, where they come from, and that calls have outputs."""

from collections.abc import Iterator

from rollout_conformance.invariants.session import lines
from rollout_conformance.invariants.session.laws import law
from rollout_conformance.invariants.session.reader import Json, Reader
from rollout_reference import jsontext

_OUTPUT_OF = {
    "function_call": "function_call_output",
    "local_shell_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "tool_search_call": "tool_search_output",
}


@law("I-22", "what is sent has an output for each call and a call for each output")
def paired(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-24]"""
    sent = reader.context(data, {"form": "sent"})["history"]
    calls = {(_OUTPUT_OF[item["type"]], item.get("call_id")) for item in sent if item["type"] in _OUTPUT_OF}
    outputs = {
        (item["type"], item.get("call_id"))
        for item in sent
        if item["type"] in _OUTPUT_OF.values() and item.get("execution") != "server"
    }
    assert {pair for pair in calls if pair[1]} == {pair for pair in outputs if pair[1]}


@law("I-23", "no system message, trigger or unknown item is in the history", written=True)
def known(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-15]"""
    for item in reader.context(data)["history"]:
        assert item.get("role") != "system"
        assert item["type"] not in ("compaction_trigger", "future_item")


@law("I-40", "every item of the history stands in the file, or is made of one line that does")
def stored(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-14, SESSION-CONTEXT-17]"""
    stood = {jsontext.compact(item) for item in _items(data)}
    for item in reader.context(data)["history"]:
        made = item["type"] == "agent_message" or (item["type"] == "message" and "id" not in item)
        assert jsontext.compact(item) in stood or made  # of an old delivery, of an old compaction


@law("I-40", "a limit shortens outputs of tools and nothing else")
def shortened(data: bytes, reader: Reader) -> None:
    """[SESSION-CONTEXT-17]"""
    options = {"limit": {"unit": "tokens", "amount": 1}}
    whole, short = reader.context(data)["history"], reader.context(data, options)["history"]
    assert len(short) == len(whole)
    for before, after in zip(whole, short, strict=True):
        outputs = ("function_call_output", "custom_tool_call_output")
        cut = after | {"output": before["output"]} if before["type"] in outputs else after
        made = before["type"] == "message" and "id" not in before  # a summary is made of what was shortened
        assert cut == before or made


def _items(data: bytes) -> Iterator[Json]:
    for tree in lines.trees(data):
        if tree["type"] == "response_item":
            yield tree["payload"]
        elif tree["type"] == "compacted":
            yield from tree["payload"].get("replacement_history") or ()
