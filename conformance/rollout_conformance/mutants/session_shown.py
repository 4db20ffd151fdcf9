"""Wrong readers of hooks, reviews and tools in a history."""

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.history import (
    agents,
    conversation,
    hook_prompts,
    places,
    quoting,
    reviews,
    shown,
    tools,
)
from rollout_reference.session.history.reducer import HANDLERS
from rollout_reference.session.items.events.agents import SubAgentActivity
from rollout_reference.session.items.events.guardian import GuardianAssessment
from rollout_reference.session.items.response_items import Message


@mutant("SESSION-HISTORY-11", "does not show prompts of hooks")
def hooks_hidden(reference: Patch) -> None:
    reference.entry(HANDLERS, Message, ABSENT)


@mutant("SESSION-HISTORY-11", "shows prompts of hooks among other parts")
def hooks_among_others(reference: Patch) -> None:
    reference.edit(
        hook_prompts.fragments_of, "fragments if len(fragments) == len(found) else []", "fragments"
    )


@mutant("SESSION-HISTORY-11", "takes any element for the prompt of a hook")
def hooks_of_any_element(reference: Patch) -> None:
    reference.edit(hook_prompts._fragment, "not text.startswith(f'<{_ELEMENT}') or", "")
    reference.edit(hook_prompts._fragment, "element.tag == _ELEMENT and", "")


@mutant("SESSION-HISTORY-11", "shows prompts of hooks in any role")
def hooks_of_any_role(reference: Patch) -> None:
    reference.edit(conversation.prompt, "if message.role == 'user' else None", "")


@mutant("SESSION-HISTORY-12", "shows no findings")
def review_without_findings(reference: Patch) -> None:
    reference.wrap(reviews._findings, lambda _, found: "")


@mutant("SESSION-HISTORY-12", "drops a review of an unknown turn")
def review_dropped(reference: Patch) -> None:
    reference.edit(conversation.put_review, "history.begin(Turn(turn_id, []), explicit=False)", "return")


@mutant("SESSION-HISTORY-12", "shows an empty hint as none")
def review_hint_empty(reference: Patch) -> None:
    reference.edit(conversation.begin_review, "event.user_facing_hint is None", "not event.user_facing_hint")


@mutant("SESSION-HISTORY-13", "shows changes in the order of the line")
def patch_unsorted(reference: Patch) -> None:
    reference.edit(shown.changes, "sorted(found)", "found")


@mutant("SESSION-HISTORY-13", "orders paths by UTF-16")
def patch_sorted_utf16(reference: Patch) -> None:
    reference.edit(shown.changes, "sorted(found)", "sorted(found, key=lambda p: p.encode('utf-16-be'))")


@mutant("SESSION-HISTORY-13", "does not tell where a file went")
def patch_unmoved(reference: Patch) -> None:
    reference.edit(
        shown._change, "change.unified_diff if moved is None else", "change.unified_diff if True else"
    )


@mutant("SESSION-HISTORY-14", "shows a call as completed that returned an error")
def mcp_error_completed(reference: Patch) -> None:
    reference.edit(tools.end_mcp, "'failed' if result.is_error else 'completed'", "'completed'")


@mutant("SESSION-HISTORY-14", "rounds durations")
def mcp_rounded(reference: Patch) -> None:
    reference.edit(shown.milliseconds, "span.nanos // 10 ** 6", "(span.nanos + 500000) // 10 ** 6")


@mutant("SESSION-HISTORY-14", "shows durations of any length")
def mcp_long(reference: Patch) -> None:
    reference.edit(shown.milliseconds, "if total < 2 ** 63 else None", "")


@mutant("SESSION-HISTORY-15", "shows what a search did as it stands")
def web_action_kept(reference: Patch) -> None:
    reference.wrap(shown.web_action, lambda _, found: found)


@mutant("SESSION-HISTORY-15", "does not show what agents do to each other")
def sub_agents_hidden(reference: Patch) -> None:
    reference.entry(HANDLERS, SubAgentActivity, ABSENT)


@mutant("SESSION-HISTORY-15", "shows that an agent completed")
def sub_agent_completed_shown(reference: Patch) -> None:
    reference.edit(agents.act, "event.kind == 'completed'", "False")


@mutant("SESSION-HISTORY-16", "does not show what a reviewer judges")
def guardian_hidden(reference: Patch) -> None:
    reference.entry(HANDLERS, GuardianAssessment, ABSENT)


@mutant("SESSION-HISTORY-17", "quotes with single quotes alone")
def command_single_quotes(reference: Patch) -> None:
    reference.wrap(quoting._quoted, lambda _, word: "'" + word.replace("'", "'\"'\"'") + "'")


@mutant("SESSION-HISTORY-17", "shows the URI of a folder")
def command_uri(reference: Patch) -> None:
    reference.wrap(places.native_path, lambda _, uri: str(uri))


@mutant("SESSION-HISTORY-17", "shows an empty output")
def command_output_empty(reference: Patch) -> None:
    reference.edit(tools.end_command, "event.aggregated_output or None", "event.aggregated_output")


@mutant("SESSION-HISTORY-18", "takes an agent that failed for a success")
def agents_never_fail(reference: Patch) -> None:
    reference.constant(agents, "_BAD", ())


@mutant("SESSION-HISTORY-18", "takes a spawn without a thread for a success")
def agents_spawn_nothing(reference: Patch) -> None:
    reference.edit(agents.spawn, "outcome(states) if states else 'failed'", "outcome(states)")
