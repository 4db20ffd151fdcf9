"""How a tool call is told by its name and input.  [TRACE-WRITER-19, TRACE-WRITER-20]"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rollout_reference.trace.vocabulary import (
    ApplyPatch,
    AssignAgentTask,
    CloseAgent,
    ExecCommand,
    Generic,
    ImageGeneration,
    Other,
    SendMessage,
    SpawnAgent,
    ToolCallKind,
    WaitAgent,
    Web,
    WriteStdin,
)

PREVIEW_CHARACTERS = 160

KIND_OF_NAME: Mapping[str, ToolCallKind] = MappingProxyType(
    {
        "exec_command": ExecCommand(),
        "local_shell": ExecCommand(),
        "shell": ExecCommand(),
        "shell_command": ExecCommand(),
        "write_stdin": WriteStdin(),
        "apply_patch": ApplyPatch(),
        "web_search": Web(),
        "web_search_preview": Web(),
        "image_generation": ImageGeneration(),
        "image_query": ImageGeneration(),
        "spawn_agent": SpawnAgent(),
        "send_message": SendMessage(),
        "followup_task": AssignAgentTask(),
        "assign_task": AssignAgentTask(),
        "wait_agent": WaitAgent(),
        "close_agent": CloseAgent(),
        "interrupt_agent": CloseAgent(),
    }
)
"""Every other name is `other`.  [TRACE-WRITER-19]"""


def kind_of(name: str) -> ToolCallKind:
    """Return the kind of a tool by its name without the namespace.  [TRACE-WRITER-19]"""
    return KIND_OF_NAME.get(name) or Other(name)


def summary_of(name: str, namespace: str | None, payload: Any) -> Generic:
    """Return what a tool call is called and how its input begins.  [TRACE-WRITER-20]"""
    label = name if namespace is None else f"{namespace}.{name}"
    text = _input_of(payload)
    return Generic(label, None if text is None else _cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= PREVIEW_CHARACTERS else text[:PREVIEW_CHARACTERS] + "..."


def _input_of(payload: Any) -> str | None:
    """Return the arguments, input, query or command of an invocation, whichever is text."""
    if not isinstance(payload, Mapping):
        return None
    arguments = payload.get("arguments")
    query = arguments.get("query") if isinstance(arguments, Mapping) else None
    command = payload.get("command")
    words = " ".join(map(str, command)) if isinstance(command, (list, tuple)) else command
    choices = (query, arguments, payload.get("input"), words)
    return next((value for value in choices if isinstance(value, str)), None)


def is_code_mode_call(name: str, namespace: str | None, payload: Any) -> bool:
    """Tell whether this is the call by which a model runs code, which is no tool call."""
    is_custom = isinstance(payload, Mapping) and payload.get("type") == "custom"
    return name == "exec" and namespace is None and is_custom
