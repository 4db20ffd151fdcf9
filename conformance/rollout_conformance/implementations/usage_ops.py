"""What the built-in reference counts: the output of `session.usage`."""

from pathlib import Path
from typing import Any

import msgspec

from rollout_reference import jsontext
from rollout_reference.session.usage import HomeUsage, usage_of, usage_of_home

ROLLOUT = "rollout.jsonl"
HOME = "home"


def usage_to(folder: Path, options: dict[str, Any]) -> dict[str, bytes]:
    """Return the usage of a folder's `home`, or of its `rollout.jsonl` alone; there are no options.

    Raises `SessionRejected`.
    """
    del options
    home = folder / HOME
    usage = usage_of_home(home) if home.is_dir() else usage_of(folder / ROLLOUT)
    return {"usage.json": jsontext.pretty(usage_tree(usage))}


def usage_tree(usage: HomeUsage) -> dict[str, Any]:
    """Return a usage as JSON."""
    tree: dict[str, Any] = msgspec.to_builtins(usage)
    return tree
