"""Wrong rebuilders of the history: its base, what is appended, old compactions, and what is sent."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import context
from rollout_reference.session.context import fragments, replay, sending, shortening, summaries
from rollout_reference.session.context.replay import Replay
from rollout_reference.session.context.segments import Scan
from rollout_reference.session.context.shortening import Limit

# --- history --------------------------------------------------------------------------------------


@mutant("SESSION-CONTEXT-14", "leaves out what a compaction put in place of the history")
def history_without_base(reference: Patch) -> None:
    reference.edit(Replay.__init__, "replacement_of(base) if base else []", "[]")


@mutant("SESSION-CONTEXT-14", "keeps what a compaction replaced")
def history_keeps_replaced(reference: Patch) -> None:
    reference.edit(context.rebuilt, "lines[after:] if after else lines", "lines")


@mutant("SESSION-CONTEXT-14", "takes the oldest replacement history of a segment and of the file")
def history_of_oldest_base(reference: Patch) -> None:
    reference.edit(Scan._close, "found.base is None", "segment.base is not None")
    reference.does_nothing(vars(Scan)["is_settled"].fget, answer=False)


@mutant("SESSION-CONTEXT-14", "leaves ghost snapshots in a replacement history")
def history_with_ghosts(reference: Patch) -> None:
    reference.edit(replay.replacement_of, "if not is_ghost(item)", "")


@mutant("SESSION-CONTEXT-14", "leaves system messages out of a replacement history")
def history_base_filtered(reference: Patch) -> None:
    reference.edit(
        replay.replacement_of, "not is_ghost(item)", "item.get('role') != 'system' and not is_ghost(item)"
    )


@mutant("SESSION-CONTEXT-15", "keeps system messages")
def history_keeps_system(reference: Patch) -> None:
    reference.edit(Replay._append, "isinstance(item, Message) and item.role == 'system'", "False")


@mutant("SESSION-CONTEXT-15", "keeps triggers and items that it does not know")
def history_keeps_unknown(reference: Patch) -> None:
    reference.edit(Replay._append, "isinstance(item, Other | CompactionTrigger)", "False")


@mutant("SESSION-CONTEXT-16", "leaves out messages between agents of the old form")
def history_without_deliveries(reference: Patch) -> None:
    reference.edit(Replay._take, "self._history.append(agent_message(line.payload))", "pass")


@mutant("SESSION-CONTEXT-16", "gives an encrypted message between agents no head")
def history_headless_delivery(reference: Patch) -> None:
    reference.edit(replay.agent_message, "{'type': 'input_text', 'text': about}, ", "")


@mutant("SESSION-CONTEXT-16", "calls every message between agents a task")
def history_every_delivery_a_task(reference: Patch) -> None:
    reference.edit(replay.agent_message, "if communication['trigger_turn']", "if True")


@mutant("SESSION-CONTEXT-17", "allows no more than the limit itself")
def limit_without_allowance(reference: Patch) -> None:
    allowed = vars(Limit)["allowed"].fget
    reference.edit(allowed, "* 6 // 5", "")


@mutant("SESSION-CONTEXT-17", "cuts a character in two")
def limit_cuts_characters(reference: Patch) -> None:
    reference.edit(
        shortening.shortened, "decode(errors='ignore') if size", "decode(errors='replace') if size"
    )


@mutant("SESSION-CONTEXT-17", "gives each part of an output the whole limit")
def limit_of_each_part(reference: Patch) -> None:
    reference.edit(shortening.limited, "left = max(left - cost, 0)", "pass")


@mutant("SESSION-CONTEXT-18", "puts the summary behind the history as it was")
def summary_behind_all(reference: Patch) -> None:
    reference.edit(
        Replay._take,
        "compacted(self._history.items, item.message)",
        "self._history.items + compacted([], item.message)",
    )


@mutant("SESSION-CONTEXT-18", "says nothing in place of an empty summary")
def summary_empty(reference: Patch) -> None:
    reference.constant(summaries, "NO_SUMMARY", "")


@mutant("SESSION-CONTEXT-18", "sums up nothing when the compaction was rolled back")
def summary_of_survivors_only(reference: Patch) -> None:
    reference.edit(
        Replay._take, "self._history.replace(compacted(self._history.items, item.message))", "pass"
    )


@mutant("SESSION-CONTEXT-20", "sums up an earlier summary as if the user had said it")
def summary_of_summaries(reference: Patch) -> None:
    reference.does_nothing(fragments.is_summary, answer=False)


@mutant("SESSION-CONTEXT-20", "sums up labels of images, too")
def summary_of_labels(reference: Patch) -> None:
    reference.does_nothing(summaries._is_image, answer=False)


@mutant("SESSION-CONTEXT-21", "keeps the reference over a compaction without a replacement")
def summary_keeps_reference(reference: Patch) -> None:
    reference.edit(Replay._take, "self.lost_reference = True", "pass")


@mutant("SESSION-CONTEXT-21", "lets any compaction without a replacement take the reference")
def summary_before_base_takes_reference(reference: Patch) -> None:
    reference.edit(
        context.rebuilt,
        "found.reference is UNSET",
        "found.reference is UNSET or any('compacted' == each.type"
        " and 'replacement_history' not in each.payload for each in lines)",
    )


# --- sending --------------------------------------------------------------------------------------


@mutant("SESSION-CONTEXT-24", "sends calls without an output")
def sent_unanswered(reference: Patch) -> None:
    reference.edit(sending.sent, "items.append(_made(item, CALLS[kind]))", "pass")


@mutant("SESSION-CONTEXT-24", "sends outputs without a call")
def sent_orphans(reference: Patch) -> None:
    reference.edit(sending.sent, "continue", "pass")


@mutant("SESSION-CONTEXT-24", "takes an output of any kind for the one of a call")
def sent_any_kind(reference: Patch) -> None:
    reference.edit(sending._ids, "{(kind, call_id) for", "{(other, call_id) for other in _OUTPUTS for")


@mutant("SESSION-CONTEXT-25", "gives every output that was made an id of its own")
def sent_ids_of_calls(reference: Patch) -> None:
    reference.edit(sending._made, "uuid.uuid5(_ID_SPACE, name)", "uuid.uuid4()")
