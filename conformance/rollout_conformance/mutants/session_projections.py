"""Wrong readers of whole items, paginated rollouts, bare files and transcripts."""

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import history, transcript
from rollout_reference.session.history import (
    bare,
    items,
    projection,
    whole_items,
)
from rollout_reference.session.history.reducer import HANDLERS, Reducer
from rollout_reference.session.items.event_msg import ItemStarted
from rollout_reference.session.items.turn_items import SleepItem
from rollout_reference.session.items.turn_tools import FunctionCallOutputItem


@mutant("SESSION-HISTORY-19", "takes every item from lines that hold them whole")
def whole_items_all(reference: Patch) -> None:
    reference.edit(items.hold, "isinstance(item, TOLD_HERE_ALONE) and", "")


@mutant("SESSION-HISTORY-19", "takes no item from lines that hold them whole")
def whole_items_none(reference: Patch) -> None:
    reference.does_nothing(items.hold)


@mutant("SESSION-HISTORY-19", "does not look at items that begin")
def whole_items_begun(reference: Patch) -> None:
    reference.entry(HANDLERS, ItemStarted, ABSENT)


@mutant("SESSION-HISTORY-20", "does not know a tool's output")
def whole_output_unknown(reference: Patch) -> None:
    reference.entry(whole_items.SHOWS, FunctionCallOutputItem, ABSENT)


@mutant("SESSION-HISTORY-20", "does not know the old form of a sleep")
def whole_sleep_unknown(reference: Patch) -> None:
    reference.entry(whole_items.SHOWS, SleepItem, ABSENT)


@mutant("SESSION-HISTORY-20", "shows the first text of an answer alone")
def whole_first_text(reference: Patch) -> None:
    reference.edit(whole_items._agent_message, "in item.content", "in item.content[:1]")


@mutant("SESSION-HISTORY-21", "reduces paginated rollouts as legacy ones")
def projection_by_reducer(reference: Patch) -> None:
    reference.wrap(projection.project, lambda _, lines: history.reduced(lines))


@mutant("SESSION-HISTORY-21", "does not look at the error of a paginated turn")
def projection_without_errors(reference: Patch) -> None:
    reference.edit(projection._completed, "'failed' if error else 'completed'", "'completed'")


@mutant("SESSION-HISTORY-22", "lets the last end of a turn decide")
def projection_last_end(reference: Patch) -> None:
    reference.edit(projection.Projection.take, "known is None or known.status == 'inProgress'", "True")


@mutant("SESSION-HISTORY-22", "keeps the time of a start that the end does not tell")
def projection_keeps_start(reference: Patch) -> None:
    reference.edit(
        projection.Projection.take,
        "known.status == 'inProgress'",
        "(known.status == 'inProgress' and change.status == 'inProgress')",
    )


@mutant("SESSION-HISTORY-22", "moves a replaced item to the end")
def projection_moves(reference: Patch) -> None:
    reference.edit(
        projection.Projection.take,
        "self._items.setdefault(change.turn_id, {})[change.item.id] = change.item",
        "known_items = self._items.setdefault(change.turn_id, {})\n"
        "known_items.pop(change.item.id, None)\n"
        "known_items[change.item.id] = change.item",
    )


@mutant("SESSION-HISTORY-23", "rolls paginated rollouts back")
def projection_rolls_back(reference: Patch) -> None:
    reference.edit(
        projection.project,
        "change = change_of(line)",
        "if type(line.item).__name__ == 'ThreadRolledBack':\n"
        "    projection._turns.popitem()\n"
        "change = change_of(line)",
    )


@mutant("SESSION-HISTORY-23", "aborts the last turn where none is named")
def projection_aborts_last(reference: Patch) -> None:
    reference.edit(projection._aborted, "event.turn_id is None", "False")


@mutant("SESSION-HISTORY-24", "shows the parent's turns as those of the agent")
def projection_with_prefix(reference: Patch) -> None:
    reference.edit(history._own, "line.ordinal is None or", "True or")


@mutant("SESSION-HISTORY-24", "hides one line too many")
def projection_prefix_longer(reference: Patch) -> None:
    reference.edit(history._own, "line.ordinal >= start", "line.ordinal > start")


@mutant("SESSION-HISTORY-24", "hides what its own header names alone")
def projection_prefix_of_base(reference: Patch) -> None:
    reference.edit(history._own, "[rollout.header, *rollout.inherited]", "[rollout.header]")


@mutant("SESSION-HISTORY-25", "shows the own turns of a fork alone")
def projection_without_base(reference: Patch) -> None:
    reference.edit(
        history._own,
        "for line in rollout.lines:",
        "base = rollout.meta.history_base\n"
        "end = base.end_ordinal_exclusive if base else 0\n"
        "for line in (x for x in rollout.lines if x.ordinal is None or x.ordinal >= end):",
    )


@mutant("SESSION-HISTORY-26", "finds no history in bare files")
def bare_empty(reference: Patch) -> None:
    reference.edit(history._presented, "if rollout.meta.cli_version else told_by_events(rollout.lines)", "")


@mutant("SESSION-HISTORY-26", "takes the instructions of the user for a message")
def bare_instructions(reference: Patch) -> None:
    reference.constant(bare, "_INSTRUCTIONS", "<nothing>")


@mutant("SESSION-TRANSCRIPT-1", "lists what was rolled back")
def transcript_rolled_back(reference: Patch) -> None:
    reference.does_nothing(Reducer.roll_back)


@mutant("SESSION-TRANSCRIPT-1", "does not tell turns apart")
def transcript_without_turns(reference: Patch) -> None:
    reference.edit(transcript._messages, "Message(turn.id,", "Message('',")


@mutant("SESSION-TRANSCRIPT-2", "lists reasoning")
def transcript_with_reasoning(reference: Patch) -> None:
    reference.edit(
        transcript.text_of,
        "case UserMessage():",
        "case ThreadItem(summary=[first, *_]):\n    return ('assistant', first)\ncase UserMessage():",
    )


@mutant("SESSION-TRANSCRIPT-2", "leaves plans out")
def transcript_without_plans(reference: Patch) -> None:
    reference.edit(transcript.text_of, "AgentMessage() | Plan()", "AgentMessage()")


@mutant("SESSION-TRANSCRIPT-2", "lists the first text of a message alone")
def transcript_first_text(reference: Patch) -> None:
    reference.edit(
        transcript.text_of,
        "''.join((part.text for part in item.content if isinstance(part, Text)))",
        "next((part.text for part in item.content if isinstance(part, Text)), '')",
    )


@mutant("SESSION-TRANSCRIPT-3", "lists messages without text")
def transcript_with_empty(reference: Patch) -> None:
    reference.edit(transcript._messages, "said is not None and said[1]", "said is not None")
