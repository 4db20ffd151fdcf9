"""Wrong forks: their cuts, their ends, and what they inherit."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import inherited
from rollout_reference.session.context import forks
from rollout_reference.session.errors import BaseCycle, BaseMissing, BaseTooShort
from rollout_reference.session.history.reducer import Reducer
from rollout_reference.session.lines import Line

Cut = Callable[[list[Line], Any], list[Line]]

# --- cuts -----------------------------------------------------------------------------------------


@mutant("SESSION-FORK-1", "begins a fork without a history")
def fork_empty(reference: Patch) -> None:
    reference.does_nothing(forks.interrupted, answer=[])


@mutant("SESSION-FORK-2", "begins a fork in a window of its own")
def fork_in_new_window(reference: Patch) -> None:
    def afresh(original: Cut, lines: list[Line], marker: Any) -> list[Line]:
        return [line for line in original(lines, marker) if line.type != "compacted"]

    reference.wrap(forks.interrupted, afresh)


@mutant("SESSION-FORK-3", "cuts at a turn that was taken back")
def fork_at_lost_turn(reference: Patch) -> None:
    reference.edit(forks._start_of, "_turns(lines).named(turn_id) is None", "False")


@mutant("SESSION-FORK-3", "cuts after a turn that is not over")
def fork_after_running_turn(reference: Patch) -> None:
    reference.edit(forks.after_turn, "running is not None and running.id == turn_id", "False")


@mutant("SESSION-FORK-3", "keeps all when the turn is not there")
def fork_at_unknown_turn(reference: Patch) -> None:
    reference.edit(
        forks._start_of, "raise TurnNotFound(turn_id, 'no task_started begins it')", "return len(lines)"
    )


@mutant("SESSION-FORK-3", "does not see that a rollback takes back turns")
def fork_without_rollbacks(reference: Patch) -> None:
    reference.does_nothing(Reducer.roll_back)


@mutant("SESSION-FORK-4", "cuts at the end of the turn, not before the next")
def fork_at_end_of_turn(reference: Patch) -> None:
    reference.edit(
        forks.after_turn,
        "isinstance(lines[index].item, TaskStarted)",
        "isinstance(lines[index - 1].item, TaskComplete)",
    )


@mutant("SESSION-FORK-5", "keeps the turn that it is to be cut before")
def fork_with_cut_turn(reference: Patch) -> None:
    reference.wrap(forks.before_turn, lambda _original, lines, turn_id: forks.after_turn(lines, turn_id))


@mutant("SESSION-FORK-6", "does not end a turn that is open")
def fork_left_open(reference: Patch) -> None:
    reference.wrap(forks.interrupted, lambda _original, lines, _marker: list(lines))


@mutant("SESSION-FORK-6", "marks every fork as interrupted")
def fork_always_interrupted(reference: Patch) -> None:
    reference.does_nothing(forks._left_open, answer=True)


@mutant("SESSION-FORK-6", "looks at turns that were begun alone")
def fork_old_threads_closed(reference: Patch) -> None:
    reference.does_nothing(forks._left_open, answer=False)


@mutant("SESSION-FORK-6", "takes a turn that was rolled back for an open one")
def fork_marks_rolled_back(reference: Patch) -> None:
    staying = "reducer.take((line for line in lines if type(line.item) is not ThreadRolledBack))"
    reference.edit(forks._turns, "reducer.take(lines)", staying)


@mutant("SESSION-FORK-6", "takes an aborted turn for an open one")
def fork_aborted_is_open(reference: Patch) -> None:
    reference.edit(forks._running, "last.turn.status == 'inProgress'", "True")


# --- sub-agents -----------------------------------------------------------------------------------


@mutant("SESSION-FORK-7", "gives a sub-agent what was said alone")
def spawn_passes_texts(reference: Patch) -> None:
    reference.edit(
        forks.last_turns,
        "return interrupted(lines, None)",
        "return [line for line in lines if _passes_on(line)]",
    )


@mutant("SESSION-FORK-7", "ends a sub-agent's history with a marker")
def spawn_marked(reference: Patch) -> None:
    said = {"type": "input_text", "text": "<turn_aborted>\nx\n</turn_aborted>"}
    marker = {"type": "message", "role": "user", "content": [said]}
    reference.edit(forks.last_turns, "interrupted(lines, None)", f"interrupted(lines, {marker!r})")


@mutant("SESSION-FORK-11", "gives a sub-agent everything")
def spawn_passes_all(reference: Patch) -> None:
    reference.does_nothing(forks._passes_on, answer=True)


@mutant("SESSION-FORK-11", "keeps what stands before the first turn")
def spawn_keeps_start(reference: Patch) -> None:
    reference.edit(
        forks._from_turn, "begun[max(len(begun) - turns, 0)]", "(0 if len(begun) < turns else begun[-turns])"
    )


@mutant("SESSION-FORK-11", "does not count deliveries")
def spawn_ignores_deliveries(reference: Patch) -> None:
    reference.edit(forks._begins, "return item.trigger_turn", "return False")


@mutant("SESSION-FORK-11", "does not know rollbacks")
def spawn_ignores_rollbacks(reference: Patch) -> None:
    reference.does_nothing(forks._take_back)


@mutant("SESSION-FORK-11", "counts a delivery and its message as two")
def spawn_counts_twice(reference: Patch) -> None:
    reference.edit(forks._tells, "not (isinstance(item, AgentMessage) and delivered)", "True")


@mutant("SESSION-FORK-11", "tells a sub-agent the settings of its parent's last turns")
def spawn_tells_settings(reference: Patch) -> None:
    reference.edit(
        forks._passes_on,
        "line.type in _PASSED_ON",
        "line.type in {'turn_context', 'world_state'} or line.type in _PASSED_ON",
    )


# --- cuts at a message ------------------------------------------------------------------------------


@mutant("SESSION-FORK-12", "counts messages that were injected")
def message_counts_injected(reference: Patch) -> None:
    reference.edit(forks._messages_of_user, "is_user_message(line.payload)", "line.item.role == 'user'")


@mutant("SESSION-FORK-12", "counts messages that were taken back")
def message_counts_rolled_back(reference: Patch) -> None:
    reference.edit(forks._messages_of_user, "isinstance(line.item, ThreadRolledBack)", "False")


@mutant("SESSION-FORK-12", "keeps an open turn")
def message_keeps_open_turn(reference: Patch) -> None:
    reference.edit(forks.before_message, "running is not None", "False")


@mutant("SESSION-FORK-12", "keeps an open turn that no line begins")
def message_keeps_old_turn(reference: Patch) -> None:
    reference.edit(forks.before_message, "places[-1]] if _left_open(lines) else lines", "]")


@mutant("SESSION-FORK-12", "counts messages from 1")
def message_from_one(reference: Patch) -> None:
    reference.edit(forks.before_message, "places[number]", "places[number - 1]")


@mutant("SESSION-FORK-12", "keeps the turn in which a message stands out")
def message_cuts_turn(reference: Patch) -> None:
    reference.edit(
        forks.before_message,
        "places[number]",
        "max((i for i in range(places[number]) if isinstance(lines[i].item, TaskStarted)), default=0)",
    )


# --- inherited history ----------------------------------------------------------------------------


@mutant("SESSION-FORK-8", "does not follow the base")
def base_not_followed(reference: Patch) -> None:
    reference.edit(inherited.load_lineage, "own.meta.history_base is None", "True")


@mutant("SESSION-FORK-8", "inherits all of the base")
def base_whole(reference: Patch) -> None:
    reference.wrap(inherited._before, lambda _original, lines, _end: iter(lines))


@mutant("SESSION-FORK-8", "follows one base alone")
def base_of_base_not_followed(reference: Patch) -> None:
    reference.edit(inherited._bases, "last = found", "break")


@mutant("SESSION-FORK-8", "cuts each base by its own child alone")
def base_cut_by_child(reference: Patch) -> None:
    reference.edit(
        inherited._bases,
        "min(int(base.end_ordinal_exclusive), bases[-1][1] if bases else 2 ** 64)",
        "int(base.end_ordinal_exclusive)",
    )


@mutant("SESSION-FORK-8", "looks for the base among active threads alone")
def base_active_only(reference: Patch) -> None:
    reference.edit(inherited._by_id, "(SESSIONS, ARCHIVED)", "(SESSIONS,)")


@mutant("SESSION-FORK-8", "believes the name of a base")
def base_by_name(reference: Patch) -> None:
    reference.edit(inherited._find, "segment_id(rollout) == segment", "True")


@mutant("SESSION-FORK-9", "shows a fork without the base that is missing")
def base_may_be_missing(reference: Patch) -> None:
    reference.never_raises(inherited._bases, BaseMissing, "return bases")


@mutant("SESSION-FORK-9", "takes what there is of the base")
def base_may_be_short(reference: Patch) -> None:
    reference.never_raises(inherited._bases, BaseTooShort)


@mutant("SESSION-FORK-10", "stops where a thread inherits from itself")
def base_cycle_is_end(reference: Patch) -> None:
    reference.never_raises(inherited._bases, BaseCycle, "return bases")
