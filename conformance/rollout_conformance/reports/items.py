"""One line about each item of a history: what tells it from others of its type."""

from collections.abc import Callable
from typing import Any

from rollout_conformance.reports.wording import counted
from rollout_reference import jsontext
from rollout_reference.session.history import answer, answer_tools
from rollout_reference.session.history.answer import ThreadItem

_USUAL = ("completed", "inProgress")
"""How tools end, or not yet do; another status is worth a word."""

LONGEST = 2_000
"""Characters of an item that are looked at; a table cuts them to its width."""


def told_in_short(item: ThreadItem) -> str:
    """Return what an item tells, on one line, the status of a tool that did not succeed last."""
    tell = _TELLS.get(type(item))
    return " ".join(tell(item)[:LONGEST].split()) if tell else ""


def kind_of(item: ThreadItem) -> str:
    """Return the type of an item as the answer names it."""
    name = type(item).__name__
    return name[0].lower() + name[1:]


def _user(item: answer.UserMessage) -> str:
    return " ".join(
        part.text if isinstance(part, answer.Text) else f"({type(part).__name__.lower()})"
        for part in item.content
    )


def _command(item: answer_tools.CommandExecution) -> str:
    code = f" (exit {item.exit_code})" if item.exit_code else ""
    return item.command + code + _status(item.status)


def _patch(item: answer_tools.FileChange) -> str:
    changes = (f"{type(change.kind).__name__.lower()} {change.path}" for change in item.changes)
    return ", ".join(changes) + _status(item.status)


def _mcp(item: answer_tools.McpToolCall) -> str:
    return f"{item.server}.{item.tool} {_arguments(item.arguments)}{_status(item.status)}"


def _dynamic(item: answer_tools.DynamicToolCall) -> str:
    name = f"{item.namespace}.{item.tool}" if item.namespace else item.tool
    return f"{name} {_arguments(item.arguments)}{_status(item.status)}"


def _collab(item: answer_tools.CollabAgentToolCall) -> str:
    agents = counted(len(item.receiver_thread_ids), "agent")
    return f"{item.tool} {agents} {item.prompt or ''}{_status(item.status)}"


def _arguments(arguments: Any) -> str:
    return "" if arguments is None else jsontext.compact(arguments)[:LONGEST]


def _status(status: str) -> str:
    return "" if status in _USUAL else f" ({status})"


_TELLS: dict[type, Callable[[Any], str]] = {
    answer.UserMessage: _user,
    answer.AgentMessage: lambda item: item.text,
    answer.Plan: lambda item: item.text,
    answer.HookPrompt: lambda item: " ".join(fragment.text for fragment in item.fragments),
    answer.Reasoning: lambda item: " ".join(item.summary or item.content),
    answer.EnteredReviewMode: lambda item: item.review,
    answer.ExitedReviewMode: lambda item: item.review,
    answer_tools.CommandExecution: _command,
    answer_tools.FileChange: _patch,
    answer_tools.McpToolCall: _mcp,
    answer_tools.DynamicToolCall: _dynamic,
    answer_tools.CollabAgentToolCall: _collab,
    answer_tools.SubAgentActivity: lambda item: f"{item.kind} {item.agent_path}",
    answer_tools.WebSearch: lambda item: item.query,
    answer_tools.FunctionCallOutput: lambda item: item.name,
    answer_tools.ImageView: lambda item: item.path,
    answer_tools.Sleep: lambda item: f"{item.duration_ms / 1000:,.1f} s",
    answer_tools.ImageGeneration: lambda item: f"{item.revised_prompt or ''}{_status(item.status)}",
}
