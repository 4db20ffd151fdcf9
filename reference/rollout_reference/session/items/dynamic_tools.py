"""The tools that a host offered a thread, in the present form and in the older flat one.

[SESSION-META-8, SESSION-META-9]
"""

from typing import Any

from rollout_reference.session.shapes.forms import form_of
from rollout_reference.session.shapes.shape import Mismatch, NoOther, Shape, Skipped


class FunctionTool(Shape, tag_field="type", tag="function", rename="camel"):
    """A function that the host runs."""

    name: str
    description: str
    input_schema: Any
    defer_loading: Skipped[bool] = False


class NamespaceTool(Shape, tag_field="type", tag="namespace", rename="camel"):
    """Functions under a common name."""

    name: str
    description: str
    tools: list[FunctionTool | NoOther]


DynamicTool = FunctionTool | NamespaceTool


class FlatTool(Shape, rename="camel"):
    """The older form: a function that names its namespace itself."""

    namespace: str | None = None
    name: str
    description: str
    input_schema: Any
    defer_loading: bool | None = None
    expose_to_context: bool | None = None


FLAT_KEYS = ("namespace", "exposeToContext")
"""Keys that only a flat tool has."""


def present_tools(tools: list[Any], at: str) -> list[Any]:
    """Turn a list of flat tools into the present form; leave a list in the present form alone.

    Raises `Mismatch` if the list mixes both forms.  [SESSION-META-9]
    """
    nested = [tool.get("tools") for tool in tools if isinstance(tool, dict)]
    inner = [child for children in nested if isinstance(children, list) for child in children]
    if not any(map(_is_flat, [*tools, *inner])):
        return tools
    if any(isinstance(tool, dict) and "type" in tool for tool in tools):
        raise Mismatch(at, "tools of one form: either all with a type, or all flat")
    return _grouped(form_of(list[FlatTool]).canonical(tools, at))


def _is_flat(tool: Any) -> bool:
    return not isinstance(tool, dict) or "type" not in tool or any(key in tool for key in FLAT_KEYS)


def _grouped(flat_tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gather the functions of each namespace where its first one stands."""
    tools: list[dict[str, Any]] = []
    spaces: dict[str, list[dict[str, Any]]] = {}
    for flat in flat_tools:
        deferred = flat["deferLoading"]
        if deferred is None:
            deferred = flat["exposeToContext"] is False
        function = {key: flat[key] for key in ("name", "description", "inputSchema")}
        function = {"type": "function", **function, "deferLoading": deferred}
        name = flat["namespace"]
        if name is None:
            tools.append(function)
        elif name in spaces:
            spaces[name].append(function)
        else:
            spaces[name] = [function]
            tools.append({"type": "namespace", "name": name, "description": "", "tools": spaces[name]})
    return tools
