"""Wrong readers and writers of events."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.payloads import Json, inside, method, refuses, takes, typed, writes
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.shapes import file_uri
from rollout_reference.session.shapes.amounts import Base64, Duration, Float
from rollout_reference.session.writing.policy import EVENTS, Kept

NOT_KEPT = {name for name, kept in EVENTS.items() if kept is Kept.NEVER}
CLOSED = ("context_compacted", "plan_update", "request_permissions")


@mutant("SESSION-EVENT-1", "keeps an event of an unknown type")
def unknown_event_kept(reference: Patch) -> None:
    takes(reference, "event_msg", "unknown_type", lambda p: not typed(p, "item_completed", "item_started"))


@mutant("SESSION-EVENT-2", "does not look at the shape of an event that is kept")
def event_unchecked(reference: Patch) -> None:
    takes(
        reference,
        "event_msg",
        "wrong_shape",
        lambda p: isinstance(p, dict) and p.get("type") in EVENTS and p["type"] not in NOT_KEPT,
    )


@mutant("SESSION-EVENT-2", "refuses null where null is the default")
def event_null_refused(reference: Patch) -> None:
    refuses(reference, "event_msg", "wrong_shape", lambda p: None in p.values())


@mutant("SESSION-EVENT-2", "leaves out what is null")
def event_null_left_out(reference: Patch) -> None:
    writes(reference, lambda p: {key: value for key, value in p.items() if value is not None})


@mutant("SESSION-EVENT-3", "does not read the events that no version keeps now")
def event_not_kept(reference: Patch) -> None:
    refuses(reference, "event_msg", "unknown_type", lambda p: typed(p, *NOT_KEPT))


@mutant("SESSION-EVENT-3", "does not look at the shape of an event that is not kept")
def other_event_unchecked(reference: Patch) -> None:
    takes(reference, "event_msg", "wrong_shape", lambda p: typed(p, *NOT_KEPT))


@mutant("SESSION-EVENT-4", "does not know the older names of turn events")
def turn_names_unknown(reference: Patch) -> None:
    refuses(reference, "event_msg", "unknown_type", lambda p: typed(p, "turn_started", "turn_complete"))


@mutant("SESSION-EVENT-4", "writes the older names of turn events")
def turn_names_written(reference: Patch) -> None:
    writes(reference, lambda p: p | {"type": "turn_started"} if typed(p, "task_started") else p)


@mutant("SESSION-EVENT-5", "takes a number in any text")
def number_in_any_text(reference: Patch) -> None:
    reference.edit(Float._number, "_is_shortest(value.text)", "True")


@mutant("SESSION-EVENT-5", "takes fractions only for numbers")
def number_needs_fraction(reference: Patch) -> None:
    reference.edit(Float._number, "type(value) is int", "False")


@mutant("SESSION-EVENT-6", "does not carry nanoseconds over")
def nanoseconds_not_carried(reference: Patch) -> None:
    reference.edit(
        method(Duration, "prepare"),
        "tree | {'secs': secs + nanos // 10 ** 9, 'nanos': nanos % 10 ** 9}",
        "tree | {'nanos': nanos % 10 ** 9}",
    )


@mutant("SESSION-EVENT-6", "takes a duration with further keys")
def duration_open(reference: Patch) -> None:
    takes(
        reference,
        "event_msg",
        "wrong_shape",
        lambda p: any("secs" in each and "nanos" in each and len(each) > 2 for each in inside(p)),
    )


@mutant("SESSION-EVENT-7", "wants base64 with its padding")
def base64_needs_padding(reference: Patch) -> None:
    reference.edit(method(Base64, "canonical"), "not padded.startswith(value)", "padded != value")


@mutant("SESSION-EVENT-7", "takes base64 with bits that no byte needs")
def base64_with_spare_bits(reference: Patch) -> None:
    reference.edit(method(Base64, "canonical"), " or base64.b64encode(data).decode() != padded", "")


@mutant("SESSION-EVENT-8", "takes the name alone of a state that has a value")
def bare_state(reference: Patch) -> None:
    def ended(payload: Json) -> bool:
        return isinstance(payload, dict) and payload.get("status") in ("completed", "errored")

    takes(reference, "event_msg", "wrong_shape", ended)


@mutant("SESSION-EVENT-8", "takes a state with two keys")
def state_with_two_keys(reference: Patch) -> None:
    def doubled(payload: Json) -> bool:
        status = payload.get("status") if isinstance(payload, dict) else None
        return isinstance(status, dict) and len(status) > 1

    takes(reference, "event_msg", "wrong_shape", doubled)


@mutant("SESSION-EVENT-9", "takes a plain path for a file URI")
def plain_path(reference: Patch) -> None:
    reference.edit(
        method(file_uri.PathUri, "canonical"),
        "not _is_file_uri(value)",
        "not _is_file_uri(value) and value[:1] != '/'",
    )


@mutant("SESSION-EVENT-9", "takes a file URI with a query")
def uri_with_query(reference: Patch) -> None:
    reference.edit(file_uri._is_file_uri, " or '?' in text", "")


@mutant("SESSION-EVENT-10", "reads a session without permissions")
def session_without_permissions(reference: Patch) -> None:
    takes(reference, "event_msg", "wrong_shape", lambda p: typed(p, "session_configured"))


@mutant("SESSION-EVENT-10", "does not know the older sandbox policy")
def session_by_profile_only(reference: Patch) -> None:
    refuses(
        reference,
        "event_msg",
        "wrong_shape",
        lambda p: typed(p, "session_configured") and p.get("permission_profile") is None,
    )


@mutant("SESSION-EVENT-11", "takes any keys in the objects that hold no others")
def closed_objects_open(reference: Patch) -> None:
    takes(reference, "event_msg", "wrong_shape", lambda p: typed(p, *CLOSED))


@mutant("SESSION-EVENT-11", "refuses further keys in every event")
def events_closed(reference: Patch) -> None:
    refuses(reference, "event_msg", "wrong_shape", lambda p: typed(p, "shutdown_complete") and len(p) > 1)
