"""Wrong readers and writers of compactions, states, messages between agents and token counts."""

import json

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.payloads import part, refuses, takes, writes, writes_as_it_stood
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.session.items import compacted
from rollout_reference.session.line_types import LINE_TYPES

# --- compacted ------------------------------------------------------------------------------------------


@mutant("SESSION-COMPACTED-1", "reads a compaction without a message")
def message_not_needed(reference: Patch) -> None:
    takes(reference, "compacted", "wrong_shape", lambda p: isinstance(p, dict) and "message" not in p)


@mutant("SESSION-COMPACTED-1", "does not look at the items of a replacement history")
def history_unchecked(reference: Patch) -> None:
    takes(reference, "compacted", "wrong_shape", lambda p: "replacement_history" in p)


@mutant("SESSION-COMPACTED-1", "does not look at newer keys of a compaction")
def newer_compaction_keys_unchecked(reference: Patch) -> None:
    takes(reference, "compacted", "wrong_shape", lambda p: "resume_metadata" in p)


@mutant("SESSION-COMPACTED-2", "drops a compaction with a numeric window id")
def numeric_id_refused(reference: Patch) -> None:
    refuses(reference, "compacted", "wrong_shape", lambda p: isinstance(p.get("window_id"), int))


@mutant("SESSION-COMPACTED-2", "lets a numeric window id outrank the window number")
def numeric_id_outranks(reference: Patch) -> None:
    reference.edit(
        vars(compacted.Compacted)["prepare"].__func__, "if tree.get('window_number') is None:", "if True:"
    )


@mutant("SESSION-COMPACTED-2", "takes a negative window id")
def negative_id_taken(reference: Patch) -> None:
    takes(reference, "compacted", "wrong_shape", lambda p: part(p, "window_id") == -3)


@mutant("SESSION-COMPACTED-3", "asks that window ids are UUIDs")
def window_id_is_uuid(reference: Patch) -> None:
    refuses(reference, "compacted", "wrong_shape", lambda p: p.get("window_id") == "")


@mutant("SESSION-COMPACTED-4", "keeps ghost snapshots in a replacement history")
def ghosts_kept(reference: Patch) -> None:
    reference.does_nothing(compacted.is_ghost, answer=False)


@mutant("SESSION-COMPACTED-4", "leaves out every item that it does not know")
def unknown_left_out(reference: Patch) -> None:
    reference.wrap(
        compacted.is_ghost,
        lambda original, item: (
            original(item) or (isinstance(item, dict) and item.get("type") == "from_the_future")
        ),
    )


@mutant("SESSION-COMPACTED-5", "does not count the metadata of a replacement history")
def metadata_uncounted(reference: Patch) -> None:
    takes(reference, "compacted", "wrong_shape", lambda p: "replacement_history_metadata" in p)


@mutant("SESSION-COMPACTED-5", "keeps the metadata of ghost snapshots")
def metadata_of_ghosts_kept(reference: Patch) -> None:
    writes_as_it_stood(reference, "replacement_history_metadata")


# --- the rest -------------------------------------------------------------------------------------------


@mutant("SESSION-WORLD-1", "asks that a state is an object")
def state_is_object(reference: Patch) -> None:
    refuses(reference, "world_state", "wrong_shape", lambda p: not isinstance(p["state"], dict))


@mutant("SESSION-WORLD-1", "takes a state for full if nothing is said")
def full_by_default(reference: Patch) -> None:
    takes(reference, "world_state", "wrong_shape", lambda p: isinstance(p, dict) and "full" not in p)


@mutant("SESSION-WORLD-1", "rounds the numbers of a state")
def state_rounded(reference: Patch) -> None:
    writes(reference, lambda payload: json.loads(jsontext.compact(payload)))


@mutant("SESSION-AGENT-1", "reads a message between agents without content")
def agent_content_not_needed(reference: Patch) -> None:
    takes(
        reference,
        "inter_agent_communication",
        "wrong_shape",
        lambda p: isinstance(p, dict) and "content" not in p,
    )


@mutant("SESSION-AGENT-1", "does not know messages between agents")
def agent_messages_unknown(reference: Patch) -> None:
    reference.entry(LINE_TYPES, "inter_agent_communication", ABSENT)


@mutant("SESSION-AGENT-2", "takes anything for true")
def trigger_unchecked(reference: Patch) -> None:
    takes(reference, "inter_agent_communication_metadata", "wrong_shape", lambda p: "trigger_turn" in p)


@mutant("SESSION-AGENT-2", "takes a message for one that sets nothing off if nothing is said")
def trigger_by_default(reference: Patch) -> None:
    takes(reference, "inter_agent_communication_metadata", "wrong_shape", lambda p: p == {})


@mutant("SESSION-TOKENS-1", "asks for the tokens that went into the cache")
def cache_write_needed(reference: Patch) -> None:
    refuses(
        reference,
        "token_usage_record",
        "wrong_shape",
        lambda p: "cache_write_input_tokens" not in p["usage"],
    )


@mutant("SESSION-TOKENS-1", "takes counts for unsigned 64-bit integers")
def counts_unsigned(reference: Patch) -> None:
    takes(reference, "token_usage_record", "wrong_shape", lambda p: part(p, "usage", "total_tokens") == 2**63)


@mutant("SESSION-TOKENS-1", "does not know records of tokens")
def token_records_unknown(reference: Patch) -> None:
    reference.entry(LINE_TYPES, "token_usage_record", ABSENT)
