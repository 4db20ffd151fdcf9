"""A tiny MCP server on standard input and output: ``echo`` and ``fail``.  It imports nothing of ours."""

from __future__ import annotations

import json
import sys
from typing import Any


def _tool(name: str, about: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    return {"name": name, "description": about, "inputSchema": schema}


TOOLS = [_tool("echo", "Return the text."), _tool("fail", "Report an error.")]


def reply(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the result for one request."""
    if method == "initialize":
        return {
            "protocolVersion": params.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "tiny", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        text = str(params.get("arguments", {}).get("text", ""))
        failed = params.get("name") == "fail"
        return {"content": [{"type": "text", "text": f"echo: {text}"}], "isError": failed}
    return {}


def main() -> None:
    """Answer requests until the input ends."""
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message or "method" not in message:
            continue
        result = reply(message["method"], message.get("params") or {})
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
