"""The laws over the life of a conversation: what the model is given, and what a writer knows, at any time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from rollout_conformance.machines.session import cuts, deeds
from rollout_conformance.machines.session.conversation import Conversation
from rollout_conformance.machines.session.laws.files import FILE_LAWS
from rollout_conformance.machines.session.laws.law import FileRun, Law, law
from rollout_conformance.machines.session.world import Entry, conversation_of
from rollout_reference.session.context import ModelContext, context_of
from rollout_reference.session.context.bounded import context_at
from rollout_reference.session.context.forks import (
    after_turn,
    before_turn,
    interrupted,
    last_turns,
    rolled_back,
)
from rollout_reference.session.errors import TurnNotFound
from rollout_reference.session.history import history_of
from rollout_reference.session.legacy.upgrade import Upgrade
from rollout_reference.session.lines import Line, read_line
from rollout_reference.session.transcript import transcript_of

MEANING = "SESSION-LAW-6"
CONTEXT_LAWS: list[Law] = [each for each in FILE_LAWS if each.requirement != MEANING]
"""What old lines mean is judged by the context that they lead to."""

Lines = Sequence[Line]
MARKER = deeds.marked("marker")
ROLLBACKS = (1, 2, 2**32 - 1)
LATEST = 3
"""How many turns a file is cut at, the latest ones."""


@law(CONTEXT_LAWS, "SESSION-LAW-7", "The windows of a thread are a chain, and it is in the last one.")
def window_is_the_last_of_a_chain(run: FileRun) -> None:
    """Compare with the compactions that the host counted, and the ids that it gave."""
    _same("window", msgspec.structs.astuple(run.context.window), _window(run.expected))


@law(CONTEXT_LAWS, "SESSION-LAW-8", "The history is what was told and done since the last compaction.")
def history_is_what_happened(run: FileRun) -> None:
    """Look for each item once, as it was recorded, without the turns that were taken back."""
    _same("history", run.context.history, run.expected.history)


@law(CONTEXT_LAWS, "SESSION-LAW-9", "What a writer knows is what the model was told last.")
def known_is_what_was_told(run: FileRun) -> None:
    """Of its surroundings, and of the settings of the last turn in which somebody spoke or all was told."""
    _same_knowledge(run.context, run.expected)


@law(CONTEXT_LAWS, "SESSION-LAW-10", "Taking turns back gives what was before them.")
def rollback_gives_what_was_before(run: FileRun) -> None:
    """Once, twice, and more than there are; two rollbacks are one of both."""
    if run.thread.mode == "paginated":
        return
    for turns in ROLLBACKS:
        expected = run.expected
        expected.roll_back(turns)
        _same_context(context_of(rolled_back(run.rollout.lines, turns)), expected)
    once = rolled_back(run.rollout.lines, 1)
    assert context_of(rolled_back(once, 1)) == context_of(rolled_back(run.rollout.lines, 2))


@law(CONTEXT_LAWS, "SESSION-LAW-11", "A fork begins with what there was at its cut.")
def fork_begins_with_what_was_there(run: FileRun) -> None:
    """Whole, before and through each of the last turns, or with the last turns only, as for a sub-agent."""
    lines, entries, window = run.rollout.lines, run.standing, run.thread.window_id
    _same_context(context_of(interrupted(lines, MARKER.payload)), _interrupted(entries, window))
    for turn_id in cuts.turns_begun(entries)[-LATEST:]:
        through = _cut(after_turn, lines, turn_id)
        _same_fork(through, cuts.through_turn(entries, turn_id), window)
        _same_fork(_cut(before_turn, lines, turn_id), cuts.before_turn(entries, turn_id), window)
    _same_context(context_of(last_turns(lines, None)), _interrupted(entries, window, marks=False))
    for turns in (0, 1, 2):
        given = conversation_of(cuts.last_turns(entries, turns), None)
        _same("history of an agent", context_of(last_turns(lines, turns)).history, given.history)


@law(CONTEXT_LAWS, "SESSION-LAW-12", "The form of a file, and how it is read, change nothing.")
def form_changes_nothing(run: FileRun) -> None:
    """Plain, cold, upgraded, read from its end: the same context."""
    assert context_at(run.path, run.home).context == run.context, "read from its end"
    if run.thread.mode == "legacy":
        assert _read(Upgrade(run.path)) == run.context, "upgraded"
    if run.path.suffix == ".zst" and run.thread.base is None and not run.thread.bare:
        assert _read(run.content.splitlines()) == run.context, "plain"


@law(CONTEXT_LAWS, "SESSION-LAW-13", "Each turn that was not taken back is shown, and each text once.")
def each_turn_is_shown_once(run: FileRun) -> None:
    """Count turns, not what begins them; what an agent was given is shown by its parent."""
    if run.thread.bare:
        return
    own = [entry for entry in run.standing if not entry.given]
    shown = conversation_of(own, None).shown
    told = shown.ids if run.thread.mode == "legacy" else [each for each in shown.ids if each]
    turns = [turn.id for turn in history_of(run.rollout).turns]
    _same("turns", [None if each.startswith("rollout-") else each for each in turns], told)
    _same("texts", [each.text for each in transcript_of(run.rollout).messages], shown.texts)


# --- comparing --------------------------------------------------------------------------------------------


def _same(what: str, found: Any, expected: Any) -> None:
    assert found == expected, f"{what}: {found} instead of {expected}"


def _same_context(found: ModelContext, expected: Conversation) -> None:
    _same("history", found.history, expected.history)
    _same("window", msgspec.structs.astuple(found.window), _window(expected))
    _same_knowledge(found, expected)


def _same_knowledge(found: ModelContext, expected: Conversation) -> None:
    _same("world state", found.world_state, expected.world_state)
    _same("reference context", found.reference_context, expected.reference)
    settings = expected.settings
    told = (settings["model"], settings.get("comp_hash"), None) if settings else None
    previous = found.previous_settings
    _same("previous settings", previous and msgspec.structs.astuple(previous), told)


def _same_fork(found: ModelContext | None, kept: list[Entry] | None, window_id: str | None) -> None:
    if found is None or kept is None:
        assert found is None and kept is None, "one of both refuses the cut"
    else:
        _same_context(found, _interrupted(kept, window_id))


def _window(conversation: Conversation) -> tuple[Any, ...]:
    return msgspec.structs.astuple(conversation.window)


def _cut(cut: Callable[[Lines, str], list[Line]], lines: Lines, turn_id: str) -> ModelContext | None:
    try:
        return context_of(interrupted(cut(lines, turn_id), MARKER.payload))
    except TurnNotFound:
        return None


def _interrupted(entries: list[Entry], window_id: str | None, *, marks: bool = True) -> Conversation:
    """Return the conversation of a fork with these entries, which ends the turn that it is in."""
    conversation = conversation_of(entries, window_id)
    if conversation.is_interrupted:
        if marks and MARKER.effect:
            MARKER.effect(conversation)
        conversation.abort()
    return conversation


def _read(lines: Iterable[bytes]) -> ModelContext:
    read = (read_line(line.rstrip(b"\n"), 1) for line in lines)
    return context_of([line for line in read if isinstance(line, Line)])
