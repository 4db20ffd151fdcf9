"""Events of commands at work; not kept in a rollout, but old files hold some.  [SESSION-EVENT-3]"""

from typing import Literal

from rollout_reference.session.items.events.base import Event
from rollout_reference.session.shapes.amounts import Base64, Duration
from rollout_reference.session.shapes.file_uri import PathUri
from rollout_reference.session.shapes.shape import I32, I64, Shape, Skipped

CommandSource = Literal["agent", "user_shell", "unified_exec_startup", "unified_exec_interaction"]


class ReadsFile(Shape, tag_field="type", tag="read"):
    """The command reads a file."""

    cmd: str
    name: str
    path: str


class ListsFiles(Shape, tag_field="type", tag="list_files"):
    """The command lists files."""

    cmd: str
    path: str | None = None


class Searches(Shape, tag_field="type", tag="search"):
    """The command searches files."""

    cmd: str
    query: str | None = None
    path: str | None = None


class DoesAnything(Shape, tag_field="type", tag="unknown"):
    """What the command does is not known."""

    cmd: str


ParsedCommand = ReadsFile | ListsFiles | Searches | DoesAnything


class ExecCommandBegin(Event):
    """A command begins."""

    call_id: str
    process_id: Skipped[str | None] = None
    turn_id: str
    started_at_ms: I64 = 0
    command: list[str]
    cwd: PathUri
    parsed_cmd: list[ParsedCommand]
    source: CommandSource = "agent"
    interaction_input: Skipped[str | None] = None


class ExecCommandOutputDelta(Event):
    """A piece of a command's output, in base64."""

    call_id: str
    stream: Literal["stdout", "stderr"]
    chunk: Base64


class TerminalInteraction(Event):
    """The agent typed into a running command."""

    call_id: str
    process_id: str
    stdin: str


class ExecCommandEnd(Event):
    """A command ended."""

    call_id: str
    process_id: Skipped[str | None] = None
    turn_id: str
    completed_at_ms: I64 = 0
    command: list[str]
    cwd: PathUri
    parsed_cmd: list[ParsedCommand]
    source: CommandSource = "agent"
    interaction_input: Skipped[str | None] = None
    stdout: str
    stderr: str
    aggregated_output: str = ""
    exit_code: I32
    duration: Duration
    formatted_output: str
    status: Literal["completed", "failed", "declined"]


CommandEvent = ExecCommandBegin | ExecCommandOutputDelta | TerminalInteraction | ExecCommandEnd
