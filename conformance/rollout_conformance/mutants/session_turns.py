"""Wrong readers of the turns of a thread."""

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import history
from rollout_reference.session.history import conversation, failures, lifecycle, reducer
from rollout_reference.session.history.reducer import HANDLERS, Reducer
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.items.events.commands import ExecCommandEnd

# --- beginnings -----------------------------------------------------------------------------------


@mutant("SESSION-TURN-1", "lets a start join the open turn")
def turn_start_joins(reference: Patch) -> None:
    reference.edit(
        lifecycle.start,
        "history.begin(turn, explicit=True)",
        "history.open or history.begin(turn, explicit=True)",
    )


@mutant("SESSION-TURN-1", "does not tell when a turn began")
def turn_start_untimed(reference: Patch) -> None:
    reference.edit(lifecycle.start, "started_at=started.started_at", "started_at=None")


@mutant("SESSION-TURN-2", "begins a turn with every message of the user")
def turn_by_message(reference: Patch) -> None:
    reference.edit(conversation.say, "(not turn.explicit) and", "")


@mutant("SESSION-TURN-2", "keeps messages of the user in one implicit turn")
def turn_implicit_goes_on(reference: Patch) -> None:
    reference.edit(conversation.say, "history.close()", "pass")


@mutant("SESSION-TURN-2", "begins a turn behind a compaction that stands alone")
def turn_leaves_compaction(reference: Patch) -> None:
    reference.edit(conversation.say, "(not (turn.compacted and (not turn.items)))", "True")


@mutant("SESSION-TURN-2", "lets a message join any turn that saw a compaction")
def turn_joins_compacted(reference: Patch) -> None:
    reference.edit(conversation.say, "turn.compacted and (not turn.items)", "turn.compacted")


@mutant("SESSION-TURN-3", "counts implicit turns")
def turn_id_counts_turns(reference: Patch) -> None:
    reference.edit(Reducer.ensure_open, "self.index", "len(self.closed)")


@mutant("SESSION-TURN-3", "counts only the lines that do something")
def turn_id_counts_handled(reference: Patch) -> None:
    reference.edit(Reducer.take, "self.index = index", "self.index += type(line.item) in HANDLERS")


@mutant("SESSION-TURN-4", "keeps implicit turns without items")
def turn_kept_empty(reference: Patch) -> None:
    reference.edit(conversation.summarize, "if reasoning.text:", "history.ensure_open()\nif reasoning.text:")
    reference.edit(reducer.is_kept, "bool(progress.items)", "True")


@mutant("SESSION-TURN-4", "drops every turn without items")
def turn_dropped_empty(reference: Patch) -> None:
    reference.edit(reducer.is_kept, "progress.explicit or progress.compacted or", "")


@mutant("SESSION-TURN-5", "drops a turn that only saw a compaction")
def turn_compaction_dropped(reference: Patch) -> None:
    reference.entry(HANDLERS, Compacted, ABSENT)


@mutant("SESSION-TURN-5", "shows a compaction by its line")
def turn_compaction_twice(reference: Patch) -> None:
    reference.edit(
        lifecycle.compact,
        "history.ensure_open().compacted = True",
        "history.ensure_open().compacted = True\nhistory.push(answer.ContextCompaction(history.next_id()))",
    )


@mutant("SESSION-TURN-9", "goes on with a turn of the same id")
def turn_same_id_joined(reference: Patch) -> None:
    reference.edit(
        lifecycle.start,
        "history.begin(turn, explicit=True)",
        "history.named(turn.id) or history.begin(turn, explicit=True)",
    )


# --- ends -----------------------------------------------------------------------------------------


@mutant("SESSION-TURN-6", "leaves a completed turn open")
def turn_stays_open(reference: Patch) -> None:
    reference.edit(lifecycle.complete, "history.close()", "pass")


@mutant("SESSION-TURN-6", "ends the open turn whichever is named")
def turn_end_of_open(reference: Patch) -> None:
    reference.edit(lifecycle.complete, "history.named(ended.turn_id) or history.open", "history.open")


@mutant("SESSION-TURN-6", "ignores the end of an unknown turn")
def turn_end_unknown(reference: Patch) -> None:
    reference.edit(
        lifecycle.complete, "history.named(ended.turn_id) or history.open", "history.named(ended.turn_id)"
    )


@mutant("SESSION-TURN-6", "completes an interrupted turn")
def turn_end_completes(reference: Patch) -> None:
    reference.edit(lifecycle.complete, "elif turn.status == 'inProgress':", "else:")


@mutant("SESSION-TURN-6", "keeps times that a later end does not tell")
def turn_end_keeps_times(reference: Patch) -> None:
    reference.edit(lifecycle.complete, "ended.duration_ms", "ended.duration_ms or turn.duration_ms")


@mutant("SESSION-TURN-7", "does not look at the error of a turn")
def turn_error_ignored(reference: Patch) -> None:
    reference.edit(lifecycle.complete, "ended.error is not None", "False")


@mutant("SESSION-TURN-7", "shows the kind of an error as it stands")
def turn_error_kind_kept(reference: Patch) -> None:
    reference.wrap(failures._shown, lambda _, kind: kind)


@mutant("SESSION-TURN-7", "shows kinds of errors that it does not know")
def turn_error_kind_unknown(reference: Patch) -> None:
    reference.edit(failures._shown, "if kind in NAMES", "if True")


@mutant("SESSION-TURN-7", "does not look at the error of an aborted turn")
def turn_abort_error_ignored(reference: Patch) -> None:
    reference.edit(lifecycle.abort, "aborted.error is not None", "False")


@mutant("SESSION-TURN-8", "closes an aborted turn")
def turn_abort_closes(reference: Patch) -> None:
    reference.edit(
        lifecycle.abort, "turn.status = 'interrupted'", "turn.status = 'interrupted'\nhistory.close()"
    )


@mutant("SESSION-TURN-8", "stops the open turn for an unknown one")
def turn_abort_unknown(reference: Patch) -> None:
    reference.edit(lifecycle._aborted, "None if history.open.explicit else history.open", "history.open")


@mutant("SESSION-TURN-8", "stops no implicit turn")
def turn_abort_explicit_only(reference: Patch) -> None:
    reference.edit(lifecycle._aborted, "None if history.open.explicit else history.open", "None")


@mutant("SESSION-TURN-8", "stops the open turn whichever is named")
def turn_abort_of_open(reference: Patch) -> None:
    reference.edit(
        lifecycle._aborted, "history.named(turn_id) if turn_id is not None else None", "history.open"
    )


@mutant("SESSION-TURN-8", "ignores an abort without id")
def turn_abort_nameless(reference: Patch) -> None:
    reference.edit(lifecycle._aborted, "return named or history.open", "return named")


# --- rollbacks and the end of the file ------------------------------------------------------------


@mutant("SESSION-TURN-10", "keeps what was rolled back")
def turn_rollback_ignored(reference: Patch) -> None:
    reference.does_nothing(Reducer.roll_back)


@mutant("SESSION-TURN-10", "leaves the open turn open")
def turn_rollback_of_closed(reference: Patch) -> None:
    reference.edit(Reducer.roll_back, "self.close()", "pass")


@mutant("SESSION-TURN-10", "counts messages of the user")
def turn_rollback_counts_messages(reference: Patch) -> None:
    reference.edit(
        Reducer.roll_back,
        "left = max(len(self.closed) - turns, 0)",
        "said = [n for n, p in enumerate(self.closed)"
        " for i in p.items if type(i).__name__ == 'UserMessage']\n"
        "left = (said[-min(turns, len(said))] if turns and said else len(self.closed))",
    )


@mutant("SESSION-TURN-10", "ignores a rollback of more turns than there are")
def turn_rollback_too_many(reference: Patch) -> None:
    reference.edit(
        Reducer.roll_back,
        "max(len(self.closed) - turns, 0)",
        "len(self.closed) - turns if turns <= len(self.closed) else len(self.closed)",
    )


@mutant("SESSION-TURN-11", "does not look at errors")
def turn_errors_ignored(reference: Patch) -> None:
    reference.does_nothing(lifecycle.fail)


@mutant("SESSION-TURN-11", "fails a turn for any error")
def turn_fails_for_any(reference: Patch) -> None:
    reference.constant(lifecycle, "_WITHOUT_EFFECT", ())


@mutant("SESSION-TURN-12", "shows a turn as running that nobody runs")
def turn_in_progress_for_ever(reference: Patch) -> None:
    reference.wrap(history._settled, lambda _, turns: turns)


# --- what counts ----------------------------------------------------------------------------------


@mutant("SESSION-HISTORY-2", "shows what old versions kept")
def history_unfiltered(reference: Patch) -> None:
    reference.wrap(history._kept, lambda _, lines: lines)


@mutant("SESSION-HISTORY-3", "shows of a running thread what its file keeps")
def running_filtered(reference: Patch) -> None:
    reference.entry(HANDLERS, ExecCommandEnd, ABSENT)


@mutant("SESSION-HISTORY-3", "shows no turn of a running thread as running")
def running_settled(reference: Patch) -> None:
    reference.wrap(history.running_history_of, lambda _, *asked: history.history_of(*asked))
