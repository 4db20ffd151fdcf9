"""Damage bundles by seed: small changes that two reducers must answer alike.

The same bundle, seed and donor give the same bytes on every machine and Python version: of
`random.Random` only `random()` is used, the one method whose sequence is promised, and whatever
is chosen from is in a defined order.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rollout_conformance.mutation import donors, files, ids, lines, shapes, values
from rollout_conformance.mutation.drafts import Dice, Draft, MemoryBundle, can_be_written

__all__ = ["OPERATORS", "MemoryBundle", "Mutant", "Operator", "mutate"]

STEPS = (1, 1, 1, 2, 2, 3)
"""How many operators a mutant gets, one of these."""
TRIES_PER_STEP = 40

Operator = Callable[[Draft, Dice], None]

OPERATORS: dict[str, Operator] = {
    operator.__name__: operator
    for operator in (
        lines.drop_line,
        lines.drop_lines,
        lines.duplicate_line,
        lines.swap_neighbours,
        lines.swap_lines,
        lines.move_line,
        lines.repeat_as_new,
        lines.insert_blank,
        lines.end_lines_otherwise,
        ids.retarget_id,
        ids.retarget_id_across,
        ids.null_id,
        ids.make_id_unknown,
        ids.rename_id_everywhere,
        shapes.delete_member,
        shapes.rename_member,
        shapes.reorder_members,
        shapes.duplicate_member,
        shapes.add_member,
        shapes.retype_value,
        shapes.nest_value,
        shapes.unwrap_value,
        shapes.make_object_array,
        shapes.swap_values,
        shapes.duplicate_element,
        shapes.drop_element,
        shapes.swap_elements,
        shapes.cut_array,
        values.change_number,
        values.change_string,
        values.stretch_string,
        values.change_word,
        values.change_inner_json,
        files.swap_payload_files,
        files.copy_payload_file,
        files.swap_references,
        files.change_path,
        files.drop_file,
        files.make_file_folder,
        files.truncate_log_at_line,
        files.truncate_log_at_byte,
        files.truncate_file,
        files.change_byte,
        files.add_at_ends,
        files.respace,
        donors.graft_line,
        donors.merge_logs,
        donors.graft_payload,
        donors.graft_elements,
        lines.repeat_block,
        lines.swap_between_lines,
        ids.unify_ids,
        values.continue_response,
    )
}
"""All operators by name.  The order decides what a seed gives: add new ones at the end."""

SUBTLE = (
    "duplicate_line",
    "move_line",
    "repeat_as_new",
    "repeat_block",
    "swap_between_lines",
    "retarget_id",
    "unify_ids",
    "swap_values",
    "retype_value",
    "change_string",
    "stretch_string",
    "change_word",
    "change_inner_json",
    "continue_response",
    "swap_elements",
    "duplicate_element",
    "drop_element",
    "graft_elements",
    "merge_logs",
)
"""Operators that often leave a bundle acceptable; they are tried three times as often."""

_TRIED = (*OPERATORS, *SUBTLE, *SUBTLE)


@dataclass(frozen=True)
class Mutant:
    """A damaged bundle, and the names of the operators that did it."""

    bundle: MemoryBundle
    operators: tuple[str, ...]


def mutate(
    bundle: MemoryBundle, seed: int, steps: int | None = None, donor: MemoryBundle | None = None
) -> Mutant:
    """Change a bundle by `steps` operators (one to three unless given).

    Operators that mix two bundles take from `donor`, or from the bundle itself.
    """
    dice = Dice(seed)
    draft = Draft(bundle, donor or bundle)
    done: list[str] = []
    for _ in range(steps or dice.pick(STEPS)):
        for _ in range(TRIES_PER_STEP):
            name = dice.pick(_TRIED)
            before = dict(draft.files)
            OPERATORS[name](draft, dice)
            if draft.files != before and can_be_written(draft.files):
                done.append(name)
                break
            draft.files = before
    return Mutant(MemoryBundle(draft.files), tuple(done))
