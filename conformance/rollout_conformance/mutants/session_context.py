"""Wrong rebuilders of the model context: what it is, segments and boundaries."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import context
from rollout_reference.session.context import boundaries, fragments
from rollout_reference.session.context.segments import Scan
from rollout_reference.session.errors import NotPaginated
from rollout_reference.session.lines import Line
from rollout_reference.session.reading import loaded

Rebuild = Callable[[list[Line], Any], Any]

# --- the context as a whole ----------------------------------------------------------------------


@mutant("SESSION-CONTEXT-1", "puts the lines in the order of their timestamps")
def context_by_time(reference: Patch) -> None:
    def by_time(original: Rebuild, lines: list[Line], limit: Any = None) -> Any:
        return original(sorted(lines, key=lambda line: line.timestamp), limit)

    reference.wrap(context.context_of, by_time)


@mutant("SESSION-CONTEXT-2", "rolls a paginated thread back")
def context_rolls_paginated_back(reference: Patch) -> None:
    reference.never_raises(loaded.check_mode, NotPaginated)


@mutant("SESSION-CONTEXT-3", "lets a later header begin the history anew")
def context_begins_at_last_header(reference: Patch) -> None:
    def from_last_header(original: Rebuild, lines: list[Line], limit: Any = None) -> Any:
        last = max(index for index, line in enumerate(lines) if line.type == "session_meta")
        return original(lines[last:], limit)

    reference.wrap(context.context_of, from_last_header)


# --- segments -------------------------------------------------------------------------------------


@mutant("SESSION-CONTEXT-4", "makes a turn of the user of the item alone, not of the event")
def context_ignores_user_events(reference: Patch) -> None:
    reference.does_nothing(Scan._of_user)


@mutant("SESSION-CONTEXT-4", "takes every turn_context for one of the open turn")
def context_takes_any_turn_context(reference: Patch) -> None:
    reference.edit(Scan._turn_context, "not _compatible(segment.turn_id, item.turn_id)", "False")


@mutant("SESSION-CONTEXT-4", "asks of a turn_context that it names the turn")
def context_needs_named_turn_context(reference: Patch) -> None:
    reference.edit(
        Scan._turn_context, "not _compatible(segment.turn_id, item.turn_id)", "item.turn_id is None"
    )


@mutant("SESSION-CONTEXT-4", "takes a turn_context for a turn of the user")
def context_counts_turn_contexts(reference: Patch) -> None:
    reference.edit(
        Scan._turn_context, "segment = self._segment()", "segment = self._segment()\nsegment.of_user = True"
    )


@mutant("SESSION-CONTEXT-4", "does not look at how a turn was aborted")
def context_ignores_aborts(reference: Patch) -> None:
    reference.edit(
        Scan._ended, "isinstance(item, TurnAborted) and item.turn_id is None", "isinstance(item, TurnAborted)"
    )


@mutant("SESSION-CONTEXT-4", "lets the oldest end of a turn name it")
def context_named_by_oldest_end(reference: Patch) -> None:
    reference.edit(
        Scan._ended, "item.turn_id if segment.turn_id is None else segment.turn_id", "item.turn_id"
    )


@mutant("SESSION-CONTEXT-5", "closes a segment at a task_started of its own turn alone")
def context_closes_at_own_start(reference: Patch) -> None:
    reference.edit(
        Scan._started,
        "self._close()",
        "if self._open is not None and self._open.turn_id in (None, item.turn_id):\n    self._close()",
    )


@mutant("SESSION-CONTEXT-5", "lets a task_started without a turn behind it count as a turn")
def context_counts_lone_starts(reference: Patch) -> None:
    reference.edit(
        Scan._started,
        "self._close()",
        "if self._open is None and self._taken_back:\n    self._taken_back -= 1\nself._close()",
    )


@mutant("SESSION-CONTEXT-5", "closes a segment at the end of a turn, so that what follows is of the next")
def context_closes_at_ends(reference: Patch) -> None:
    reference.edit(Scan._ended, "segment = self._segment()", "self._close()\nsegment = self._segment()")


@mutant("SESSION-CONTEXT-6", "takes the settings of a turn that is not of the user")
def context_settings_of_any_turn(reference: Patch) -> None:
    reference.edit(Scan._close, "found.settings is None and telling", "found.settings is None")


@mutant("SESSION-CONTEXT-6", "asks of a cleared reference that its turn is of the user")
def context_cleared_by_users_only(reference: Patch) -> None:
    reference.edit(Scan._close, "telling or segment.reference is None", "telling")


@mutant("SESSION-CONTEXT-4", "takes no turn for telling in which only the state was told")
def context_none_telling(reference: Patch) -> None:
    reference.edit(Scan._close, "segment.of_user or segment.told_whole", "segment.of_user")


@mutant("SESSION-CONTEXT-4", "takes a state that is a patch for the whole")
def context_telling_by_patch(reference: Patch) -> None:
    reference.edit(Scan._world_state, "item.full and (not segment.compacted)", "not segment.compacted")


@mutant("SESSION-CONTEXT-4", "takes a state from before a compaction for told")
def context_telling_before_compaction(reference: Patch) -> None:
    reference.edit(Scan._world_state, "item.full and (not segment.compacted)", "item.full")


@mutant("SESSION-CONTEXT-12", "takes the newest of several settings in a turn")
def context_settings_newest(reference: Patch) -> None:
    reference.edit(
        Scan._turn_context, "segment.settings = line", "segment.settings = segment.settings or line"
    )


@mutant("SESSION-CONTEXT-13", "takes the oldest of several references in a turn")
def context_reference_oldest(reference: Patch) -> None:
    reference.edit(Scan._turn_context, "if segment.reference is UNSET", "if segment.reference is not None")


@mutant("SESSION-CONTEXT-13", "keeps the reference over a compaction")
def context_reference_not_cleared(reference: Patch) -> None:
    reference.edit(Scan._compacted, "segment.reference is UNSET", "False")


@mutant("SESSION-CONTEXT-13", "clears the reference also if settings were told again")
def context_reference_always_cleared(reference: Patch) -> None:
    reference.edit(Scan._compacted, "segment.reference is UNSET", "True")


# --- boundaries -----------------------------------------------------------------------------------


@mutant("SESSION-CONTEXT-7", "knows no messages between agents as boundaries")
def boundary_of_users_only(reference: Patch) -> None:
    reference.edit(boundaries.is_boundary, "item['type'] == 'agent_message'", "False")


@mutant("SESSION-CONTEXT-7", "takes a message of the developer for a boundary")
def boundary_of_developers(reference: Patch) -> None:
    reference.edit(boundaries.is_boundary, "role == 'user' and", "role in ('user', 'developer') and")


@mutant("SESSION-CONTEXT-8", "takes what was injected for what the user said")
def contextual_is_said(reference: Patch) -> None:
    reference.does_nothing(fragments.is_contextual, answer=False)


@mutant("SESSION-CONTEXT-8", "does not ask for the end of an injected text")
def contextual_unclosed(reference: Patch) -> None:
    reference.does_nothing(fragments._ends, answer=True)


@mutant("SESSION-CONTEXT-8", "does not ask for the opening of an injected text")
def contextual_unopened(reference: Patch) -> None:
    reference.edit(fragments.is_contextual, "text[:1] not in '#<W'", "False")
    reference.edit(fragments.is_contextual, "_begins(text, opening)", "True")


@mutant("SESSION-CONTEXT-8", "asks for the exact letters of an injected text")
def contextual_exact(reference: Patch) -> None:
    reference.edit(fragments._ascii_lower, ".lower()", "")


@mutant("SESSION-CONTEXT-8", "asks that all parts of a message were injected")
def contextual_in_all_parts(reference: Patch) -> None:
    reference.edit(boundaries.is_contextual_user, "any(", "all(")


@mutant("SESSION-CONTEXT-8", "does not know prompts of hooks")
def contextual_no_hooks(reference: Patch) -> None:
    reference.does_nothing(fragments._is_hook_prompt, answer=False)


@mutant("SESSION-CONTEXT-8", "takes a hook's prompt without a run")
def contextual_hook_without_run(reference: Patch) -> None:
    reference.edit(fragments._is_hook_prompt, "bool(element.get('hook_run_id', '').strip())", "True")


@mutant("SESSION-CONTEXT-8", "does not know contexts with a key or a source")
def contextual_no_patterns(reference: Patch) -> None:
    reference.constant(fragments, "PATTERNS", ())


@mutant("SESSION-CONTEXT-8", "does not know the warnings of old versions")
def contextual_no_warnings(reference: Patch) -> None:
    reference.constant(fragments, "WARNINGS", ())


@mutant("SESSION-CONTEXT-9", "knows permissions alone as trimmable")
def trimmable_permissions_only(reference: Patch) -> None:
    reference.constant(fragments, "DEVELOPER_OPENINGS", fragments.DEVELOPER_OPENINGS[:1])


@mutant("SESSION-CONTEXT-9", "trims a text that holds an opening anywhere")
def trimmable_anywhere(reference: Patch) -> None:
    reference.edit(fragments.is_trimmable, "_begins(text, opening)", "opening in text")


@mutant("SESSION-CONTEXT-10", "does not know deliveries of the old form")
def delivery_unknown(reference: Patch) -> None:
    reference.does_nothing(boundaries.delivery_of)


@mutant("SESSION-CONTEXT-10", "takes any object for a delivery")
def delivery_of_any_shape(reference: Patch) -> None:
    reference.edit(
        boundaries.is_boundary, "delivery_of(item) is not None", "item['content'][0]['text'][:1] == '{'"
    )
