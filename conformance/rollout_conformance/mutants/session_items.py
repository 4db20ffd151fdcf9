"""Wrong readers and writers of response items."""

from collections.abc import Callable

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.payloads import Json, Read, inside, refuses, takes, typed, writes
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.session import lines
from rollout_reference.session.items import compacted
from rollout_reference.session.items.response_items import Other
from rollout_reference.session.lines import Defect, Line

ROLES = ("user", "assistant", "system", "developer", "tool")


@mutant("SESSION-ITEM-1", "does not look at the shape of an item")
def item_unchecked(reference: Patch) -> None:
    takes(reference, "response_item", "wrong_shape", lambda payload: isinstance(payload, dict))


@mutant("SESSION-ITEM-1", "takes an item without a type for one of an unknown type")
def item_without_type(reference: Patch) -> None:
    takes(reference, "response_item", "wrong_shape", lambda p: isinstance(p, dict) and "type" not in p)


@mutant("SESSION-ITEM-1", "reads the arguments of a call as JSON")
def arguments_are_json(reference: Patch) -> None:
    def broken(payload: Json) -> bool:
        try:
            jsontext.parse(payload["arguments"])
        except jsontext.JsonError:
            return True
        return False

    refuses(reference, "response_item", "wrong_shape", lambda p: typed(p, "function_call") and broken(p))


@mutant("SESSION-ITEM-1", "refuses null for a key that may be absent")
def item_null_refused(reference: Patch) -> None:
    keys = ("id", "phase", "namespace", "status", "action")
    refuses(reference, "response_item", "wrong_shape", lambda p: any(p.get(key, "") is None for key in keys))


@mutant("SESSION-ITEM-1", "writes the keys of an item in the order in which they stood")
def item_order_kept(reference: Patch) -> None:
    def write(original: Callable[[Line], bytes], line: Line) -> bytes:
        tree = jsontext.parse(original(line))
        found, written = line.payload, tree["payload"]
        order = [*(key for key in found if key in written), *(key for key in written if key not in found)]
        return jsontext.compact(tree | {"payload": {key: written[key] for key in order}}).encode()

    reference.wrap(lines.canonical_line, write)


@mutant("SESSION-ITEM-2", "drops an item of an unknown type")
def unknown_response_item_dropped(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        found = original(data, number)
        unknown = isinstance(found, Line) and isinstance(found.item, Other)
        return Defect(number, "unknown_type", "", "") if unknown else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-ITEM-2", "takes an item of an unknown type for a defect inside a compaction")
def unknown_item_in_compaction(reference: Patch) -> None:
    def strange(payload: Json) -> bool:
        return any(typed(item, "item_of_tomorrow") for item in payload.get("replacement_history") or ())

    refuses(reference, "compacted", "unknown_type", strange)


@mutant("SESSION-ITEM-3", "keeps an item with a part of an unknown type")
def unknown_part_kept(reference: Patch) -> None:
    takes(reference, "response_item", "unknown_type", lambda _: True)


@mutant("SESSION-ITEM-3", "takes a part without a type for a text")
def part_without_type(reference: Patch) -> None:
    def texts(payload: Json) -> bool:
        parts = payload.get("content") if isinstance(payload, dict) else None
        return isinstance(parts, list) and all(isinstance(part, dict) and "text" in part for part in parts)

    takes(reference, "response_item", "wrong_shape", texts)


@mutant("SESSION-ITEM-4", "takes any name for a phase or a detail")
def item_names_open(reference: Patch) -> None:
    def strange(payload: Json) -> bool:
        return any(isinstance(each.get(key), str) for each in inside(payload) for key in ("phase", "detail"))

    takes(reference, "response_item", "wrong_shape", strange)


@mutant("SESSION-ITEM-4", "refuses a role that it does not know")
def roles_closed(reference: Patch) -> None:
    refuses(
        reference, "response_item", "wrong_shape", lambda p: typed(p, "message") and p["role"] not in ROLES
    )


@mutant("SESSION-ITEM-4", "does not know the phase partial_answer")
def phase_unknown(reference: Patch) -> None:
    refuses(reference, "response_item", "wrong_shape", lambda p: p.get("phase") == "partial_answer")


@mutant("SESSION-ITEM-5", "takes an image that is nowhere")
def image_nowhere(reference: Patch) -> None:
    def pictured(payload: Json) -> bool:
        return any(typed(each, "input_image") for each in inside(payload))

    takes(reference, "response_item", "wrong_shape", pictured)


@mutant("SESSION-ITEM-5", "knows an image by its URL only")
def image_by_url_only(reference: Patch) -> None:
    def filed(payload: Json) -> bool:
        return any("file_id" in each and "image_url" not in each for each in inside(payload))

    refuses(reference, "response_item", "wrong_shape", filed)


@mutant("SESSION-ITEM-6", "reads an output that is an object, as old writers had it in memory")
def output_object(reference: Patch) -> None:
    takes(
        reference,
        "response_item",
        "wrong_shape",
        lambda p: isinstance(p, dict) and isinstance(p.get("output"), dict),
    )


@mutant("SESSION-ITEM-6", "refuses an output of no parts")
def output_empty(reference: Patch) -> None:
    refuses(reference, "response_item", "wrong_shape", lambda p: p.get("output", None) == [])


@mutant("SESSION-ITEM-7", "wants the content of a reasoning to be there")
def reasoning_needs_content(reference: Patch) -> None:
    refuses(reference, "response_item", "wrong_shape", lambda p: typed(p, "reasoning") and "content" not in p)


@mutant("SESSION-ITEM-7", "leaves the content of a reasoning out when there is none")
def reasoning_without_null(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        if not typed(payload, "reasoning"):
            return payload
        return {key: value for key, value in payload.items() if key != "content" or value is not None}

    writes(reference, change)


@mutant("SESSION-ITEM-8", "drops a web search whose action it does not know")
def web_action_closed(reference: Patch) -> None:
    known = ("search", "open_page", "find_in_page")
    refuses(
        reference,
        "response_item",
        "unknown_type",
        lambda p: typed(p, "web_search_call") and bool(p.get("action")) and not typed(p["action"], *known),
    )


@mutant("SESSION-ITEM-9", "takes compaction_summary for an unknown type")
def summary_unknown(reference: Patch) -> None:
    takes(reference, "response_item", "wrong_shape", lambda p: typed(p, "compaction_summary"))


@mutant("SESSION-ITEM-9", "writes compaction_summary under its older name")
def summary_written(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        return payload | {"type": "compaction_summary"} if typed(payload, "compaction") else payload

    writes(reference, change)


@mutant("SESSION-ITEM-10", "takes a ghost snapshot for an item of an unknown type")
def ghost_is_item(reference: Patch) -> None:
    reference.does_nothing(compacted.is_ghost, answer=False)


@mutant("SESSION-ITEM-11", "refuses keys that no table lists")
def item_keys_closed(reference: Patch) -> None:
    refuses(reference, "response_item", "wrong_shape", lambda p: "metadata" in p or "end_turn" in p)


@mutant("SESSION-ITEM-11", "reads the old key metadata as the one that took its place")
def metadata_read(reference: Patch) -> None:
    refuses(
        reference,
        "response_item",
        "wrong_shape",
        lambda p: "metadata" in p and not isinstance(p["metadata"], dict),
    )
