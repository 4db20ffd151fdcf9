"""Parts of what tools did, from the shapes of the lines into those of the answer."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from rollout_reference.session.history import answer_tools as answer
from rollout_reference.session.history.failures import camel_case
from rollout_reference.session.history.places import joined, native_path
from rollout_reference.session.history.quoting import command_line
from rollout_reference.session.items import extensions, turn_items, turn_tools, web_actions
from rollout_reference.session.items.events import commands, tools
from rollout_reference.session.shapes.amounts import Duration
from rollout_reference.session.shapes.file_uri import PathUri

__all__ = [
    "changes",
    "command",
    "command_line",
    "image",
    "mcp_call",
    "mcp_result",
    "milliseconds",
    "native_path",
    "web_action",
]


Command = commands.ExecCommandBegin | commands.ExecCommandEnd | turn_tools.CommandExecutionItem
Connected = tools.McpToolCallBegin | turn_tools.McpToolCallItem
Image = tools.ImageGenerationEnd | turn_items.ImageGenerationItem | extensions.GeneratedImage


def command(item_id: str, told: Command, status: answer.DecidedStatus) -> answer.CommandExecution:
    """Return a command as it begins.  [SESSION-HISTORY-17]"""
    return answer.CommandExecution(
        item_id,
        command_line(told.command),
        native_path(told.cwd),
        told.process_id,
        camel_case(told.source),
        status,
        [_action(parsed, told.cwd) for parsed in told.parsed_cmd],
    )


def _action(parsed: commands.ParsedCommand, cwd: PathUri) -> answer.CommandAction:
    """Return one thing that a command does; the path of a file that it reads is made absolute."""
    match parsed:
        case commands.ReadsFile():
            return answer.Read(parsed.cmd, parsed.name, joined(native_path(cwd), parsed.path))
        case commands.ListsFiles():
            return answer.ListFiles(parsed.cmd, parsed.path)
        case commands.Searches():
            return answer.Search(parsed.cmd, parsed.query, parsed.path)
        case commands.DoesAnything():
            return answer.Unknown(parsed.cmd)


def changes(found: Mapping[str, tools.FileChange]) -> list[answer.FileUpdateChange]:
    """Return the changes of files in order of their paths.  [SESSION-HISTORY-13]"""
    return [_change(path, found[path]) for path in sorted(found)]


def _change(path: str, change: tools.FileChange) -> answer.FileUpdateChange:
    match change:
        case tools.AddFile():
            return answer.FileUpdateChange(path, answer.Add(), change.content)
        case tools.DeleteFile():
            return answer.FileUpdateChange(path, answer.Delete(), change.content)
        case tools.UpdateFile():
            moved = change.move_path
            diff = change.unified_diff if moved is None else f"{change.unified_diff}\n\nMoved to: {moved}"
            return answer.FileUpdateChange(path, answer.Update(moved), diff)


def mcp_call(
    item_id: str, server: str, tool: str, status: answer.ToolStatus, arguments: Any, told: Connected
) -> answer.McpToolCall:
    """Return a call of an MCP tool as it begins.  [SESSION-HISTORY-14]"""
    uri = told.mcp_app_resource_uri
    app = None
    if told.connector_id is not None:
        app = answer.AppContext(
            told.connector_id, told.link_id, uri, told.app_name, told.template_id, told.action_name
        )
    shown_uri = UNSET if uri is None else uri
    return answer.McpToolCall(item_id, server, tool, status, arguments, app, shown_uri, told.plugin_id)


def mcp_result(found: tools.ToolResult) -> answer.McpResult:
    """Return what an MCP tool returned."""
    return answer.McpResult(found.content, found.structured_content, found.meta)


def web_action(found: web_actions.WebSearchAction) -> extensions.Action:
    """Return what a web search did.  [SESSION-HISTORY-15]"""
    match found:
        case web_actions.Search():
            return extensions.Search(query=found.query, queries=found.queries)
        case web_actions.OpenPage():
            return extensions.OpenPage(url=found.url)
        case web_actions.FindInPage():
            return extensions.FindInPage(url=found.url, pattern=found.pattern)
        case _:
            return extensions.OtherAction()


def image(told: Image, item_id: str) -> answer.ImageGeneration:
    """Return an image that was made.  [SESSION-HISTORY-15]"""
    return answer.ImageGeneration(
        item_id,
        told.status,
        told.revised_prompt,
        *referred(told.result, getattr(told, "fileId", None)),
        UNSET if told.saved_path is None else str(told.saved_path),
    )


def referred(value: Any, file_id: Any) -> tuple[str | UnsetType, str | UnsetType]:
    """Return what refers to a thing: its value, or the id of a file if it has none."""
    if isinstance(value, str):
        return value, UNSET
    return UNSET, file_id if isinstance(file_id, str) else UNSET


def milliseconds(span: Duration | None) -> int | None:
    """Return a span in whole milliseconds; None without one, or if 64 bits do not hold it.

    [SESSION-HISTORY-14]
    """
    if span is None:
        return None
    total = int(span.secs) * 1000 + span.nanos // 10**6
    return total if total < 2**63 else None
