"""The state machine of recorded threads: the reference keeps every law, planted bugs are found and shrunk."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from rollout_conformance.machines.frame import PLAY, Finding, LawBroken, noting
from rollout_conformance.machines.session.files import FileMachine
from rollout_conformance.machines.session.laws.files import FILE_LAWS
from rollout_conformance.mutants.patch import Patch, patched
from rollout_reference.session.legacy.upgrade import Upgrade
from rollout_reference.session.storage import coding
from rollout_reference.session.writing import header, line_writer, ordinals
from rollout_reference.session.writing.line_writer import LineWriter

pytestmark = pytest.mark.thorough

JUDGE = settings(PLAY, max_examples=40, stateful_step_count=40)
HUNT = settings(JUDGE, max_examples=1_000, stateful_step_count=20, phases=[Phase.generate, Phase.shrink])

ACTIONS = {
    *("create", "append", "add", "persist", "close", "fill_disk", "kill", "resume", "kill_while_resuming"),
    *(
        "fork",
        "change_git",
        "meet_old_writer",
        "meet_new_writer",
        "tear",
        "find_bare_thread",
        "freeze",
        "thaw",
    ),
}
"""What a host, and what others do."""

Bug = Callable[[Patch], None]


def test_reference_keeps_the_laws() -> None:
    """Dozens of random hosts, every law on every file that has changed, every action played."""
    played: set[str] = set()

    class Noting(FileMachine):
        def teardown(self) -> None:
            played.update(self.steps)
            super().teardown()

    run_state_machine_as_test(Noting, settings=JUDGE)

    assert played == ACTIONS


def test_laws_stand_for_requirements() -> None:
    """Every law of the text is checked; the fourth by the machine itself.

    [SESSION-LAW-1, SESSION-LAW-2, SESSION-LAW-3, SESSION-LAW-4, SESSION-LAW-5, SESSION-LAW-6]
    """
    assert {law.requirement for law in FILE_LAWS} | {"SESSION-LAW-4"} == {
        f"SESSION-LAW-{n}" for n in range(1, 7)
    }


# --- planted bugs -------------------------------------------------------------------------------------


def begun_line_is_repeated(reference: Patch) -> None:
    """Write a line again after a write that has failed."""
    reference.edit(LineWriter._settle, "return len(found)", "return 0")


def failure_empties_the_queue(reference: Patch) -> None:
    """Forget what could not be written."""
    reference.edit(LineWriter.flush, "raise", "self._queue.clear()\nraise")


def torn_line_is_glued(reference: Patch) -> None:
    """Append to a line that has no end."""
    reference.does_nothing(line_writer.end_line)


def agent_of_a_fork_is_its_parent(reference: Patch) -> None:
    """Begin a fork with the id of its parent."""
    reference.edit(header.header_of, "'id': thread_id", "'id': start.forked_from_id or thread_id")


def ordinals_begin_again(reference: Patch) -> None:
    """Count a resumed thread from 0."""
    reference.edit(ordinals.ordinals_of_file, "return Ordinals(following)", "return Ordinals(0)")


def unknown_lines_have_no_ordinal(reference: Patch) -> None:
    """Take the last line of a known type for the last record."""
    reference.edit(
        ordinals.record_of,
        "if not isinstance(value, dict) or",
        "if isinstance(value, dict) and value.get('type') == 'from_the_future':\n    return None\n"
        "if not isinstance(value, dict) or",
    )


def thawed_file_has_a_line_more(reference: Patch) -> None:
    """End a thawed file with an empty line."""

    def decompress(original: Any, source: int, target: int, files: Any) -> None:
        original(source, target, files)
        files.write(target, b"\n")

    reference.wrap(coding.decompress, decompress)


def summaries_are_not_upgraded(reference: Patch) -> None:
    """Drop compactions with a numeric window."""
    reference.edit(
        Upgrade._lines_of,
        "if isinstance(found, Defect)",
        "if getattr(found, 'type', '') == 'compacted':\n    return\nif isinstance(found, Defect)",
    )


@pytest.mark.parametrize(
    ("bug", "laws"),
    [
        (begun_line_is_repeated, {"SESSION-LAW-1", "SESSION-LAW-5"}),
        (failure_empties_the_queue, {"SESSION-LAW-1", "SESSION-LAW-5"}),
        (torn_line_is_glued, {"SESSION-LAW-1", "SESSION-LAW-5"}),
        (agent_of_a_fork_is_its_parent, {"SESSION-LAW-1", "SESSION-LAW-2"}),
        (ordinals_begin_again, {"SESSION-LAW-3"}),
        (unknown_lines_have_no_ordinal, {"SESSION-LAW-3"}),
        (thawed_file_has_a_line_more, {"SESSION-LAW-4"}),
        (summaries_are_not_upgraded, {"SESSION-LAW-6"}),
    ],
)
def test_planted_bug_is_found_and_shrunk(bug: Bug, laws: set[str]) -> None:
    """What one wrong line does to a file shows after at most six acts of a host."""
    found: list[Finding] = []

    with patched(bug), pytest.raises(LawBroken):
        run_state_machine_as_test(noting(FileMachine, found), settings=HUNT)

    assert found[-1].requirement in laws
    assert len(found[-1].steps) <= 6, found[-1]
