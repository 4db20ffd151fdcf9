"""Wrong readers of rollbacks, context windows and the world state."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.context import forks, windows, world
from rollout_reference.session.context.replay import Replay
from rollout_reference.session.context.rollback import History
from rollout_reference.session.context.segments import Scan
from rollout_reference.session.errors import NothingToRollBack

# --- rollback -------------------------------------------------------------------------------------


@mutant("SESSION-ROLLBACK-1", "forgets a rollback when it meets an older one")
def rollback_forgets(reference: Patch) -> None:
    reference.edit(Scan._rolled_back, "self._taken_back +=", "self._taken_back =")


@mutant("SESSION-ROLLBACK-1", "ignores a rollback of more turns than a thread can have")
def rollback_ignores_huge(reference: Patch) -> None:
    reference.edit(
        Scan._rolled_back,
        "self._taken_back += item.num_turns",
        "self._taken_back += item.num_turns % 4294967295",
    )


@mutant("SESSION-ROLLBACK-2", "keeps what a rolled-back turn told")
def rollback_of_history_only(reference: Patch) -> None:
    reference.does_nothing(Scan._rolled_back)


@mutant("SESSION-ROLLBACK-2", "counts segments that are not of the user")
def rollback_counts_segments(reference: Patch) -> None:
    reference.edit(Scan._close, "self._taken_back -= segment.of_user", "self._taken_back -= 1")


@mutant("SESSION-ROLLBACK-2", "keeps the window that a rolled-back compaction told")
def rollback_keeps_window(reference: Patch) -> None:
    reference.edit(
        Scan._close,
        "self._taken_back -=",
        "self.found.window = self.found.window or segment.window\nself._taken_back -=",
    )


@mutant("SESSION-ROLLBACK-2", "keeps the world state of a rolled-back turn")
def rollback_keeps_world(reference: Patch) -> None:
    reference.edit(
        Scan._close, "self._taken_back -=", "self.found.world += segment.world\nself._taken_back -="
    )


@mutant("SESSION-ROLLBACK-3", "does not take back anything from the history")
def rollback_nothing(reference: Patch) -> None:
    reference.does_nothing(History.roll_back)


@mutant("SESSION-ROLLBACK-3", "takes back messages, not boundaries")
def rollback_counts_items(reference: Patch) -> None:
    reference.edit(History.roll_back, "self._boundaries[-turns]", "len(self.items) - turns")


@mutant("SESSION-ROLLBACK-4", "ignores a rollback of more turns than there are")
def rollback_ignores_too_many(reference: Patch) -> None:
    reference.edit(History.roll_back, "not turns or", "not turns or turns > len(self._boundaries) or")


@mutant("SESSION-ROLLBACK-4", "takes back what stands before the first turn")
def rollback_takes_all(reference: Patch) -> None:
    reference.edit(History.roll_back, "else first", "else 0")


@mutant("SESSION-ROLLBACK-5", "leaves what was injected for a turn that is gone")
def rollback_leaves_injected(reference: Patch) -> None:
    reference.edit(History.roll_back, "cut -= 1", "break")


@mutant("SESSION-ROLLBACK-5", "trims what stands before the first turn")
def rollback_trims_all(reference: Patch) -> None:
    reference.edit(History.roll_back, "cut > first and", "cut and")


@mutant("SESSION-ROLLBACK-6", "takes a rollback of no turn for one of all")
def rollback_zero_is_all(reference: Patch) -> None:
    reference.edit(History.roll_back, "not turns or", "")
    reference.edit(
        History.roll_back,
        "self._boundaries[-turns] if turns < len(self._boundaries)",
        "self._boundaries[-turns] if 0 < turns < len(self._boundaries)",
    )


@mutant("SESSION-ROLLBACK-6", "fails on a rollback of a thread without turns")
def rollback_of_nothing_takes_all(reference: Patch) -> None:
    reference.edit(
        History.roll_back,
        "if not turns or not self._boundaries:",
        "if not self._boundaries:\n    self.items.clear()\nif not turns or not self._boundaries:",
    )


@mutant("SESSION-ROLLBACK-7", "replays a compaction that was rolled back")
def rollback_replays_compaction(reference: Patch) -> None:
    reference.edit(
        Replay._take,
        "isinstance(item, Compacted) and item.replacement_history is None",
        "isinstance(item, Compacted) and item.replacement_history is not None:\n"
        "    self._history.replace(replacement_of(line))\nelif isinstance(item, Compacted)",
    )


@mutant("SESSION-ROLLBACK-7", "begins the history behind a compaction that was rolled back")
def rollback_begins_behind_compaction(reference: Patch) -> None:
    reference.edit(
        Scan._close,
        "self._taken_back -=",
        "self.found.base = self.found.base or segment.base\nself._taken_back -=",
    )


@mutant("SESSION-ROLLBACK-8", "answers a rollback with the context as it is")
def rollback_not_asked(reference: Patch) -> None:
    reference.wrap(forks.rolled_back, lambda original, lines, turns: original(lines, turns)[:-1])


@mutant("SESSION-ROLLBACK-8", "takes back no turn when asked to")
def rollback_of_zero_asked(reference: Patch) -> None:
    reference.never_raises(forks.rolled_back, NothingToRollBack)


# --- windows --------------------------------------------------------------------------------------


@mutant("SESSION-WINDOW-1", "counts compactions although they tell their numbers")
def window_always_counted(reference: Patch) -> None:
    reference.does_nothing(windows.window_of)


@mutant("SESSION-WINDOW-1", "takes the oldest window that is told")
def window_oldest(reference: Patch) -> None:
    reference.edit(Scan._close, "found.window or segment.window", "segment.window or found.window")


@mutant("SESSION-WINDOW-1", "asks of numbers that they go up by one")
def window_numbers_in_order(reference: Patch) -> None:
    reference.edit(
        windows.window_of,
        "compacted.window_number is None",
        "compacted.window_number is None or compacted.window_number > 2",
    )


@mutant("SESSION-WINDOW-1", "asks of a window that it has an id")
def window_needs_id(reference: Patch) -> None:
    reference.edit(windows.window_of, "compacted.window_number is None", "compacted.window_id is None")


@mutant("SESSION-WINDOW-2", "takes ids of any kind")
def window_any_id(reference: Patch) -> None:
    reference.wrap(windows._id, lambda _original, text: text)


@mutant("SESSION-WINDOW-2", "takes UUIDs of any version")
def window_any_version(reference: Patch) -> None:
    reference.edit(windows._id, "if uuid[14] == '7' else None", "")


@mutant("SESSION-WINDOW-3", "does not know the initial window")
def window_initial_unknown(reference: Patch) -> None:
    reference.does_nothing(windows._initial)


@mutant("SESSION-WINDOW-3", "takes the initial window of the last header")
def window_initial_last(reference: Patch) -> None:
    reference.edit(windows.untold, "initial or _initial(item)", "_initial(item) or initial")


@mutant("SESSION-WINDOW-4", "goes back to the initial window though compactions have no number")
def window_initial_always(reference: Patch) -> None:
    reference.edit(windows.untold, "initial is not None and numbered", "initial is not None")


@mutant("SESSION-WINDOW-4", "counts the compactions without a number alone")
def window_counts_unnumbered(reference: Patch) -> None:
    reference.edit(windows.untold, "counted += 1", "counted += item.window_number is None")


# --- world state ----------------------------------------------------------------------------------


@mutant("SESSION-WORLDSTATE-1", "merges a full record into the state")
def world_full_is_patch(reference: Patch) -> None:
    reference.edit(world.baseline, "_state(told.state)", "_state(merge_patch(state, told.state))")


@mutant("SESSION-WORLDSTATE-2", "keeps the state over a compaction")
def world_outlives_compaction(reference: Patch) -> None:
    reference.edit(
        world.baseline,
        "if not isinstance(told, WorldState)",
        "if not isinstance(told, WorldState) and state is None",
    )
    reference.edit(
        world.baseline, "elif told.full", "elif not isinstance(told, WorldState):\n    pass\nelif told.full"
    )


@mutant("SESSION-WORLDSTATE-3", "puts a patch in place of the state")
def world_patch_is_full(reference: Patch) -> None:
    reference.edit(world.baseline, "_state(merge_patch(state, told.state))", "_state(told.state)")


@mutant("SESSION-WORLDSTATE-3", "merges the top of objects alone")
def world_patch_is_shallow(reference: Patch) -> None:
    reference.edit(world.merge_patch, "merge_patch(merged.get(key), part)", "part")


@mutant("SESSION-WORLDSTATE-3", "keeps null where a patch removes a key")
def world_patch_keeps_null(reference: Patch) -> None:
    reference.edit(world.merge_patch, "part is None", "False")


@mutant("SESSION-WORLDSTATE-4", "makes a state of a patch over nothing")
def world_patch_over_nothing(reference: Patch) -> None:
    reference.edit(world.baseline, "elif state is not None", "else")


@mutant("SESSION-WORLDSTATE-5", "ignores a state that is no object")
def world_ignores_other_states(reference: Patch) -> None:
    reference.edit(world.baseline, "_state(told.state)", "_state(told.state) or state")
    reference.edit(
        world.baseline,
        "_state(merge_patch(state, told.state))",
        "_state(merge_patch(state, told.state)) or state",
    )
