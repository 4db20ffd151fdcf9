"""What the built-in reference makes of a session rollout: the outputs of its operations, by file name."""

from pathlib import Path
from typing import Any

from rollout_reference import jsontext
from rollout_reference.session.legacy.upgrade import upgrade
from rollout_reference.session.lines import Defect, Line
from rollout_reference.session.reading.rollout import read_rollout

ROLLOUT = "rollout.jsonl"


def parse_to(folder: Path) -> dict[str, bytes]:
    """Return the items of a folder's rollout as JSON lines, and what reading it found.

    Raises `SessionRejected`.
    """
    items: list[bytes] = []
    problems: list[dict[str, Any]] = []
    with read_rollout(folder / ROLLOUT) as reading:
        for found in reading:
            if isinstance(found, Defect):
                problems.append({"line": found.number, "code": found.code})
            else:
                items.append(_item(found))
        reading.check_owner()
    diagnostics = reading.diagnostics.to_tree() | {"problems": problems}
    return {"lines.jsonl": b"".join(items), "diagnostics.json": jsontext.pretty(diagnostics)}


def upgrade_to(folder: Path) -> dict[str, bytes]:
    """Return a folder's rollout in canonical lines, and what was lost or assumed on the way.

    Raises `SessionRejected`.
    """
    upgraded = upgrade(folder / ROLLOUT)
    return {ROLLOUT: b"".join(upgraded), "losses.json": jsontext.pretty(upgraded.losses_tree())}


def _item(line: Line) -> bytes:
    tree: dict[str, Any] = {"line": line.number, "type": line.type, "timestamp": line.timestamp}
    if line.ordinal is not None:
        tree["ordinal"] = line.ordinal
    return jsontext.compact(tree | {"payload": line.payload}).encode() + b"\n"
