"""The items that a line holds whole, from their shapes into those of the answer.  [SESSION-HISTORY-20]"""

from collections.abc import Callable
from typing import Any, TypeVar

from rollout_reference.session.history import answer, answer_tools, said, shown
from rollout_reference.session.history.agents import states_of
from rollout_reference.session.history.answer import ThreadItem
from rollout_reference.session.history.failures import camel_case
from rollout_reference.session.history.reviews import review_text
from rollout_reference.session.items import extensions, turn_items, turn_tools

S = TypeVar("S", bound=Callable[[Any], ThreadItem])

SHOWS: dict[type, Callable[[Any], ThreadItem]] = {}
"""How an item is shown, by its type; one without an entry is not."""


def thread_item(item: Any) -> ThreadItem | None:
    """Return a turn item as it is shown, None if it is not."""
    show = SHOWS.get(type(item))
    return None if show is None else show(item)


def shows(kind: type) -> Callable[[S], S]:
    """Register a function for a type of turn items."""

    def register(show: S) -> S:
        SHOWS[kind] = show
        return show

    return register


@shows(turn_items.UserMessageItem)
def _user_message(item: turn_items.UserMessageItem) -> ThreadItem:
    return answer.UserMessage(item.id, item.client_id, [said.part_of(part) for part in item.content])


@shows(turn_items.HookPromptItem)
def _hook_prompt(item: turn_items.HookPromptItem) -> ThreadItem:
    return answer.HookPrompt(
        item.id, [answer.HookFragment(each.text, each.hook_run_id) for each in item.fragments]
    )


@shows(turn_items.AgentMessageItem)
def _agent_message(item: turn_items.AgentMessageItem) -> ThreadItem:
    text = "".join(part.text for part in item.content if isinstance(part, turn_items.AgentText))
    return answer.AgentMessage(item.id, text, item.phase, said.citation(item.memory_citation))


@shows(turn_items.PlanItem)
def _plan(item: turn_items.PlanItem) -> ThreadItem:
    return answer.Plan(item.id, item.text)


@shows(turn_items.ReasoningItem)
def _reasoning(item: turn_items.ReasoningItem) -> ThreadItem:
    return answer.Reasoning(item.id, item.summary_text, item.raw_content)


@shows(turn_tools.CommandExecutionItem)
def _command(item: turn_tools.CommandExecutionItem) -> ThreadItem:
    status: answer_tools.DecidedStatus = "inProgress" if item.status == "in_progress" else item.status
    command = shown.command(item.id, item, status)
    command.aggregated_output = item.aggregated_output or None
    command.exit_code = item.exit_code
    command.duration_ms = shown.milliseconds(item.duration)
    return command


@shows(turn_tools.DynamicToolCallItem)
def _dynamic(item: turn_tools.DynamicToolCallItem) -> ThreadItem:
    return answer_tools.DynamicToolCall(
        item.id,
        item.namespace,
        item.tool,
        item.arguments,
        "inProgress" if item.status == "in_progress" else item.status,
        item.content_items,
        item.success,
        shown.milliseconds(item.duration),
    )


@shows(turn_tools.CollabAgentToolCallItem)
def _collab(item: turn_tools.CollabAgentToolCallItem) -> ThreadItem:
    return answer_tools.CollabAgentToolCall(
        item.id,
        camel_case(item.tool),
        camel_case(item.status),
        str(item.sender_thread_id),
        [str(each) for each in item.receiver_thread_ids],
        item.prompt,
        item.model,
        None if item.reasoning_effort is None else str(item.reasoning_effort),
        states_of(item.agents_states),
    )


@shows(turn_items.SubAgentActivityItem)
def _sub_agent(item: turn_items.SubAgentActivityItem) -> ThreadItem:
    return answer_tools.SubAgentActivity(item.id, item.kind, str(item.agent_thread_id), str(item.agent_path))


@shows(turn_items.WebSearchItem)
def _web_search(item: turn_items.WebSearchItem) -> ThreadItem:
    return answer_tools.WebSearch(item.id, item.query, shown.web_action(item.action))


@shows(turn_items.ImageViewItem)
def _image_view(item: turn_items.ImageViewItem) -> ThreadItem:
    return answer_tools.ImageView(item.id, shown.native_path(item.path))


@shows(turn_items.SleepItem)
def _sleep(item: turn_items.SleepItem) -> ThreadItem:
    return answer_tools.Sleep(item.id, int(item.duration_ms))


@shows(turn_items.ImageGenerationItem)
def _image(item: turn_items.ImageGenerationItem) -> ThreadItem:
    return shown.image(item, item.id)


@shows(turn_tools.FileChangeItem)
def _file_change(item: turn_tools.FileChangeItem) -> ThreadItem:
    return answer_tools.FileChange(item.id, shown.changes(item.changes), item.status or "inProgress")


@shows(turn_tools.McpToolCallItem)
def _mcp(item: turn_tools.McpToolCallItem) -> ThreadItem:
    call = shown.mcp_call(item.id, item.server, item.tool, item.status, item.arguments, item)
    call.result = None if item.result is None else shown.mcp_result(item.result)
    call.error = None if item.error is None else answer_tools.McpError(item.error.message)
    call.duration_ms = shown.milliseconds(item.duration)
    return call


@shows(turn_tools.FunctionCallOutputItem)
def _tool_output(item: turn_tools.FunctionCallOutputItem) -> ThreadItem:
    return answer_tools.FunctionCallOutput(item.id, item.name, item.namespace, item.output)


@shows(turn_items.EnteredReviewModeItem)
def _entered_review(item: turn_items.EnteredReviewModeItem) -> ThreadItem:
    return answer.EnteredReviewMode(item.id, item.user_facing_hint)


@shows(turn_items.ExitedReviewModeItem)
def _exited_review(item: turn_items.ExitedReviewModeItem) -> ThreadItem:
    return answer.ExitedReviewMode(item.id, review_text(item.review_output))


@shows(turn_items.ContextCompactionItem)
def _compaction(item: turn_items.ContextCompactionItem) -> ThreadItem:
    return answer.ContextCompaction(item.id)


@shows(extensions.Extension)
def _extension(item: extensions.Extension) -> ThreadItem:
    match item.content:
        case extensions.Sleep() as sleep:
            return answer_tools.Sleep(sleep.id, int(sleep.duration_ms))
        case extensions.WebSearch() as search:
            return answer_tools.WebSearch(search.id, search.query, search.action)
        case extensions.GeneratedImage() as image:
            return shown.image(image, image.id)
