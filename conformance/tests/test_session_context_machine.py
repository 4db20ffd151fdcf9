"""The state machine of conversations: the reference keeps every law, planted bugs are found and shrunk."""

from collections.abc import Callable

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from rollout_conformance.machines.frame import PLAY, Finding, LawBroken, noting
from rollout_conformance.machines.session.contexts import ContextMachine
from rollout_conformance.machines.session.laws.contexts import CONTEXT_LAWS
from rollout_conformance.mutants.patch import Patch, patched
from rollout_reference.session.context import forks, world
from rollout_reference.session.context.replay import Replay
from rollout_reference.session.context.rollback import History
from rollout_reference.session.context.segments import Scan
from rollout_reference.session.context.windows import Window
from rollout_reference.session.history import lifecycle
from rollout_reference.session.items.compacted import Compacted
from rollout_reference.session.legacy import upgrade

pytestmark = pytest.mark.thorough

JUDGE = settings(PLAY, max_examples=60, stateful_step_count=50)
HUNT = settings(PLAY, max_examples=1_000, stateful_step_count=15, phases=[Phase.generate, Phase.shrink])

ACTIONS = {
    *("create", "persist", "close", "resume", "kill", "kill_while_resuming"),
    *("begin", "end", "say", "answer", "call", "deliver", "inject", "describe", "change_settings"),
    *("compact", "compact_without_number", "compact_with_numeric_id", "roll_back"),
    *("fork", "fork_at_turn", "spawn"),
    *("meet_old_writer", "meet_new_writer", "tear", "find_bare_thread", "freeze", "thaw"),
}
"""What a host, and what others do."""

Bug = Callable[[Patch], None]


def test_reference_keeps_the_laws() -> None:
    """Dozens of random conversations, every law after every act, every act played."""
    played: set[str] = set()

    class Noting(ContextMachine):
        def teardown(self) -> None:
            played.update(self.steps)
            super().teardown()

    run_state_machine_as_test(Noting, settings=JUDGE)

    assert played == ACTIONS


def test_laws_stand_for_requirements() -> None:
    """Every law of the text on conversations is checked.

    [SESSION-LAW-7, SESSION-LAW-8, SESSION-LAW-9, SESSION-LAW-10, SESSION-LAW-11, SESSION-LAW-12,
    SESSION-LAW-13]
    """
    assert {f"SESSION-LAW-{n}" for n in range(7, 14)} <= {law.requirement for law in CONTEXT_LAWS}


# --- planted bugs -------------------------------------------------------------------------------------


def window_number_skips(reference: Patch) -> None:
    """Leave a number out at each compaction."""
    reference.edit(Window.following, "self.number + 1", "self.number + 2")


def first_window_changes(reference: Patch) -> None:
    """Take the window that is compacted for the first one."""
    reference.edit(
        Window.following,
        "present.first_window_id, present.window_id",
        "present.window_id, present.window_id",
    )


def rolled_back_compaction_counts(reference: Patch) -> None:
    """Stay in the window that a compaction opened whose turn was taken back."""
    reference.edit(
        Scan._close,
        "if self._taken_back:",
        "if self._taken_back:\n    self.found.window = self.found.window or segment.window",
    )


def numeric_window_is_an_id(reference: Patch) -> None:
    """Read the number by which old versions name a window as a UUID."""
    reference.edit(
        vars(Compacted)["prepare"].__func__,
        "tree['window_number'] = number",
        "tree['window_id'] = f'00000000-0000-7000-8000-{number:012x}'",
    )


def rollback_counts_turns(reference: Patch) -> None:
    """Cut the history where turns begin, not where somebody tells the agent something."""
    reference.edit(History.append, "if is_boundary(item):", "if False:")
    reference.edit(
        Replay._take,
        "if isinstance(item, TypedItem):",
        "if type(item).__name__ == 'TaskStarted':\n"
        "    self._history._boundaries.append(len(self._history.items))\n"
        "if isinstance(item, TypedItem):",
    )


def world_outlives_compactions(reference: Patch) -> None:
    """Patch the state that the model was told before a compaction."""
    reference.edit(world.baseline, "state = None", "pass")


def cut_keeps_the_next_beginning(reference: Patch) -> None:
    """Let a fork through a turn begin the next one."""
    reference.edit(forks.after_turn, "next(following, len(lines))", "next(following, len(lines)) + 1")


def upgraded_message_is_from_its_reader(reference: Patch) -> None:
    """Take the recipient of an old message for its author."""
    reference.edit(upgrade.agent_message, "'author': message['author']", "'author': message['recipient']")


def compaction_between_turns_is_hidden(reference: Patch) -> None:
    """Show no turn for a compaction that stands in none."""
    reference.does_nothing(lifecycle.compact)


@pytest.mark.parametrize(
    ("bug", "laws"),
    [
        (window_number_skips, {"SESSION-LAW-7"}),
        (first_window_changes, {"SESSION-LAW-7"}),
        (rolled_back_compaction_counts, {"SESSION-LAW-7", "SESSION-LAW-10"}),
        (numeric_window_is_an_id, {"SESSION-LAW-7"}),
        (rollback_counts_turns, {"SESSION-LAW-8", "SESSION-LAW-10"}),
        (world_outlives_compactions, {"SESSION-LAW-9"}),
        (cut_keeps_the_next_beginning, {"SESSION-LAW-11"}),
        (upgraded_message_is_from_its_reader, {"SESSION-LAW-12"}),
        (compaction_between_turns_is_hidden, {"SESSION-LAW-13"}),
    ],
)
def test_planted_bug_is_found_and_shrunk(bug: Bug, laws: set[str]) -> None:
    """What one wrong line does to a conversation shows after at most six acts of a host."""
    found: list[Finding] = []

    with patched(bug), pytest.raises(LawBroken):
        run_state_machine_as_test(noting(ContextMachine, found), settings=HUNT)

    assert found[-1].requirement in laws
    assert len(found[-1].steps) <= 6, found[-1]
